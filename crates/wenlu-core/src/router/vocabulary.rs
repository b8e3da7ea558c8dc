//! Vocabulary. In: the grams of examples, then of a message. Out: the message as a sparse unit
//! vector, with the known share of it. Must not know: how grams are made, classes' names,
//! decisions.

use super::features::{FeatureKind, Gram};
use rustc_hash::FxHashMap;

/// The weight of each kind in the joined vector, from public development sets; those of concepts
/// and keywords come from cross-validation on the shipped knowledge.
const KIND_WEIGHTS: [f32; FeatureKind::COUNT] = [1.0, 0.6, 1.0, 1.0, 1.0, 0.6, 0.7, 0.7];
/// The same for comparing two wordings. Pairs of units have no weight, since texts that differ in
/// one character share few; sounds have full weight.
const SIMILARITY_KIND_WEIGHTS: [f32; FeatureKind::COUNT] = [1.0, 1.0, 0.0, 1.0, 1.0, 0.6, 0.7, 0.7];

/// Factor for the kinds of letters in a message that has Han characters too: its words are units of
/// the character grams already (development sets, and the shipped knowledge).
const MIXED_LETTER_WEIGHT: f32 = 0.4;

/// In how many examples a gram must occur to be a feature.
#[derive(Clone, Copy, Debug)]
pub struct MinOccurrences {
    pub(crate) gram: usize,
    /// The same for [`FeatureKind::UnitPairs`].
    pub(crate) unit_pair: usize,
}

impl Default for MinOccurrences {
    /// Every gram is a feature.
    fn default() -> Self {
        Self {
            gram: 1,
            unit_pair: 1,
        }
    }
}

impl MinOccurrences {
    fn of(self, family: FeatureKind) -> usize {
        if family == FeatureKind::UnitPairs {
            self.unit_pair
        } else {
            self.gram
        }
    }
}

/// The grams that examples use, each with its weight.
pub(crate) struct Vocabulary {
    pub(super) index: FxHashMap<u64, VocabularyEntry>,
    /// Number of features.
    pub(super) places: usize,
    /// The weight of a gram that no example has: higher than any known gram's.
    pub(super) unknown: f32,
}

#[derive(Clone, Copy)]
pub(super) struct VocabularyEntry {
    /// Index of the feature, or [`NO_PLACE`].
    pub(super) at: u32,
    pub(super) icf: f32,
}

/// Marks a gram that is known and not a feature: too rare to learn from, or too common.
pub(super) const NO_PLACE: u32 = u32::MAX;

/// In how many classes a gram may occur and be a feature. With thousands of classes, a gram in
/// every second one hardly tells any apart and is most of the work.
fn commonest(classes: usize) -> usize {
    const FEW: usize = 1_000;
    FEW.max(classes / 2)
}

/// A message as a feature vector.
#[derive(Clone, Debug, Default)]
pub struct FeatureVector {
    /// Index of the feature and its value; of unit length, unless empty. A pair of units that
    /// occurs twice is listed twice.
    pub(crate) values: Vec<(u32, f32)>,
    /// How much the message says: the sum of its grams' values, without those of pairs of units.
    pub(crate) weight: f32,
    /// Share of that weight that the vocabulary knows, 0 to 1.
    pub(crate) coverage: f32,
    /// What an encoder makes of the message, dimension by dimension; empty without one.
    pub(crate) meaning: Vec<(u32, f32)>,
}

impl Vocabulary {
    /// From the grams of examples and the class of each; the examples of a class must be adjacent.
    /// The weight of a gram is its inverse class frequency,
    /// `1 + ln((1 + classes) / (1 + classes that have it))`. A gram that is rarer than `rarest`, or
    /// in more classes than [`max_classes`], is known but no feature.
    pub(crate) fn build<'a>(
        examples: impl Iterator<Item = (&'a [Gram], usize)>,
        classes: usize,
        rarest: MinOccurrences,
    ) -> Self {
        struct GramCounts {
            family: FeatureKind,
            examples: u32,
            classes: u32,
            last: u32,
            at: u32,
        }
        let mut seen: FxHashMap<u64, GramCounts> = FxHashMap::default();
        let mut places = 0;
        for (grams, class) in examples {
            for gram in grams {
                let new = GramCounts {
                    family: gram.kind,
                    examples: 0,
                    classes: 0,
                    last: u32::MAX,
                    at: NO_PLACE,
                };
                let entry = seen.entry(gram.key).or_insert(new);
                entry.examples += 1;
                if entry.at == NO_PLACE && entry.examples as usize >= rarest.of(gram.kind) {
                    entry.at = places as u32;
                    places += 1;
                }
                entry.classes += u32::from(entry.last != class as u32);
                entry.last = class as u32;
            }
        }
        let icf = |within: usize| 1.0 + libm::logf((1.0 + classes as f32) / (1.0 + within as f32));
        let commonest = commonest(classes);
        let entry = |s: GramCounts| VocabularyEntry {
            at: if s.classes as usize > commonest {
                NO_PLACE
            } else {
                s.at
            },
            icf: icf(s.classes as usize),
        };
        // pairs of units do not count for coverage, so the rest of them can be dropped
        let counts =
            |seen: &GramCounts| seen.at != NO_PLACE || seen.family != FeatureKind::UnitPairs;
        let known = seen.into_iter().filter(|(_, seen)| counts(seen));
        let index = known.map(|(key, seen)| (key, entry(seen))).collect();
        Self {
            index,
            places,
            unknown: icf(0),
        }
    }

    /// Number of features.
    pub(crate) fn places(&self) -> usize {
        self.places
    }

