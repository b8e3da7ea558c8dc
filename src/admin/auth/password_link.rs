//! Links with which an account sets its password, each valid once and for a day.

use super::secret::AuthSecret;
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// How long a link is valid.
const PASSWORD_LINK_TTL: Duration = Duration::from_secs(24 * 3_600);

/// The secret is in the query only, since paths are logged.
pub(crate) fn password_link_path(secret: &AuthSecret) -> String {
    format!("/admin/link?token={}", secret.reveal())
}

/// When a link that is made `now` expires.
pub(crate) fn password_link_expiry(now: Timestamp) -> Timestamp {
    let lasts = i64::try_from(PASSWORD_LINK_TTL.as_millis()).unwrap_or(i64::MAX);
    Timestamp(now.0.saturating_add(lasts))
}
