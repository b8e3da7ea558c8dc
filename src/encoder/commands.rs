//! The routers of a command with an encoder. In: knowledge, and the messages that will be routed. Out:
//! routers, and the vectors that they need in memory: a command waits for them, since it measures,
//! and nobody waits for a turn. All of them share one encoder. Must not know: which command.

use super::config::EncoderConfig;
use super::error::EncoderError;
use super::memory::{AskedText, VectorMemory, lock};
use super::service::{Encoder, message_texts, texts_of};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;

/// For the vectors of the whole knowledge, or of all messages.
const PATIENCE: Duration = Duration::from_secs(30 * 60);
/// How long everything goes without an encoder that failed, at once.
const GIVEN_UP_FOR: Duration = Duration::from_secs(60);

/// What the routers of a command have in common.
pub struct CommandEncoder {
    encoder: Arc<Encoder>,
    /// When it failed last, and why.
    failed: Mutex<Option<(Instant, EncoderError)>>,
}

impl CommandEncoder {
    /// # Errors
    ///
    /// If no request can be made to the address.
    pub fn new(config: EncoderConfig) -> Result<Self, EncoderError> {
        Ok(Self {
            encoder: Encoder::new(config)?,
            failed: Mutex::default(),
        })
    }

    /// For a bot that is used by the person at the terminal.
    pub fn encoder(&self) -> Arc<Encoder> {
        self.encoder.clone()
    }

    /// The router of `knowledge`, and why it has no vectors, if it has none.
    pub fn router(&self, knowledge: &Knowledge) -> (Router, Option<EncoderError>) {
        let texts = |memory: &VectorMemory| texts_of(memory, knowledge);
        let learnt = match self.learn(texts) {
            // what was kept is of an earlier model
            Err(EncoderError::Changed) => {
                self.encoder.forget();
                self.learn(texts)
            }
            other => other,
        };
        match learnt {
            Ok(memory) => (Router::build_with(knowledge, memory), None),
            Err(error) => {
                self.fail(error);
                (Router::build(knowledge), Some(error))
            }
        }
    }

    /// Asks for the vectors that its routers need to route `messages`, which people wrote: what
    /// leaves the machine is masked.
    ///
    /// # Errors
    ///
    /// If not all of them came. Messages without a vector are routed by their words.
    pub fn prepare(&self, messages: &[String]) -> Result<(), EncoderError> {
        let all = |memory: &VectorMemory| {
            let texts = messages.iter().map(|text| message_texts(memory, text));
            texts.flatten().collect()
        };
        let learnt = self.learn(all);
        if let Err(error) = learnt {
            self.fail(error);
        }
        learnt.map(drop)
    }

    /// The memory, with the vectors of all these texts.
    fn learn(
        &self,
        texts: impl Fn(&VectorMemory) -> Vec<AskedText>,
    ) -> Result<Arc<VectorMemory>, EncoderError> {
        let failed = *lock(&self.failed);
        if let Some((_, error)) = failed.filter(|(at, _)| at.elapsed() < GIVEN_UP_FOR) {
            return Err(error);
        }
        let memory = self.encoder.memory();
        self.encoder.learn(&memory, texts(&memory), PATIENCE)?;
        Ok(memory)
    }

    fn fail(&self, error: EncoderError) {
        let mut failed = lock(&self.failed);
        if failed.is_none_or(|(at, _)| at.elapsed() >= GIVEN_UP_FOR) {
            *failed = Some((Instant::now(), error));
        }
    }
}
