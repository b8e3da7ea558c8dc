//! Numbers as people write them: 3, 十二, third, four. In: a normalised text. Out: the number, and what
//! follows it. Must not know: what is counted.

pub(super) const ORDINALS: &[(&str, usize)] = &[
    ("first", 1),
    ("second", 2),
    ("third", 3),
    ("fourth", 4),
    ("fifth", 5),
    ("sixth", 6),
    ("seventh", 7),
    ("eighth", 8),
    ("ninth", 9),
    ("tenth", 10),
    ("one", 1),
    ("two", 2),
    ("three", 3),
    ("four", 4),
    ("five", 5),
    ("six", 6),
    ("seven", 7),
    ("eight", 8),
    ("nine", 9),
    ("ten", 10),
];

/// The number from 1 to 99 at the beginning of a text, in digits or in Chinese, and the rest.
pub(super) fn number(text: &str) -> Option<(usize, &str)> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    if digits > 0 {
        let number = text
            .get(..digits)?
            .parse()
            .ok()
            .filter(|n| (1..100).contains(n))?;
        return Some((number, text.get(digits..)?));
    }
    let length: usize = text
        .chars()
        .take_while(|c| "一二两三四五六七八九十".contains(*c))
        .map(char::len_utf8)
        .sum();
    let (written, rest) = (text.get(..length)?, text.get(length..)?);
    let number = match written.split_once('十') {
        None => digit(written)?,
        Some((tens, ones)) => {
            let tens = if tens.is_empty() { 1 } else { digit(tens)? };
            tens * 10 + if ones.is_empty() { 0 } else { digit(ones)? }
        }
    };
    Some((number, rest))
}

fn digit(text: &str) -> Option<usize> {
    let mut chars = text.chars();
    let (only, None) = (chars.next()?, chars.next()) else {
        return None;
    };
    match only {
        '两' => Some(2),
        _ => "一二三四五六七八九"
            .chars()
            .position(|c| c == only)
            .map(|at| at + 1),
    }
}

/// The number of `third`, `four`, `4` and `4th`.
pub(super) fn english_number(word: &str) -> Option<usize> {
    let spelled = ORDINALS.iter().find(|(spelled, _)| *spelled == word);
    let written = || number(word).filter(|(_, rest)| ["", "th", "rd", "nd", "st"].contains(rest));
    spelled
        .map(|(_, number)| *number)
        .or_else(|| written().map(|(number, _)| number))
}
