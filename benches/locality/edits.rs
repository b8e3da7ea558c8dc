//! Edits of a knowledge as operators make them, and what each changes elsewhere. In: knowledge, topics, a seed. Out:
//! edits; by edit, how messages that it is not about were decided before and after. Must not know: printing.

use fastrand::Rng;
use serde::Deserialize;
use std::collections::BTreeSet;
use wenlu_core::check::passes;
use wenlu_core::knowledge::{Intent, IntentKind, IntentTest, Knowledge};
use wenlu_core::model::{Decision, Routing};
use wenlu_core::router::Router;

/// A topic that the knowledge does not have.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Topic {
    pub id: String,
    pub title: String,
    pub examples: Vec<String>,
    #[serde(default)]
    pub not: Vec<String>,
}

/// `topics.toml`
#[derive(Deserialize)]
pub(crate) struct TopicFile {
    pub topic: Vec<Topic>,
}

/// One edit: the knowledge after it, and the intent that it is about.
pub(crate) struct SeededEdit {
    /// What kind of edit, for the tables.
    pub kind: &'static str,
    pub name: String,
    pub after: Knowledge,
    /// The ids before and after; a renamed intent has two. Empty: about no intent.
    pub about: Vec<String>,
}

/// A confidence that moves by more has moved too far.
pub(crate) const FAR: f64 = 0.1;

/// A message whose decision, or confidence, another intent's edit changed.
pub(crate) struct ChangedDecision {
    pub text: String,
    pub before: Routing,
    pub after: Routing,
}

/// What an edit did to the messages that it is not about.
#[derive(Default)]
pub(crate) struct Disturbance {
    pub compared: usize,
    pub changed: Vec<ChangedDecision>,
    /// By how much the best candidate's confidence moved, a message.
    pub moved: Vec<f64>,
    /// Messages of which the edited intent has become the best candidate, the answer or the gap, and was none of it before.
    pub taken_over: usize,
    /// The messages whose confidence moved by more than [`FAR`].
    pub far: Vec<ChangedDecision>,
    /// `[[test]]`s of other intents that passed before and fail now: intent and text.
    pub broken: Vec<(String, String)>,
}

/// A new answer intent with these examples.
pub(crate) fn with_topic(base: &Knowledge, topic: &Topic, examples: usize, id: &str) -> Knowledge {
    let intent = Intent {
        id: id.to_owned(),
        title: topic.title.clone(),
        examples: topic.examples.iter().take(examples).cloned().collect(),
        not: topic.not.clone(),
        ..Intent::default()
    };
    let mut after = base.clone();
    after.intents.push(intent);
    after.intents.sort_by(|a, b| a.id.cmp(&b.id));
    after
}

/// `intents` and `out_of_scope` with their examples in another order.
pub(crate) fn in_another_order(base: &Knowledge, random: &mut Rng) -> Knowledge {
    let mut after = base.clone();
    after
        .intents
        .iter_mut()
        .for_each(|intent| random.shuffle(&mut intent.examples));
    random.shuffle(&mut after.out_of_scope);
    after
}

/// `base` with the intent `from` in a file of another name.
pub(crate) fn renamed(base: &Knowledge, from: &str, to: &str) -> Knowledge {
    let mut after = base.clone();
    let rename = |id: &mut String| {
        if id == from {
            to.clone_into(id);
        }
    };
    for intent in &mut after.intents {
        rename(&mut intent.id);
        intent.parent.iter_mut().for_each(rename);
        intent.related.iter_mut().for_each(rename);
    }
    after.intents.sort_by(|a, b| a.id.cmp(&b.id));
    after
}

