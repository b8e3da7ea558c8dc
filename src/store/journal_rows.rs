//! Deletes turns, with what belongs to them alone. In: which turns. Out: a journal without them,
//! their places in the review queue, and the conversations that have no other turn. Must not know:
//! why they go.

use super::error::StoreError;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};
use std::collections::BTreeSet;
use wenlu_core::model::Timestamp;

/// Deletes the oldest turns from before `before`, at most `limit`, and conversations that were not
/// heard of since then and have none left. Returns how many turns were deleted.
pub(super) async fn delete_oldest(
    connection: &mut AnyConnection,
    before: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    let rows = sqlx::query(
        "DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE at < $1 ORDER BY at LIMIT $2)
         RETURNING id, conversation",
    )
    .bind(before.0)
    .bind(limit)
    .fetch_all(&mut *connection)
    .await?;
    forget(connection, &rows, before).await?;
    Ok(rows.len() as u64)
}

/// Deletes these turns, and conversations that were not heard of since `quiet_since` and have none
/// left. Returns how many turns were deleted.
pub(super) async fn delete_these(
    connection: &mut AnyConnection,
    ids: &[i64],
    quiet_since: Timestamp,
) -> Result<u64, StoreError> {
    let ids: Vec<String> = ids.iter().map(i64::to_string).collect();
    let sql = format!(
        "DELETE FROM journal WHERE id IN ({}) RETURNING id, conversation",
        ids.join(", ")
    );
    let rows = sqlx::query(AssertSqlSafe(sql))
        .persistent(false)
        .fetch_all(&mut *connection)
        .await?;
    forget(connection, &rows, quiet_since).await?;
    Ok(rows.len() as u64)
}

/// Deletes what belonged to deleted turns.
async fn forget(
    connection: &mut AnyConnection,
    deleted: &[AnyRow],
    before: Timestamp,
) -> Result<(), StoreError> {
    let mut conversations = BTreeSet::<String>::new();
    for row in deleted {
        let id: i64 = row.try_get(0)?;
        conversations.insert(row.try_get(1)?);
        sqlx::query("DELETE FROM placed WHERE question = $1")
            .bind(id)
            .execute(&mut *connection)
            .await?;
    }
    for conversation in conversations {
        // Its kept answers are deleted with it.
        let sql = "DELETE FROM conversations WHERE id = $1 AND updated_at < $2
                       AND NOT EXISTS (SELECT 1 FROM journal WHERE conversation = $1)";
        sqlx::query(sql)
            .bind(conversation)
            .bind(before.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
