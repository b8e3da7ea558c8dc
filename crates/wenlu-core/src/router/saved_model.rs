//! A trained model as bytes. In: a classifier without vectors, with its calibration. Out: bytes,
//! and the same classifier to the bit; `None` for bytes that are no such model. Must not know:
//! where the bytes are kept.

use super::byte_codec::{ByteReader, ByteWriter};
use super::calibrate::Calibration;
use super::class_model::ClassModel;
use super::classifier::Classifier;
use super::logistic::LogisticModel;
use super::nearest_classes::NearestClasses;
use super::rival_model::RivalModel;
use super::score::{ClassFeature, LinearModel};
use super::sparse_rows::SparseRows;
use super::vocabulary::{NO_PLACE, Vocabulary, VocabularyEntry};
use super::weights::WeightMatrix;
use rustc_hash::FxHashMap;

const TABLE: u32 = 1;
const PAIRS: u32 = 2;
const RIVALS: u32 = 3;

pub(super) fn model_bytes(model: &Classifier, calibration: &Calibration) -> Vec<u8> {
    let mut out = ByteWriter::default();
    write_logistic(&mut out, &calibration.scope);
    write_logistic(&mut out, &calibration.right);
    out.f64(calibration.threshold);
    write_vocabulary(&mut out, &model.vocabulary);
    match &model.linear {
        ClassModel::All(linear) => write_linear(&mut out, linear),
        ClassModel::Rivals(rivals) => write_rivals(&mut out, rivals),
    }
    out.0
}

/// Reads a model of `classes` classes.
pub(super) fn read_model(bytes: &[u8], classes: usize) -> Option<(Classifier, Calibration)> {
    let mut input = ByteReader(bytes);
    let calibration = Calibration {
        scope: read_logistic(&mut input)?,
        right: read_logistic(&mut input)?,
        threshold: input.f64()?,
    };
    let vocabulary = read_vocabulary(&mut input)?;
    let linear = read_class_model(&mut input, vocabulary.places(), classes)?;
    let is_whole = input.0.is_empty();
    is_whole.then(|| (Classifier::of_parts(vocabulary, linear), calibration))
}

fn write_logistic<const N: usize>(out: &mut ByteWriter, model: &LogisticModel<N>) {
    for values in [&model.mean, &model.deviation, &model.weights] {
        values.iter().for_each(|value| out.f64(*value));
    }
    out.f64(model.bias);
}

fn read_logistic<const N: usize>(input: &mut ByteReader) -> Option<LogisticModel<N>> {
    let mut values = || -> Option<[f64; N]> {
        let mut values = [0.0; N];
        for value in &mut values {
            *value = input.f64()?;
        }
        Some(values)
    };
    Some(LogisticModel {
        mean: values()?,
        deviation: values()?,
        weights: values()?,
        bias: input.f64()?,
    })
}

fn write_vocabulary(out: &mut ByteWriter, vocabulary: &Vocabulary) {
    out.length(vocabulary.places);
    out.f32(vocabulary.unknown);
    let mut entries: Vec<_> = vocabulary.index.iter().collect();
    // the same model gives the same bytes
    entries.sort_unstable_by_key(|(key, _)| **key);
    out.length(entries.len());
    for (key, VocabularyEntry { at, icf }) in entries {
        out.u64(*key);
        out.u32(*at);
        out.f32(*icf);
    }
}

fn read_vocabulary(input: &mut ByteReader) -> Option<Vocabulary> {
    let places = usize::try_from(input.u64()?).ok()?;
    let unknown = input.f32()?;
    let length = input.length(16)?;
    let mut index = FxHashMap::with_capacity_and_hasher(length, Default::default());
    for _ in 0..length {
        let (key, at, icf) = (input.u64()?, input.u32()?, input.f32()?);
        if at != NO_PLACE && at as usize >= places {
            return None;
        }
        index.insert(key, VocabularyEntry { at, icf });
    }
    Some(Vocabulary {
        index,
        places,
        unknown,
    })
}

