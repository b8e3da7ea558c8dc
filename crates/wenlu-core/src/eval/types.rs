//! What an evaluation counts: the outcome of a message, and the rows of a report. Must not know: how
//! they are computed.

use crate::model::Decision;
use serde::Serialize;

/// The outcome for a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EvalOutcome {
    pub decision: Decision,
    pub correctness: Correctness,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Correctness {
    Right,
    Wrong,
    Offered,
    OfferedWrong,
    Refused,
}

/// Numbers of messages by outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OutcomeCounts {
    /// Messages that got what was wanted.
    pub right: usize,
    /// Messages that got a wrong answer.
    pub wrong: usize,
    /// A question back or a menu, with a right intent among the choices.
    pub offered: usize,
    /// A question back or a menu without one.
    pub offered_wrong: usize,
    /// Messages that should have been answered and were not.
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
    /// The intent's id, or a label that the knowledge does not have.
    pub intent: String,
    /// Messages with this label.
    pub messages: usize,
    /// Messages with this best candidate.
    pub predicted: usize,
    /// Messages with both.
    pub right: usize,
    /// Share of `right` in `predicted`.
    pub precision: Option<f64>,
    /// Share of `right` in `messages`.
    pub recall: Option<f64>,
}

/// Messages of one intent whose best candidate is another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confusion {
    /// The label's intent, by id.
    pub wanted: String,
    /// The best candidate, by id.
    pub got: String,
    /// The messages as they were typed.
    pub messages: Vec<String>,
}

/// A wrong answer that was given.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WrongAnswer {
    /// The message as it was typed.
    pub text: String,
    /// Empty: out of scope.
    pub wanted: Vec<String>,
    /// The id of the intent that was answered.
    pub got: String,
    /// The confidence of that answer, 0 to 1.
    pub confidence: f64,
}

/// Messages in scope whose best candidate has about the same confidence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfidenceBin {
    /// The lowest confidence in the range.
    pub from: f64,
    /// The highest confidence in the range.
    pub upto: f64,
    /// How many messages are in the range.
    pub messages: usize,
    /// Their mean confidence.
    pub confidence: f64,
    /// Share of them that are right; equal to the confidence if that is well calibrated.
    pub right: f64,
}

/// The outcomes at a threshold: from complete decisions, not from the confidence alone.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CurvePoint {
    /// The threshold, 0 to 1.
    pub threshold: f64,
    /// Messages in scope.
    pub inside: OutcomeCounts,
    /// Messages out of scope.
    pub outside: OutcomeCounts,
    /// Share of wrong answers among the answers; `None`: nothing is answered.
    pub wrong_share: Option<f64>,
}

impl CurvePoint {
    pub(super) fn new(threshold: f64, inside: OutcomeCounts, outside: OutcomeCounts) -> Self {
        let wrong_share = share(
            inside.wrong + outside.wrong,
            inside.answered + outside.answered,
        );
        Self {
            threshold,
            inside,
            outside,
            wrong_share,
        }
    }
}

impl OutcomeCounts {
    /// The number of messages, each counted once.
    pub fn total(&self) -> usize {
        self.right + self.wrong + self.offered + self.offered_wrong + self.refused
    }

    /// The share of `of` in the total; 0 if the total is 0.
    pub fn share(&self, of: usize) -> f64 {
        share(of, self.total()).unwrap_or_default()
    }

    pub(super) fn add(&mut self, fate: EvalOutcome) {
        self.answered += usize::from(fate.decision == Decision::Answer);
        self.unanswered += usize::from(fate.decision == Decision::Unknown);
        *match fate.correctness {
            Correctness::Right => &mut self.right,
            Correctness::Wrong => &mut self.wrong,
            Correctness::Offered => &mut self.offered,
            Correctness::OfferedWrong => &mut self.offered_wrong,
            Correctness::Refused => &mut self.refused,
        } += 1;
    }
}

pub(super) fn share(n: usize, of: usize) -> Option<f64> {
    (of > 0).then(|| n as f64 / of as f64)
}
