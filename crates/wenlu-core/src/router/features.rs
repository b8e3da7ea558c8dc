//! Features. In: a normalised message. Out: its grams by kind. Must not know: which grams matter,
//! classes, decisions.
//!
//! The scripts in a message decide the kinds: Han characters give character and sound grams, words
//! of letters give grams inside words, stems and pairs of stems. A mixed message has all of them.

use super::keyword_index::KeywordMatch;
use super::lexicon::LexiconMatches;
use crate::text::{pinyin::char_pinyin, units::TextUnit, units::units};
use rust_stemmers::{Algorithm, Stemmer};
use serde::Serialize;
use smallvec::SmallVec;

/// Kinds of gram. The values of each kind are scaled to unit length before they are joined, so that
/// no kind outweighs the others by its number of grams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum FeatureKind {
    /// Units, and pairs of neighbouring units, the ends of the message included.
    Chars,
    /// The same over toneless pinyin: worth 3 to 4 points under homophone typos.
    Sounds,
    /// Unordered pairs of units within a window of ten, in a message with Han characters: worth a
    /// point with ten examples an intent, half a point with all there are. They tell which units
    /// occur together, not which are known: coverage leaves them out.
    UnitPairs,
    /// 2- to 4-grams inside words of letters; longer ones would repeat the stem.
    Letters,
    /// Snowball stems and pairs of neighbouring stems.
    Stems,
    /// Unordered pairs of stems within a window of four.
    Pairs,
    /// Synonym groups of the lexicon, and pairs of them.
    Concepts,
    /// Keywords, by intent.
    Keywords,
    /// The vector of an encoder: no grams, and weighted by itself.
    Encoder,
}

impl FeatureKind {
    /// How many kinds of gram there are.
    pub(crate) const COUNT: usize = Self::Keywords as usize + 1;
}

/// Maximum distance of the two units, or the two stems, of a pair. For units, six gives half the
/// gain and thirty no more.
const UNIT_WINDOW: usize = 10;
const STEM_WINDOW: usize = 3;

/// One distinct gram of a message: a stable hash, its kind, and how often it occurs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gram {
    /// A hash of the gram's text and kind.
    pub key: u64,
    /// What the gram consists of.
    pub kind: FeatureKind,
    /// How often it occurs in the message.
    pub count: f32,
}

/// The grams of a normalised message, kind by kind; `found`: the synonym groups and keywords in it.
pub fn extract_grams(normal: &str, found: &LexiconMatches) -> Vec<Gram> {
    let mut all: SmallVec<[TextUnit; 64]> = units(normal).collect();
    let (han, letters) = (all.iter().any(|u| u.han), all.iter().any(|u| !u.han));
    // upper bounds: a unit gives two grams of a kind, a letter three, and its word some more; pairs
    // of units are not collected in `keys`
    let of_units = if han { 4 * all.len() + 2 } else { 0 };
    let most = of_units
        + if letters {
            3 * normal.len() + 8 * all.len()
        } else {
            0
        };
    let pairs = if han { UNIT_WINDOW * all.len() } else { 0 };
    let mut grams = GramBuilder {
        keys: SmallVec::with_capacity(most),
        done: Vec::with_capacity(most + pairs + found.most()),
    };
    if han {
        let sound = |u: &TextUnit| {
            u.text
                .chars()
                .next()
                .filter(|_| u.han)
                .and_then(char_pinyin)
                .map_or(hash(u.text), hash)
        };
        let units: UnitKeys = all.iter().map(|u| hash(u.text)).collect();
        grams.chain(units.iter().copied());
        grams.close(FeatureKind::Chars);
        grams.chain(all.iter().map(sound));
        grams.close(FeatureKind::Sounds);
        grams.units_together(units);
    }
    if letters {
        all.retain(|u| !u.han);
        all.iter().for_each(|word| grams.inside(word.text));
        grams.close(FeatureKind::Letters);
        let stemmer = Stemmer::create(Algorithm::English);
        let stems: UnitKeys = all
            .iter()
            .map(|word| hash(&stemmer.stem(word.text)))
            .collect();
        grams.chain(stems.iter().copied());
        grams.close(FeatureKind::Stems);
        grams.pairs(&stems, STEM_WINDOW, join_unordered);
        grams.close(FeatureKind::Pairs);
    }
    let concepts: UnitKeys = found
        .concepts
        .iter()
        .map(|&concept| concept as u64)
        .collect();
    grams.keys.extend_from_slice(&concepts);
    grams.pairs(&concepts, concepts.len(), join);
    grams.close(FeatureKind::Concepts);
    keywords(found, &mut grams.done);
    grams.done
}

