//! The encoder of a server or of a command: memory, cache and circuit breaker put together. In: texts
//! and knowledge. Out: vectors in memory before a message is routed, and routers that read them.
//! Must not know: who routes.

use super::cache::VectorCache;
use super::circuit::CircuitBreaker;
use super::client::EmbeddingsClient;
use super::config::EncoderConfig;
use super::error::EncoderError;
use super::learn::learn;
use super::memory::{AskedText, VectorMemory, VectorShelf};
use super::served::ServedRouter;
use crate::log_throttle::LogThrottle;
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use wenlu_core::dialogue::TextRouter;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::privacy::redact;
use wenlu_core::router::{Router, texts_to_learn, texts_to_score};

/// How long a turn waits for its vectors; after that it is routed without.
pub const MESSAGE_TIMEOUT: Duration = Duration::from_millis(200);
/// Requests of turns at the same time; a turn that finds no place is routed without.
const PLACES: usize = 16;
/// A message with more questions than this is routed without.
const MAX_TEXTS: usize = 8;
/// Characters of a message: longer ones are refused before they are routed.
const MAX_CHARS: usize = 2_000;

/// The encoder of a server, or of a command.
pub struct Encoder {
    pub(super) config: EncoderConfig,
    client: EmbeddingsClient,
    circuit: CircuitBreaker,
    places: Semaphore,
    cache: VectorCache,
    /// Vectors of one model; another takes its place when the model has changed.
    memory: RwLock<Arc<VectorMemory>>,
    /// Routers in use, some of which still lack vectors.
    pub(super) routers: Mutex<Vec<Weak<ServedRouter>>>,
    told: LogThrottle,
}

impl Encoder {
    /// # Errors
    ///
    /// If no request can be made to the address.
    pub fn new(config: EncoderConfig) -> Result<Arc<Self>, EncoderError> {
        let cache = VectorCache::new(config.cache.clone());
        let memory = VectorMemory::new(config.model.clone(), cache.load());
        Ok(Arc::new(Self {
            client: EmbeddingsClient::new(&config)?,
            config,
            circuit: CircuitBreaker::default(),
            places: Semaphore::new(PLACES),
            cache,
            memory: RwLock::new(Arc::new(memory)),
            routers: Mutex::default(),
            told: LogThrottle::default(),
        }))
    }

    /// Asks for the vectors that `router` lacks to route `text`. Afterwards it routes with them, or
    /// without if they did not come in time. What leaves the machine is masked as in the journal.
    pub async fn prepare(&self, router: &dyn TextRouter, text: &str) {
        if text.chars().take(MAX_CHARS + 1).count() > MAX_CHARS {
            return;
        }
        let texts = router.texts_to_encode(text);
        let memory = self.memory();
        let Some(asked) = asked_texts(&memory, &texts, text).filter(|_| !memory.is_changed())
        else {
            return;
        };
        let Ok(_place) = self.places.try_acquire() else {
            return;
        };
        if !self.circuit.may_ask(Instant::now()) {
            return;
        }
        let asking = memory.ask(&self.client, &asked, VectorShelf::Heard);
        let asked = tokio::time::timeout(MESSAGE_TIMEOUT, asking).await;
        match asked.unwrap_or(Err(EncoderError::TimedOut)) {
            Ok(()) => {
                if self.circuit.succeeded() {
                    tracing::info!("the encoder answers again");
                }
            }
            Err(error) => self.failed(&memory, error),
        }
    }

    fn failed(&self, memory: &VectorMemory, error: EncoderError) {
        // whoever answers again may be another model
        memory.doubt();
        let is_open = error != EncoderError::Changed && self.circuit.failed(Instant::now());
        if is_open {
            tracing::warn!(%error, "the encoder failed several times; for a while messages are routed by their words alone");
        } else if let Some(times) = self.told.count(&error.to_string()) {
            tracing::warn!(%error, times, "a message was routed by its words alone");
        }
    }

    /// A router of `knowledge`: with vectors, if they are there within `patience`.
    pub fn router(&self, knowledge: &Knowledge, patience: Duration) -> Router {
        self.learnt_router(knowledge, patience)
            .map_or_else(|_| Router::build(knowledge), |(router, _)| router)
    }

    pub(super) fn learnt_router(
        &self,
        knowledge: &Knowledge,
        patience: Duration,
    ) -> Result<(Router, Arc<VectorMemory>), EncoderError> {
        let memory = self.learn(&texts_to_learn(knowledge), patience)?;
        let router = Router::build_with(knowledge, memory.clone());
        Ok((router, memory))
    }

    /// The memory, once all these texts have vectors in it. Blocks.
    pub(super) fn learn(
        &self,
        texts: &[String],
        patience: Duration,
    ) -> Result<Arc<VectorMemory>, EncoderError> {
        let memory = self.memory();
        let before = memory.learnt_count();
        let learnt = learn(&self.config, &memory, texts, Instant::now() + patience);
        if memory.learnt_count() != before && !memory.is_changed() {
            self.cache.save(&memory.learnt());
        }
        if let Err(error) = learnt
            && let Some(times) = self.told.count(&error.to_string())
        {
            let texts = texts.len();
            tracing::warn!(%error, times, texts, "the encoder has not given all vectors of the knowledge yet");
        }
        learnt.map(|()| memory)
    }

    pub(super) fn memory(&self) -> Arc<VectorMemory> {
        self.memory
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Begins anew with nothing in memory: the vectors in it are another model's.
    pub(super) fn forget(&self) {
        tracing::warn!("the encoder's model has changed; its vectors are asked for anew");
        let fresh = VectorMemory::new(self.config.model.clone(), None);
        *self.memory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
    }
}

/// What to ask for `texts`, which are scored for `message`; `None`: nothing, or too much, or the
/// message reads otherwise once it is masked.
fn asked_texts(memory: &VectorMemory, texts: &[String], message: &str) -> Option<Vec<AskedText>> {
    if texts.is_empty() || texts.len() > MAX_TEXTS {
        return None;
    }
    let masked = redact(message).text;
    let sent = match masked == message {
        true => texts.to_vec(),
        false => texts_to_score(&masked),
    };
    let asked = texts.iter().zip(&sent).map(|(text, sent)| AskedText {
        key: memory.key(text),
        text: sent.clone(),
    });
    (sent.len() == texts.len()).then(|| asked.collect())
}
