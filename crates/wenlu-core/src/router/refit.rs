//! Recalibration. In: knowledge, possibly with a saved calibration. Out: the calibration that fits
//! its examples now, and how much the saved one differs from it. Must not know: files, who decides
//! between the two.

use super::background::needs_background;
use super::calibrate::Calibration;
use super::crossfit::cross_fit;
use super::evidence::Evidence;
use super::training_set::TrainingSet;
use crate::knowledge::{Knowledge, SavedCalibration};
use serde::Serialize;

/// A newly fitted calibration, compared with the saved one.
#[derive(Clone, Debug)]
pub struct CalibrationFit {
    /// The calibration that fits now.
    pub fitted: SavedCalibration,
    /// `None`: the knowledge has no saved calibration.
    pub saved: Option<CalibrationComparison>,
}

/// How the saved and the fitted calibration judge messages that the model was not trained on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CalibrationComparison {
    /// The threshold of the saved calibration, 0 to 1.
    pub saved_threshold: f64,
    /// The threshold of the fitted calibration, 0 to 1.
    pub fitted_threshold: f64,
    /// Messages of cross-fitting that both judged.
    pub judged: usize,
    /// Those that one would answer and the other would not.
    pub decided_otherwise: usize,
}

/// Rounds of folds for a calibration that is saved: its threshold is then steady to a hundredth.
pub const ROUNDS_TO_KEEP: u64 = 6;
/// Rounds of folds for finding out whether another calibration would fit better.
pub(crate) const ROUNDS_TO_COMPARE: u64 = 3;
/// A saved calibration is stale from this share of differently decided messages on; an edit of a
/// few intents causes about half of it.
const STALE_SHARE: f64 = 0.03;

impl CalibrationComparison {
    /// Whether the saved calibration should be reconsidered.
    pub fn is_stale(&self) -> bool {
        self.decided_otherwise as f64 >= STALE_SHARE * self.judged.max(1) as f64
    }
}

/// Fits a calibration to `knowledge` as if none were saved; `rounds`: how often the classes are
/// assigned to folds.
pub fn refit(knowledge: &Knowledge, rounds: u64) -> CalibrationFit {
    let fresh = Knowledge {
        calibration: None,
        ..knowledge.clone()
    };
    let TrainingSet {
        examples, roles, ..
    } = TrainingSet::of(&fresh);
    let (_, held_out) = cross_fit(&examples, &roles, rounds, || ());
    let fitted = Calibration::fit(&held_out);
    let compare = |saved: Calibration| {
        let answered =
            |by: &Calibration, evidence: &Evidence| by.confidence(evidence) >= by.threshold;
        let seen = || {
            held_out
                .without_classes
                .iter()
                .chain(&held_out.without_examples)
        };
        CalibrationComparison {
            saved_threshold: saved.threshold,
            fitted_threshold: fitted.threshold,
            judged: seen().count(),
            decided_otherwise: seen()
                .filter(|s| answered(&saved, &s.evidence) != answered(&fitted, &s.evidence))
                .count(),
        }
    };
    let saved = knowledge
        .calibration
        .as_ref()
        .map(Calibration::from_saved)
        .map(compare);
    CalibrationFit {
        fitted: fitted.to_saved(needs_background(&fresh)),
        saved,
    }
}
