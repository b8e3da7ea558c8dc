//! Assigns conversations to workers. In: the names of conversations in which messages wait. Out:
//! a queue per worker. Must not know: what a message says, how it is answered.

use crate::hash;
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

    /// A conversation that was queued is answered, or has to wait.
    pub(in crate::channel) fn mark_handled(&self) {
        self.busy.fetch_sub(1, SeqCst);
    }
}
