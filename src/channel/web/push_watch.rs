//! Who wakes the event streams of pages. In: the store. Out: a notice that replies were pushed to
//! pages, by this process or another. Must not know: streams, conversations.

use crate::clock;
use crate::http::store_watch::StoreWatch;
use crate::store::Store;
use crate::store::activities::{LiveActivity, LiveActor, LiveActors};
use tokio::sync::watch;

/// What was pushed, as far as streams have to know.
#[derive(Clone)]
pub(super) struct PushWatch {
    store: Store,
    elsewhere: StoreWatch,
    actors: StoreWatch<LiveActors>,
}

/// Waits for pushed replies, and for colleagues who begin or stop to write.
pub(super) struct PushSubscriber {
    here: watch::Receiver<u64>,
    elsewhere: watch::Receiver<i64>,
    actors: watch::Receiver<LiveActors>,
}

impl PushWatch {
    pub(super) fn new(store: Store) -> Self {
        Self {
            store,
            elsewhere: StoreWatch::default(),
            actors: StoreWatch::default(),
        }
    }

    pub(super) fn subscribe(&self) -> PushSubscriber {
        PushSubscriber {
            here: self.store.handovers().watch_pushes(),
            elsewhere: self.elsewhere.subscribe(),
            actors: self.actors.subscribe(),
        }
    }

    /// Looks at the store while somebody waits, until the server stops.
    pub(super) async fn run(self, stopping: watch::Receiver<bool>) {
        let store = &self.store;
        let newest = || async { store.handovers().newest_pushes().await };
        let actors = || async { store.activities().all(clock::now()).await };
        tokio::join!(
            self.elsewhere.clone().run(stopping.clone(), newest),
            self.actors.clone().run(stopping, actors),
        );
    }
}

impl PushSubscriber {
    /// From here on, [`PushSubscriber::changed`] waits for what is pushed later.
    pub(super) fn mark_seen(&mut self) {
        self.here.mark_unchanged();
        self.elsewhere.mark_unchanged();
        self.actors.mark_unchanged();
    }

    /// Whether a colleague is writing to the asker of this conversation.
    pub(super) fn is_written_to(&self, conversation: &str) -> bool {
        let actors = self.actors.borrow();
        let writes =
            |actor: &LiveActor| actor.account.is_some() && actor.activity == LiveActivity::Writes;
        let live = actors.get(conversation);
        live.is_some_and(|live| live.actors.iter().any(writes))
    }

    /// Returns once something was pushed, perhaps elsewhere, or it is not `told` any more whether a
    /// colleague is writing to the asker of this conversation. Who does so in others wakes nobody.
    pub(super) async fn changed(&mut self, conversation: &str, told: bool) {
        loop {
            let acting = tokio::select! {
                _ = self.here.changed() => return,
                _ = self.elsewhere.changed() => return,
                acting = self.actors.changed() => acting,
            };
            if acting.is_err() || self.is_written_to(conversation) != told {
                return;
            }
        }
    }
}
