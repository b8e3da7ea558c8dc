//! The encoder of a server or of a command: memory, cache and circuit breaker put together. In: texts
//! and knowledge. Out: vectors in memory before a message is routed, and routers that read them.
//! Must not know: who routes.

use super::cache::VectorCache;
use super::circuit::CircuitBreaker;
use super::client::EmbeddingsClient;
use super::config::EncoderConfig;
use super::counts::RequestCounts;
use super::error::EncoderError;
use super::learn::{BlockingAsker, ask_all};
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
    model: String,
    client: EmbeddingsClient,
    counts: Arc<RequestCounts>,
    asker: BlockingAsker,
    circuit: CircuitBreaker,
    places: Semaphore,
    cache: VectorCache,
    /// Vectors of one model; another takes its place when the model has changed.
    memory: RwLock<Arc<VectorMemory>>,
    /// Routers in use, some of which still lack vectors.
    pub(super) routers: Mutex<Vec<Weak<ServedRouter>>>,
    told: LogThrottle,
}

/// What an encoder did so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncoderFigures {
    /// Requests to it.
    pub requests: u64,
    /// Those that brought nothing: no answer in time, or not the right one.
    pub failures: u64,
    /// Whether nobody asks it for a while, since it failed several times.
    pub is_open: bool,
    /// Vectors of the knowledge in memory.
    pub vectors: usize,
}

impl Encoder {
    pub fn figures(&self) -> EncoderFigures {
        EncoderFigures {
            requests: self.counts.made(),
            failures: self.counts.failed(),
            is_open: self.circuit.is_open(),
            vectors: self.memory().learnt_count(),
        }
    }

    /// # Errors
    ///
    /// If no request can be made to the address.
    pub fn new(config: EncoderConfig) -> Result<Arc<Self>, EncoderError> {
        let cache = VectorCache::new(config.cache.clone());
        let memory = VectorMemory::new(config.model.clone(), cache.load());
        let counts = Arc::new(RequestCounts::default());
        Ok(Arc::new(Self {
            client: EmbeddingsClient::new(&config, counts.clone())?,
            asker: BlockingAsker::new(EmbeddingsClient::new(&config, counts.clone())?),
            counts,
            model: config.model,
            circuit: CircuitBreaker::default(),
            places: Semaphore::new(PLACES),
            cache,
            memory: RwLock::new(Arc::new(memory)),
            routers: Mutex::default(),
            told: LogThrottle::default(),
        }))
    }

