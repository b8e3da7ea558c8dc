//! The review queue, computed in the background. In: a request for it. Out: the queue, or that it is
//! still being computed. What is kept here can be recomputed by any process.

use super::error::AdminError;
use crate::review::review_queue::{ReviewQueue, load_queue};
use crate::store::{Store, StoreError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wenlu_core::model::Timestamp;

/// How long a page waits for the queue before it shows that the queue is being computed.
const PAGE_WAIT: Duration = Duration::from_millis(1_500);
/// How long what is done with it waits: a form that was sent is not given back for being early. Below
/// the deadline of requests.
const ACT_WAIT: Duration = Duration::from_secs(18);
/// A computed queue is reused for this many times the time that it took to compute,
const REUSE_FACTOR: u32 = 10;
/// and for at least this long.
const MIN_REUSE: Duration = Duration::from_secs(2);
/// The last computed review queue; clones share it.
#[derive(Clone)]
pub(super) struct ReviewQueueCache(Arc<QueueCacheState>);

struct QueueCacheState {
    store: Store,
    last: Mutex<Option<CachedReviewQueue>>,
    /// Held while computing, so that only one task does and the others wait.
    making: tokio::sync::Mutex<()>,
}

struct CachedReviewQueue {
    queue: Arc<ReviewQueue>,
    at: Instant,
    took: Duration,
}

impl ReviewQueueCache {
    pub(super) fn new(store: Store) -> Self {
        ReviewQueueCache(Arc::new(QueueCacheState {
            store,
            last: Mutex::default(),
            making: tokio::sync::Mutex::default(),
        }))
    }

    /// The queue for a page; `None` if it is still being computed after a moment.
    pub(super) async fn get(&self, now: Timestamp) -> Result<Option<Arc<ReviewQueue>>, AdminError> {
        self.get_within(PAGE_WAIT, now).await
    }

    /// The queue for what is done with it.
    pub(super) async fn get_to_act(&self, now: Timestamp) -> Result<Arc<ReviewQueue>, AdminError> {
        let queue = self.get_within(ACT_WAIT, now).await?;
        queue.ok_or(AdminError::QueueNotReady)
    }

    async fn get_within(
        &self,
        wait: Duration,
        now: Timestamp,
    ) -> Result<Option<Arc<ReviewQueue>>, AdminError> {
        if let Some(queue) = self.0.fresh() {
            return Ok(Some(queue));
        }
        let state = self.0.clone();
        let made = tokio::spawn(async move { state.make(now).await });
        match tokio::time::timeout(wait, made).await {
            Ok(made) => Ok(Some(made.map_err(|_| AdminError::Failed)??)),
            Err(_) => Ok(None),
        }
    }

    /// Drops the queue, so that the next request sees what was just changed.
    pub(super) fn invalidate(&self) {
        *self.0.last() = None;
    }
}

impl QueueCacheState {
    async fn make(&self, now: Timestamp) -> Result<Arc<ReviewQueue>, StoreError> {
        let _alone = self.making.lock().await;
        if let Some(queue) = self.fresh() {
            return Ok(queue);
        }
        let begun = Instant::now();
        let queue = Arc::new(load_queue(&self.store, now).await?);
        *self.last() = Some(CachedReviewQueue {
            queue: queue.clone(),
            at: Instant::now(),
            took: begun.elapsed(),
        });
        Ok(queue)
    }

    fn fresh(&self) -> Option<Arc<ReviewQueue>> {
        let last = self.last();
        let made = last.as_ref()?;
        let is_fresh = made.at.elapsed() < MIN_REUSE.max(made.took * REUSE_FACTOR);
        is_fresh.then(|| made.queue.clone())
    }

    fn last(&self) -> MutexGuard<'_, Option<CachedReviewQueue>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