/// Adds one gram for each intent whose keywords were found, counted by their weights.
fn keywords(found: &LexiconMatches, out: &mut Vec<Gram>) {
    let family = FeatureKind::Keywords;
    let gram = |k: &KeywordMatch| Gram {
        key: join(k.intent as u64, family as u64),
        kind: family,
        count: k.weight,
    };
    let mut grams: SmallVec<[Gram; 8]> = found.keywords.iter().map(gram).collect();
    grams.sort_by_key(|gram| gram.key);
    for same in grams.chunk_by(|a, b| a.key == b.key) {
        out.push(Gram {
            count: same.iter().map(|gram| gram.count).sum(),
            ..same[0]
        });
    }
}

/// One key a unit: on the stack, as most messages are short.
type UnitKeys = SmallVec<[u64; 64]>;

/// Collects the grams of a message, kind by kind.
struct GramBuilder {
    /// Keys of the current kind.
    keys: SmallVec<[u64; 256]>,
    done: Vec<Gram>,
}

impl GramBuilder {
    /// Adds every unit and every pair of neighbours, the ends included.
    fn chain(&mut self, units: impl Iterator<Item = u64>) {
        let mut last = EDGE;
        for unit in units {
            self.keys.extend([unit, join(last, unit)]);
            last = unit;
        }
        self.keys.push(join(last, EDGE));
    }

    /// Adds the 2- to 4-grams of `<word>`, marks included.
    fn inside(&mut self, word: &str) {
        // the grams that began one to three characters ago
        let mut open: [Option<u64>; 3] = [None; 3];
        for c in std::iter::once('<')
            .chain(word.chars())
            .chain(std::iter::once('>'))
        {
            for key in open.iter_mut().flatten() {
                *key = join(*key, u64::from(u32::from(c)));
                self.keys.push(*key);
            }
            open.rotate_right(1);
            open[0] = Some(join(EDGE, u64::from(u32::from(c))));
        }
    }

    /// Adds every unit paired with each of the `window` units after it.
    fn pairs(&mut self, units: &[u64], window: usize, joined: impl Fn(u64, u64) -> u64) {
        for (at, &left) in units.iter().enumerate() {
            self.keys.extend(
                units
                    .iter()
                    .skip(at + 1)
                    .take(window)
                    .map(|&right| joined(left, right)),
            );
        }
    }

    /// Turns the current keys into the grams of `family`.
    fn close(&mut self, family: FeatureKind) {
        self.keys
            .iter_mut()
            .for_each(|key| *key = join(*key, family as u64));
        self.keys.sort_unstable();
        let gram = |same: &[u64]| Gram {
            key: same[0],
            kind: family,
            count: same.len() as f32,
        };
        self.done
            .extend(self.keys.chunk_by(|a, b| a == b).map(gram));
        self.keys.clear();
    }

    /// Adds all [`FeatureKind::UnitPairs`]. They are many, so each costs one addition only: the sum
    /// of two well-mixed keys is independent of their order and as good as a new hash. Pairs that
    /// occur twice are rare and stay separate; sorting them would take as long as everything else.
    fn units_together(&mut self, mut units: UnitKeys) {
        const FAMILY: FeatureKind = FeatureKind::UnitPairs;
        units
            .iter_mut()
            .for_each(|unit| *unit = join(*unit, FAMILY as u64));
        for (at, left) in units.iter().enumerate() {
            let after = units.iter().skip(at + 1).take(UNIT_WINDOW);
            self.done.extend(after.map(|right| Gram {
                key: left.wrapping_add(*right),
                kind: FAMILY,
                count: 1.0,
            }));
        }
    }
}

const EDGE: u64 = 0x9e37_79b9_7f4a_7c15;

/// FNV-1a, 64 bits: stable over versions and machines, unlike the standard library's hasher.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, b| {
        (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

/// A well-mixed hash of a text: a pseudo-random number for an example, independent of the other
/// examples.
pub(crate) fn text_key(text: &str) -> u64 {
    join(hash(text), EDGE)
}

/// Another pseudo-random number from a [`text_key`], a different one for each `round`.
pub(crate) fn draw(key: u64, round: u64) -> u64 {
    join(key, round)
}

/// Combines two keys into one that depends on their order (the finaliser of splitmix64).
fn join(a: u64, b: u64) -> u64 {
    let mut x = a.rotate_left(29) ^ b.wrapping_mul(EDGE);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

fn join_unordered(a: u64, b: u64) -> u64 {
    join(a.min(b), a.max(b))
}
