//! One answer of all that waits for an asker. In: parts in their order. Out: the text that goes out
//! now, and the parts that wait for the asker's next message. Must not know: where parts come from.

use super::draw::{PART_LIMIT, more_hint};
use serde::{Deserialize, Serialize};
use wenlu_core::model::Lang;
use wenlu_core::text::normalize::normalize;

/// The most parts that wait for one asker: some 40 KB.
const MAX_WAITING: usize = 20;
const GAP: &str = "\n\n";

/// A part of an answer, at most [`PART_LIMIT`] bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WaitingPart {
    pub text: String,
    /// Whether it still waits when the asker asks something else: a person's words, and the answer
    /// to a question that got none yet.
    pub is_kept: bool,
    /// Whether an operator wrote it, who is told if it does not arrive.
    #[serde(default)]
    pub is_from_person: bool,
}

/// The parts of `rest`, which an earlier version may have written in another form.
pub(super) fn read_rest(rest: &str) -> Vec<WaitingPart> {
    serde_json::from_str(rest).unwrap_or_default()
}

/// Whether the asker wants the next part.
pub(super) fn wants_more(text: &str, waiting: &[WaitingPart]) -> bool {
    match normalize(text).as_str() {
        "续" => true,
        "more" => !waiting.is_empty(),
        _ => false,
    }
}

/// What goes out now, and what waits.
pub(super) fn compose(parts: Vec<WaitingPart>, lang: Lang) -> (String, Vec<WaitingPart>) {
    let (now, waiting) = compose_several(join(parts), 1, lang);
    let text = now.into_iter().next().map(|part| part.text);
    (text.unwrap_or_default(), waiting)
}

/// The parts that go out now, at most `most` of those that were joined, and what waits.
pub(super) fn compose_several(
    mut joined: Vec<WaitingPart>,
    most: usize,
    lang: Lang,
) -> (Vec<WaitingPart>, Vec<WaitingPart>) {
    let mut waiting = joined.split_off(most.min(joined.len()));
    waiting.truncate(MAX_WAITING);
    if let Some(last) = joined.last_mut().filter(|_| !waiting.is_empty()) {
        last.text.push_str(more_hint(lang));
    }
    (joined, waiting)
}

/// As few parts as may be.
pub(super) fn join(parts: Vec<WaitingPart>) -> Vec<WaitingPart> {
    let mut joined: Vec<WaitingPart> = Vec::new();
    for part in parts {
        match joined.last_mut() {
            Some(last) if last.text.len() + GAP.len() + part.text.len() <= PART_LIMIT => {
                last.text.push_str(GAP);
                last.text.push_str(&part.text);
                last.is_kept |= part.is_kept;
                last.is_from_person |= part.is_from_person;
            }
            _ => joined.push(part),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str, is_kept: bool) -> WaitingPart {
        WaitingPart {
            text: text.to_owned(),
            is_kept,
            is_from_person: false,
        }
    }

    #[test]
    fn short_parts_go_out_together_and_long_ones_wait() {
        assert_eq!(compose(vec![], Lang::Zh), (String::new(), vec![]));
        let short = compose(vec![part("甲", true), part("乙", false)], Lang::Zh);
        assert_eq!(short, ("甲\n\n乙".to_owned(), vec![]));
        let long = "长".repeat(PART_LIMIT / 3);
        let (now, waiting) = compose(vec![part("甲", true), part(&long, false)], Lang::Zh);
        assert_eq!(now, "甲\n\n（回复“续”看下一段）");
        assert_eq!(waiting, [part(&long, false)]);
    }

    #[test]
    fn the_next_part_is_wanted_in_one_word() {
        let some = [part("甲", false)];
        for (text, waiting, wanted) in [
            ("续", &some[..], true),
            ("“續”。", &some, true),
            ("续", &[], true),
            ("More!", &some, true),
            ("more", &[], false),
            ("继续", &some, false),
            ("续费怎么弄", &some, false),
        ] {
            assert_eq!(wants_more(text, waiting), wanted, "{text}");
        }
    }
}
