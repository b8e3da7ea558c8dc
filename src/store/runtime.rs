//! What a process knows beside its database. In: what was written, and the time. Out: notices to
//! those who wait for it, and when old rows are due to be deleted. Must not know: SQL.

use super::readiness::LastWriteTest;
use super::values::millis;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::watch;
use wenlu_core::model::Timestamp;

/// How often old rows are deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// The state of this process that is not in the database.
#[derive(Debug, Default)]
pub(super) struct StoreRuntime {
    /// When a turn deletes old answers next.
    pub answers: PruneTimer,
    /// When the inbox deletes expired updates next.
    pub updates: PruneTimer,
    pub tested: LastWriteTest,
    /// Count the calls put into the outbox, and the replies pushed to pages.
    pub calls: watch::Sender<u64>,
    pub pushes: watch::Sender<u64>,
}

/// A time in milliseconds since the epoch.
#[derive(Debug, Default)]
pub(super) struct PruneTimer(AtomicI64);

impl StoreRuntime {
    /// Notifies those who wait for calls, or for replies to pages.
    pub(super) fn notify(&self, calls: bool, pushes: bool) {
        for (rings, bell) in [(calls, &self.calls), (pushes, &self.pushes)] {
            if rings {
                bell.send_modify(|count| *count += 1);
            }
        }
    }
}

impl PruneTimer {
    /// Whether it is time; if so, the next time is [`PRUNE_EVERY`] later.
    pub(super) fn is_due(&self, now: Timestamp) -> bool {
        let is_due = now.0 >= self.0.load(Relaxed);
        if is_due {
            self.0
                .store(now.0.saturating_add(millis(PRUNE_EVERY)), Relaxed);
        }
        is_due
    }
}
