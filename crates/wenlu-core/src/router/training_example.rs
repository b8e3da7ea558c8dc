//! Training messages. In: a message's grams and its label. Out: the types that training, scoring and
//! cross-fitting share. Must not know: how a model is trained.

use super::features::Gram;
use std::sync::Arc;

/// Whether a class can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClassRole {
    /// Has a reply of its own: can be a candidate.
    Answer,
    /// A menu, a gap, or out of scope: competes with the candidates and is never one.
    Other,
}

/// One training message.
#[derive(Clone, Debug)]
pub struct TrainingExample {
    /// Its grams, as the model sees them.
    pub(crate) grams: Vec<Gram>,
    /// Its label.
    pub(crate) target: TrainingTarget,
    /// Where it comes from.
    pub(crate) origin: ExampleOrigin,
    /// The [`text_key`](super::features::text_key) of its text.
    pub(crate) key: u64,
    /// What an encoder makes of it; `None` without one.
    pub(crate) vector: Option<Arc<[f32]>>,
}

/// Where a training message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ExampleOrigin {
    /// An example, a near miss or an out-of-scope message of the data files: trained on, and scored
    /// in cross-fitting.
    Message,
    /// A title or keywords: trained on, and not scored in cross-fitting.
    Label,
    /// A background sentence: trained on and scored as out of scope.
    Background,
}

/// The label of a training message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TrainingTarget {
    /// This class, by index.
    Is(usize),
    /// A near miss: any class but this one.
    IsNot(usize),
}
