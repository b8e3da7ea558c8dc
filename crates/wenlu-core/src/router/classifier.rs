//! The classifier. In: training messages by class. Out: a vocabulary and weights, which score a
//! message's grams for every class. Must not know: confidence, decisions.

use super::class_model::ClassModel;
use super::features::Gram;
use super::score::{ClassScores, TrainingSize};
use super::text_vectors::VectorCentre;
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

/// The trained classifier: vocabulary and weights. One trained on examples with vectors scores a
/// message by its vector too: the fused classifier.
pub struct Classifier {
    /// The grams that are features, with their weights by rarity.
    pub(crate) vocabulary: Vocabulary,
    /// The weights of each class.
    pub(crate) linear: ClassModel,
    /// The middle of the examples' vectors; `None` without an encoder.
    centre: Option<VectorCentre>,
}

impl Classifier {
    /// Trains on the grams that occur in at least `rarest` examples.
    pub fn train(examples: &[&TrainingExample], classes: usize, rarest: MinOccurrences) -> Self {
        let known = examples.iter().filter_map(|e| match e.target {
            TrainingTarget::Is(class) => Some((e.grams.as_slice(), class)),
            TrainingTarget::IsNot(_) => None,
        });
        let vocabulary = Vocabulary::build(known, classes, rarest);
        let centre = VectorCentre::of(examples);
        let row = |e: &&TrainingExample| {
            let mut vector = features(&vocabulary, centre.as_ref(), &e.grams, e.vector.as_deref());
            vector.values.shrink_to_fit();
            (vector, e.target)
        };
        let rows: Vec<(FeatureVector, TrainingTarget)> = examples.iter().map(row).collect();
        let keys: Vec<u64> = examples.iter().map(|e| e.key).collect();
        let size = TrainingSize {
            features: vocabulary.places(),
            dimensions: centre.as_ref().map_or(0, VectorCentre::dimensions),
            classes,
        };
        let linear = ClassModel::train(&rows, &keys, size);
        Self {
            vocabulary,
            linear,
            centre,
        }
    }

    /// One that was trained without vectors.
    pub(super) fn of_parts(vocabulary: Vocabulary, linear: ClassModel) -> Self {
        Self {
            vocabulary,
            linear,
            centre: None,
        }
    }

    /// The features of a message, and the score of every class.
    pub fn score(&self, grams: &[Gram]) -> (FeatureVector, ClassScores) {
        self.score_encoded(grams, None)
    }

    /// As [`Classifier::score`], with the message's vector.
    pub(crate) fn score_encoded(
        &self,
        grams: &[Gram],
        meaning: Option<&[f32]>,
    ) -> (FeatureVector, ClassScores) {
        let vector = features(&self.vocabulary, self.centre.as_ref(), grams, meaning);
        let scores = self.linear.score(&vector);
        (vector, scores)
    }

    /// The length of the vectors that it was trained with; `None` without an encoder.
    pub(crate) fn dimensions(&self) -> Option<usize> {
        self.centre.as_ref().map(VectorCentre::dimensions)
    }
}

/// The features of a text, by its grams and by its vector where both are known.
fn features(
    vocabulary: &Vocabulary,
    centre: Option<&VectorCentre>,
    grams: &[Gram],
    meaning: Option<&[f32]>,
) -> FeatureVector {
    let mut vector = vocabulary.vector(grams);
    if let (Some(centre), Some(meaning)) = (centre, meaning) {
        vector.meaning = centre.place(meaning);
    }
    vector
}
