//! Time as a value.

use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 UTC. Passed in as a value: nothing below the channels reads a
/// clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);
