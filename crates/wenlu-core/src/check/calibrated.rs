//! Checks the saved calibration. In: knowledge. Out: a note if its saved calibration no longer fits
//! its examples. Must not know: tests, pages.

use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic::{Code, Diagnostic};
use crate::knowledge::files::CALIBRATION_FILE;
use crate::router::refit::{ROUNDS_TO_COMPARE, refit};

/// A note if another calibration would fit better, saying what it would change. Trains about ten
/// models.
pub fn stale_calibration(knowledge: &Knowledge) -> Option<Diagnostic> {
    knowledge.calibration.as_ref()?;
    let saved = refit(knowledge, ROUNDS_TO_COMPARE)
        .saved
        .filter(|saved| saved.is_stale())?;
    let message = format!(
        "按现在的例句重新校准更合适：阈值 {:.2} → {:.2}，{} 条没见过的例句里有 {} 条的回答与否会变",
        saved.saved_threshold, saved.fitted_threshold, saved.judged, saved.decided_otherwise
    );
    let help = "`wenlu calibrate` 说会改变哪些测试，`wenlu calibrate --write` 换上新的";
    Some(Diagnostic::new(Code::CalibrationOff, CALIBRATION_FILE, 0..0, message).help(help))
}
