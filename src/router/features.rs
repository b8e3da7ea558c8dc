//! Features. In: a normalised message. Out: its grams by family, and, under a vocabulary, a sparse unit vector with the
//! share of the message that the vocabulary knows. Must not know: classes' names, decisions.
//!
//! The scripts in a message choose the families: Han characters give character and sound grams, words of letters give
//! grams inside words, stems and pairs of stems. A mixed message has all of them.

use super::lexical::Found;
use crate::text::{pinyin::reading, units::Unit, units::units};
use rust_stemmers::{Algorithm, Stemmer};
use rustc_hash::FxHashMap;
use serde::Serialize;

/// Kinds of gram. Each family is brought to unit length before they are joined, so that none drowns the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Family {
    /// Units, and pairs of neighbouring units, with marks at the ends.
    Chars,
    /// The same over toneless pinyin: worth 3 to 4 points under homophone typos.
    Sounds,
    /// 2- to 5-grams inside words of letters.
    Letters,
    /// Snowball stems and pairs of neighbouring stems.
    Stems,
    /// Unordered pairs of stems within a window of four.
    Pairs,
    /// Synonym groups of the lexicon, and pairs of them.
    Concepts,
    /// Keywords, by intent.
    Keywords,
}

const FAMILIES: usize = 7;
/// The weight of each family in the joined vector. The first five are the routing recipe's, from tuning on public
/// development sets; concepts and keywords come from cross-validation on the shipped knowledge.
const FAMILY_WEIGHT: [f32; FAMILIES] = [1.0, 1.0, 1.0, 1.0, 0.6, 0.7, 0.7];

/// What the families of letters count in a message that has Han characters too: their words are units of the character
/// grams already (development sets, and the shipped knowledge).
const MIXED: f32 = 0.4;

/// One gram of a message: a stable hash, its family, and how often it occurs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gram {
    pub key: u64,
    pub family: Family,
    pub count: f32,
}

/// The grams of a normalised message in which these synonym groups and keywords were found, sorted by family and key.
pub fn grams_with(normal: &str, found: &Found) -> Vec<Gram> {
    let mut out = text_grams(normal);
    let Found { concepts, keywords } = found;
    for (at, &concept) in concepts.iter().enumerate() {
        push(Family::Concepts, concept as u64, &mut out);
        concepts
            .iter()
            .skip(at + 1)
            .for_each(|&other| push(Family::Concepts, join(concept as u64, other as u64), &mut out));
    }
    for keyword in keywords {
        out.push(Gram {
            key: join(keyword.intent as u64, Family::Keywords as u64),
            family: Family::Keywords,
            count: keyword.weight,
        });
    }
    merge(out)
}

fn text_grams(normal: &str) -> Vec<Gram> {
    let mut all: Vec<Unit> = Vec::with_capacity(normal.len() / 3 + 8);
    all.extend(units(normal));
    // a Han character gives two grams of each kind, a letter four and its word some more
    let mut out = Vec::with_capacity(all.len() * 4 + normal.len() * 2);
    let (han, letters) = (all.iter().any(|u| u.han), all.iter().any(|u| !u.han));
    if han {
        let sound = |u: &Unit| u.text.chars().next().filter(|_| u.han).and_then(reading).map_or(hash(u.text), hash);
        chain(Family::Chars, all.iter().map(|u| hash(u.text)), &mut out);
        chain(Family::Sounds, all.iter().map(sound), &mut out);
    }
    if letters {
        let words: Vec<&str> = all.iter().filter(|u| !u.han).map(|u| u.text).collect();
        words.iter().for_each(|word| inside(word, &mut out));
        stems(&words, &mut out);
    }
    out
}

/// Every unit, and every pair of neighbours, the ends included.
fn chain(family: Family, keys: impl Iterator<Item = u64>, out: &mut Vec<Gram>) {
    let mut last = EDGE;
    for key in keys {
        push(family, key, out);
        push(family, join(last, key), out);
        last = key;
    }
    push(family, join(last, EDGE), out);
}

/// 2- to 5-grams of `<word>`, marks included.
fn inside(word: &str, out: &mut Vec<Gram>) {
    // the grams that began one to four characters ago
    let mut open: [Option<u64>; 4] = [None; 4];
    for c in std::iter::once('<').chain(word.chars()).chain(std::iter::once('>')) {
        for key in open.iter_mut().flatten() {
            *key = join(*key, u64::from(u32::from(c)));
            push(Family::Letters, *key, out);
        }
        open.rotate_right(1);
        open[0] = Some(join(EDGE, u64::from(u32::from(c))));
    }
}

fn stems(words: &[&str], out: &mut Vec<Gram>) {
    let stemmer = Stemmer::create(Algorithm::English);
    let keys: Vec<u64> = words.iter().map(|word| hash(&stemmer.stem(word))).collect();
    chain(Family::Stems, keys.iter().copied(), out);
    for (at, &left) in keys.iter().enumerate() {
        for &right in keys.iter().skip(at + 1).take(3) {
            push(Family::Pairs, join(left.min(right), left.max(right)), out);
        }
    }
}

