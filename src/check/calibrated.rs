//! What the confidence rests on. In: knowledge. Out: a note where it has too few messages out of scope, and one where its
//! saved calibration no longer fits its examples. Must not know: tests, pages.

use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic::{Code, Diagnostic};
use crate::knowledge::files::{CALIBRATION_FILE, OUT_OF_SCOPE_FILE};
use crate::router::background::{ENOUGH_OUT_OF_SCOPE, needs_background};
use crate::router::refit::{ROUNDS_TO_COMPARE, refit};

/// Where the knowledge says too little of what it is not about.
pub fn few_out_of_scope(knowledge: &Knowledge) -> Option<Diagnostic> {
    let own = knowledge.out_of_scope.len();
    if own >= ENOUGH_OUT_OF_SCOPE {
        return None;
    }
    let meanwhile = match needs_background(knowledge) {
        true => "先用内置的日常句子顶替",
        false => "只能从别的意图的例句推断什么是范围外",
    };
    let message = format!("范围外的句子只有 {own} 条，{meanwhile}");
    let help = format!("在 examples 里写上真实收到过、但哪个意图都不该回答的话，到 {ENOUGH_OUT_OF_SCOPE} 条为好");
    Some(Diagnostic::new(Code::FewOutOfScope, OUT_OF_SCOPE_FILE, 0..0, message).help(help))
}

/// Where another calibration would fit better, and what it would change. Trains about ten models.
pub fn calibration_off(knowledge: &Knowledge) -> Option<Diagnostic> {
    knowledge.calibration.as_ref()?;
    let saved = refit(knowledge, ROUNDS_TO_COMPARE).saved.filter(|saved| saved.is_stale())?;
    let message = format!(
        "按现在的例句重新校准更合适：阈值 {:.2} → {:.2}，{} 条没见过的例句里有 {} 条的回答与否会变",
        saved.saved_threshold, saved.fitted_threshold, saved.judged, saved.decided_otherwise
    );
    let help = "`wenlu calibrate` 说会改变哪些测试，`wenlu calibrate --write` 换上新的";
    Some(Diagnostic::new(Code::CalibrationOff, CALIBRATION_FILE, 0..0, message).help(help))
}
