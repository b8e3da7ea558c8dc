//! Assigns conversations to workers. In: the names of conversations in which messages wait. Out:
//! a queue per worker. Must not know: what a message says, how it is answered.

use crate::hash;
use crate::store::StoreError;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use tokio::sync::mpsc;

/// Number of workers; a conversation is always handled by the same one.
const WORKERS: usize = 16;

/// Assigns conversations to the queues of the workers.
pub(in crate::channel) struct TurnDispatcher {
    queues: Vec<mpsc::UnboundedSender<String>>,
    /// Number of conversations that are queued or being answered.
    busy: AtomicUsize,
}

impl TurnDispatcher {
    /// The dispatcher, and the receiving end of each worker's queue.
    pub(in crate::channel) fn new() -> (Arc<TurnDispatcher>, Vec<mpsc::UnboundedReceiver<String>>) {
        let (queues, receivers) = (0..WORKERS).map(|_| mpsc::unbounded_channel()).unzip();
        let busy = AtomicUsize::new(0);
        (Arc::new(TurnDispatcher { queues, busy }), receivers)
    }

    /// Queues a conversation in which a message waits.
    pub(in crate::channel) fn enqueue(&self, conversation: String) {
        let at = hash::shard(&conversation, WORKERS);
        self.busy.fetch_add(1, SeqCst);
        if self.queues[at].send(conversation).is_err() {
            self.busy.fetch_sub(1, SeqCst);
        }
    }

    /// Whether no conversation is queued or being answered.
    pub(in crate::channel) fn is_idle(&self) -> bool {
        self.busy.load(SeqCst) == 0
    }

    /// Has the conversations of one queue answered, one after the other. Runs until the task is dropped.
    pub(in crate::channel) async fn answer_each<F>(
        &self,
        mut conversations: mpsc::UnboundedReceiver<String>,
        answer: impl Fn(String) -> F,
    ) where
        F: Future<Output = Result<(), StoreError>> + Send + 'static,
    {
        while let Some(conversation) = conversations.recv().await {
            // a panic ends this conversation's turn, not the worker
            match tokio::spawn(answer(conversation)).await {
                Ok(Ok(())) => {}
                // the message stays in the inbox, and its conversation is dispatched again
                Ok(Err(error)) => {
                    tracing::warn!(%error, "a message waits: the store does not answer");
                }
                Err(error) => tracing::error!(%error, "a worker failed"),
            }
            self.busy.fetch_sub(1, SeqCst);
        }
    }
}
