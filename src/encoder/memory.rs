//! Vectors in memory. In: texts, and an endpoint to ask. Out: their vectors, all of one model: where
//! the endpoint turns out to be another one, nothing of it is taken. Must not know: routers, files.

use super::client::{BATCH, EmbeddingsClient};
use super::error::EncoderError;
use super::text_key::TextKey;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock};
use wenlu_core::router::TextVectors;

/// Texts of the knowledge, at most: above that, those of earlier knowledge are forgotten.
pub(super) const MAX_LEARNT: usize = 100_000;
/// Messages, at most; the oldest are forgotten.
const MAX_HEARD: usize = 2_048;
/// The same text has the same vector to within this cosine; a server that computes in batches, or
/// with few bits, is not exact.
const SAME_MODEL: f32 = 0.98;

/// Vectors by text.
pub(super) type LearntVectors = FxHashMap<TextKey, Arc<[f32]>>;

/// Where vectors are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum VectorShelf {
    /// Those of the knowledge.
    Learnt,
    /// Those of messages.
    Heard,
}

/// A text to ask for, under the key of the one that it stands for.
#[derive(Clone)]
pub(super) struct AskedText {
    pub key: TextKey,
    pub text: String,
}

/// The vectors of one model.
pub(super) struct VectorMemory {
    model: String,
    learnt: RwLock<LearntVectors>,
    heard: Mutex<HeardVectors>,
    /// What the endpoint called its model first.
    reported: OnceLock<Option<String>>,
    /// A text that the endpoint embeds again where it may have changed.
    probe: Mutex<Option<String>>,
    /// Whether the endpoint is known to be the one whose vectors are here.
    is_sure: AtomicBool,
    is_changed: AtomicBool,
}

#[derive(Default)]
struct HeardVectors {
    vectors: FxHashMap<TextKey, Arc<[f32]>>,
    order: VecDeque<TextKey>,
}

impl TextVectors for VectorMemory {
    fn vector(&self, text: &str) -> Option<Arc<[f32]>> {
        self.get(&self.key(text))
    }
}

impl VectorMemory {
    /// `kept`: vectors that an earlier process learnt.
    pub(super) fn new(model: String, kept: Option<LearntVectors>) -> Self {
        Self {
            model,
            learnt: RwLock::new(kept.unwrap_or_default()),
            heard: Mutex::default(),
            reported: OnceLock::new(),
            probe: Mutex::default(),
            is_sure: AtomicBool::new(false),
            is_changed: AtomicBool::new(false),
        }
    }

    pub(super) fn key(&self, text: &str) -> TextKey {
        TextKey::of(&self.model, text)
    }

    /// The length of the vector of a text that is here.
    pub(super) fn vector_length(&self, text: &str) -> Option<usize> {
        self.vector(text).map(|vector| vector.len())
    }

    /// A text of the knowledge, which is asked for as it is.
    pub(super) fn as_it_is(&self, text: String) -> AskedText {
        AskedText {
            key: self.key(&text),
            text,
        }
    }

    pub(super) fn learnt(&self) -> LearntVectors {
        self.read_learnt().clone()
    }

    pub(super) fn learnt_count(&self) -> usize {
        self.read_learnt().len()
    }

    /// Those of `texts` that are not learnt, each once. The first one that is becomes the probe. If
    /// there are too many with those that are learnt, the others are forgotten.
    pub(super) fn missing(&self, texts: Vec<AskedText>) -> Vec<AskedText> {
        let mut used = FxHashSet::default();
        let mut texts = texts;
        texts.retain(|asked| !asked.text.is_empty() && used.insert(asked.key));
        let learnt = self.read_learnt();
        let (known, missing): (Vec<_>, Vec<_>) = texts
            .into_iter()
            .partition(|asked| learnt.contains_key(&asked.key));
        let is_full = learnt.len() + missing.len() > MAX_LEARNT;
        drop(learnt);
        self.set_probe(&known);
        if is_full {
            let mut learnt = self.learnt.write().unwrap_or_else(PoisonError::into_inner);
            learnt.retain(|key, _| used.contains(key));
        }
        missing
    }

    /// Makes the first of these texts the probe, if there is none yet. One that was masked is none:
    /// its vector is not under its own key.
    fn set_probe(&self, learnt: &[AskedText]) {
        let mut probe = lock(&self.probe);
        if probe.is_none() {
            let is_own = |asked: &&AskedText| self.key(&asked.text) == asked.key;
            *probe = learnt.iter().find(is_own).map(|asked| asked.text.clone());
        }
    }

