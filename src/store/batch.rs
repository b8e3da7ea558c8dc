//! Batches pieces of work of one kind that many tasks ask for at the same time. In: one piece of
//! work at a time. Out: the result of each. There is no delay to fill a batch: what arrives while a
//! batch is running forms the next one. Must not know: what the work is, SQL.

use super::error::StoreError;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use std::fmt;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{oneshot, watch};

/// The most pieces of work in one batch.
const MAX_BATCH: usize = 256;

/// Collects pieces of work and runs them in batches. Clones share the queue.
pub(super) struct Batcher<In, Out>(Arc<BatcherState<In, Out>>);

struct BatcherState<In, Out> {
    queue: Mutex<BatchQueue<In, Out>>,
    /// How many batches may run at once.
    lanes: usize,
    work: BatchWork<In, Out>,
    /// How many batches are running.
    busy: watch::Sender<usize>,
}

/// Runs a batch; returns one result per piece, in order.
type BatchWork<In, Out> =
    Box<dyn Fn(Vec<In>) -> BoxFuture<'static, BatchResults<Out>> + Send + Sync>;
type BatchResults<Out> = Vec<Result<Out, StoreError>>;

struct BatchQueue<In, Out> {
    waiting: Vec<(In, oneshot::Sender<Result<Out, StoreError>>)>,
    closed: bool,
}

impl<In: Send + 'static, Out: Send + 'static> Batcher<In, Out> {
    pub(super) fn new<W>(lanes: usize, work: W) -> Self
    where
        W: Fn(Vec<In>) -> BoxFuture<'static, BatchResults<Out>> + Send + Sync + 'static,
    {
        let queue = Mutex::new(BatchQueue {
            waiting: Vec::new(),
            closed: false,
        });
        Batcher(Arc::new(BatcherState {
            queue,
            lanes,
            work: Box::new(work),
            busy: watch::Sender::new(0),
        }))
    }

    /// Runs `piece` in the next batch and returns its result. The work is done even if the caller
    /// stops waiting.
    pub(super) async fn add(&self, piece: In) -> Result<Out, StoreError> {
        let (tell, told) = oneshot::channel();
        {
            let mut queue = self.0.queue();
            if queue.closed {
                return Err(StoreError::Closed);
            }
            queue.waiting.push((piece, tell));
            if let Some(lane) = BatchLane::open(&self.0) {
                tokio::spawn(lane.run());
            }
        }
        told.await.map_err(|_| StoreError::Closed)?
    }

    /// Accepts no more work, and waits for what is queued or running.
    pub(super) async fn close(&self) {
        self.0.queue().closed = true;
        let _ = self.0.busy.subscribe().wait_for(|busy| *busy == 0).await;
    }
}

impl<In, Out> Clone for Batcher<In, Out> {
    fn clone(&self) -> Self {
        Batcher(self.0.clone())
    }
}

impl<In, Out> fmt::Debug for Batcher<In, Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batches")
            .field("lanes", &self.0.lanes)
            .field("busy", &self.0.busy)
            .finish_non_exhaustive()
    }
}

impl<In, Out> BatcherState<In, Out> {
    fn queue(&self) -> MutexGuard<'_, BatchQueue<In, Out>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs one batch after the other until the queue is empty.
struct BatchLane<In, Out>(Arc<BatcherState<In, Out>>);

type TakenBatch<In, Out> = (Vec<In>, Vec<oneshot::Sender<Result<Out, StoreError>>>);

impl<In: Send + 'static, Out: Send + 'static> BatchLane<In, Out> {
    /// Called under the queue's lock, as [`BatchLane::next`] is: a new piece is either taken by a
    /// running lane or starts one.
    fn open(shared: &Arc<BatcherState<In, Out>>) -> Option<Self> {
        let is_free = *shared.busy.borrow() < shared.lanes;
        is_free.then(|| {
            shared.busy.send_modify(|busy| *busy += 1);
            BatchLane(shared.clone())
        })
    }

    async fn run(self) {
        while let Some((pieces, tell)) = self.next() {
            // After a panic the callers of this batch find their channel closed, and the lane goes
            // on.
            let work = AssertUnwindSafe(async { (self.0.work)(pieces).await }).catch_unwind();
            for (tell, result) in tell.into_iter().zip(work.await.unwrap_or_default()) {
                // The caller may have stopped waiting.
                let _ = tell.send(result);
            }
        }
    }

    /// Takes the next batch; `None` if the queue is empty, and then this lane no longer counts as
    /// busy.
    fn next(&self) -> Option<TakenBatch<In, Out>> {
        let mut queue = self.0.queue();
        if queue.waiting.is_empty() {
            self.0.busy.send_modify(|busy| *busy -= 1);
            return None;
        }
        let full = queue.waiting.len().min(MAX_BATCH);
        Some(queue.waiting.drain(..full).unzip())
    }
}
