//! Vocabulary. In: the grams of examples, then of a message. Out: the message as a sparse unit
//! vector, with the known share of it. Must not know: how grams are made, classes' names,
//! decisions.

use super::features::{Family, Gram};
use rustc_hash::FxHashMap;

/// The weight of each kind in the joined vector, from public development sets; those of concepts
/// and keywords come from cross-validation on the shipped knowledge.
const FAMILY_WEIGHT: [f32; Family::COUNT] = [1.0, 0.6, 1.0, 1.0, 1.0, 0.6, 0.7, 0.7];
/// The same for comparing two wordings. Pairs of units have no weight, since texts that differ in
/// one character share few; sounds have full weight.
const WORDING_WEIGHT: [f32; Family::COUNT] = [1.0, 1.0, 0.0, 1.0, 1.0, 0.6, 0.7, 0.7];

/// Factor for the kinds of letters in a message that has Han characters too: its words are units of
/// the character grams already (development sets, and the shipped knowledge).
const MIXED: f32 = 0.4;

/// In how many examples a gram must occur to be a feature.
#[derive(Clone, Copy, Debug)]
pub struct Rarest {
    pub gram: usize,
    /// The same for [`FeatureKind::UnitPairs`].
    pub unit_pair: usize,
}

impl Default for Rarest {
    /// Every gram is a feature.
    fn default() -> Self {
        Self { gram: 1, unit_pair: 1 }
    }
}

impl Rarest {
    fn of(self, family: Family) -> usize {
        if family == Family::UnitPairs { self.unit_pair } else { self.gram }
    }
}

/// The grams that examples use, each with its weight.
pub struct Vocabulary {
    index: FxHashMap<u64, Entry>,
    /// Number of features.
    places: usize,
    /// The weight of a gram that no example has: higher than any known gram's.
    unknown: f32,
}

#[derive(Clone, Copy)]
struct Entry {
    /// Index of the feature, or [`NO_PLACE`].
    at: u32,
    icf: f32,
}

/// Marks a gram that is known and not a feature: too rare to learn from, or too common.
const NOWHERE: u32 = u32::MAX;

/// In how many classes a gram may occur and be a feature. With thousands of classes, a gram in
/// every second one hardly tells any apart and is most of the work.
fn commonest(classes: usize) -> usize {
    const FEW: usize = 1_000;
    FEW.max(classes / 2)
}

/// A message as a feature vector.
#[derive(Clone, Debug, Default)]
pub struct Vector {
    /// Index of the feature and its value; of unit length, unless empty. A pair of units that
    /// occurs twice is listed twice.
    pub values: Vec<(u32, f32)>,
    /// How much the message says: the sum of its grams' values, without those of pairs of units.
    pub weight: f32,
    /// Share of that weight that the vocabulary knows, 0 to 1.
    pub coverage: f32,
}

