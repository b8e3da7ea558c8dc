//! Questions about other platforms and products. In: the names of the lexicon; a normalised text, and
//! where the router would send it. Out: the routing, without an answer if it is about one of them.
//! Must not know: the conversation.

use crate::knowledge::{Knowledge, Lexicon, is_small_talk};
use crate::model::{Decision, Routing};
use crate::text::normalize::{is_han, normalize};

/// Before a name, these say that it is not meant: 不是支付宝，是微信的.
const DENIALS: &[&str] = &["不是", "并非", "不在", "not ", "not on ", "n't "];

/// The name of another platform or product in a text, normalised.
pub(super) fn named(lexicon: &Lexicon, normal: &str) -> Option<String> {
    let mut names = lexicon.elsewhere.iter().map(|name| name.to_lowercase());
    names.find(|name| {
        normal.match_indices(name.as_str()).any(|(at, _)| {
            let before = normal.get(..at).unwrap_or_default();
            let after = normal.get(at + name.len()..).unwrap_or_default();
            is_whole(name, before, after) && !DENIALS.iter().any(|no| before.ends_with(no))
        })
    })
}

/// A name of letters is a whole word.
fn is_whole(name: &str, before: &str, after: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let begins = name.chars().next().is_some_and(is_han) || !is_letter(before.chars().next_back());
    let ends = name.chars().next_back().is_some_and(is_han) || !is_letter(after.chars().next());
    begins && ends
}

/// The routing; not understood if it would be answered by an intent that never speaks of `name`.
pub(super) fn unless_known(knowledge: &Knowledge, name: &str, routing: Routing) -> Routing {
    let speaks = |id: &str| {
        let Some(intent) = knowledge.intent(id) else {
            return false;
        };
        let examples = intent.examples.iter().chain([&intent.title]);
        examples
            .map(|text| normalize(text))
            .any(|text| text.contains(name))
    };
    let is_kept = |id: &str| is_small_talk(id) || speaks(id);
    match routing.intent.as_deref() {
        _ if routing.decision == Decision::Unknown => routing,
        Some(id) if is_kept(id) => routing,
        _ => Routing {
            decision: Decision::Unknown,
            also: None,
            choices: Vec::new(),
            ..routing
        },
    }
}
