//! How many writes failed, by what was written. In: where in the source a write was called, and its
//! result. Out: counts. Must not know: what is written.

use super::error::StoreError;
use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::{Mutex, PoisonError};

/// Counts, by operation.
#[derive(Debug, Default)]
pub(super) struct WriteFailures(Mutex<BTreeMap<&'static str, u64>>);

impl WriteFailures {
    /// Counts the result of a write, if the database failed. That another process was faster, or
    /// that the store is closed, is no failure.
    pub(super) fn note<T>(&self, caller: &Location<'static>, result: &Result<T, StoreError>) {
        if let Err(StoreError::Fault(..) | StoreError::Database(_)) = result {
            let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *counts.entry(operation(caller.file())).or_default() += 1;
        }
    }

    pub(super) fn counts(&self) -> Vec<(&'static str, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|(name, count)| (*name, *count)).collect()
    }
}

/// The part of the store that a source file is: each has a file, so that their number is bounded,
/// and a new one needs no name of its own here.
fn operation(file: &'static str) -> &'static str {
    let name = file.rsplit(['/', '\\']).next().unwrap_or(file);
    match name.strip_suffix(".rs").unwrap_or(name) {
        // calls are recorded by whoever holds the lease
        "leases" => "outbox",
        other => other,
    }
}