fn write_linear(out: &mut ByteWriter, linear: &LinearModel) {
    match &linear.weights {
        WeightMatrix::Table { weights, .. } => {
            out.u32(TABLE);
            out.f32s(&linear.bias);
            out.f32s(weights);
        }
        WeightMatrix::Pairs(rows) => {
            out.u32(PAIRS);
            out.f32s(&linear.bias);
            write_rows(out, rows);
        }
    }
    for known in &linear.known {
        let mut known: Vec<_> = known.iter().collect();
        known.sort_unstable_by_key(|(feature, _)| **feature);
        out.length(known.len());
        for (feature, ClassFeature { mean, examples }) in known {
            out.u32(*feature);
            out.f32(*mean);
            out.u32(*examples);
        }
    }
}

fn write_rows(out: &mut ByteWriter, rows: &SparseRows) {
    out.u32s(&rows.starts);
    out.length(rows.cells.len());
    for (class, value) in &rows.cells {
        out.u32(*class);
        out.f32(*value);
    }
}

fn write_rivals(out: &mut ByteWriter, model: &RivalModel) {
    out.u32(RIVALS);
    out.f32s(&model.bias);
    write_rows(out, &model.nearest.rows);
    out.u32s(&model.starts);
    out.u32s(&model.features);
    out.f32s(&model.weights);
    for ClassFeature { mean, examples } in &model.known {
        out.f32(*mean);
        out.u32(*examples);
    }
}

fn read_class_model(input: &mut ByteReader, features: usize, classes: usize) -> Option<ClassModel> {
    let form = input.u32()?;
    let bias = input.f32s().filter(|bias| bias.len() == classes)?;
    match form {
        RIVALS => read_rivals(input, bias, features, classes).map(ClassModel::Rivals),
        _ => read_linear(input, form, bias, features, classes).map(ClassModel::All),
    }
}

fn read_rivals(
    input: &mut ByteReader,
    bias: Vec<f32>,
    features: usize,
    classes: usize,
) -> Option<RivalModel> {
    let rows = read_rows(input, features, classes)?;
    let starts = input.u32s()?;
    let features_of = input.u32s()?;
    let weights = input.f32s()?;
    let mut known = Vec::with_capacity(features_of.len());
    for _ in 0..features_of.len() {
        let (mean, examples) = (input.f32()?, input.u32()?);
        known.push(ClassFeature { mean, examples });
    }
    let fits = are_starts(&starts, classes, features_of.len())
        && weights.len() == features_of.len()
        && features_of
            .iter()
            .all(|feature| (*feature as usize) < features);
    fits.then_some(RivalModel {
        nearest: NearestClasses { rows, classes },
        starts,
        features: features_of,
        weights,
        known,
        bias,
    })
}

/// Whether `starts` cut `length` entries into `parts` parts.
fn are_starts(starts: &[u32], parts: usize, length: usize) -> bool {
    starts.len() == parts + 1
        && starts.is_sorted()
        && starts.first() == Some(&0)
        && starts.last().map(|end| *end as usize) == Some(length)
}

fn read_linear(
    input: &mut ByteReader,
    form: u32,
    bias: Vec<f32>,
    features: usize,
    classes: usize,
) -> Option<LinearModel> {
    let weights = match form {
        TABLE => {
            let weights = input.f32s()?;
            let fits = weights.len() == features.checked_mul(classes)?;
            fits.then_some(WeightMatrix::Table { classes, weights })?
        }
        PAIRS => WeightMatrix::Pairs(read_rows(input, features, classes)?),
        _ => return None,
    };
    let mut known = Vec::with_capacity(classes);
    for _ in 0..classes {
        let length = input.length(12)?;
        let mut of_class = FxHashMap::with_capacity_and_hasher(length, Default::default());
        for _ in 0..length {
            let feature = input.u32()?;
            let (mean, examples) = (input.f32()?, input.u32()?);
            of_class.insert(feature, ClassFeature { mean, examples });
        }
        known.push(of_class);
    }
    Some(LinearModel {
        classes,
        weights,
        meaning: WeightMatrix::table(0, classes),
        bias,
        known,
    })
}