    /// The kind of each value of [`Vocabulary::vector`], in the same order.
    pub(crate) fn feature_kinds(&self, grams: &[Gram]) -> Vec<FeatureKind> {
        let placed = |gram: &&Gram| {
            self.index
                .get(&gram.key)
                .is_some_and(|entry| entry.at != NO_PLACE)
        };
        grams.iter().filter(placed).map(|gram| gram.kind).collect()
    }

    /// `(1 + ln count) × inverse class frequency`; each kind is scaled to unit length and weighted,
    /// then the whole is scaled to unit length.
    pub(crate) fn vector(&self, grams: &[Gram]) -> FeatureVector {
        self.weighted_vector(grams, &KIND_WEIGHTS)
    }

    /// As [`Vocabulary::vector`], for comparing two wordings.
    pub(crate) fn similarity_vector(&self, grams: &[Gram]) -> FeatureVector {
        self.weighted_vector(grams, &SIMILARITY_KIND_WEIGHTS)
    }

    fn weighted_vector(
        &self,
        grams: &[Gram],
        weights: &[f32; FeatureKind::COUNT],
    ) -> FeatureVector {
        let mut values = Vec::with_capacity(grams.len());
        let (mut known, mut total) = (0.0f32, 0.0f32);
        let mixed = grams.first().is_some_and(|g| g.kind == FeatureKind::Chars);
        for family in grams.chunk_by(|a, b| a.kind == b.kind) {
            let start = values.len();
            let weight = weights[family[0].kind as usize]
                * if mixed && is_of_letters(family[0].kind) {
                    MIXED_LETTER_WEIGHT
                } else {
                    1.0
                };
            if weight == 0.0 {
                continue;
            }
            let mut square = 0.0;
            for gram in family {
                let tf = if gram.count == 1.0 {
                    1.0
                } else {
                    (1.0 + libm::logf(gram.count)).max(0.1)
                };
                let entry = self.index.get(&gram.key);
                let value = tf * entry.map_or(self.unknown, |e| e.icf);
                if gram.kind != FeatureKind::UnitPairs {
                    total += weight * value;
                    known += if entry.is_some() { weight * value } else { 0.0 };
                }
                if let Some(at) = entry.map(|e| e.at).filter(|&at| at != NO_PLACE) {
                    values.push((at, value));
                    square += value * value;
                }
            }
            scale(&mut values[start..], weight, square);
        }
        let square = values.iter().map(|(_, v)| v * v).sum();
        scale(&mut values, 1.0, square);
        FeatureVector {
            values,
            weight: total,
            coverage: if total > 0.0 { known / total } else { 0.0 },
            meaning: Vec::new(),
        }
    }
}

/// Two unit vectors' cosine.
pub(crate) fn cosine(a: &FeatureVector, b: &FeatureVector) -> f32 {
    let mut of: FxHashMap<u32, f32> = FxHashMap::default();
    a.values
        .iter()
        .for_each(|&(at, value)| *of.entry(at).or_default() += value);
    b.values
        .iter()
        .filter_map(|(at, value)| Some(of.get(at)? * value))
        .sum()
}

fn is_of_letters(family: FeatureKind) -> bool {
    matches!(
        family,
        FeatureKind::Letters | FeatureKind::Stems | FeatureKind::Pairs
    )
}

fn scale(values: &mut [(u32, f32)], weight: f32, square: f32) {
    if square > 0.0 {
        let factor = weight / square.sqrt();
        values.iter_mut().for_each(|(_, v)| *v *= factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_the_rare_nor_the_common_has_a_place_and_both_are_known() {
        let gram = |key: u64| Gram {
            key,
            kind: FeatureKind::Chars,
            count: 1.0,
        };
        const EVERYWHERE: u64 = 1_000_000;
        // two examples a class; grams of all examples, of both examples, of one example
        let examples: Vec<(Vec<Gram>, usize)> = (0..4_000)
            .map(|at| {
                (
                    vec![gram(EVERYWHERE), gram(at / 2), gram(10_000 + at)],
                    at as usize / 2,
                )
            })
            .collect();
        let vocabulary = Vocabulary::build(
            examples
                .iter()
                .map(|(grams, class)| (grams.as_slice(), *class)),
            2_000,
            MinOccurrences {
                gram: 2,
                unit_pair: 2,
            },
        );
        for (key, placed, coverage) in [
            (7, 1, 1.0),
            (10_007, 0, 1.0),
            (EVERYWHERE, 0, 1.0),
            (999_999, 0, 0.0),
        ] {
            let vector = vocabulary.vector(&[gram(key)]);
            assert_eq!(
                (vector.values.len(), vector.coverage),
                (placed, coverage),
                "{key}"
            );
        }
    }

    #[test]
    fn a_rare_pair_of_units_has_no_place() {
        let pair = |key: u64| Gram {
            key,
            kind: FeatureKind::UnitPairs,
            count: 1.0,
        };
        // the first pair is in four examples, the second in five
        let examples: Vec<Vec<Gram>> = (0..5)
            .map(|at| {
                if at < 4 {
                    vec![pair(1), pair(2)]
                } else {
                    vec![pair(2)]
                }
            })
            .collect();
        let rarest = MinOccurrences {
            gram: 2,
            unit_pair: 5,
        };
        let vocabulary = Vocabulary::build(
            examples.iter().map(|grams| (grams.as_slice(), 0)),
            1,
            rarest,
        );
        assert_eq!(vocabulary.feature_kinds(&[pair(1)]).len(), 0);
        assert_eq!(
            vocabulary.feature_kinds(&[pair(2)]),
            [FeatureKind::UnitPairs]
        );
    }
}
