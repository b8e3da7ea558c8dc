//! Who wakes the event streams of pages. In: the store. Out: a notice that replies were pushed to
//! pages, by this process or another. Must not know: streams, conversations.

use crate::http::store_watch::StoreWatch;
use crate::store::Store;
use tokio::sync::watch;

/// What was pushed, as far as streams have to know.
#[derive(Clone)]
pub(super) struct PushWatch {
    store: Store,
    elsewhere: StoreWatch,
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
            elsewhere: StoreWatch::default(),
        }
    }

    pub(super) fn subscribe(&self) -> PushSubscriber {
        PushSubscriber {
            here: self.store.handovers().watch_pushes(),
            elsewhere: self.elsewhere.subscribe(),
        }
    }

    /// Looks at the store while somebody waits, until the server stops.
    pub(super) async fn run(self, stopping: watch::Receiver<bool>) {
        let store = &self.store;
        let newest = || async { store.handovers().newest_pushes().await };
        self.elsewhere.clone().run(stopping, newest).await;
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
