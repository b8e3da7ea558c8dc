//! Which updates were delivered before. In: a channel and a number of its service. Out: whether it is
//! new. Must not know: what the update says.

use super::error::StoreError;
use super::values::PRUNED_AT_ONCE;
use super::values::millis;
use sqlx::AnyConnection;
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// How long a repeated delivery of an update is recognised.
pub const SEEN_KEPT: Duration = Duration::from_secs(72 * 3_600);

/// Counts the number as seen from now on. False: it was seen before.
pub(super) async fn mark(
    connection: &mut AnyConnection,
    channel: &str,
    number: i64,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let seen = sqlx::query(
        "INSERT INTO seen (channel, update_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(channel)
    .bind(number)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(seen.rows_affected() == 1)
}

/// Deletes what is only kept for [`SEEN_KEPT`].
pub(super) async fn delete_expired(
    connection: &mut AnyConnection,
    now: Timestamp,
) -> Result<(), StoreError> {
    let before = now.0.saturating_sub(millis(SEEN_KEPT));
    let old_seen = "DELETE FROM seen WHERE (channel, update_id) IN
             (SELECT channel, update_id FROM seen WHERE at < $1 ORDER BY at LIMIT $2)";
    sqlx::query(old_seen)
        .bind(before)
        .bind(PRUNED_AT_ONCE)
        .execute(&mut *connection)
        .await?;
    for old in [
        "DELETE FROM quarantine WHERE at < $1",
        "DELETE FROM pushes WHERE at < $1",
    ] {
        sqlx::query(old)
            .bind(before)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
