//! Replays messages of the journal. In: the store, the live router and one built from a draft. Out:
//! what would be answered differently, and why. Must not know: files, SQL, how it is shown.

use super::parallel::in_parts;
use crate::store::{JournalWindow, Store, StoreError};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use wenlu_core::dialogue::TextRouter;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::Lang;
use wenlu_core::model::{Candidate, Decision, Routing};
use wenlu_core::reply::ReplyDocument;
use wenlu_core::router::DecisionReason;
use wenlu_core::text::normalize::normalize;

/// One side of a replay: the live knowledge, or a draft.
#[derive(Clone, Copy)]
pub struct ReplayVersion<'a> {
    pub knowledge: &'a Knowledge,
    pub router: &'a dyn TextRouter,
}

/// A text that was typed, word for word because punctuation and clauses matter to the router, and
/// how often.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayText {
    pub text: String,
    pub count: u64,
}

/// Different texts that are replayed at most; some 20 MB.
const MOST_TEXTS: i64 = 200_000;

/// What was asked in the window: of very many different texts, those that were asked last.
pub async fn texts_to_replay(
    store: &Store,
    window: JournalWindow,
) -> Result<Vec<ReplayText>, StoreError> {
    let asked = store.journal().questions(window, MOST_TEXTS).await?;
    if asked.len() as i64 == MOST_TEXTS {
        tracing::warn!(
            "only the last {MOST_TEXTS} different questions of the journal are replayed"
        );
    }
    let text = |(text, count)| ReplayText { text, count };
    Ok(asked.into_iter().map(text).collect())
}

/// How the handling of a message changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ReplayChangeKind {
    /// Answered, a menu, or asked back before; not understood by the draft.
    Silent,
    /// Handled differently, and not recognisably better.
    Changed,
    /// Not understood or asked back before; the draft does better.
    Answered,
}

/// How a message is routed, as far as its asker notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReplayDestination {
    pub decision: Decision,
    pub intent: Option<String>,
    pub gap: Option<String>,
    /// The intent of its second question.
    pub also: Option<String>,
    pub choices: Vec<String>,
}

/// A destination, and why.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplaySide {
    #[serde(flatten)]
    pub place: ReplayDestination,
    pub confidence: f64,
    /// `None` if the router cannot tell.
    pub gate: Option<DecisionReason>,
    pub candidates: Vec<Candidate>,
}

/// Equivalent messages that are routed differently by the draft.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplayChange {
    pub kind: ReplayChangeKind,
    /// The first of them, as it was typed.
    pub text: String,
    pub count: u64,
    pub before: ReplaySide,
    pub after: ReplaySide,
}

/// The result of a replay.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReplayReport {
    /// The number of messages, and of different texts among them.
    pub messages: u64,
    pub texts: usize,
    /// The number of messages, by [`ReplayChangeKind`].
    pub answered: u64,
    pub changed: u64,
    pub silent: u64,
    /// Messages that are routed as before and get a reply with another text, by intent; these are
    /// no regressions.
    pub reworded: BTreeMap<String, u64>,
    /// The worst kind first; within a kind the most frequent first.
    pub changes: Vec<ReplayChange>,
}

impl ReplayReport {
    /// The number of messages that an operator must look at before publishing.
    pub fn regressions(&self) -> u64 {
        self.changed + self.silent
    }
}

/// Routes every text with both routers. `progress` is called from any thread with the number of
/// texts done.
pub fn replay(
    asked: &[ReplayText],
    live: ReplayVersion,
    draft: ReplayVersion,
    threads: NonZeroUsize,
    progress: &(dyn Fn(usize) + Sync),
) -> ReplayReport {
    let edited = edited(live.knowledge, draft.knowledge);
    let done = AtomicUsize::new(0);
    let compared = in_parts(asked, threads, |asked| {
        progress(done.fetch_add(1, Relaxed));
        compare(asked, live.router, draft.router, &edited)
    });
    let differences: Vec<ReplayDifference> = compared.into_iter().flatten().collect();
    report(asked, differences)
}

/// A difference that the asker of a text would notice.
enum ReplayDifference {
    Place(Box<ReplayChange>),
    /// The same intent with another reply text; and how many messages.
    Words(String, u64),
}

