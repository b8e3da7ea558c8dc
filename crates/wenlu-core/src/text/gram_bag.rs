//! Texts as bags of grams. In: a normalised text. Out: its units and pairs of units, by spelling and
//! by sound, in a form that is compared fast. Must not know: what the texts mean.

use super::pinyin::char_pinyin;
use super::units::{TextUnit, units};
use rust_stemmers::{Algorithm, Stemmer};
use std::hash::{Hash, Hasher};

/// The units and pairs of neighbouring units of a text, as sorted hashes.
#[derive(Clone, Debug, Default)]
pub(crate) struct GramBag {
    spelled: Vec<u64>,
    sounded: Vec<u64>,
}

/// How much a match by sound counts beside one by spelling.
const SOUND_SHARE: f32 = 0.9;

impl GramBag {
    /// With words of letters by their stems.
    pub(crate) fn of(normal: &str) -> Self {
        let stemmer = Stemmer::create(Algorithm::English);
        GramBag::with_words(normal, |unit| hash(stemmer.stem(unit.text).as_ref()))
    }

    /// With words of letters as they are written.
    pub(crate) fn as_written(normal: &str) -> Self {
        GramBag::with_words(normal, |unit| hash(unit.text))
    }

    fn with_words(normal: &str, word: impl Fn(&TextUnit) -> u64) -> Self {
        let most = normal.len();
        let (mut spelled, mut sounded) = (Vec::with_capacity(most), Vec::with_capacity(most));
        for unit in units(normal) {
            if unit.han {
                let sound = unit.text.chars().next().and_then(char_pinyin);
                spelled.push(hash(unit.text));
                sounded.push(hash(sound.unwrap_or(unit.text)));
            } else {
                let word = word(&unit);
                spelled.push(word);
                sounded.push(word);
            }
        }
        GramBag {
            spelled: with_pairs(spelled),
            sounded: with_pairs(sounded),
        }
    }

    /// The grams by spelling, sorted, each as often as it occurs.
    pub(crate) fn spelled(&self) -> &[u64] {
        &self.spelled
    }

    /// The distinct grams by spelling, sorted.
    pub(crate) fn into_distinct(self) -> Vec<u64> {
        let mut grams = self.spelled;
        grams.dedup();
        grams
    }

    /// What the similarity can be at most: two texts share at most what the shorter one has.
    pub(crate) fn most_similar(&self, other: &Self) -> f32 {
        let (a, b) = (self.spelled.len(), other.spelled.len());
        2.0 * a.min(b) as f32 / (a + b).max(1) as f32
    }

    /// Sørensen–Dice coefficient, by spelling or by sound, whichever is higher.
    pub(crate) fn similarity(&self, other: &Self) -> f32 {
        let dice = |a: &[u64], b: &[u64]| match a.len() + b.len() {
            0 => 0.0,
            all => 2.0 * shared(a, b) as f32 / all as f32,
        };
        dice(&self.spelled, &other.spelled).max(SOUND_SHARE * dice(&self.sounded, &other.sounded))
    }
}

/// How many elements two sorted lists share.
fn shared(a: &[u64], b: &[u64]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                (i, j, count) = (i + 1, j + 1, count + 1);
            }
        }
    }
    count
}

/// The units and their pairs, sorted.
fn with_pairs(units: Vec<u64>) -> Vec<u64> {
    let count = units.len();
    let mut all = units;
    for at in 1..count {
        if let Some(pair) = all.get(at - 1..=at) {
            let pair = hash(pair);
            all.push(pair);
        }
    }
    all.sort_unstable();
    all
}

fn hash<T: Hash + ?Sized>(value: &T) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    value.hash(&mut hasher);
    hasher.finish()
}
