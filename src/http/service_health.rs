//! Whether a service on which a channel depends can be used. In: how each call of it ended. Out:
//! what readiness and the metrics say of it. Must not know: which service it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

/// So many calls in a row have to fail until the service counts as unreachable: one that fails may
/// be at fault itself.
const FAILURES: u32 = 3;

/// Clones share it. A service counts as unreachable until its first answer.
#[derive(Clone, Debug)]
pub(crate) struct ServiceHealth {
    failures: Arc<AtomicU32>,
}

impl Default for ServiceHealth {
    fn default() -> Self {
        ServiceHealth {
            failures: Arc::new(AtomicU32::new(FAILURES)),
        }
    }
}

impl ServiceHealth {
    /// Of a service that is called only when there is something to tell it: it counts as reachable
    /// until calls fail.
    pub(crate) fn presumed() -> Self {
        let health = ServiceHealth::default();
        health.answered();
        health
    }

    /// A call got an answer, which may be a refusal of that call.
    pub(crate) fn answered(&self) {
        self.failures.store(0, Relaxed);
    }

    /// A call got none, or one that says that nothing can be done.
    pub(crate) fn failed(&self) {
        let more = |failures: u32| Some(failures.saturating_add(1));
        // the closure always gives a value
        let _ = self.failures.fetch_update(Relaxed, Relaxed, more);
    }

    pub(crate) fn is_reachable(&self) -> bool {
        self.failures.load(Relaxed) < FAILURES
    }
}