impl Vocabulary {
    /// From the grams of examples and the class of each; the examples of a class must be adjacent.
    /// The weight of a gram is its inverse class frequency,
    /// `1 + ln((1 + classes) / (1 + classes that have it))`. A gram that is rarer than `rarest`, or
    /// in more classes than [`max_classes`], is known but no feature.
    pub fn build<'a>(examples: impl Iterator<Item = (&'a [Gram], usize)>, classes: usize, rarest: Rarest) -> Self {
        struct Seen {
            family: Family,
            examples: usize,
            classes: usize,
            last: usize,
            at: u32,
        }
        let mut seen: FxHashMap<u64, Seen> = FxHashMap::default();
        let mut places = 0;
        for (grams, class) in examples {
            for gram in grams {
                let new = Seen { family: gram.family, examples: 0, classes: 0, last: usize::MAX, at: NOWHERE };
                let entry = seen.entry(gram.key).or_insert(new);
                entry.examples += 1;
                if entry.at == NOWHERE && entry.examples >= rarest.of(gram.family) {
                    entry.at = places as u32;
                    places += 1;
                }
                entry.classes += usize::from(entry.last != class);
                entry.last = class;
            }
        }
        let icf = |within: usize| 1.0 + libm::logf((1.0 + classes as f32) / (1.0 + within as f32));
        let commonest = commonest(classes);
        let entry = |s: Seen| Entry { at: if s.classes > commonest { NOWHERE } else { s.at }, icf: icf(s.classes) };
        // pairs of units do not count for coverage, so the rest of them can be dropped
        let counts = |seen: &Seen| seen.at != NOWHERE || seen.family != Family::UnitPairs;
        let known = seen.into_iter().filter(|(_, seen)| counts(seen));
        let index = known.map(|(key, seen)| (key, entry(seen))).collect();
        Self { index, places, unknown: icf(0) }
    }

    /// Number of features.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The kind of each value of [`Vocabulary::vector`], in the same order.
    pub fn families(&self, grams: &[Gram]) -> Vec<Family> {
        let placed = |gram: &&Gram| self.index.get(&gram.key).is_some_and(|entry| entry.at != NOWHERE);
        grams.iter().filter(placed).map(|gram| gram.family).collect()
    }

    /// `(1 + ln count) × inverse class frequency`; each kind is scaled to unit length and weighted,
    /// then the whole is scaled to unit length.
    pub fn vector(&self, grams: &[Gram]) -> Vector {
        self.weighed(grams, &FAMILY_WEIGHT)
    }

    /// As [`Vocabulary::vector`], for comparing two wordings.
    pub fn wording(&self, grams: &[Gram]) -> Vector {
        self.weighed(grams, &WORDING_WEIGHT)
    }

    fn weighed(&self, grams: &[Gram], weights: &[f32; Family::COUNT]) -> Vector {
        let mut values = Vec::with_capacity(grams.len());
        let (mut known, mut total) = (0.0f32, 0.0f32);
        let mixed = grams.first().is_some_and(|g| g.family == Family::Chars);
        for family in grams.chunk_by(|a, b| a.family == b.family) {
            let start = values.len();
            let weight =
                weights[family[0].family as usize] * if mixed && is_of_letters(family[0].family) { MIXED } else { 1.0 };
            if weight == 0.0 {
                continue;
            }
            let mut square = 0.0;
            for gram in family {
                let tf = if gram.count == 1.0 { 1.0 } else { (1.0 + libm::logf(gram.count)).max(0.1) };
                let entry = self.index.get(&gram.key);
                let value = tf * entry.map_or(self.unknown, |e| e.icf);
                if gram.family != Family::UnitPairs {
                    total += weight * value;
                    known += if entry.is_some() { weight * value } else { 0.0 };
                }
                if let Some(at) = entry.map(|e| e.at).filter(|&at| at != NOWHERE) {
                    values.push((at, value));
                    square += value * value;
                }
            }
            scale(&mut values[start..], weight, square);
        }
        let square = values.iter().map(|(_, v)| v * v).sum();
        scale(&mut values, 1.0, square);
        Vector { values, weight: total, coverage: if total > 0.0 { known / total } else { 0.0 } }
    }
}

/// Two unit vectors' cosine.
pub fn cosine(a: &Vector, b: &Vector) -> f32 {
    let mut of: FxHashMap<u32, f32> = FxHashMap::default();
    a.values.iter().for_each(|&(at, value)| *of.entry(at).or_default() += value);
    b.values.iter().filter_map(|(at, value)| Some(of.get(at)? * value)).sum()
}

fn is_of_letters(family: Family) -> bool {
    matches!(family, Family::Letters | Family::Stems | Family::Pairs)
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
        let gram = |key: u64| Gram { key, family: Family::Chars, count: 1.0 };
        const EVERYWHERE: u64 = 1_000_000;
        // two examples a class; grams of all examples, of both examples, of one example
        let examples: Vec<(Vec<Gram>, usize)> =
            (0..4_000).map(|at| (vec![gram(EVERYWHERE), gram(at / 2), gram(10_000 + at)], at as usize / 2)).collect();
        let vocabulary = Vocabulary::build(
            examples.iter().map(|(grams, class)| (grams.as_slice(), *class)),
            2_000,
            Rarest { gram: 2, unit_pair: 2 },
        );
        for (key, placed, coverage) in [(7, 1, 1.0), (10_007, 0, 1.0), (EVERYWHERE, 0, 1.0), (999_999, 0, 0.0)] {
            let vector = vocabulary.vector(&[gram(key)]);
            assert_eq!((vector.values.len(), vector.coverage), (placed, coverage), "{key}");
        }
    }

    #[test]
    fn a_rare_pair_of_units_has_no_place() {
        let pair = |key: u64| Gram { key, family: Family::UnitPairs, count: 1.0 };
        // the first pair is in four examples, the second in five
        let examples: Vec<Vec<Gram>> =
            (0..5).map(|at| if at < 4 { vec![pair(1), pair(2)] } else { vec![pair(2)] }).collect();
        let rarest = Rarest { gram: 2, unit_pair: 5 };
        let vocabulary = Vocabulary::build(examples.iter().map(|grams| (grams.as_slice(), 0)), 1, rarest);
        assert_eq!(vocabulary.families(&[pair(1)]).len(), 0);
        assert_eq!(vocabulary.families(&[pair(2)]), [Family::UnitPairs]);
    }
}
