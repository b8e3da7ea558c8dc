//! What goes away with time, whether or not anybody writes: here, and what is said of it nowhere else. In: the time, and
//! how long the journal is kept. Out: a store without what is older, whose files do not hold it either.

use super::{Store, StoreError, inbox, millis, turns};
use crate::message::Timestamp;
use sqlx::{AnyConnection, Row as _};
use std::collections::BTreeSet;
use std::time::Duration;

/// Turns that go at once: whoever writes meanwhile hardly notices.
const PIECE: i64 = 500;

impl Store {
    /// Takes away what is kept for a while only, and, with `kept`, each turn that is older, each conversation of which none
    /// is younger, and what else is known of them. Says how many turns went. Several processes may do it at once.
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

/// The oldest turns, and the conversations that end with one of them.
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
        // With the answers that it was given, once the last of its turns has gone.
        let sql = "DELETE FROM conversations WHERE id = $1 AND updated_at < $2
                       AND NOT EXISTS (SELECT 1 FROM journal WHERE conversation = $1)";
        sqlx::query(sql).bind(conversation).bind(before).execute(&mut *connection).await?;
    }
    Ok(rows.len() as u64)
}

/// What else names a conversation, and is over.
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
