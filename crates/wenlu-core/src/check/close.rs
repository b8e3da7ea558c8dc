//! Intents that are similar to a new one. In: the knowledge and its router; the new intent's name,
//! title and example. Out: every similar intent with the reason, the closest first. Must not know:
//! what is done about it.

use crate::knowledge::{Intent, IntentKind, Knowledge};
use crate::model::Decision;
use crate::router::Router;
use crate::text::similarity::dice_similarity;

/// From this Dice similarity on, titles and examples count as the same.
const SAME_DICE: f32 = 0.9;

/// What is known of an intent that is to be created.
#[derive(Clone, Copy, Debug, Default)]
pub struct PlannedIntent<'a> {
    /// Its id to be.
    pub id: &'a str,
    /// Its title to be, if it is known.
    pub title: Option<&'a str>,
    /// An example that it will have, if one is known.
    pub example: Option<&'a str>,
}

/// An existing intent that is similar, and why.
#[derive(Clone, Debug)]
pub struct CloseIntent<'k> {
    /// The intent that exists already.
    pub intent: &'k Intent,
    /// What the two have in common.
    pub why: Closeness,
}

/// Why an intent is similar, the closest reason first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Closeness {
    /// The same name, apart from the prefix `gap-`.
    SameName,
    /// Both have the same title, after normalisation.
    SameTitle,
    /// One of its examples is nearly the same.
    SameExample {
        /// The example of the existing intent.
        example: String,
    },
    /// The new intent's title or example is routed to it today.
    ComesHere {
        /// The text that it is alike to.
        text: String,
    },
}

impl Closeness {
    /// Whether it seems to be the same intent, and not only a similar one.
    pub fn is_same(&self) -> bool {
        !matches!(self, Closeness::ComesHere { .. })
    }
}

/// Every intent that is similar to `planned`, each once.
pub fn close_intents<'k>(
    knowledge: &'k Knowledge,
    router: &Router,
    planned: PlannedIntent,
) -> Vec<CloseIntent<'k>> {
    let mut found: Vec<CloseIntent> = knowledge
        .intents
        .iter()
        .filter_map(|intent| same(intent, planned).map(|why| CloseIntent { intent, why }))
        .collect();
    for text in [planned.example, planned.title].into_iter().flatten() {
        let routing = router.route(text);
        let id = if routing.decision == Decision::Answer {
            routing.intent
        } else {
            routing.gap
        };
        let Some(intent) = id
            .and_then(|id| knowledge.intent(&id))
            .filter(|intent| !intent.is_small_talk())
        else {
            continue;
        };
        if found.iter().all(|close| close.intent.id != intent.id) {
            found.push(CloseIntent {
                intent,
                why: Closeness::ComesHere {
                    text: text.to_owned(),
                },
            });
        }
    }
    found.sort_by(|a, b| (&a.why, &a.intent.id).cmp(&(&b.why, &b.intent.id)));
    found
}

fn same(intent: &Intent, planned: PlannedIntent) -> Option<Closeness> {
    let bare = |id: &str| id.strip_prefix("gap-").unwrap_or(id).to_owned();
    let alike = |a: &str, b: &str| dice_similarity(a, b) >= SAME_DICE;
    if intent.id != planned.id && bare(&intent.id) == bare(planned.id) {
        return Some(Closeness::SameName);
    }
    // a menu may have the title of its only question
    let titles = std::iter::once(&intent.title)
        .chain(&intent.title_en)
        .filter(|_| intent.kind != IntentKind::Menu);
    if planned
        .title
        .is_some_and(|title| titles.into_iter().any(|there| alike(title, there)))
    {
        return Some(Closeness::SameTitle);
    }
    let example = planned
        .example
        .and_then(|example| intent.examples.iter().find(|there| alike(example, there)))?;
    Some(Closeness::SameExample {
        example: example.clone(),
    })
}
