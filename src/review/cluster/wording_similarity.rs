//! Similarity of wordings. In: normalised texts, in order. Out: for each, the earlier ones similar
//! to it, with a similarity from 0 to 1. Must not know: clusters.
//!
//! The cosine of the router's features (characters and their pairs, pronunciation; for alphabetic
//! words stems and character n-grams). Each is weighted by its rarity among the wordings so far, so
//! that later wordings do not change a similarity that was used.

use super::ClusterQuestion;
use super::filler::without_filler;
use super::frame::FramedQuestion;
use super::wording_reading::WordingReading;
use crate::review::parallel::{cores, in_parts};
use rustc_hash::FxHashMap;
use wenlu_core::router::FeatureKind;
use wenlu_core::router::stages::{Gram, LexiconMatches, extract_grams};
use wenlu_core::text::fnv::fnv1a;
use wenlu_core::text::normalize::normalize;

/// The weight of a feature by kind, before its rarity (tuned with the limits of `grouping` on the
/// development sets of MASSIVE, SMP2020 and CLINC150).
fn weight(family: FeatureKind) -> f32 {
    match family {
        FeatureKind::Chars | FeatureKind::Stems => 1.0,
        FeatureKind::Sounds => 0.7,
        FeatureKind::Pairs => 0.6,
        FeatureKind::Letters => 0.4,
        FeatureKind::UnitPairs => 0.6,
        FeatureKind::Concepts | FeatureKind::Keywords | FeatureKind::Encoder => 0.0,
    }
}

/// The most entries of the inverted index read for one wording, beginning with its rarest features.
const MAX_INDEX_ENTRIES: usize = 4_000;
/// The most wordings compared in full: those that share the most with it.
const MAX_COMPARED: usize = 60;
/// The weight of a word of the question's frame.
const FRAME_WEIGHT: f32 = 0.3;
/// Smoothing: this many imagined wordings are added to the count, because the frequencies of the
/// first few say little.
const PRIOR: f32 = 50.0;
/// A wording's length is recomputed when the number of wordings has grown by this factor.
const STALE: f32 = 1.25;

pub(super) struct WordingSimilarity {
    /// The features of each wording, with the weight of their kind.
    grams: Vec<Vec<(u32, f32)>>,
    /// How many wordings have each feature.
    seen: Vec<u32>,
    /// Inverted index: the wordings that have each feature.
    index: Vec<Vec<u32>>,
    /// The squared length of each wording, and the number of wordings when it was computed.
    lengths: Vec<(f32, f32)>,
    /// The number of wordings so far.
    count: f32,
    /// The weighted features of the current wording; 0 for all others.
    own: Vec<f32>,
    own_length: f32,
    shared: Vec<f32>,
    /// What the bot took each wording for.
    readings: Vec<WordingReading>,
    /// The current wording.
    current: usize,
}

/// The normalised texts without filler, computed on all cores.
pub(super) fn normals(questions: &[&ClusterQuestion]) -> Vec<String> {
    in_parts(questions, cores(), |question| {
        without_filler(&normalize(&question.text)).to_owned()
    })
}

impl WordingSimilarity {
    pub(super) fn new(normals: &[&str], readings: Vec<WordingReading>) -> Self {
        let mut numbers: FxHashMap<u64, u32> = FxHashMap::default();
        let found = LexiconMatches::default();
        let raw = in_parts(normals, cores(), |normal| {
            let framed = FramedQuestion::of(normal);
            (extract_grams(&framed.subject, &found), framed.frame)
        });
        let number = |(grams, frame): (Vec<Gram>, Vec<&str>)| {
            let mut out: Vec<(u32, f32)> = Vec::with_capacity(grams.len() + frame.len());
            let subject = grams.into_iter().map(|gram| (gram.key, weight(gram.kind)));
            let frame = frame
                .into_iter()
                .map(|word| (fnv1a([&b"frame "[..], word.as_bytes()]), FRAME_WEIGHT));
            for (key, weight) in subject.chain(frame).filter(|(_, weight)| *weight > 0.0) {
                let next = numbers.len() as u32;
                out.push((*numbers.entry(key).or_insert(next), weight));
            }
            out.sort_by_key(|(number, _)| *number);
            out.dedup_by_key(|(number, _)| *number);
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
            readings,
            current: 0,
        }
    }

