//! Scoring with an encoder. In: training examples and the vectors of their texts. Out: a classifier
//! over grams and vectors together, with a calibration of its own, so that its confidence is as
//! honest as the one without an encoder beside it. Must not know: where vectors come from.

use super::calibrate::{Calibration, train_fused};
use super::classifier::Classifier;
use super::text_vectors::TextVectors;
use super::training_set::TrainingSet;
use crate::knowledge::Knowledge;
use std::sync::Arc;

/// The classifier and the calibration that use vectors.
pub(super) struct FusedScorer {
    pub(super) model: Classifier,
    pub(super) calibration: Calibration,
    vectors: Arc<dyn TextVectors>,
}

impl FusedScorer {
    /// `None` unless every example has a vector.
    pub(super) fn train(
        set: &mut TrainingSet,
        knowledge: &Knowledge,
        vectors: Arc<dyn TextVectors>,
    ) -> Option<Self> {
        if !set.encode(knowledge, vectors.as_ref()) {
            return None;
        }
        let (model, calibration) = train_fused(&set.examples, &set.roles);
        Some(Self {
            model,
            calibration,
            vectors,
        })
    }

    /// The vector of a normalised text; `None` also if another model made it.
    pub(super) fn vector(&self, text: &str) -> Option<Arc<[f32]>> {
        let fits = |vector: &Arc<[f32]>| Some(vector.len()) == self.model.dimensions();
        self.vectors.vector(text).filter(fits)
    }
}
