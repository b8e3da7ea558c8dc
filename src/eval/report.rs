//! The evaluation report. Shares are of the rows they are about, 0 to 1; `None`: there are no such
//! rows. Must not know: how it is shown.

use super::judged::{Fate, Judged, Mark};
use super::measures;
use crate::router::Decision;
use serde::Serialize;
use std::collections::BTreeSet;

/// Maximum number of wrong answers that are listed.
const WRONG_ANSWERS: usize = 50;

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Report {
    pub messages: usize,
    pub in_scope: usize,
    /// Messages that should not be answered: out of scope, or a gap.
    pub out_of_scope: usize,
    /// Share with the right best candidate, of the messages whose label has a reply.
    pub accuracy: Option<f64>,
    /// Share with a right one among the three best candidates.
    pub top3: Option<f64>,
    pub macro_f1: Option<f64>,
    /// Area under the ROC curve of the best candidate's confidence, in scope against out of scope.
    pub auroc: Option<f64>,
    /// Share of out-of-scope messages at or above the confidence that keeps 95 % of those in scope.
    pub fpr95: Option<f64>,
    /// Expected calibration error of the confidence, in scope.
    pub calibration_error: Option<f64>,
    /// The router's threshold.
    pub threshold: f64,
    /// At that threshold, in scope.
    pub inside: Outcomes,
    /// At that threshold, out of scope; `right` means unanswered.
    pub outside: Outcomes,
    /// Share of wrong answers among the answers at that threshold.
    pub wrong_share: Option<f64>,
    pub intents: Vec<IntentReport>,
    /// Most frequent first.
    pub confusions: Vec<Confusion>,
    /// Those with the highest confidence first.
    pub wrong_answers: Vec<WrongAnswer>,
    /// Labels in the data that the knowledge does not have; every message with one counts as wrong.
    pub unknown_labels: Vec<String>,
    pub reliability: Vec<Bin>,
    pub curve: Vec<CurvePoint>,
}

/// Numbers of messages by outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcomes {
    pub right: usize,
    pub wrong: usize,
    /// A question back or a menu, with a right intent among the choices.
    pub offered: usize,
    /// A question back or a menu without one.
    pub offered_wrong: usize,
    pub refused: usize,
    /// Of all these, the messages that got an answer.
    pub answered: usize,
    /// Of all these, the messages to which the bot said that it does not know; the rest got a
    /// question back or a menu.
    pub unanswered: usize,
}

/// The quality of the best candidate for one intent, whatever was decided.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IntentReport {
    pub intent: String,
    /// Messages with this label.
    pub messages: usize,
    /// Messages with this best candidate.
    pub predicted: usize,
    /// Messages with both.
    pub right: usize,
    pub precision: Option<f64>,
    pub recall: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confusion {
    pub wanted: String,
    pub got: String,
    pub messages: Vec<String>,
}

/// A wrong answer that was given.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WrongAnswer {
    pub text: String,
    /// Empty: out of scope.
    pub wanted: Vec<String>,
    pub got: String,
    pub confidence: f64,
}

/// Messages in scope whose best candidate has about the same confidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bin {
    pub from: f64,
    pub upto: f64,
    pub messages: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// Share of them that are right; equal to the confidence if that is well calibrated.
    pub right: f64,
}

/// The outcomes at a threshold: from complete decisions, not from the confidence alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    pub threshold: f64,
    pub inside: Outcomes,
    pub outside: Outcomes,
    /// Share of wrong answers among the answers; `None`: nothing is answered.
    pub wrong_share: Option<f64>,
}

impl CurvePoint {
    pub(super) fn new(threshold: f64, inside: Outcomes, outside: Outcomes) -> Self {
        let wrong_share = share(inside.wrong + outside.wrong, inside.answered + outside.answered);
        Self { threshold, inside, outside, wrong_share }
    }
}

impl Outcomes {
    pub fn total(&self) -> usize {
        self.right + self.wrong + self.offered + self.offered_wrong + self.refused
    }

    /// The share of `of` in the total; 0 if the total is 0.
    pub fn share(&self, of: usize) -> f64 {
        share(of, self.total()).unwrap_or_default()
    }

    pub(super) fn add(&mut self, fate: Fate) {
        self.answered += usize::from(fate.decision == Decision::Answer);
        self.unanswered += usize::from(fate.decision == Decision::Unknown);
        *match fate.mark {
            Mark::Right => &mut self.right,
            Mark::Wrong => &mut self.wrong,
            Mark::Offered => &mut self.offered,
            Mark::OfferedWrong => &mut self.offered_wrong,
            Mark::Refused => &mut self.refused,
        } += 1;
    }
}

impl Report {
    pub(super) fn new(judged: &[Judged], threshold: f64) -> Self {
        let (outside, inside): (Vec<&Judged>, Vec<&Judged>) = judged.iter().partition(|j| j.outside);
        let answerable: Vec<&Judged> = inside.iter().copied().filter(|j| j.answerable).collect();
        let hits = |n| answerable.iter().filter(|j| j.right_within(n)).count();
        let scores = |rows: &[&Judged]| rows.iter().map(|j| j.confidence()).collect::<Vec<_>>();
        let count = |rows: &[&Judged]| {
            let mut outcomes = Outcomes::default();
            rows.iter().for_each(|row| outcomes.add(row.fate_now()));
            outcomes
        };
        let now = CurvePoint::new(threshold, count(&inside), count(&outside));
        let reliability = measures::reliability(&answerable);
        let (intents, macro_f1) = measures::by_intent(&answerable);
        let unknown: BTreeSet<&str> = judged.iter().flat_map(|j| j.unknown_labels.iter().copied()).collect();
        Self {
            messages: judged.len(),
            in_scope: inside.len(),
            out_of_scope: outside.len(),
            accuracy: share(hits(1), answerable.len()),
            top3: share(hits(3), answerable.len()),
            macro_f1,
            auroc: measures::auroc(&scores(&answerable), &scores(&outside)),
            fpr95: measures::fpr95(&scores(&answerable), &scores(&outside)),
            calibration_error: measures::calibration_error(&reliability),
            threshold,
            wrong_share: now.wrong_share,
            inside: now.inside,
            outside: now.outside,
            intents,
            confusions: measures::confusions(&inside),
            wrong_answers: measures::wrong_answers(judged, WRONG_ANSWERS),
            unknown_labels: unknown.into_iter().map(str::to_owned).collect(),
            reliability,
            curve: measures::curve(&inside, &outside),
        }
    }
}

fn share(n: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| n as f64 / of as f64)
}