    /// Adds the next wording and makes it the current one until [`WordingSimilarity::leave`].
    pub(super) fn enter(&mut self, wording: usize) {
        self.count += 1.0;
        for &(gram, _) in &self.grams[wording] {
            self.seen[gram as usize] += 1;
        }
        self.compare(wording);
    }

    /// Puts the wording into the index, so that later ones can find it.
    pub(super) fn leave(&mut self, wording: usize) {
        self.forget(wording);
        for &(gram, _) in &self.grams[wording] {
            self.index[gram as usize].push(wording as u32);
        }
    }

    /// The wordings that share the most with the current one, the most similar first, each with its
    /// similarity.
    pub(super) fn most_similar(&mut self, wording: usize) -> Vec<(f32, usize)> {
        let mut touched = Vec::new();
        let mut left = MAX_INDEX_ENTRIES;
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
        let mut most: Vec<(f32, u32)> = touched
            .into_iter()
            .map(|other| (std::mem::take(&mut self.shared[other as usize]), other))
            .collect();
        let order = |a: &(f32, u32), b: &(f32, u32)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if most.len() > MAX_COMPARED {
            most.select_nth_unstable_by(MAX_COMPARED, order);
            most.truncate(MAX_COMPARED);
        }
        let mut alike: Vec<(f32, usize)> = most
            .into_iter()
            .map(|(_, other)| (self.similarity_to(other as usize), other as usize))
            .filter(|(_, other)| *other != wording)
            .collect();
        alike.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        alike
    }

    /// The similarity of the current wording to `other`.
    pub(super) fn similarity_to(&mut self, other: usize) -> f32 {
        let length = self.length(other);
        let shared: f32 = self.grams[other]
            .iter()
            .map(|(gram, _)| self.own[*gram as usize])
            .sum();
        let cosine = shared / (self.own_length * length).sqrt().max(f32::MIN_POSITIVE);
        cosine - self.readings[self.current].disagreement(&self.readings[other])
    }

    /// As [`WordingSimilarity::similarity_to`], with what the bot took both for as evidence that they ask
    /// the same.
    pub(super) fn likeness_to(&mut self, other: usize) -> f32 {
        let agreement = self.readings[self.current].agreement(&self.readings[other]);
        self.similarity_to(other) + agreement
    }

    /// The similarity of any two wordings.
    pub(super) fn between(&mut self, a: usize, b: usize) -> f32 {
        self.compare(a);
        let likeness = self.similarity_to(b);
        self.forget(a);
        likeness
    }

    pub(super) fn compare(&mut self, wording: usize) {
        self.own_length = self.length(wording);
        self.current = wording;
        for at in 0..self.grams[wording].len() {
            let (gram, weight) = self.grams[wording][at];
            self.own[gram as usize] = weight * self.rarity(gram);
        }
    }

    pub(super) fn forget(&mut self, wording: usize) {
        for &(gram, _) in &self.grams[wording] {
            self.own[gram as usize] = 0.0;
        }
    }

    /// From 1 for a feature that no other wording has to 0 for one that all have; the scale does
    /// not depend on the number of wordings.
    fn rarity(&self, gram: u32) -> f32 {
        let all = libm::logf(self.count + PRIOR);
        ((all - libm::logf(self.seen[gram as usize] as f32 + 0.5)) / all).max(0.0)
    }

    /// The squared length of a wording's weighted features.
    fn length(&mut self, wording: usize) -> f32 {
        let (length, measured) = self.lengths[wording];
        if length > 0.0 && self.count < measured * STALE {
            return length;
        }
        let length = self.grams[wording]
            .iter()
            .map(|(gram, weight)| weight * self.rarity(*gram))
            .sum();
        self.lengths[wording] = (length, self.count);
        length
    }
}
