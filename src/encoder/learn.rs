//! Learning the vectors of the knowledge. In: texts. Out: their vectors in memory. Blocks, on a thread
//! and a runtime of its own: it is called from threads with and without a runtime. Must not know:
//! who waits.

use super::client::{BATCH, EmbeddingsClient};
use super::config::EncoderConfig;
use super::error::EncoderError;
use super::memory::{AskedText, VectorMemory, VectorShelf};
use std::time::Instant;
use tokio::runtime::Builder;

/// Texts in one request: one place of a batch is the probe's.
const TEXTS: usize = BATCH - 1;

/// Asks for the vectors that `texts` lack, until `deadline`.
pub(super) fn learn(
    config: &EncoderConfig,
    memory: &VectorMemory,
    texts: &[String],
    deadline: Instant,
) -> Result<(), EncoderError> {
    let missing = memory.missing(texts);
    if missing.is_empty() {
        return Ok(());
    }
    ask_apart(config, memory, &missing, VectorShelf::Learnt, deadline)
}

/// Asks on a thread of its own, and waits for it.
pub(super) fn ask_apart(
    config: &EncoderConfig,
    memory: &VectorMemory,
    texts: &[AskedText],
    shelf: VectorShelf,
    deadline: Instant,
) -> Result<(), EncoderError> {
    let work = || {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|_| EncoderError::Unreachable)?;
        let client = EmbeddingsClient::new(config)?;
        let all = async {
            for batch in texts.chunks(TEXTS) {
                memory.ask(&client, batch, shelf).await?;
            }
            Ok(())
        };
        let in_time =
            runtime.block_on(async { tokio::time::timeout_at(deadline.into(), all).await });
        in_time.unwrap_or(Err(EncoderError::TimedOut))
    };
    std::thread::scope(|scope| scope.spawn(work).join())
        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
