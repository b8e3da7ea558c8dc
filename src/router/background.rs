//! The background: everyday sentences that a bot of any field may get and no knowledge answers. In: knowledge. Out: the
//! sentences that stand in where it has few messages out of scope of its own. Must not know: classes, scores.

use crate::knowledge::Knowledge;

/// With so many messages out of scope of its own a knowledge needs none of ours.
pub const ENOUGH_OUT_OF_SCOPE: usize = 100;
/// From so many examples on, intents that are withheld in turn show what is out of scope, and do it better: with the
/// background the out-of-scope AUROC of the public few-shot sets falls by up to .007, and the calibration error doubles.
const ENOUGH_EXAMPLES: usize = 400;

const CHINESE: &str = include_str!("background/zh.txt");
const ENGLISH: &str = include_str!("background/en.txt");

/// The sentences that `knowledge` is trained with; none where it has enough of its own.
pub fn background(knowledge: &Knowledge) -> impl Iterator<Item = &'static str> {
    let needs = needs_background(knowledge);
    let lines = CHINESE.lines().chain(ENGLISH.lines()).filter(move |_| needs);
    lines.map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether `knowledge` is trained with the background: what its calibration says, so that one example more never brings a
/// thousand sentences or takes them away; without one, whether it has too few messages to tell what is out of scope by
/// itself.
pub fn needs_background(knowledge: &Knowledge) -> bool {
    if let Some(saved) = &knowledge.calibration {
        return saved.background;
    }
    let examples: usize = knowledge.intents.iter().map(|intent| intent.examples.len()).sum();
    knowledge.out_of_scope.len() < ENOUGH_OUT_OF_SCOPE && examples < ENOUGH_EXAMPLES
}
