//! How like two wordings are. In: normalised texts, in their order. Out: for each, those before it that it is like, and how
//! much, 0 to 1. Must not know: clusters.
//!
//! The cosine of the router's grams (characters and their pairs, sounds, for words of letters stems and what is inside
//! them), each weighted by how few wordings have had it so far: what comes later changes no likeness that was judged.

use super::Question;
use crate::router::features::{Family, grams_with};
use crate::router::lexical::Found;
use crate::text::normalize::normalize;
use rustc_hash::FxHashMap;
use std::num::NonZeroUsize;
use std::thread;

/// What a gram counts, by family, under the frequency weights (tuned with the limits of `grouping` on the development
/// sets of MASSIVE, SMP2020 and CLINC150).
fn weight(family: Family) -> f32 {
    match family {
        Family::Chars | Family::Stems => 1.0,
        Family::Sounds => 0.7,
        Family::Pairs => 0.6,
        Family::Letters => 0.4,
        Family::UnitPairs | Family::Concepts | Family::Keywords => 0.0,
    }
}

/// So many entries of the inverted index are read for one wording, those of its rarest grams first.
const READ: usize = 4_000;
/// So many wordings that share the most with it are compared in full.
const COMPARED: usize = 60;
/// The frequencies of the first wordings say little; so many imagined ones go before.
const PRIOR: f32 = 50.0;
/// Lengths are measured anew when so much more has been seen.
const STALE: f32 = 1.25;

pub struct Likeness {
    /// Of each wording, its grams and their weights by family.
    grams: Vec<Vec<(u32, f32)>>,
    /// How many wordings have had a gram so far.
    seen: Vec<u32>,
    /// Which.
    index: Vec<Vec<u32>>,
    /// Of each wording, its length and when that was measured.
    lengths: Vec<(f32, f32)>,
    /// How many wordings have come so far.
    count: f32,
    /// The weighted grams of the one that is compared.
    own: Vec<f32>,
    own_length: f32,
    shared: Vec<f32>,
}

/// The normalised texts of all, on all cores.
pub fn normals(questions: &[&Question]) -> Vec<String> {
    in_parts(questions, |question| normalize(&question.text))
}

fn in_parts<T: Sync, R: Send>(all: &[T], f: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let share = all.len().div_ceil(cores).max(1);
    let work = |part: &[T]| part.iter().map(&f).collect::<Vec<R>>();
    thread::scope(|scope| {
        let work = &work;
        let parts: Vec<_> = all.chunks(share).map(|part| scope.spawn(move || work(part))).collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    })
}

impl Likeness {
    pub fn new(normals: &[&str]) -> Self {
        let mut numbers: FxHashMap<u64, u32> = FxHashMap::default();
        let found = Found::default();
        let raw = in_parts(normals, |normal| grams_with(normal, &found));
        let number = |grams: Vec<crate::router::features::Gram>| {
            let mut out: Vec<(u32, f32)> = Vec::with_capacity(grams.len());
            for gram in grams.into_iter().filter(|gram| weight(gram.family) > 0.0) {
                let next = numbers.len() as u32;
                out.push((*numbers.entry(gram.key).or_insert(next), weight(gram.family)));
            }
            out
        };
        let grams: Vec<_> = raw.into_iter().map(number).collect();
        let kinds = numbers.len();
        let count = grams.len();
        Self {
            grams,
            seen: vec![0; kinds],
            index: vec![Vec::new(); kinds],
            lengths: vec![(0.0, 0.0); count],
            count: 0.0,
            own: vec![0.0; kinds],
            own_length: 0.0,
            shared: vec![0.0; count],
        }
    }

    /// The next wording; it is the one that is compared until [`Likeness::leave`].
    pub fn enter(&mut self, wording: usize) {
        self.count += 1.0;
        for &(gram, _) in &self.grams[wording] {
            self.seen[gram as usize] += 1;
        }
        self.compare(wording);
    }

    /// From now on it can be found.
    pub fn leave(&mut self, wording: usize) {
        self.forget(wording);
        for &(gram, _) in &self.grams[wording] {
            self.index[gram as usize].push(wording as u32);
        }
    }

    /// Those that share most with the one that is compared, the most like first, each with its likeness.
    pub fn alike(&mut self, wording: usize) -> Vec<(f32, usize)> {
        let mut touched = Vec::new();
        let mut left = READ;
        let mut rarest: Vec<u32> = self.grams[wording].iter().map(|(gram, _)| *gram).collect();
        rarest.sort_unstable_by_key(|gram| (self.seen[*gram as usize], *gram));
        for gram in rarest {
            let having = &self.index[gram as usize];
            if having.len() > left {
                break;
            }
            left -= having.len();
            for &other in having {
                let shared = &mut self.shared[other as usize];
                if *shared == 0.0 {
                    touched.push(other);
                }
                *shared += self.own[gram as usize];
            }
        }
        let mut most: Vec<(f32, u32)> =
            touched.into_iter().map(|other| (std::mem::take(&mut self.shared[other as usize]), other)).collect();
        let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if most.len() > COMPARED {
            most.select_nth_unstable_by(COMPARED, order);
            most.truncate(COMPARED);
        }
        let mut alike: Vec<(f32, usize)> =
            most.into_iter().map(|(_, other)| (self.to(other as usize), other as usize)).collect();
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        alike
    }

    /// The likeness of the one that is compared to another.
    pub fn to(&mut self, other: usize) -> f32 {
        let length = self.length(other);
        let shared: f32 = self.grams[other].iter().map(|(gram, _)| self.own[*gram as usize]).sum();
        shared / (self.own_length * length).sqrt().max(f32::MIN_POSITIVE)
    }

    /// The likeness of any two.
    pub fn between(&mut self, a: usize, b: usize) -> f32 {
        self.compare(a);
        let likeness = self.to(b);
        self.forget(a);
        likeness
    }

    pub fn compare(&mut self, wording: usize) {
        self.own_length = self.length(wording);
        for at in 0..self.grams[wording].len() {
            let (gram, weight) = self.grams[wording][at];
            self.own[gram as usize] = weight * self.rarity(gram);
        }
    }

    pub fn forget(&mut self, wording: usize) {
        for &(gram, _) in &self.grams[wording] {
            self.own[gram as usize] = 0.0;
        }
    }

    /// 1 for a gram that nobody else has had, 0 for one that all have; comparable however many have come.
    fn rarity(&self, gram: u32) -> f32 {
        let all = libm::logf(self.count + PRIOR);
        ((all - libm::logf(self.seen[gram as usize] as f32 + 0.5)) / all).max(0.0)
    }

    /// The square of a wording's length.
    fn length(&mut self, wording: usize) -> f32 {
        let (length, measured) = self.lengths[wording];
        if length > 0.0 && self.count < measured * STALE {
            return length;
        }
        let length = self.grams[wording].iter().map(|(gram, weight)| weight * self.rarity(*gram)).sum();
        self.lengths[wording] = (length, self.count);
        length
    }
}
