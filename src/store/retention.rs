//! Deletes what is older than the retention period, even if nobody writes. In: the time, and how
//! long the journal is kept. Out: a store without older rows.

use super::{Store, StoreError, inbox, millis, turns};
use crate::message::Timestamp;
use sqlx::{AnyConnection, Row as _};
use std::collections::BTreeSet;
use std::time::Duration;

/// Turns deleted in one transaction; few enough that concurrent writers hardly notice.
const PIECE: i64 = 500;

impl Store {
    /// Deletes what is only kept for a while. With `kept`, also deletes every older turn,
    /// conversations with no younger turn, and other rows that refer to them. Returns how many
    /// turns were deleted. Several processes may run it at the same time.
    pub async fn sweep(&self, now: Timestamp, kept: Option<Duration>) -> Result<u64, StoreError> {
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    turns::prune(connection, now).await?;
                    inbox::forget(connection, now).await
                })
            })
            .await?;
        let Some(kept) = kept else { return Ok(0) };
        let before = now.0.saturating_sub(millis(kept));
        self.engine.write(move |connection| Box::pin(async move { leave(connection, before).await })).await?;
        let mut gone = 0;
        loop {
            let piece =
                self.engine.write(move |connection| Box::pin(async move { piece(connection, before).await })).await?;
            gone += piece;
            if piece < PIECE.unsigned_abs() {
                return Ok(gone);
            }
        }
    }
}

/// Deletes the oldest turns, and the conversations that have none left.
async fn piece(connection: &mut AnyConnection, before: i64) -> Result<u64, StoreError> {
    let rows = sqlx::query(
        "DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE at < $1 ORDER BY at LIMIT $2)
         RETURNING id, conversation",
    )
    .bind(before)
    .bind(PIECE)
    .fetch_all(&mut *connection)
    .await?;
    let mut conversations = BTreeSet::<String>::new();
    for row in &rows {
        let id: i64 = row.try_get(0)?;
        conversations.insert(row.try_get(1)?);
        sqlx::query("DELETE FROM placed WHERE question = $1").bind(id).execute(&mut *connection).await?;
    }
    for conversation in conversations {
        // Its kept answers are deleted with it.
        let sql = "DELETE FROM conversations WHERE id = $1 AND updated_at < $2
                       AND NOT EXISTS (SELECT 1 FROM journal WHERE conversation = $1)";
        sqlx::query(sql).bind(conversation).bind(before).execute(&mut *connection).await?;
    }
    Ok(rows.len() as u64)
}

/// Deletes other old rows that name a conversation, except open hand-overs.
async fn leave(connection: &mut AnyConnection, before: i64) -> Result<(), StoreError> {
    for old in [
        "DELETE FROM relayed WHERE at < $1",
        "DELETE FROM undelivered WHERE at < $1",
        "DELETE FROM handovers WHERE last_at < $1 AND open = 0",
    ] {
        sqlx::query(old).bind(before).execute(&mut *connection).await?;
    }
    Ok(())
}
