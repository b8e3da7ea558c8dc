//! What the event streams of hand-overs share. In: the store. Out: a notice that a hand-over has
//! changed, by this process or another; places for streams. Must not know: pages, what has changed.

use crate::clock;
use crate::http::occupancy::{Occupancy, OccupancyCaps};
use crate::http::store_watch::StoreWatch;
use crate::log_throttle::LogThrottle;
use crate::store::Store;
use crate::store::activities::LiveActors;
use std::sync::Arc;
use tokio::sync::watch;

/// Open streams: one a browser, or one a tab where browsers cannot share.
const STREAMS: OccupancyCaps = OccupancyCaps {
    total: 500,
    per_client: Some(100),
};

/// Clones share it.
#[derive(Clone)]
pub(super) struct HandoverWatch {
    changes: StoreWatch,
    actors: StoreWatch<LiveActors>,
    pub(super) places: Arc<Occupancy>,
    /// Ends the streams.
    pub(super) stopping: watch::Receiver<bool>,
    /// Throttles log messages about a failing store.
    pub(super) store_failures: Arc<LogThrottle>,
}

impl HandoverWatch {
    /// Starts the task that looks at the store: call it within a runtime.
    pub(super) fn new(store: Store, stopping: watch::Receiver<bool>) -> Self {
        let (changes, actors) = (StoreWatch::default(), StoreWatch::default());
        let (looking, watching) = (changes.clone(), actors.clone());
        let until = stopping.clone();
        tokio::spawn(async move {
            let newest = || async { store.handover_list().rev().await };
            let acting = || async { store.activities().all(clock::now()).await };
            tokio::join!(
                looking.run(until.clone(), newest),
                watching.run(until, acting)
            );
        });
        HandoverWatch {
            changes,
            actors,
            places: Occupancy::new(STREAMS),
            stopping,
            store_failures: Arc::default(),
        }
    }

    /// Changes when a hand-over does.
    pub(super) fn subscribe(&self) -> watch::Receiver<i64> {
        self.changes.subscribe()
    }

    /// Who reads or writes in which conversation.
    pub(super) fn actors(&self) -> watch::Receiver<LiveActors> {
        self.actors.subscribe()
    }
}
