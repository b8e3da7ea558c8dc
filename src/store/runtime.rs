//! What a process knows beside its database. In: what was written, and what was
//! found. Out: notices to those who wait for it, and reports. Must not know: SQL.

use super::readiness::LastWriteTest;
use super::upkeep::UpkeepState;
use tokio::sync::watch;

/// The state of this process that is not in the database.
#[derive(Debug, Default)]
pub(super) struct StoreRuntime {
    pub tested: LastWriteTest,
    pub upkeep: UpkeepState,
    /// Count the calls put into the outbox, and the replies pushed to pages.
    pub calls: watch::Sender<u64>,
    pub pushes: watch::Sender<u64>,
}

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
