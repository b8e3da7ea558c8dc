//! The clock. Out: the time, as a value for all who must not look at one.

use crate::message::Timestamp;
use std::time::{SystemTime, UNIX_EPOCH};

/// The time now.
pub fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
