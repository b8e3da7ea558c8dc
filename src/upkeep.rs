//! Periodic maintenance of the store. In: how long the journal is kept. Out: older turns are
//! deleted, and deleted text is overwritten in the database files, even when nobody writes. Must
//! not know: what is stored.

use crate::channel::clock;
use crate::message::Timestamp;
use crate::store::{Store, StoreError};
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};

/// How often deleted content is overwritten: for at most this long, the text of a handled message
/// remains readable in the database files.
const WIPE_EVERY: Duration = Duration::from_secs(60);
/// How often expired turns are deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
/// How often, at most, the database file is rewritten after turns were deleted; other access waits
/// while this runs.
const REWRITE_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// Runs until the task is dropped. `kept`: how long turns stay in the journal; `None`: without
/// limit.
pub async fn run(store: Store, kept: Option<Duration>) {
    let mut upkeep = Upkeep { store, kept, swept: None, rewritten: None, goes: false };
    let mut ticks = interval(WIPE_EVERY);
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

struct Upkeep {
    store: Store,
    kept: Option<Duration>,
    swept: Option<Instant>,
    rewritten: Option<Instant>,
    /// Whether turns were deleted since the file was last rewritten.
    goes: bool,
}

impl Upkeep {
    async fn once(&mut self, now: Timestamp) -> Result<(), StoreError> {
        if is_due(self.swept, SWEEP_EVERY) {
            let gone = self.store.sweep(now, self.kept).await?;
            self.swept = Some(Instant::now());
            self.goes |= gone > 0;
            if gone > 0 {
                tracing::info!(gone, "old turns went out of the journal");
            }
        }
        let rewrite = self.goes && is_due(self.rewritten, REWRITE_EVERY);
        if !self.store.wipe(rewrite).await? {
            tracing::debug!("what was deleted could not be overwritten while somebody read; it is tried again");
        }
        if rewrite {
            (self.rewritten, self.goes) = (Some(Instant::now()), false);
        }
        Ok(())
    }
}

fn is_due(last: Option<Instant>, every: Duration) -> bool {
    last.is_none_or(|last| last.elapsed() >= every)
}