/// The intents whose reply differs.
fn edited(live: &Knowledge, draft: &Knowledge) -> BTreeSet<String> {
    let differ = |(key, reply): &(&(String, Lang), &ReplyDocument)| {
        draft.replies.get(key).is_some_and(|other| other != *reply)
    };
    live.replies
        .iter()
        .filter(differ)
        .map(|((intent, _), _)| intent.clone())
        .collect()
}

/// `None` if the asker would notice nothing.
fn compare(
    asked: &ReplayText,
    live: &dyn TextRouter,
    draft: &dyn TextRouter,
    edited: &BTreeSet<String>,
) -> Option<ReplayDifference> {
    let (before, after) = (live.route(&asked.text), draft.route(&asked.text));
    let Some(kind) = kind(
        &ReplayDestination::of(&before),
        &ReplayDestination::of(&after),
    ) else {
        let shown = after.intent.filter(|_| after.decision == Decision::Answer);
        return shown
            .filter(|intent| edited.contains(intent))
            .map(|intent| ReplayDifference::Words(intent, asked.count));
    };
    let side = |routing: Routing, router: &dyn TextRouter| ReplaySide {
        place: ReplayDestination::of(&routing),
        confidence: routing.confidence,
        gate: router.decision_reason(&asked.text),
        candidates: routing.candidates,
    };
    Some(ReplayDifference::Place(Box::new(ReplayChange {
        kind,
        text: asked.text.clone(),
        count: asked.count,
        before: side(before, live),
        after: side(after, draft),
    })))
}

fn kind(before: &ReplayDestination, after: &ReplayDestination) -> Option<ReplayChangeKind> {
    let worth = |place: &ReplayDestination| match place.decision {
        Decision::Unknown => 0,
        Decision::Clarify | Decision::Menu => 1,
        Decision::Answer => 2,
    };
    match (worth(before), worth(after)) {
        _ if before == after => None,
        (now, then) if then > now => Some(ReplayChangeKind::Answered),
        (1.., 0) => Some(ReplayChangeKind::Silent),
        _ => Some(ReplayChangeKind::Changed),
    }
}

impl ReplayDestination {
    fn of(routing: &Routing) -> Self {
        ReplayDestination {
            decision: routing.decision,
            intent: routing.intent.clone(),
            gap: routing.gap.clone(),
            also: routing.also.as_ref().map(|also| also.intent.clone()),
            choices: routing.choices.clone(),
        }
    }
}

/// Merges changes of texts that are equal after normalising and change in the same way.
fn group(changes: Vec<ReplayChange>) -> Vec<ReplayChange> {
    let mut alike: BTreeMap<String, Vec<ReplayChange>> = BTreeMap::new();
    for change in changes {
        let group = alike.entry(normalize(&change.text)).or_default();
        let same = |other: &&mut ReplayChange| {
            other.before.place == change.before.place && other.after.place == change.after.place
        };
        match group.iter_mut().find(same) {
            Some(first) => first.count += change.count,
            None => group.push(change),
        }
    }
    let mut changes: Vec<ReplayChange> = alike.into_values().flatten().collect();
    changes.sort_by(|a, b| {
        a.kind
            .cmp(&b.kind)
            .then(b.count.cmp(&a.count))
            .then_with(|| a.text.cmp(&b.text))
    });
    changes
}

fn report(asked: &[ReplayText], differences: Vec<ReplayDifference>) -> ReplayReport {
    let mut reworded: BTreeMap<String, u64> = BTreeMap::new();
    let mut changes = Vec::new();
    for difference in differences {
        match difference {
            ReplayDifference::Place(change) => changes.push(*change),
            ReplayDifference::Words(intent, count) => *reworded.entry(intent).or_default() += count,
        }
    }
    let changes = group(changes);
    let count = |kind| {
        changes
            .iter()
            .filter(|change| change.kind == kind)
            .map(|change| change.count)
            .sum()
    };
    ReplayReport {
        messages: asked.iter().map(|asked| asked.count).sum(),
        texts: asked.len(),
        answered: count(ReplayChangeKind::Answered),
        changed: count(ReplayChangeKind::Changed),
        silent: count(ReplayChangeKind::Silent),
        reworded,
        changes,
    }
}
