//! Asking for many vectors. In: texts. Out: their vectors in memory. For those who cannot await there
//! is a thread with a runtime of its own, one for all that they ask: they are called from threads
//! with and without a runtime. Must not know: who waits.

use super::client::{BATCH, EmbeddingsClient};
use super::error::EncoderError;
use super::memory::{AskedText, VectorMemory, VectorShelf};
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Instant;
use tokio::runtime::{Builder, Runtime};

/// Texts in one request: one place of a batch is the probe's.
const TEXTS: usize = BATCH - 1;

/// Asks for the vectors of `texts`, a batch at a time, until `deadline`.
pub(super) async fn ask_all(
    client: &EmbeddingsClient,
    memory: &VectorMemory,
    texts: &[AskedText],
    shelf: VectorShelf,
    deadline: Instant,
) -> Result<(), EncoderError> {
    let all = async {
        for batch in texts.chunks(TEXTS) {
            memory.ask(client, batch, shelf).await?;
        }
        Ok(())
    };
    let in_time = tokio::time::timeout_at(deadline.into(), all).await;
    in_time.unwrap_or(Err(EncoderError::TimedOut))
}

/// Asks for those who cannot await.
pub(super) struct BlockingAsker {
    /// Its connections live on this runtime and on no other.
    client: Arc<EmbeddingsClient>,
    /// `None` within: it could not be made.
    runtime: OnceLock<Option<Runtime>>,
}

impl BlockingAsker {
    pub(super) fn new(client: EmbeddingsClient) -> Self {
        Self {
            client: Arc::new(client),
            runtime: OnceLock::new(),
        }
    }

    /// As [`ask_all`]. Blocks.
    pub(super) fn ask(
        &self,
        memory: &Arc<VectorMemory>,
        texts: Vec<AskedText>,
        shelf: VectorShelf,
        deadline: Instant,
    ) -> Result<(), EncoderError> {
        let runtime = self.runtime.get_or_init(|| {
            let mut builder = Builder::new_multi_thread();
            builder.worker_threads(1).enable_all().build().ok()
        });
        let runtime = runtime.as_ref().ok_or(EncoderError::Unreachable)?;
        let (done, answer) = mpsc::channel();
        let (client, memory) = (self.client.clone(), memory.clone());
        runtime.spawn(async move {
            // nobody hears it only if the asker's thread is gone
            let _ = done.send(ask_all(&client, &memory, &texts, shelf, deadline).await);
        });
        answer.recv().unwrap_or(Err(EncoderError::Unreachable))
    }
}

impl Drop for BlockingAsker {
    /// It may be dropped where nothing may block.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take().flatten() {
            runtime.shutdown_background();
        }
    }
}
