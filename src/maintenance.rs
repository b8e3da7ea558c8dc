//! Periodic maintenance of the store. In: how long the journal is kept. Out: older turns are
//! deleted, and deleted text is overwritten in the database files, even when nobody writes. Must
//! not know: what is stored.

use crate::clock;
use crate::store::{Store, StoreError};
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};
use wenlu_core::model::Timestamp;

/// How often deleted content is overwritten: for at most this long, the text of a handled message
/// remains readable in the database files.
const OVERWRITE_EVERY: Duration = Duration::from_secs(60);
/// How often expired turns are deleted.
const EXPIRE_EVERY: Duration = Duration::from_secs(3_600);
/// How often, at most, the database file is rewritten after turns were deleted; other access waits
/// while this runs.
const REWRITE_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// Runs until the task is dropped. `kept`: how long turns stay in the journal; `None`: without
/// limit.
pub async fn run(store: Store, kept: Option<Duration>) {
    let mut upkeep = MaintenanceTask {
        store,
        kept,
        expired_at: None,
        rewritten_at: None,
        turns_deleted: false,
    };
    let mut ticks = interval(OVERWRITE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match upkeep.once(clock::now()).await {
            // another process is doing the same
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => tracing::warn!(%error, "the store's upkeep failed; it is tried again"),
        }
    }
}

struct MaintenanceTask {
    store: Store,
    kept: Option<Duration>,
    expired_at: Option<Instant>,
    rewritten_at: Option<Instant>,
    /// Whether turns were deleted since the file was last rewritten.
    turns_deleted: bool,
}

impl MaintenanceTask {
    async fn once(&mut self, now: Timestamp) -> Result<(), StoreError> {
        if is_due(self.expired_at, EXPIRE_EVERY) {
            let gone = self.store.retention().expire(now, self.kept).await?;
            self.expired_at = Some(Instant::now());
            self.turns_deleted |= gone > 0;
            if gone > 0 {
                tracing::info!(gone, "old turns went out of the journal");
            }
        }
        let rewrite = self.turns_deleted && is_due(self.rewritten_at, REWRITE_EVERY);
        if !self.store.retention().secure_delete(rewrite).await? {
            tracing::debug!(
                "what was deleted could not be overwritten while somebody read; it is tried again"
            );
        }
        if rewrite {
            (self.rewritten_at, self.turns_deleted) = (Some(Instant::now()), false);
        }
        Ok(())
    }
}

fn is_due(last: Option<Instant>, every: Duration) -> bool {
    last.is_none_or(|last| last.elapsed() >= every)
}
