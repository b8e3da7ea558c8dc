//! Groups of digits. In: a folded text. Out: the digit groups, chained if only a separator is
//! between them, and every [`DigitWindow`] of a chain that could be one number. Must not know: what
//! a number is.

use super::glyphs::FoldedText;
use super::token_chars::is_appid;
use std::ops::Range;

/// Consecutive digits.
pub(super) struct DigitGroup {
    pub range: Range<usize>,
    pub digits: Vec<u8>,
    /// Chinese numerals: 一三八…
    pub han: bool,
    /// The separator before the next group; `None` if that is too far away, or in the other script.
    pub link: Option<char>,
}

/// The longest number that is searched for: a card's 19 digits.
pub(super) const MAX_DIGITS: usize = 19;

pub(super) fn groups(page: &FoldedText) -> Vec<DigitGroup> {
    let mut groups: Vec<DigitGroup> = Vec::new();
    for (han, value) in [(false, arabic as fn(char) -> Option<u8>), (true, chinese)] {
        for range in page.runs(|c| value(c).is_some()) {
            let digits = page
                .slice(range.clone())
                .iter()
                .filter_map(|c| value(*c))
                .collect();
            groups.push(DigitGroup {
                range,
                digits,
                han,
                link: None,
            });
        }
    }
    groups.sort_by_key(|group| group.range.start);
    for at in 1..groups.len() {
        groups[at - 1].link = link(page, &groups[at - 1], &groups[at]);
    }
    groups
}

/// The windows that begin with the group `first`, the shortest first.
pub(super) fn windows<'a>(
    page: &'a FoldedText,
    groups: &'a [DigitGroup],
    first: usize,
) -> Vec<DigitWindow<'a>> {
    let mut windows = Vec::new();
    let mut digits: Vec<u8> = Vec::new();
    let mut cuts: Vec<usize> = Vec::new();
    for (last, group) in groups.iter().enumerate().skip(first) {
        digits.extend(&group.digits);
        cuts.push(group.digits.len());
        if digits.len() > MAX_DIGITS {
            break;
        }
        windows.push(DigitWindow {
            page,
            groups,
            first,
            last,
            digits: digits.clone(),
            cuts: cuts.clone(),
        });
        if group.link.is_none() {
            break;
        }
    }
    windows
}

/// Consecutive groups of a chain.
pub(super) struct DigitWindow<'a> {
    pub page: &'a FoldedText,
    pub groups: &'a [DigitGroup],
    pub first: usize,
    pub last: usize,
    pub digits: Vec<u8>,
    /// The number of digits of each group.
    pub cuts: Vec<usize>,
}

/// Words that may touch a number without a space because they name it.
const NAMES: &[&str] = &[
    "tel", "phone", "mobile", "mob", "cell", "call", "sms", "wx", "vx", "v", "wechat", "weixin",
    "qq", "id", "no", "card", "sfz",
];

impl DigitWindow<'_> {
    pub(super) fn range(&self) -> Range<usize> {
        self.groups[self.first].range.start..self.groups[self.last].range.end
    }

    /// What some of the digits are together, up to nine; 0 where there are not so many.
    pub(super) fn value(&self, digits: Range<usize>) -> u32 {
        let digits = self.digits.get(digits).unwrap_or_default();
        let one_more = |sum: u32, digit: &u8| sum * 10 + u32::from(*digit);
        digits.iter().fold(0, one_more)
    }

    /// Whether the number is not part of a longer token, such as SF13812345678 or 0x13812345678.
    pub(super) fn is_apart(&self, range: &Range<usize>) -> bool {
        let letters = |c: char| c.is_ascii_alphabetic();
        let before = self.page.run_start(range.start, letters)..range.start;
        let after = range.end..self.page.run_end(range.end, letters);
        let named = |letters: Range<usize>| {
            letters.is_empty() || NAMES.contains(&self.page.lower(letters).as_str())
        };
        let digit_before = before.start > 0
            && !before.is_empty()
            && self
                .page
                .at(before.start - 1)
                .is_some_and(|c| c.is_ascii_digit());
        let word = before.start..self.page.run_end(range.end, |c| c.is_ascii_alphanumeric());
        !digit_before && named(before) && named(after) && !is_appid(self.page.slice(word))
    }

    /// Whether no further groups with the same separator precede or follow it.
    pub(super) fn is_alone(&self) -> bool {
        let within = self.groups[self.first].link;
        let before = self
            .first
            .checked_sub(1)
            .and_then(|at| self.groups[at].link);
        let after = self.groups[self.last].link;
        let single = self.first == self.last;
        single || ((before.is_none() || before != within) && (after.is_none() || after != within))
    }
}

fn arabic(c: char) -> Option<u8> {
    c.to_digit(10).and_then(|digit| u8::try_from(digit).ok())
}

fn chinese(c: char) -> Option<u8> {
    if c == '幺' {
        return Some(1);
    }
    let all = ["零一二三四五六七八九", "〇壹贰叁肆伍陆柒捌玖"];
    let at = all
        .iter()
        .find_map(|digits| digits.chars().position(|digit| digit == c));
    at.and_then(|at| u8::try_from(at).ok())
}

/// The separator between two groups: one to three characters, at most one kind of which is not a
/// space. A line break separates for good.
fn link(page: &FoldedText, left: &DigitGroup, right: &DigitGroup) -> Option<char> {
    let between = page.slice(left.range.end..right.range.start);
    let signs: Vec<char> = between.iter().copied().filter(|c| *c != ' ').collect();
    let separates = |c: &char| "-.,·/_:;~()*|。".contains(*c);
    match signs.as_slice() {
        _ if left.han != right.han || !(1..=3).contains(&between.len()) => None,
        [] => Some(' '),
        [first, rest @ ..]
            if separates(first) && rest.iter().all(|c| c == first || "()".contains(*c)) =>
        {
            Some(*first)
        }
        _ => None,
    }
}