/// `count` edits of what is there: wordings added to an intent, taken from it, near misses, an order, a name.
pub(crate) fn edits_of_shipped(
    base: &Knowledge,
    count: usize,
    random: &mut Rng,
) -> Vec<SeededEdit> {
    let mut edits = Vec::new();
    let with_tests: Vec<&Intent> = base
        .intents
        .iter()
        .filter(|i| i.tests.iter().any(|t| t.here))
        .collect();
    for number in 0..count {
        let intent = with_tests[random.usize(..with_tests.len())];
        let at = base.intents.iter().position(|i| i.id == intent.id).unwrap();
        let wordings = random.usize(1..=5);
        let mut after = base.clone();
        let target = &mut after.intents[at];
        let mut says: Vec<&IntentTest> = intent.tests.iter().filter(|t| t.here).collect();
        random.shuffle(&mut says);
        let kind = match number % 5 {
            0 | 1 => {
                target
                    .examples
                    .extend(says.iter().take(wordings).map(|test| test.say.clone()));
                "wordings added"
            }
            2 | 3 => {
                for _ in 0..wordings.min(target.examples.len().saturating_sub(1)) {
                    target
                        .examples
                        .remove(random.usize(..target.examples.len()));
                }
                "wordings taken out"
            }
            _ => {
                let others: Vec<&&Intent> = with_tests
                    .iter()
                    .filter(|other| other.id != intent.id)
                    .collect();
                let other = others[random.usize(..others.len())];
                target.not.extend(
                    other
                        .tests
                        .iter()
                        .find(|t| t.here)
                        .map(|test| test.say.clone()),
                );
                "a near miss"
            }
        };
        let name = format!("{}, {wordings}", intent.id);
        edits.push(SeededEdit {
            kind,
            name,
            after,
            about: vec![intent.id.clone()],
        });
    }
    edits
}

/// How a message is routed, and whose message that makes it.
pub(crate) struct Observed {
    pub routing: Routing,
    /// The best candidate, what is answered, and the gap.
    touches: BTreeSet<String>,
}

pub(crate) fn observe(router: &Router, messages: &[String]) -> Vec<Observed> {
    let observe = |text: &String| {
        let routing = router.route(text);
        let best = routing
            .candidates
            .first()
            .map(|candidate| candidate.intent.clone());
        let also = routing.also.as_ref().map(|also| also.intent.clone());
        let touches = [best, also, routing.intent.clone(), routing.gap.clone()]
            .into_iter()
            .flatten()
            .collect();
        Observed { routing, touches }
    };
    messages.iter().map(observe).collect()
}

/// What `edit` changed for messages whose best candidate is not the edited intent, before or after.
pub(crate) fn disturbance(
    base: &Knowledge,
    edit: &SeededEdit,
    router: &Router,
    before: &[Observed],
    messages: &[String],
) -> Disturbance {
    let mut found = Disturbance::default();
    let after = observe(router, messages);
    for ((text, before), after) in messages.iter().zip(before).zip(after) {
        let about = |observed: &Observed| edit.about.iter().any(|id| observed.touches.contains(id));
        if about(before) || about(&after) {
            found.taken_over += usize::from(!about(before));
            continue;
        }
        found.compared += 1;
        let moved = (confidence(&after.routing) - confidence(&before.routing)).abs();
        found.moved.push(moved);
        if moved > FAR {
            let (before, after) = (before.routing.clone(), after.routing.clone());
            found.far.push(ChangedDecision {
                text: text.clone(),
                before,
                after,
            });
        }
        if decided(&before.routing) != decided(&after.routing) {
            let (before, after) = (before.routing.clone(), after.routing);
            found.changed.push(ChangedDecision {
                text: text.clone(),
                before,
                after,
            });
        }
    }
    let index = |text: &str| messages.iter().position(|message| message == text);
    for intent in base
        .intents
        .iter()
        .filter(|intent| !edit.about.contains(&intent.id))
    {
        for test in &intent.tests {
            let passed = index(&test.say)
                .and_then(|at| before.get(at))
                .is_some_and(|b| passes(intent, test, &b.routing));
            if passed && !passes(intent, test, &router.route(&test.say)) {
                found.broken.push((intent.id.clone(), test.say.clone()));
            }
        }
    }
    found
}

fn confidence(routing: &Routing) -> f64 {
    routing
        .candidates
        .first()
        .map_or(0.0, |candidate| candidate.confidence)
}

fn decided(routing: &Routing) -> (Decision, &Option<String>, &Option<String>) {
    (routing.decision, &routing.intent, &routing.gap)
}

/// All that is measured on: `held_out`, and what the tests say.
pub(crate) fn messages(base: &Knowledge, held_out: impl Iterator<Item = String>) -> Vec<String> {
    let says = base
        .intents
        .iter()
        .flat_map(|intent| &intent.tests)
        .map(|test| test.say.clone());
    let mut all: Vec<String> = held_out.chain(says).collect();
    let mut seen = BTreeSet::new();
    all.retain(|text| seen.insert(text.clone()));
    all
}

/// Intents that answer and are not small talk.
pub(crate) fn answers(base: &Knowledge) -> Vec<&Intent> {
    base.intents
        .iter()
        .filter(|i| i.kind == IntentKind::Answer && !i.is_small_talk())
        .collect()
}
