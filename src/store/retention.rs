//! Deletes what is older than the retention period, even if nobody writes. In: the time, and how
//! long the journal is kept. Out: a store without older rows.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::values::millis;
use super::{passive, seen, turns};
use sqlx::{AnyConnection, Row as _};
use std::collections::BTreeSet;
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// Turns deleted in one transaction; few enough that concurrent writers hardly notice.
const TURNS_PER_DELETE: i64 = 500;

/// Removes what is not kept any longer.
#[derive(Clone, Copy, Debug)]
pub struct RetentionStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl RetentionStore<'_> {
    /// Overwrites data that was deleted, which until then remains in the files. The inbox, the
    /// outbox and the WAL hold users' messages unmasked while they are handled, which is why this
    /// runs often.
    ///
    /// With `rewrite` the whole file is rewritten, so that nothing remains even inside pages in
    /// use. False: a reader kept the WAL open, and some data remains. On PostgreSQL this does
    /// nothing: its autovacuum removes deleted rows.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn secure_delete(self, rewrite: bool) -> Result<bool, StoreError> {
        self.engine
            .secure_delete(&["inbox", "outbox", "pushes", "quarantine"], rewrite)
            .await
    }

    /// Deletes what is only kept for a while. With `kept`, also deletes every older turn,
    /// conversations with no younger turn, and other rows that refer to them. Returns how many
    /// turns were deleted. Several processes may run it at the same time.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn expire(self, now: Timestamp, kept: Option<Duration>) -> Result<u64, StoreError> {
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    turns::delete_old_answers(connection, now).await?;
                    seen::delete_expired(connection, now).await
                })
            })
            .await?;
        while self
            .engine
            .write(move |connection| {
                Box::pin(async move { passive::delete_old(connection, now).await })
            })
            .await?
        {}
        let Some(kept) = kept else { return Ok(0) };
        let before = now.0.saturating_sub(millis(kept));
        self.engine
            .write(move |connection| {
                Box::pin(async move { delete_old_references(connection, before).await })
            })
            .await?;
        let mut gone = 0;
        loop {
            let piece = self
                .engine
                .write(move |connection| {
                    Box::pin(async move { delete_oldest_turns(connection, before).await })
                })
                .await?;
            gone += piece;
            if piece < TURNS_PER_DELETE.unsigned_abs() {
                return Ok(gone);
            }
        }
    }
}

/// Deletes the oldest turns, and the conversations that have none left.
async fn delete_oldest_turns(
    connection: &mut AnyConnection,
    before: i64,
) -> Result<u64, StoreError> {
    let rows = sqlx::query(
        "DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE at < $1 ORDER BY at LIMIT $2)
         RETURNING id, conversation",
    )
    .bind(before)
    .bind(TURNS_PER_DELETE)
    .fetch_all(&mut *connection)
    .await?;
    let mut conversations = BTreeSet::<String>::new();
    for row in &rows {
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
            .bind(before)
            .execute(&mut *connection)
            .await?;
    }
    Ok(rows.len() as u64)
}

/// Deletes other old rows that name a conversation, except open hand-overs.
async fn delete_old_references(
    connection: &mut AnyConnection,
    before: i64,
) -> Result<(), StoreError> {
    for old in [
        "DELETE FROM relayed WHERE at < $1",
        "DELETE FROM undelivered WHERE at < $1",
        "DELETE FROM handovers WHERE last_at < $1 AND open = 0",
    ] {
        sqlx::query(old)
            .bind(before)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
