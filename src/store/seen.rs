//! Which updates were delivered before. In: a channel and an id of its service. Out: whether it is
//! new. Must not know: what the update says.

use super::error::StoreError;
use sqlx::AnyConnection;
use wenlu_core::model::Timestamp;

/// Counts the id as seen from now on. False: it was seen before.
pub(super) async fn mark(
    connection: &mut AnyConnection,
    channel: &str,
    id: &str,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let seen = sqlx::query(
        "INSERT INTO seen (channel, update_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    )
    .bind(channel)
    .bind(id)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(seen.rows_affected() == 1)
}
