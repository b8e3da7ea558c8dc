//! The evaluation report. Shares are of the rows they are about, 0 to 1; `None`: there are no such
//! rows. Must not know: how it is shown.

use super::judged::JudgedMessage;
use super::measures;
use super::types::{
    ConfidenceBin, Confusion, CurvePoint, IntentReport, OutcomeCounts, WrongAnswer, share,
};
use serde::Serialize;
use std::collections::BTreeSet;

/// Maximum number of wrong answers that are listed.
const WRONG_ANSWERS: usize = 50;

/// How well messages are routed, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct EvalReport {
    /// Labelled messages in all.
    pub messages: usize,
    /// Messages with the label of an intent that answers or opens a menu.
    pub in_scope: usize,
    /// Messages that should not be answered: out of scope, or a gap.
    pub out_of_scope: usize,
    /// Share with the right best candidate, of the messages whose label has a reply.
    pub accuracy: Option<f64>,
    /// Share with a right one among the three best candidates.
    pub top3: Option<f64>,
    /// F1 of the best candidate, averaged over the intents in the data.
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
    pub inside: OutcomeCounts,
    /// At that threshold, out of scope; `right` means unanswered.
    pub outside: OutcomeCounts,
    /// Share of wrong answers among the answers at that threshold.
    pub wrong_share: Option<f64>,
    /// By id; every intent that is a label or a best candidate.
    pub intents: Vec<IntentReport>,
    /// Most frequent first.
    pub confusions: Vec<Confusion>,
    /// Those with the highest confidence first.
    pub wrong_answers: Vec<WrongAnswer>,
    /// Labels in the data that the knowledge does not have; every message with one counts as wrong.
    pub unknown_labels: Vec<String>,
    /// By rising confidence, in ten ranges; empty ranges are left out.
    pub reliability: Vec<ConfidenceBin>,
    /// By rising threshold, from 0 to 1.
    pub curve: Vec<CurvePoint>,
}

impl EvalReport {
    pub(super) fn new(judged: &[JudgedMessage], threshold: f64) -> Self {
        let (outside, inside): (Vec<&JudgedMessage>, Vec<&JudgedMessage>) =
            judged.iter().partition(|j| j.outside);
        let answerable: Vec<&JudgedMessage> =
            inside.iter().copied().filter(|j| j.answerable).collect();
        let hits = |n| answerable.iter().filter(|j| j.right_within(n)).count();
        let scores =
            |rows: &[&JudgedMessage]| rows.iter().map(|j| j.confidence()).collect::<Vec<_>>();
        let count = |rows: &[&JudgedMessage]| {
            let mut outcomes = OutcomeCounts::default();
            rows.iter().for_each(|row| outcomes.add(row.outcome_now()));
            outcomes
        };
        let now = CurvePoint::new(threshold, count(&inside), count(&outside));
        let reliability = measures::reliability(&answerable);
        let (intents, macro_f1) = measures::by_intent(&answerable);
        let unknown: BTreeSet<&str> = judged
            .iter()
            .flat_map(|j| j.unknown_labels.iter().copied())
            .collect();
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
