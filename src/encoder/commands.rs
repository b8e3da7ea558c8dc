//! The router of a command with an encoder. In: knowledge. Out: a router that asks for the vector of
//! each text when it is routed, and waits for it: a command measures, and nobody waits for a turn.
//! Must not know: which command.

use super::config::EncoderConfig;
use super::error::EncoderError;
use super::learn::ask_apart;
use super::memory::{AskedText, VectorMemory, VectorShelf};
use super::service::Encoder;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::privacy::redact;
use wenlu_core::router::{Router, TextVectors, texts_to_learn, texts_to_score};

/// For the vectors of the whole knowledge.
const KNOWLEDGE_PATIENCE: Duration = Duration::from_secs(30 * 60);
/// For those of one message.
const MESSAGE_PATIENCE: Duration = Duration::from_secs(10);

/// Vectors in memory; what is not there is asked for.
struct CommandVectors {
    encoder: Arc<Encoder>,
    memory: Arc<VectorMemory>,
    /// The encoder failed once: everything else goes without it, at once.
    has_failed: AtomicBool,
}

impl TextVectors for CommandVectors {
    fn vector(&self, text: &str) -> Option<Arc<[f32]>> {
        let known = self.memory.vector(text);
        if known.is_some() || text.is_empty() || self.has_failed.load(Ordering::Relaxed) {
            return known;
        }
        let asked = AskedText {
            key: self.memory.key(text),
            text: redact(text).text,
        };
        let deadline = Instant::now() + MESSAGE_PATIENCE;
        let config = &self.encoder.config;
        let answer = ask_apart(config, &self.memory, &[asked], VectorShelf::Heard, deadline);
        if let Err(error) = answer {
            tracing::warn!(%error, "from here on messages are routed by their words alone");
            self.has_failed.store(true, Ordering::Relaxed);
        }
        self.memory.vector(text)
    }
}

/// The router of `knowledge`, and why it has no vectors, if it has none. `messages` will be routed:
/// their vectors are asked for many at a time.
pub fn command_router(
    config: EncoderConfig,
    knowledge: &Knowledge,
    messages: &[String],
) -> (Router, Option<EncoderError>) {
    match learnt(config, knowledge, messages) {
        Ok(vectors) => (Router::build_with(knowledge, Arc::new(vectors)), None),
        Err(error) => (Router::build(knowledge), Some(error)),
    }
}

fn learnt(
    config: EncoderConfig,
    knowledge: &Knowledge,
    messages: &[String],
) -> Result<CommandVectors, EncoderError> {
    let encoder = Encoder::new(config)?;
    let mut texts = texts_to_learn(knowledge);
    texts.extend(messages.iter().flat_map(|message| texts_to_score(message)));
    texts.retain(|text| !text.is_empty());
    texts.sort_unstable();
    texts.dedup();
    let memory = match encoder.learn(&texts, KNOWLEDGE_PATIENCE) {
        // what was kept is of an earlier model
        Err(EncoderError::Changed) => {
            encoder.forget();
            encoder.learn(&texts, KNOWLEDGE_PATIENCE)?
        }
        other => other?,
    };
    Ok(CommandVectors {
        encoder,
        memory,
        has_failed: AtomicBool::new(false),
    })
}
