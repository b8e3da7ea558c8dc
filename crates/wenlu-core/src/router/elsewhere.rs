//! Questions about other platforms and products. In: the names of the lexicon and who speaks of them; a
//! normalised text, and where it would be sent. Out: the routing, without an answer if the text is about
//! one of them. Must not know: scores.

use crate::knowledge::{Intent, Knowledge, is_small_talk};
use crate::model::{Decision, Routing};
use crate::text::normalize::{is_han, normalize};
use rustc_hash::FxHashSet;

/// Before a name, these say that it is not meant: 不是支付宝，是微信的.
const DENIALS: &[&str] = &["不是", "并非", "不在", "not ", "not on ", "n't "];

/// The names of other platforms and products.
#[derive(Debug, Default)]
pub(super) struct ElsewhereNames(Vec<ElsewhereName>);

#[derive(Debug)]
struct ElsewhereName {
    normal: String,
    /// The intents whose title or examples have the name.
    spoken_of_by: FxHashSet<String>,
}

impl ElsewhereNames {
    pub(super) fn of(knowledge: &Knowledge) -> Self {
        let names = &knowledge.lexicon.elsewhere;
        if names.is_empty() {
            return ElsewhereNames::default();
        }
        let all: Vec<(&str, String)> = knowledge
            .intents
            .iter()
            .map(|intent| (intent.id.as_str(), text_of(intent)))
            .collect();
        let name = |name: &String| {
            let normal = normalize(name);
            let speaking = all.iter().filter(|(_, text)| text.contains(&normal));
            ElsewhereName {
                spoken_of_by: speaking.map(|(id, _)| (*id).to_owned()).collect(),
                normal,
            }
        };
        ElsewhereNames(names.iter().map(name).collect())
    }

    /// Whether a text that would be sent there is about one of them: it has the name, and nobody
    /// would answer who speaks of it.
    pub(super) fn are_meant(&self, normal: &str, routing: &Routing) -> bool {
        let Some(name) = self.named(normal) else {
            return false;
        };
        let is_kept = |id: &str| is_small_talk(id) || name.spoken_of_by.contains(id);
        !routing.intent.as_deref().is_some_and(is_kept)
    }

    /// The first name in a text, normalised.
    fn named(&self, normal: &str) -> Option<&ElsewhereName> {
        self.0.iter().find(|name| {
            let name = name.normal.as_str();
            normal.match_indices(name).any(|(at, _)| {
                let before = normal.get(..at).unwrap_or_default();
                let after = normal.get(at + name.len()..).unwrap_or_default();
                is_whole(name, before, after) && !DENIALS.iter().any(|no| before.ends_with(no))
            })
        })
    }
}

/// The title and the examples, normalised.
fn text_of(intent: &Intent) -> String {
    let all = intent.examples.iter().chain([&intent.title]);
    all.map(|text| normalize(text) + "\n").collect()
}

/// A name of letters is a whole word.
fn is_whole(name: &str, before: &str, after: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let begins = name.chars().next().is_some_and(is_han) || !is_letter(before.chars().next_back());
    let ends = name.chars().next_back().is_some_and(is_han) || !is_letter(after.chars().next());
    begins && ends
}

/// The routing without its answer.
pub(super) fn unanswered(routing: Routing) -> Routing {
    Routing {
        decision: Decision::Unknown,
        is_elsewhere: true,
        intent: None,
        also: None,
        choices: Vec::new(),
        ..routing
    }
}
