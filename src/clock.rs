//! The clock. Out: the current time, passed as a value to modules that must not read a clock.

use std::time::{SystemTime, UNIX_EPOCH};
use wenlu_core::model::Timestamp;

/// The current time.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
