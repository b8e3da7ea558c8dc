//! Background: everyday sentences that a bot of any field may receive and no knowledge answers. In:
//! knowledge. Out: the sentences added to training as out of scope where the knowledge has few such
//! messages of its own. Must not know: classes, scores.

use crate::knowledge::Knowledge;

/// With this many out-of-scope messages of its own a knowledge is trained without the background.
pub const ENOUGH_OUT_OF_SCOPE: usize = 100;
/// From this many examples on, withholding whole intents in cross-fitting shows better what is out
/// of scope: with the background the out-of-scope AUROC of the public few-shot sets falls by up to
/// .007, and the calibration error doubles.
const ENOUGH_EXAMPLES: usize = 400;

const CHINESE: &str = include_str!("background/zh.txt");
const ENGLISH: &str = include_str!("background/en.txt");

/// The background sentences that `knowledge` is trained with; none where it does not need them.
pub(crate) fn background_sentences(knowledge: &Knowledge) -> impl Iterator<Item = &'static str> {
    let needs = needs_background(knowledge);
    let lines = CHINESE
        .lines()
        .chain(ENGLISH.lines())
        .filter(move |_| needs);
    lines
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Whether `knowledge` is trained with the background. A saved calibration fixes this, so that one
/// more example never adds or removes a thousand sentences; without one, the background is needed
/// while both the out-of-scope messages and the examples are few.
pub fn needs_background(knowledge: &Knowledge) -> bool {
    if let Some(saved) = &knowledge.calibration {
        return saved.background;
    }
    let examples: usize = knowledge
        .intents
        .iter()
        .map(|intent| intent.examples.len())
        .sum();
    knowledge.out_of_scope.len() < ENOUGH_OUT_OF_SCOPE && examples < ENOUGH_EXAMPLES
}
