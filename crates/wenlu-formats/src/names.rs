//! Ids and titles from the labels of other systems. In: labels. Out: ids that are valid file names,
//! titles. Must not know: formats.

use std::collections::BTreeSet;
use wenlu_core::knowledge::files::{RESERVED_IDS, is_intent_id, reserved_meaning};
use wenlu_core::text::pinyin::char_pinyin;

/// An id for each label: the label itself if it is a valid id, else its letters and digits, with
/// Han characters as pinyin, and a number appended if the id is taken.
pub(crate) fn ids(labels: &[&str]) -> Vec<String> {
    let mut taken: BTreeSet<String> = RESERVED_IDS
        .iter()
        .map(|(name, _)| (*name).to_owned())
        .collect();
    taken.extend(
        labels
            .iter()
            .filter(|label| is_intent_id(label))
            .map(|label| (*label).to_owned()),
    );
    let mut id = |label: &&str| {
        if is_intent_id(label) {
            return (*label).to_owned();
        }
        let base = slug(label);
        let mut numbered =
            std::iter::once(base.clone()).chain((2u64..).map(|n| format!("{base}-{n}")));
        let id = numbered.find(|id| !taken.contains(id)).unwrap_or(base);
        taken.insert(id.clone());
        id
    };
    labels.iter().map(&mut id).collect()
}

/// If the label's id is reserved: what it is reserved for.
pub(crate) fn refused(label: &str) -> Option<&'static str> {
    reserved_meaning(&slug(label))
}

/// `book_flight` → `book flight`.
pub(crate) fn title(label: &str) -> String {
    let spaced: String = label
        .chars()
        .map(|c| {
            if "_.-/".contains(c) || c.is_control() {
                ' '
            } else {
                c
            }
        })
        .collect();
    let words = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if words.is_empty() {
        label.to_owned()
    } else {
        words
    }
}

/// Without the characters that have a meaning in Markdown or in replies.
pub(crate) fn plain(text: &str) -> String {
    let marks = |c: char| "*_`[]<>#{}\\!|~&".contains(c) || c.is_control();
    let spaced: String = text
        .chars()
        .map(|c| if marks(c) { ' ' } else { c })
        .collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn slug(label: &str) -> String {
    let mut out = String::new();
    for c in label.chars() {
        match char_pinyin(c) {
            Some(sound) => out.push_str(&format!("-{}-", ascii(sound))),
            None if c.is_ascii_alphanumeric() => out.push(c.to_ascii_lowercase()),
            None => out.push('-'),
        }
    }
    let joined = out
        .split('-')
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("-");
    // leaves room for a number; all characters are ASCII
    let cut: String = joined.chars().take(42).collect();
    if cut.is_empty() {
        "intent".to_owned()
    } else {
        cut.trim_end_matches('-').to_owned()
    }
}

fn ascii(sound: &str) -> String {
    sound
        .chars()
        .map(|c| if c == 'ü' { 'v' } else { c })
        .filter(char::is_ascii_alphanumeric)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_become_ids() {
        let labels = [
            "Make Update",
            "make_update",
            "make-update",
            "注销",
            "???",
            "lexicon",
            "faq/ask_name",
            "None",
        ];
        let wanted = [
            "make-update-2",
            "make-update-3",
            "make-update",
            "zhu-xiao",
            "intent",
            "lexicon-2",
            "faq-ask-name",
            "none-2",
        ];
        assert_eq!(ids(&labels), wanted);
        let long = "a".repeat(60);
        assert_eq!(
            ids(&[&long, &format!("{long}b")]),
            ["a".repeat(42), "a".repeat(42) + "-2"]
        );
    }
}
