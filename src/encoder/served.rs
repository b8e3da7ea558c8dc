//! The router of a server with an encoder. In: knowledge. Out: a router that is there at once and has
//! vectors as soon as the encoder has given them; the task that sees to it. Must not know: what is
//! asked of the router.

use super::error::EncoderError;
use super::memory::{VectorMemory, lock};
use super::service::{Encoder, texts_of};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;
use wenlu_core::dialogue::TextRouter;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::Routing;
use wenlu_core::router::explanation::Explanation;
use wenlu_core::router::{DecisionReason, Router};

/// How long a start, a reload or a preview waits for vectors.
const BUILD_PATIENCE: Duration = Duration::from_secs(5);
/// How long the background asks before it keeps what it has and goes on.
const ROUND_PATIENCE: Duration = Duration::from_secs(60);
/// How often the background looks whether vectors are missing; longer after each failure.
const LOOK_EVERY: Duration = Duration::from_secs(2);
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// A router that is replaced by one with vectors once they are there.
pub struct ServedRouter {
    knowledge: Knowledge,
    threshold: Option<f64>,
    current: RwLock<Arc<Router>>,
    /// Whose vectors it has; `None`: it has none.
    memory: Mutex<Option<Arc<VectorMemory>>>,
}

impl ServedRouter {
    /// The router of `knowledge`, with the operator's `threshold` if one is set.
    pub fn new(encoder: &Encoder, knowledge: &Knowledge, threshold: Option<f64>) -> Arc<Self> {
        let (router, memory) = match encoder.learnt_router(knowledge, BUILD_PATIENCE) {
            Ok((router, memory)) => (router, Some(memory)),
            Err(_) => (Router::build(knowledge), None),
        };
        let served = Arc::new(Self {
            knowledge: knowledge.clone(),
            current: RwLock::new(Arc::new(router.with_threshold(threshold))),
            threshold,
            memory: Mutex::new(memory),
        });
        let mut routers = lock(&encoder.routers);
        routers.retain(|router| router.strong_count() > 0);
        routers.push(Arc::downgrade(&served));
        drop(routers);
        served
    }

    fn router(&self) -> Arc<Router> {
        self.current
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn has_vectors_of(&self, memory: &Arc<VectorMemory>) -> bool {
        lock(&self.memory)
            .as_ref()
            .is_some_and(|own| Arc::ptr_eq(own, memory))
    }

    fn replace(&self, router: Router, memory: Arc<VectorMemory>) {
        let router = Arc::new(router.with_threshold(self.threshold));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = router;
        *lock(&self.memory) = Some(memory);
    }
}

impl TextRouter for ServedRouter {
    fn route(&self, text: &str) -> Routing {
        self.router().route(text)
    }

    fn explain(&self, knowledge: &Knowledge, text: &str) -> Option<Explanation> {
        self.router().explain(knowledge, text)
    }

    fn content_words(&self, normal: &str) -> Option<Vec<String>> {
        self.router().content_words(normal)
    }

    fn known_words(&self, normal: &str) -> Option<Vec<String>> {
        self.router().known_words(normal)
    }

    fn decision_reason(&self, text: &str) -> Option<DecisionReason> {
        self.router().decision_reason(text)
    }

    fn texts_to_encode(&self, text: &str) -> Vec<String> {
        // what is asked for from now on is another model's, which this router does not read
        let memory = lock(&self.memory).clone();
        if memory.is_some_and(|memory| memory.is_changed()) {
            return Vec::new();
        }
        self.router().texts_to_encode(text)
    }
}

impl Encoder {
    /// A router of a draft, which serves nobody: as a [`ServedRouter`] would route now. Blocks.
    pub fn draft_router(&self, knowledge: &Knowledge) -> Router {
        self.learnt_router(knowledge, BUILD_PATIENCE)
            .map_or_else(|_| Router::build(knowledge), |(router, _)| router)
    }

    /// Gives routers their vectors as they become available, until it is dropped. While it asks, it
    /// can be dropped at any moment.
    pub async fn run(self: Arc<Self>) {
        let mut pause = LOOK_EVERY;
        loop {
            tokio::time::sleep(pause).await;
            pause = match self.refresh().await {
                Ok(()) => LOOK_EVERY,
                Err(_) => (2 * pause).min(MAX_PAUSE),
            };
        }
    }

    async fn refresh(self: &Arc<Self>) -> Result<(), EncoderError> {
        if self.memory().is_changed() {
            self.forget();
        }
        let memory = self.memory();
        for served in self.served() {
            if served.has_vectors_of(&memory) {
                continue;
            }
            let texts = texts_of(&memory, &served.knowledge);
            self.learn_aside(&memory, texts, ROUND_PATIENCE).await?;
            let memory = memory.clone();
            let build = move || {
                let router = Router::build_with(&served.knowledge, memory.clone());
                served.replace(router, memory);
                tracing::info!(
                    knowledge = served.knowledge.version,
                    "the encoder has given all vectors; messages are routed with it from now on"
                );
            };
            let built = tokio::task::spawn_blocking(build).await;
            built.map_err(|_| EncoderError::Unreachable)?;
        }
        Ok(())
    }

    /// The routers in use.
    fn served(&self) -> Vec<Arc<ServedRouter>> {
        let mut routers = lock(&self.routers);
        routers.retain(|router| router.strong_count() > 0);
        routers.iter().filter_map(Weak::upgrade).collect()
    }
}
