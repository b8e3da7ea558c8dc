//! A look at an encoder, for who sets it up. In: where it is, and texts whose vectors may be kept. Out:
//! whether it answers, and with the vectors that are kept. Must not know: who looks.

use super::cache::VectorCache;
use super::client::EmbeddingsClient;
use super::config::EncoderConfig;
use super::counts::RequestCounts;
use super::error::EncoderError;
use super::memory::{VectorMemory, VectorShelf};
use std::sync::Arc;
use std::time::Duration;

/// What is asked; it is nobody's.
const TEXT: &str = "你好";

/// What an encoder answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EncoderProbe {
    /// The length of its vectors; `None`: they are not those that are kept.
    pub dimensions: Option<usize>,
    /// Vectors in the file.
    pub kept: usize,
}

/// Asks once, for at most `patience`. `texts` are those of the knowledge.
///
/// # Errors
///
/// If it does not answer as it should.
pub async fn probe(
    config: &EncoderConfig,
    texts: Vec<String>,
    patience: Duration,
) -> Result<EncoderProbe, EncoderError> {
    let kept = VectorCache::new(config.cache.clone()).load();
    let memory = VectorMemory::new(config.model.clone(), kept);
    let kept = memory.learnt_count();
    let texts = texts.into_iter().map(|text| memory.as_it_is(text));
    // chooses the text that shows whether the model is the same
    memory.missing(texts.collect());
    let client = EmbeddingsClient::new(config, Arc::new(RequestCounts::default()))?;
    let asked = [memory.as_it_is(TEXT.to_owned())];
    let asking = memory.ask(&client, &asked, VectorShelf::Heard);
    let answered = tokio::time::timeout(patience, asking).await;
    match answered.unwrap_or(Err(EncoderError::TimedOut)) {
        Ok(()) => Ok(EncoderProbe {
            dimensions: memory.vector_length(TEXT),
            kept,
        }),
        Err(EncoderError::Changed) => Ok(EncoderProbe {
            dimensions: None,
            kept,
        }),
        Err(error) => Err(error),
    }
}
