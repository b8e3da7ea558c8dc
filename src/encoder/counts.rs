//! How many requests were made. In: the end of each. Out: numbers that only grow. Must not know: what
//! was asked.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[derive(Debug, Default)]
pub(super) struct RequestCounts {
    made: AtomicU64,
    failed: AtomicU64,
}

/// Counts a request as failed when it is dropped, also where it was given up, unless it succeeded.
pub(super) struct CountedRequest<'a> {
    counts: &'a RequestCounts,
    succeeded: bool,
}

impl RequestCounts {
    pub(super) fn begin(&self) -> CountedRequest<'_> {
        self.made.fetch_add(1, Relaxed);
        CountedRequest {
            counts: self,
            succeeded: false,
        }
    }

    pub(super) fn made(&self) -> u64 {
        self.made.load(Relaxed)
    }

    pub(super) fn failed(&self) -> u64 {
        self.failed.load(Relaxed)
    }
}

impl CountedRequest<'_> {
    pub(super) fn succeed(mut self) {
        self.succeeded = true;
    }
}

impl Drop for CountedRequest<'_> {
    fn drop(&mut self) {
        if !self.succeeded {
            self.counts.failed.fetch_add(1, Relaxed);
        }
    }
}