fn read_rows(input: &mut ByteReader, features: usize, classes: usize) -> Option<SparseRows> {
    let starts = input.u32s()?;
    let length = input.length(8)?;
    let mut cells = Vec::with_capacity(length);
    for _ in 0..length {
        cells.push((input.u32()?, input.f32()?));
    }
    let fits = are_starts(&starts, features, length)
        && cells.iter().all(|(class, _)| (*class as usize) < classes);
    fits.then_some(SparseRows { starts, cells })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::router::features::{FeatureKind, Gram};
    use crate::router::training_example::{ExampleOrigin, TrainingExample, TrainingTarget};
    use crate::router::vocabulary::MinOccurrences;

    /// The grams of a message about `class`: one of its own, one that ten classes share, and one of
    /// its wording.
    fn grams(class: usize, wording: u64) -> Vec<Gram> {
        let keys = [class as u64, 100_000 + class as u64 / 10, 200_000 + wording];
        let gram = |key| Gram {
            key,
            kind: FeatureKind::Chars,
            count: 1.0,
        };
        keys.map(gram).to_vec()
    }

    fn trained(classes: usize) -> Classifier {
        let example = |class: usize, wording: u64, target| TrainingExample {
            grams: grams(class, wording),
            target,
            origin: ExampleOrigin::Message,
            key: 31 * class as u64 + wording,
            vector: None,
        };
        let of_class = |class: usize| {
            let neighbour = (class + classes - 1) % classes;
            [
                example(class, 1, TrainingTarget::Is(class)),
                example(class, 2, TrainingTarget::Is(class)),
                example(neighbour, 3, TrainingTarget::IsNot(class)),
            ]
        };
        let examples: Vec<TrainingExample> = (0..classes).flat_map(of_class).collect();
        let examples: Vec<&TrainingExample> = examples.iter().collect();
        Classifier::train(&examples, classes, MinOccurrences::default())
    }

    fn calibration() -> Calibration {
        let scope = LogisticModel {
            mean: std::array::from_fn(|at| at as f64),
            deviation: std::array::from_fn(|at| 1.0 / (1.0 + at as f64)),
            weights: std::array::from_fn(|at| -(at as f64)),
            bias: 0.1,
        };
        let right = LogisticModel {
            mean: [1.0],
            deviation: [2.0],
            weights: [3.0],
            bias: 4.0,
        };
        Calibration {
            scope,
            right,
            threshold: 0.3,
        }
    }

    #[test]
    fn both_forms_come_back_to_the_bit_and_know_their_classes() {
        for (classes, are_rivals) in [(60, false), (1_000, false), (1_001, true)] {
            let model = trained(classes);
            assert_eq!(matches!(model.linear, ClassModel::Rivals(_)), are_rivals);
            let bytes = model_bytes(&model, &calibration());
            let (read, read_calibration) = read_model(&bytes, classes).expect("what was written");
            assert_eq!(model_bytes(&read, &read_calibration), bytes);
            for class in (0..classes).step_by(7) {
                let (vector, scores) = model.score(&grams(class, 2));
                let (_, again) = read.score(&grams(class, 2));
                assert_eq!(
                    (&scores.logits, &scores.probabilities),
                    (&again.logits, &again.probabilities)
                );
                let best =
                    (0..classes).max_by(|a, b| scores.logits[*a].total_cmp(&scores.logits[*b]));
                assert_eq!(best, Some(class));
                let sum: f32 = scores.probabilities.iter().sum();
                assert!((sum - 1.0).abs() < 1e-4, "{sum}");
                let [similar, similar_again] =
                    [&model, &read].map(|model| model.linear.class_similarity(&vector, class));
                assert_eq!(similar.cosine, similar_again.cosine);
                assert!(similar.shared > 0.9);
            }
            assert!(read_model(&bytes, classes + 1).is_none());
            assert!(read_model(&bytes[..bytes.len() - 1], classes).is_none());
        }
    }

    #[test]
    fn a_message_without_known_features_is_scored_among_some() {
        let scores = trained(1_001).score(&[]).1;
        assert!(scores.logits.iter().all(|logit| logit.is_finite()));
        assert!(scores.classes().count() > 1);
        let sum: f32 = scores.probabilities.iter().sum();
        assert!((sum - 1.0).abs() < 1e-4, "{sum}");
    }
}
