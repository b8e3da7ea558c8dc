//! How long a look at something may take.

use std::time::Duration;

/// For a call over the network, or to the database.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
