//! Who wakes the event streams of hand-overs. In: the store. Out: a notice that a hand-over has
//! changed, by this process or another. One look at the store serves all streams, and none is made
//! while nobody listens. Must not know: pages, what has changed.

use crate::http::occupancy::{Occupancy, OccupancyCaps};
use crate::store::Store;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;
use tokio::sync::watch;

/// How often the store is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Open streams: one a browser, or one a tab where browsers cannot share.
const STREAMS: OccupancyCaps = OccupancyCaps {
    total: 500,
    per_client: Some(100),
};

/// Looks at the hand-overs while somebody listens. Clones share it.
#[derive(Clone)]
pub(super) struct HandoverWatch {
    store: Store,
    rev: Arc<watch::Sender<i64>>,
    is_looking: Arc<AtomicBool>,
    pub(super) places: Arc<Occupancy>,
    pub(super) stopping: watch::Receiver<bool>,
}

impl HandoverWatch {
    pub(super) fn new(store: Store, stopping: watch::Receiver<bool>) -> Self {
        HandoverWatch {
            store,
            rev: Arc::new(watch::Sender::new(0)),
            is_looking: Arc::default(),
            places: Occupancy::new(STREAMS),
            stopping,
        }
    }

    /// Changes when a hand-over does. The first listener starts the task that looks, which ends after
    /// the last.
    pub(super) fn subscribe(&self) -> watch::Receiver<i64> {
        let receiver = self.rev.subscribe();
        if !self.is_looking.swap(true, SeqCst) {
            tokio::spawn(self.clone().run());
        }
        receiver
    }

    async fn run(self) {
        loop {
            if *self.stopping.borrow() {
                return;
            }
            if self.rev.receiver_count() == 0 {
                self.is_looking.store(false, SeqCst);
                // somebody may have come in between, and found this task looking
                if self.rev.receiver_count() == 0 || self.is_looking.swap(true, SeqCst) {
                    return;
                }
            }
            // a store that fails is reported by the streams, which read it
            if let Ok(newest) = self.store.handover_list().rev().await {
                self.rev.send_if_modified(|known| {
                    let has_changed = *known != newest;
                    *known = newest;
                    has_changed
                });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}