    /// Asks for the vectors that `router` lacks to route `messages`, and says whether they came: then
    /// it routes with them, or else without. What leaves the machine is masked as in the journal.
    pub async fn prepare(&self, router: &dyn TextRouter, messages: &[String]) -> bool {
        let memory = self.memory();
        let asked = asked_texts(&memory, router, messages);
        if asked.is_empty() || memory.is_changed() {
            return false;
        }
        let Ok(_place) = self.places.try_acquire() else {
            return false;
        };
        if !self.circuit.may_ask(Instant::now()) {
            return false;
        }
        let asking = memory.ask(&self.client, &asked, VectorShelf::Heard);
        let asked = tokio::time::timeout(MESSAGE_TIMEOUT, asking).await;
        match asked.unwrap_or(Err(EncoderError::TimedOut)) {
            Ok(()) => {
                if self.circuit.succeeded() {
                    tracing::info!("the encoder answers again");
                }
                true
            }
            Err(error) => {
                self.failed(&memory, error);
                false
            }
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

    /// A router with vectors of `knowledge`, if they are there within `patience`. Blocks.
    pub(super) fn learnt_router(
        &self,
        knowledge: &Knowledge,
        patience: Duration,
    ) -> Result<(Router, Arc<VectorMemory>), EncoderError> {
        let memory = self.memory();
        self.learn(&memory, texts_of(&memory, knowledge), patience)?;
        let router = Router::build_with(knowledge, memory.clone());
        Ok((router, memory))
    }

    /// Sees to it that all these texts have vectors in `memory`. Blocks.
    pub(super) fn learn(
        &self,
        memory: &Arc<VectorMemory>,
        texts: Vec<AskedText>,
        patience: Duration,
    ) -> Result<(), EncoderError> {
        let missing = memory.missing(texts);
        if missing.is_empty() {
            return Ok(());
        }
        let before = memory.learnt_count();
        let deadline = Instant::now() + patience;
        let learnt = self
            .asker
            .ask(memory, missing, VectorShelf::Learnt, deadline);
        self.keep(memory, before, &learnt);
        learnt
    }

    /// As [`Encoder::learn`], for what can be given up at any moment.
    pub(super) async fn learn_aside(
        self: &Arc<Self>,
        memory: &Arc<VectorMemory>,
        texts: Vec<AskedText>,
        patience: Duration,
    ) -> Result<(), EncoderError> {
        let missing = memory.missing(texts);
        if missing.is_empty() {
            return Ok(());
        }
        let (before, shelf) = (memory.learnt_count(), VectorShelf::Learnt);
        let deadline = Instant::now() + patience;
        let learnt = ask_all(&self.client, memory, &missing, shelf, deadline).await;
        let (this, memory) = (self.clone(), memory.clone());
        // writes a file
        let kept = tokio::task::spawn_blocking(move || this.keep(&memory, before, &learnt)).await;
        kept.map_err(|_| EncoderError::Unreachable).and(learnt)
    }

    /// Writes what was learnt since there were `before` vectors, and says if that is not all.
    fn keep(&self, memory: &VectorMemory, before: usize, learnt: &Result<(), EncoderError>) {
        if memory.learnt_count() != before && !memory.is_changed() {
            self.cache.save(&memory.learnt());
        }
        if let Err(error) = learnt
            && let Some(times) = self.told.count(&error.to_string())
        {
            tracing::warn!(%error, times, "the encoder has not given all vectors of the knowledge yet");
        }
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
        let fresh = VectorMemory::new(self.model.clone(), None);
        *self.memory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(fresh);
    }
}

/// The texts that a router of `knowledge` learns from.
pub(super) fn texts_of(memory: &VectorMemory, knowledge: &Knowledge) -> Vec<AskedText> {
    let texts = texts_to_learn(knowledge).into_iter();
    texts.map(|text| memory.as_it_is(text)).collect()
}

/// What to ask for before `router` routes `messages`, each text once; nothing if it is too much.
fn asked_texts(
    memory: &VectorMemory,
    router: &dyn TextRouter,
    messages: &[String],
) -> Vec<AskedText> {
    let mut asked: Vec<AskedText> = Vec::new();
    for message in messages {
        if message.chars().nth(MAX_CHARS).is_some() {
            continue;
        }
        let lacking = router.texts_to_encode(message);
        if lacking.is_empty() {
            continue;
        }
        let keys: Vec<_> = lacking.iter().map(|text| memory.key(text)).collect();
        for text in message_texts(memory, message) {
            let is_new = asked.iter().all(|known| known.key != text.key);
            if is_new && !text.text.is_empty() && keys.contains(&text.key) {
                asked.push(text);
            }
        }
    }
    if asked.len() > MAX_TEXTS {
        asked.clear();
    }
    asked
}

/// The texts that are scored for a message that somebody wrote, masked; none if it reads otherwise
/// once it is masked.
pub(super) fn message_texts(memory: &VectorMemory, message: &str) -> Vec<AskedText> {
    let texts = texts_to_score(message);
    let masked = redact(message).text;
    let sent = match masked == message {
        true => texts.clone(),
        false => texts_to_score(&masked),
    };
    if sent.len() != texts.len() {
        return Vec::new();
    }
    let asked = texts.iter().zip(sent).map(|(text, sent)| AskedText {
        key: memory.key(text),
        text: sent,
    });
    asked.collect()
}
