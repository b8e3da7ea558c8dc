//! Judging. In: a labelled message and the router's decision for it at every threshold. Out:
//! whether that was right. Must not know: counting.

use super::labelled::LabelledMessage;
use super::types::{Correctness, EvalOutcome, WrongAnswer};
use crate::knowledge::{IntentKind, Knowledge, NONE_LABEL};
use crate::model::{Decision, Routing};
use crate::router::Router;
use std::collections::{BTreeMap, BTreeSet};

/// The intents that labels name.
pub(super) struct LabelIndex<'a> {
    knowledge: &'a Knowledge,
    ids: BTreeMap<&'a str, &'a str>,
}

/// A message with its outcomes.
pub(super) struct JudgedMessage<'a> {
    pub text: &'a str,
    /// Ids of the right intents; unknown labels unchanged.
    pub wanted: BTreeSet<&'a str>,
    pub unknown_labels: Vec<&'a str>,
    /// Out of scope: no intent is right, or only gaps are.
    pub outside: bool,
    /// Whether leaving it unanswered is right.
    may_be_unanswered: bool,
    /// Whether one of the right intents has a reply of its own.
    pub answerable: bool,
    pub routing: Routing,
    /// By rising threshold: the outcome up to and including each threshold.
    bands: Vec<(f64, EvalOutcome)>,
}

impl<'a> LabelIndex<'a> {
    pub(super) fn of(knowledge: &'a Knowledge) -> Self {
        let names = |i: &'a crate::knowledge::Intent| {
            [
                (i.id.as_str(), i.id.as_str()),
                (i.label.as_deref().unwrap_or(&i.id), i.id.as_str()),
            ]
        };
        Self {
            knowledge,
            ids: knowledge.intents.iter().flat_map(names).collect(),
        }
    }

    fn kind(&self, id: &str) -> Option<IntentKind> {
        self.knowledge.intent(id).map(|intent| intent.kind)
    }
}

impl<'a> JudgedMessage<'a> {
    pub(super) fn new(labels: &LabelIndex<'a>, router: &Router, row: &'a LabelledMessage) -> Self {
        let named = || {
            row.labels
                .iter()
                .map(String::as_str)
                .filter(|label| *label != NONE_LABEL)
        };
        let wanted: BTreeSet<&str> = named()
            .map(|label| labels.ids.get(label).copied().unwrap_or(label))
            .collect();
        let outside = wanted
            .iter()
            .all(|id| labels.kind(id) == Some(IntentKind::Gap));
        let mut judged = Self {
            text: &row.text,
            unknown_labels: named()
                .filter(|label| !labels.ids.contains_key(label))
                .collect(),
            may_be_unanswered: outside || row.labels.iter().any(|label| label == NONE_LABEL),
            answerable: wanted.iter().any(|id| {
                labels
                    .kind(id)
                    .is_none_or(|kind| kind == IntentKind::Answer)
            }),
            outside,
            wanted,
            routing: router.route(&row.text),
            bands: Vec::new(),
        };
        judged.bands = router
            .threshold_sweep(&row.text)
            .iter()
            .map(|rung| (rung.upto, judged.outcome_for(&rung.routing)))
            .collect();
        judged
    }

    /// The confidence of the best candidate.
    pub(super) fn confidence(&self) -> f64 {
        self.routing
            .candidates
            .first()
            .map_or(0.0, |c| c.confidence)
    }

    pub(super) fn right_within(&self, n: usize) -> bool {
        self.routing
            .candidates
            .iter()
            .take(n)
            .any(|c| self.wanted.contains(c.intent.as_str()))
    }

    /// The outcome at the router's threshold.
    pub(super) fn outcome_now(&self) -> EvalOutcome {
        self.outcome_for(&self.routing)
    }

    pub(super) fn outcome_at(&self, threshold: f64) -> EvalOutcome {
        let rung = self
            .bands
            .iter()
            .find(|(upto, _)| threshold <= *upto)
            .or(self.bands.last());
        rung.map_or_else(|| self.outcome_now(), |(_, fate)| *fate)
    }

    pub(super) fn wrong_answer(&self) -> Option<WrongAnswer> {
        let got = self.routing.intent.clone()?;
        (self.outcome_now()
            == EvalOutcome {
                decision: Decision::Answer,
                correctness: Correctness::Wrong,
            })
        .then(|| WrongAnswer {
            text: self.text.to_owned(),
            wanted: self.wanted.iter().map(|id| (*id).to_owned()).collect(),
            got,
            confidence: self.routing.confidence,
        })
    }

    fn outcome_for(&self, r: &Routing) -> EvalOutcome {
        let met = |id: &Option<String>| id.as_deref().is_some_and(|id| self.wanted.contains(id));
        let mark = match r.decision {
            Decision::Unknown if self.may_be_unanswered || met(&r.gap) => Correctness::Right,
            Decision::Unknown => Correctness::Refused,
            Decision::Answer if met(&r.intent) => Correctness::Right,
            Decision::Answer => Correctness::Wrong,
            _ if met(&r.intent) => Correctness::Right,
            _ if r.choices.iter().any(|c| self.wanted.contains(c.as_str())) => Correctness::Offered,
            _ => Correctness::OfferedWrong,
        };
        EvalOutcome {
            decision: r.decision,
            correctness: mark,
        }
    }
}