fn push(family: Family, key: u64, out: &mut Vec<Gram>) {
    out.push(Gram { key: join(key, family as u64), family, count: 1.0 });
}

fn merge(mut grams: Vec<Gram>) -> Vec<Gram> {
    // they come family by family: only the keys are left to sort
    grams.chunk_by_mut(|a, b| a.family == b.family).for_each(|family| family.sort_unstable_by_key(|g| g.key));
    grams.dedup_by(|next, kept| {
        let same = next.key == kept.key;
        if same {
            kept.count += next.count;
        }
        same
    });
    grams
}

const EDGE: u64 = 0x9e37_79b9_7f4a_7c15;

/// FNV-1a, 64 bits: stable over versions and machines, unlike the standard library's hasher.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3))
}

/// Two keys to one, order kept (the finaliser of splitmix64).
fn join(a: u64, b: u64) -> u64 {
    let mut x = a.rotate_left(29) ^ b.wrapping_mul(EDGE);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The grams that examples use, each with its weight.
pub struct Vocabulary {
    index: FxHashMap<u64, Entry>,
    /// How many have a place in the vector.
    places: usize,
    /// The weight of a gram that no example has: rarer than the rarest.
    unknown: f32,
}

#[derive(Clone, Copy)]
struct Entry {
    /// Place in the vector, or [`NOWHERE`].
    at: u32,
    icf: f32,
}

/// The place of a gram that is known and too rare to learn from.
const NOWHERE: u32 = u32::MAX;

/// A message under a vocabulary.
#[derive(Clone, Debug, Default)]
pub struct Vector {
    /// Index of the gram and its value; of unit length, unless empty.
    pub values: Vec<(u32, f32)>,
    /// Share of the message's weight that the vocabulary knows, 0 to 1.
    pub coverage: f32,
}

impl Vocabulary {
    /// From the grams of examples and the class of each. The weight of a gram is its inverse class frequency,
    /// `1 + ln((1 + classes) / (1 + classes that have it))`; the examples of a class must stand together. A gram in fewer than `at_least` examples has no place.
    pub fn build<'a>(examples: impl Iterator<Item = (&'a [Gram], usize)>, classes: usize, at_least: usize) -> Self {
        struct Seen {
            examples: usize,
            classes: usize,
            last: usize,
            at: u32,
        }
        let mut seen: FxHashMap<u64, Seen> = FxHashMap::default();
        let mut places = 0;
        for (grams, class) in examples {
            for gram in grams {
                let entry =
                    seen.entry(gram.key).or_insert(Seen { examples: 0, classes: 0, last: usize::MAX, at: NOWHERE });
                entry.examples += 1;
                if entry.at == NOWHERE && entry.examples >= at_least {
                    entry.at = places as u32;
                    places += 1;
                }
                entry.classes += usize::from(entry.last != class);
                entry.last = class;
            }
        }
        let icf = |within: usize| 1.0 + libm::logf((1.0 + classes as f32) / (1.0 + within as f32));
        let index = seen.into_iter().map(|(key, s)| (key, Entry { at: s.at, icf: icf(s.classes) })).collect();
        Self { index, places, unknown: icf(0) }
    }

    /// How many places a vector has.
    pub fn places(&self) -> usize {
        self.places
    }

    /// The family of each value of [`Vocabulary::vector`], in the same order.
    pub fn families(&self, grams: &[Gram]) -> Vec<Family> {
        let placed = |gram: &&Gram| self.index.get(&gram.key).is_some_and(|entry| entry.at != NOWHERE);
        grams.iter().filter(placed).map(|gram| gram.family).collect()
    }

    /// `(1 + ln count) × inverse class frequency`, each family brought to unit length and weighted, then the whole.
    pub fn vector(&self, grams: &[Gram]) -> Vector {
        let mut values = Vec::with_capacity(grams.len());
        let (mut known, mut total) = (0.0f32, 0.0f32);
        let mixed = grams.first().is_some_and(|g| g.family == Family::Chars);
        for family in grams.chunk_by(|a, b| a.family == b.family) {
            let start = values.len();
            let weight = FAMILY_WEIGHT[family[0].family as usize]
                * if mixed && is_of_letters(family[0].family) { MIXED } else { 1.0 };
            let mut square = 0.0;
            for gram in family {
                let tf = if gram.count == 1.0 { 1.0 } else { (1.0 + libm::logf(gram.count)).max(0.1) };
                let entry = self.index.get(&gram.key);
                let value = tf * entry.map_or(self.unknown, |e| e.icf);
                total += weight * value;
                if entry.is_some() {
                    known += weight * value;
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
        Vector { values, coverage: if total > 0.0 { known / total } else { 0.0 } }
    }
}

/// Two unit vectors' cosine.
pub fn cosine(a: &Vector, b: &Vector) -> f32 {
    let of: FxHashMap<u32, f32> = a.values.iter().copied().collect();
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
