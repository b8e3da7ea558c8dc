//! Upkeep of the store. In: how long the journal is kept. Out: a store from which goes what is older, and files in which
//! deleted text does not linger, also when nobody writes. Must not know: what is stored.

use crate::channel::clock;
use crate::message::Timestamp;
use crate::store::{Store, StoreError};
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};

/// How often what was deleted is overwritten: so long, at most, a handled message stands in the files as it was written.
const WIPE_EVERY: Duration = Duration::from_secs(60);
/// How often is looked for what is old.
const SWEEP_EVERY: Duration = Duration::from_secs(3_600);
/// How often the whole file is written anew where old turns went: it keeps everybody waiting for a moment.
const REWRITE_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// Goes on for ever. `kept`: how long the journal is; `None`, for ever.
pub async fn run(store: Store, kept: Option<Duration>) {
    let mut upkeep = Upkeep { store, kept, swept: None, rewritten: None, goes: false };
    let mut ticks = interval(WIPE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match upkeep.once(clock::now()).await {
            // another process does the same
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
    /// Turns went since the file was written anew.
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
