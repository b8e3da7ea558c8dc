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
    /// Of the grams by sound.
    marks: GramMarks,
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
        let sounded = with_pairs(sounded);
        GramBag {
            spelled: with_pairs(spelled),
            marks: GramMarks::of(&sounded),
            sounded,
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

    /// What the similarity can be at most: a text shares no gram whose mark the other one lacks, and
    /// by spelling no more than by sound.
    pub(crate) fn most_similar(&self, other: &Self) -> f32 {
        dice(self.marks.count_in(&other.sounded), self, other)
    }

    /// Sørensen–Dice coefficient, by spelling or by sound, whichever is higher.
    pub(crate) fn similarity(&self, other: &Self) -> f32 {
        let spelled = dice(shared(&self.spelled, &other.spelled), self, other);
        if SOUND_SHARE * self.most_similar(other) <= spelled {
            return spelled;
        }
        let sounded = dice(shared(&self.sounded, &other.sounded), self, other);
        spelled.max(SOUND_SHARE * sounded)
    }
}

/// A bit for each gram of a text: a gram whose bit is not set is not in it.
#[derive(Clone, Debug, Default)]
struct GramMarks([u64; MARK_WORDS]);

/// 512 bits, for texts of some twenty units: few others have a bit in common with them by chance.
const MARK_WORDS: usize = 8;

impl GramMarks {
    fn of(grams: &[u64]) -> Self {
        let mut marks = GramMarks::default();
        for gram in grams {
            let (word, bit) = place(*gram);
            marks.0[word] |= bit;
        }
        marks
    }

    /// How many of `grams` may be in the text.
    fn count_in(&self, grams: &[u64]) -> usize {
        let is_marked = |gram: &u64| {
            let (word, bit) = place(*gram);
            usize::from(self.0[word] & bit != 0)
        };
        grams.iter().map(is_marked).sum()
    }
}

/// The word and the bit of a gram, from the best mixed bits of its hash.
fn place(gram: u64) -> (usize, u64) {
    ((gram >> 61) as usize, 1 << (gram >> 55 & 63))
}

/// The coefficient of two texts that share so many grams.
fn dice(shared: usize, a: &GramBag, b: &GramBag) -> f32 {
    match a.spelled.len() + b.spelled.len() {
        0 => 0.0,
        all => 2.0 * shared as f32 / all as f32,
    }
}

/// How many elements two sorted lists share. Without branches on what is compared: which of two
/// hashes is lower is a toss of a coin.
fn shared(a: &[u64], b: &[u64]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        count += usize::from(x == y);
        i += usize::from(x <= y);
        j += usize::from(y <= x);
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