    /// Whether the endpoint gives the vectors of another model by now.
    pub(super) fn is_changed(&self) -> bool {
        self.is_changed.load(Ordering::Acquire)
    }

    /// The endpoint may be another one from now on: the next request finds out.
    pub(super) fn doubt(&self) {
        self.is_sure.store(false, Ordering::Release);
    }

    /// Asks for the vectors of `texts`, at most a batch, and keeps them.
    ///
    /// # Errors
    ///
    /// Where the endpoint gives none, or those of another model; then nothing is kept.
    pub(super) async fn ask(
        &self,
        client: &EmbeddingsClient,
        texts: &[AskedText],
        shelf: VectorShelf,
    ) -> Result<(), EncoderError> {
        let probe = self.probe();
        let own = texts
            .iter()
            .take(BATCH - 1)
            .map(|asked| asked.text.as_str());
        let with_probe = probe.iter().map(|(text, _)| text.as_str());
        let sent: Vec<&str> = own.chain(with_probe).collect();
        let mut answer = client.embed(&sent).await?;
        let same_name = self.reported.get_or_init(|| answer.model.clone()) == &answer.model;
        let same_vector = match &probe {
            Some((_, known)) => {
                let again = answer.vectors.pop();
                again.is_some_and(|again| cosine(&again, known) >= SAME_MODEL)
            }
            None => self.fits(&answer.vectors),
        };
        if !same_name || !same_vector {
            self.is_changed.store(true, Ordering::Release);
            return Err(EncoderError::Changed);
        }
        self.is_sure.store(true, Ordering::Release);
        if shelf == VectorShelf::Learnt {
            self.set_probe(texts);
        }
        for (asked, vector) in texts.iter().zip(answer.vectors) {
            self.put(asked.key, vector, shelf);
        }
        Ok(())
    }

    /// The probe with its vector, while it is not sure who answers.
    fn probe(&self) -> Option<(String, Arc<[f32]>)> {
        if self.is_sure.load(Ordering::Acquire) {
            return None;
        }
        let text = lock(&self.probe).clone()?;
        let vector = self.get(&self.key(&text))?;
        Some((text, vector))
    }

    /// Whether the vectors are as long as those that are here.
    fn fits(&self, vectors: &[Arc<[f32]>]) -> bool {
        let learnt = self.read_learnt();
        let known = learnt.values().next().map(|vector| vector.len());
        known.is_none_or(|known| vectors.iter().all(|vector| vector.len() == known))
    }

    fn put(&self, key: TextKey, vector: Arc<[f32]>, shelf: VectorShelf) {
        match shelf {
            VectorShelf::Learnt => {
                let mut learnt = self.learnt.write().unwrap_or_else(PoisonError::into_inner);
                learnt.insert(key, vector);
            }
            VectorShelf::Heard => lock(&self.heard).put(key, vector),
        }
    }

    fn get(&self, key: &TextKey) -> Option<Arc<[f32]>> {
        let learnt = self.read_learnt().get(key).cloned();
        learnt.or_else(|| lock(&self.heard).vectors.get(key).cloned())
    }

    fn read_learnt(&self) -> std::sync::RwLockReadGuard<'_, LearntVectors> {
        self.learnt.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HeardVectors {
    fn put(&mut self, key: TextKey, vector: Arc<[f32]>) {
        if self.vectors.insert(key, vector).is_none() {
            self.order.push_back(key);
        }
        while self.order.len() > MAX_HEARD {
            if let Some(oldest) = self.order.pop_front() {
                self.vectors.remove(&oldest);
            }
        }
    }
}

fn cosine(a: &[f32], b: &[f32]) -> f32 {
    if a.len() != b.len() {
        return 0.0;
    }
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt().max(f32::MIN_POSITIVE)
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_messages_the_oldest_are_forgotten() {
        let memory = VectorMemory::new("m".to_owned(), None);
        for at in 0..=MAX_HEARD {
            let key = memory.key(&at.to_string());
            memory.put(key, vec![at as f32].into(), VectorShelf::Heard);
        }
        assert_eq!(memory.vector("0"), None);
        assert!(memory.vector("1").is_some());
        assert_eq!(lock(&memory.heard).vectors.len(), MAX_HEARD);
    }
}
