//! One line of a reply. In: its text. Out: what kind of line it is, without the signs of its list.
//! Must not know: intents.

/// A line without its signs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReplyLine {
    /// Nothing, or the fence of a code block.
    Blank,
    Heading(String),
    /// It had a number, a bullet or quotation marks.
    Item(String),
    Plain(String),
}

/// Pairs of quotation marks that stand around a whole line.
const QUOTES: [(char, char); 6] = [
    ('"', '"'),
    ('“', '”'),
    ('「', '」'),
    ('『', '』'),
    ('\'', '\''),
    ('`', '`'),
];
const BULLETS: [char; 8] = ['-', '*', '•', '·', '●', '○', '–', '+'];
/// Digits of the number of an item: more are no number of a list.
const MAX_DIGITS: usize = 3;

pub(super) fn read_line(line: &str) -> ReplyLine {
    let line = line.trim();
    let is_rule = line
        .chars()
        .all(|c| matches!(c, '-' | '=' | '*' | '_' | '—'));
    if line.is_empty() || line.starts_with("```") || line.starts_with("~~~") || is_rule {
        return ReplyLine::Blank;
    }
    if line.starts_with('#') {
        return ReplyLine::Heading(line.trim_start_matches('#').trim().to_owned());
    }
    let bare = without_number(line).or_else(|| without_bullet(line));
    let (is_item, text) = match bare {
        Some(text) => (true, text),
        None => (false, line),
    };
    let (is_quoted, text) = without_quotes(text);
    match is_item || is_quoted {
        true => ReplyLine::Item(text.to_owned()),
        false => ReplyLine::Plain(text.to_owned()),
    }
}

/// Whether a line without the signs of a list introduces others.
pub(super) fn fence_or_talk(text: &str) -> bool {
    text.ends_with(['：', ':']) || text.starts_with(['|', '<'])
}

/// `1.`, `1)`, `1、`, `1：`, `（1）`, `(1)`, `[1]`, `①`.
fn without_number(line: &str) -> Option<&str> {
    let first = line.chars().next()?;
    if ('①'..='⑳').contains(&first) {
        return line.strip_prefix(first).map(str::trim_start);
    }
    let (inside, is_open) = match line.strip_prefix(['(', '（', '[', '【']) {
        Some(rest) => (rest, true),
        None => (line, false),
    };
    let digits = inside.len()
        - inside
            .trim_start_matches(|c: char| c.is_ascii_digit())
            .len();
    if !(1..=MAX_DIGITS).contains(&digits) {
        return None;
    }
    let rest = inside.get(digits..)?;
    let closing: &[char] = match is_open {
        true => &[')', '）', ']', '】'],
        false => &['.', ')', '、', '）', '．', ':', '：'],
    };
    let text = rest.strip_prefix(closing)?;
    // 3.5 折 and 10:30 are no numbers of a list
    let goes_on = text.starts_with(|c: char| c.is_ascii_digit());
    (!goes_on).then(|| text.trim_start())
}

fn without_bullet(line: &str) -> Option<&str> {
    let text = line.strip_prefix(BULLETS)?;
    // **bold** is no bullet
    let is_bullet = text.starts_with(char::is_whitespace) || !text.starts_with(['*', '-']);
    is_bullet.then(|| text.trim_start())
}

/// Also without a comma behind the quotation marks, and without bold type.
fn without_quotes(text: &str) -> (bool, &str) {
    let text = text.trim();
    let text = text
        .strip_prefix("**")
        .and_then(|text| text.strip_suffix("**"))
        .unwrap_or(text);
    let bare = text.trim_end_matches([',', '，']);
    for (open, close) in QUOTES {
        let inside = bare
            .strip_prefix(open)
            .and_then(|rest| rest.strip_suffix(close));
        if let Some(inside) = inside.filter(|inside| !inside.contains([open, close])) {
            return (true, inside.trim());
        }
    }
    (false, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signs_of_a_list_are_taken_off() {
        let item = |text: &str| ReplyLine::Item(text.to_owned());
        let plain = |text: &str| ReplyLine::Plain(text.to_owned());
        for (line, wanted) in [
            ("1. 怎么退款", item("怎么退款")),
            ("12、怎么退款", item("怎么退款")),
            ("（3）怎么退款", item("怎么退款")),
            ("④ 怎么退款", item("怎么退款")),
            ("- “怎么退款”", item("怎么退款")),
            (
                "* \"how do I get my money back?\",",
                item("how do I get my money back?"),
            ),
            ("•怎么退款", item("怎么退款")),
            ("「怎么退款」", item("怎么退款")),
            ("怎么退款", plain("怎么退款")),
            ("3.5折的订单怎么退", plain("3.5折的订单怎么退")),
            ("10:30 之后还能退吗", plain("10:30 之后还能退吗")),
            ("2024年的订单还能退吗", plain("2024年的订单还能退吗")),
            ("-5 度能发货吗", item("5 度能发货吗")),
            ("**急**，怎么退款", plain("**急**，怎么退款")),
            ("```json", ReplyLine::Blank),
            ("---", ReplyLine::Blank),
            ("", ReplyLine::Blank),
            ("## refund", ReplyLine::Heading("refund".to_owned())),
        ] {
            assert_eq!(read_line(line), wanted, "{line}");
        }
    }
}
