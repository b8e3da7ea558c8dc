//! Who wakes the event streams. In: the store. Out: a notice that replies were pushed to pages, by
//! this process or another. One look at the store serves all streams, however many are open. Must
//! not know: streams, conversations.

use crate::store::{Store, StoreError};
use std::time::Duration;
use tokio::sync::watch;

/// How often the store is checked for replies that other processes pushed.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// What was pushed, as far as streams have to know.
#[derive(Clone)]
pub(super) struct PushWatch {
    store: Store,
    elsewhere: watch::Sender<i64>,
}

/// Waits for pushed replies.
pub(super) struct PushSubscriber {
    here: watch::Receiver<u64>,
    elsewhere: watch::Receiver<i64>,
}

impl PushWatch {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            elsewhere: watch::Sender::new(0),
        }
    }

    pub(super) fn subscribe(&self) -> PushSubscriber {
        PushSubscriber {
            here: self.store.handovers().watch_pushes(),
            elsewhere: self.elsewhere.subscribe(),
        }
    }

    /// Looks at the store while somebody waits, until the server stops.
    pub(super) async fn run(self, mut stopping: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                _ = stopping.changed() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if self.elsewhere.receiver_count() == 0 {
                continue;
            }
            // a store that fails is reported by the streams, which read it
            if let Ok(newest) = self.newest().await {
                self.elsewhere.send_if_modified(|last| {
                    let changed = *last != newest;
                    *last = newest;
                    changed
                });
            }
        }
    }

    async fn newest(&self) -> Result<i64, StoreError> {
        self.store.handovers().newest_pushes().await
    }
}

impl PushSubscriber {
    /// From here on, [`PushSubscriber::changed`] waits for what is pushed later.
    pub(super) fn mark_seen(&mut self) {
        self.here.mark_unchanged();
        self.elsewhere.mark_unchanged();
    }

    /// Returns once something was pushed, perhaps to another page.
    pub(super) async fn changed(&mut self) {
        tokio::select! {
            _ = self.here.changed() => {}
            _ = self.elsewhere.changed() => {}
        }
    }
}
