//! The linear model, in one of two forms. In: training examples as vectors. Out: scores. Must not
//! know: what the classes are.

use super::rival_model::RivalModel;
use super::score::{ClassScores, ClassSimilarity, LinearModel, TrainingSize};
use super::training_example::TrainingTarget;
use super::vocabulary::FeatureVector;

/// With more classes than this, out of scope included, an example is trained against its nearest
/// rivals instead of all classes: a thousand intents are the first for which that is faster to no
/// harm.
const ALL_AGAINST_ALL: usize = 1_000;

/// Scores a message for every class, or for the nearest.
pub(crate) enum ClassModel {
    All(LinearModel),
    Rivals(RivalModel),
}

impl ClassModel {
    pub(super) fn train(
        examples: &[(FeatureVector, TrainingTarget)],
        keys: &[u64],
        size: TrainingSize,
    ) -> Self {
        // an encoder brings near what shares no words, and has few dimensions: they stay dense
        if size.classes > ALL_AGAINST_ALL && size.dimensions == 0 {
            let TrainingSize {
                features, classes, ..
            } = size;
            return ClassModel::Rivals(RivalModel::train(examples, keys, features, classes));
        }
        ClassModel::All(LinearModel::train(examples, keys, size))
    }

    pub(super) fn score(&self, vector: &FeatureVector) -> ClassScores {
        match self {
            ClassModel::All(model) => model.score(vector),
            ClassModel::Rivals(model) => model.score(vector),
        }
    }

    /// Similarity to the examples of `class`; computed for the best candidate only.
    pub(super) fn class_similarity(&self, vector: &FeatureVector, class: usize) -> ClassSimilarity {
        match self {
            ClassModel::All(model) => model.class_similarity(vector, class),
            ClassModel::Rivals(model) => model.class_similarity(vector, class),
        }
    }

    /// What each feature adds to the logit of `class`.
    pub(super) fn contribution(&self, feature: u32, value: f32, class: usize) -> f32 {
        match self {
            ClassModel::All(model) => model.contribution(feature, value, class),
            ClassModel::Rivals(model) => value * model.weight(feature, class),
        }
    }

    /// What the encoder's vector adds to the logit of `class`.
    pub(super) fn meaning_contribution(&self, vector: &FeatureVector, class: usize) -> f32 {
        match self {
            ClassModel::All(model) => model.meaning_contribution(vector, class),
            ClassModel::Rivals(_) => 0.0,
        }
    }

    /// The bias of `class`, which every message has.
    pub(super) fn bias(&self, class: usize) -> f32 {
        match self {
            ClassModel::All(model) => model.bias(class),
            ClassModel::Rivals(model) => model.bias[class],
        }
    }
}
