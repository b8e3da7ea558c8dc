//! What stands behind a cue. In: a folded text, and where a cue ends. Out: where the value begins; how
//! its digits are grouped. Must not know: which cues there are.

use super::glyphs::FoldedText;
use super::kinds::PersonalDataKind;
use std::ops::Range;

/// What a cue leads to.
pub(super) type Found = Option<(Range<usize>, PersonalDataKind)>;

/// Reads what follows a cue: the text, where the cue begins and where it ends.
pub(super) type CueReader = fn(&FoldedText, Range<usize>) -> Found;

/// Words between a name and its value, the longer before those that begin them.
const LINKS: &[&str] = &[
    "号码",
    "的是",
    "就是",
    "也是",
    "都是",
    "应该是",
    "换成了",
    "换成",
    "改成了",
    "改成",
    "改为",
    "变成",
    "设成了",
    "设成",
    "设为",
    "设置成",
    "设置为",
    "填的",
    "写的",
    "填成",
    "写成",
    "用的",
    "一直是",
    "现在是",
    "是",
    "为",
    "号",
    "码",
    "叫做",
    "叫",
    "在",
    "到",
    "给",
    "id",
    "is",
    "no.",
    "no",
    "number",
];
/// More of them are a sentence.
const MOST_LINKS: usize = 4;

/// Where the value begins that stands after a name: behind `：`, 是, 号码是, `=`, a quote, a bracket,
/// spaces. How many of them there were comes with it.
pub(super) fn behind_links(page: &FoldedText, mut at: usize) -> (usize, usize) {
    let mut links = 0;
    while links < MOST_LINKS {
        let signs = page.run_end(at, |c| " :=\"'(#".contains(c));
        let word = LINKS.iter().find(|word| page.starts_with(signs, word));
        let next = signs + word.map_or(0, |word| word.chars().count());
        // 在 and 到 begin nothing else; `no` and `id` may
        let latin = word.is_some_and(|word| word.is_ascii());
        let cut = latin && page.at(next).is_some_and(|c| c.is_ascii_alphanumeric());
        let next = if cut { signs } else { next };
        if next == at || signs - at > 4 {
            break;
        }
        at = next;
        links += 1;
    }
    (at, links)
}

/// Whether a character is a Han character of words.
pub(super) fn is_han(c: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&c)
}

/// The end of the digits that begin at `at`, in groups that single spaces or hyphens separate, and
/// how many they are.
pub(super) fn grouped_digits(page: &FoldedText, at: usize, most: usize) -> (usize, usize) {
    let (mut end, mut count, mut next) = (at, 0, at);
    while let Some(c) = page.at(next) {
        if c.is_ascii_digit() {
            count += 1;
            end = next + 1;
        } else if !(" -".contains(c) && next == end && count > 0) {
            break;
        }
        if count > most {
            break;
        }
        next += 1;
    }
    (end, count)
}

/// Whether no letter or digit stands at `at`.
pub(super) fn ends_at(page: &FoldedText, at: usize) -> bool {
    !page.at(at).is_some_and(|c| c.is_ascii_alphanumeric())
}
