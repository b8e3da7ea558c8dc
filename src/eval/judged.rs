//! Judging. In: a labelled message and the router's decision for it at every threshold. Out:
//! whether that was right. Must not know: counting.

use super::report::WrongAnswer;
use super::rows::{Labelled, NONE};
use crate::knowledge::{Kind, Knowledge};
use crate::router::{Decision, Router, Routing};
use std::collections::{BTreeMap, BTreeSet};

/// The outcome for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fate {
    pub decision: Decision,
    pub mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Right,
    Wrong,
    Offered,
    OfferedWrong,
    Refused,
}

/// The intents that labels name.
pub(super) struct Labels<'a> {
    knowledge: &'a Knowledge,
    ids: BTreeMap<&'a str, &'a str>,
}

/// A message with its outcomes.
pub(super) struct Judged<'a> {
    pub text: &'a str,
    /// Ids of the right intents; unknown labels unchanged.
    pub wanted: BTreeSet<&'a str>,
    pub unknown_labels: Vec<&'a str>,
    /// Out of scope: no intent is right, or only gaps are.
    pub outside: bool,
    /// Whether leaving it unanswered is right.
    may_rest: bool,
    /// Whether one of the right intents has a reply of its own.
    pub answerable: bool,
    pub routing: Routing,
    /// By rising threshold: the outcome up to and including each threshold.
    rungs: Vec<(f64, Fate)>,
}

impl<'a> Labels<'a> {
    pub fn of(knowledge: &'a Knowledge) -> Self {
        let names = |i: &'a crate::knowledge::Intent| {
            [(i.id.as_str(), i.id.as_str()), (i.label.as_deref().unwrap_or(&i.id), i.id.as_str())]
        };
        Self { knowledge, ids: knowledge.intents.iter().flat_map(names).collect() }
    }

    fn kind(&self, id: &str) -> Option<Kind> {
        self.knowledge.intent(id).map(|intent| intent.kind)
    }
}

impl<'a> Judged<'a> {
    pub fn new(labels: &Labels<'a>, router: &Router, row: &'a Labelled) -> Self {
        let named = || row.labels.iter().map(String::as_str).filter(|label| *label != NONE);
        let wanted: BTreeSet<&str> = named().map(|label| labels.ids.get(label).copied().unwrap_or(label)).collect();
        let outside = wanted.iter().all(|id| labels.kind(id) == Some(Kind::Gap));
        let mut judged = Self {
            text: &row.text,
            unknown_labels: named().filter(|label| !labels.ids.contains_key(label)).collect(),
            may_rest: outside || row.labels.iter().any(|label| label == NONE),
            answerable: wanted.iter().any(|id| labels.kind(id).is_none_or(|kind| kind == Kind::Answer)),
            outside,
            wanted,
            routing: router.route(&row.text),
            rungs: Vec::new(),
        };
        judged.rungs = router.ladder(&row.text).iter().map(|rung| (rung.upto, judged.fate(&rung.routing))).collect();
        judged
    }

    /// The confidence of the best candidate.
    pub fn confidence(&self) -> f64 {
        self.routing.candidates.first().map_or(0.0, |c| c.confidence)
    }

    pub fn right_within(&self, n: usize) -> bool {
        self.routing.candidates.iter().take(n).any(|c| self.wanted.contains(c.intent.as_str()))
    }

    /// The outcome at the router's threshold.
    pub fn fate_now(&self) -> Fate {
        self.fate(&self.routing)
    }

    pub fn fate_at(&self, threshold: f64) -> Fate {
        let rung = self.rungs.iter().find(|(upto, _)| threshold <= *upto).or(self.rungs.last());
        rung.map_or_else(|| self.fate_now(), |(_, fate)| *fate)
    }

    pub fn wrong_answer(&self) -> Option<WrongAnswer> {
        let got = self.routing.intent.clone()?;
        (self.fate_now() == Fate { decision: Decision::Answer, mark: Mark::Wrong }).then(|| WrongAnswer {
            text: self.text.to_owned(),
            wanted: self.wanted.iter().map(|id| (*id).to_owned()).collect(),
            got,
            confidence: self.routing.confidence,
        })
    }

    fn fate(&self, r: &Routing) -> Fate {
        let met = |id: &Option<String>| id.as_deref().is_some_and(|id| self.wanted.contains(id));
        let mark = match r.decision {
            Decision::Unknown if self.may_rest || met(&r.gap) => Mark::Right,
            Decision::Unknown => Mark::Refused,
            Decision::Answer if met(&r.intent) => Mark::Right,
            Decision::Answer => Mark::Wrong,
            _ if met(&r.intent) => Mark::Right,
            _ if r.choices.iter().any(|c| self.wanted.contains(c.as_str())) => Mark::Offered,
            _ => Mark::OfferedWrong,
        };
        Fate { decision: r.decision, mark }
    }
}
