//! The classifier. In: training messages by class. Out: a vocabulary and weights, which score a
//! message's grams for every class. Must not know: confidence, decisions.

use super::features::Gram;
use super::score::{ClassScores, LinearModel};
use super::training_example::{TrainingExample, TrainingTarget};
use super::vocabulary::{FeatureVector, MinOccurrences, Vocabulary};

/// From this many training examples on, rare grams are left out and fewer folds are trained.
pub(crate) const MANY_EXAMPLES: usize = 3_000;

/// In how many examples a gram must occur to be a feature. With thousands of examples the grams
/// that occur once, and pairs of units in fewer than five, take most of the memory and half of the
/// time and teach nothing; with few examples they are worth a point or two.
pub fn min_occurrences(examples: &[TrainingExample]) -> MinOccurrences {
    if examples.len() < MANY_EXAMPLES {
        MinOccurrences::default()
    } else {
        MinOccurrences {
            gram: 2,
            unit_pair: 5,
        }
    }
}

/// The trained classifier: vocabulary and weights.
pub struct Classifier {
    /// The grams that are features, with their weights by rarity.
    pub(crate) vocabulary: Vocabulary,
    /// The weights of each class.
    pub(crate) linear: LinearModel,
}

impl Classifier {
    /// Trains on the grams that occur in at least `rarest` examples.
    pub fn train(examples: &[&TrainingExample], classes: usize, rarest: MinOccurrences) -> Self {
        let known = examples.iter().filter_map(|e| match e.target {
            TrainingTarget::Is(class) => Some((e.grams.as_slice(), class)),
            TrainingTarget::IsNot(_) => None,
        });
        let vocabulary = Vocabulary::build(known, classes, rarest);
        let rows: Vec<(FeatureVector, TrainingTarget)> = examples
            .iter()
            .map(|e| (vocabulary.vector(&e.grams), e.target))
            .collect();
        let keys: Vec<u64> = examples.iter().map(|e| e.key).collect();
        let linear = LinearModel::train(&rows, &keys, vocabulary.places(), classes);
        Self { vocabulary, linear }
    }

    /// The features of a message, and the score of every class.
    pub fn score(&self, grams: &[Gram]) -> (FeatureVector, ClassScores) {
        let vector = self.vocabulary.vector(grams);
        let scores = self.linear.score(&vector);
        (vector, scores)
    }
}
