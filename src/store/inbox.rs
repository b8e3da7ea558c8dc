//! The inbox: updates delivered by a channel, stored before they are acknowledged and kept until
//! they are answered. An update is accepted once, however often it is delivered.

use super::outbox;
use super::records::{Arrived, Effects, Waiting};
use super::turns::PRUNED_AT_ONCE;
use super::{Store, StoreError, millis};
use crate::message::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use std::time::Duration;

/// How long a repeated delivery of an update is recognised.
pub const SEEN_KEPT: Duration = Duration::from_secs(72 * 3_600);

impl Store {
    /// Stores the updates that are new, in order, and returns how many were. When this returns they
    /// are on disk and may be acknowledged.
    pub async fn take_in(&self, arrived: Vec<Arrived>) -> Result<usize, StoreError> {
        let now = arrived.iter().map(|a| a.at).max().unwrap_or_default();
        let prune = self.is_time_to_forget(now);
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let mut new = 0;
                    for update in &arrived {
                        new += usize::from(take_in(connection, update).await?);
                    }
                    if prune {
                        forget(connection, now).await?;
                    }
                    Ok(new)
                })
            })
            .await
    }

    /// Stores an update that could not be read in quarantine; it counts as accepted.
    pub async fn quarantine(&self, update: Arrived, reason: String) -> Result<(), StoreError> {
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    if first_seen(connection, &update).await? {
                        set_aside(connection, &update, &reason).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Whether an update, or a number of [`TurnEffects::once`], was seen before.
    pub async fn was_seen(&self, channel: &str, number: i64) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT at FROM seen WHERE channel = $1 AND update_id = $2")
            .bind(channel)
            .bind(number)
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row.is_some())
    }

    /// The oldest message of a conversation that is not answered yet.
    pub async fn oldest_waiting(&self, conversation: &str) -> Result<Option<Waiting>, StoreError> {
        let row = sqlx::query(
            "SELECT id, channel, update_id, payload, at, attempts FROM inbox WHERE conversation = $1 ORDER BY id LIMIT 1",
        )
        .bind(conversation)
        .fetch_optional(self.engine.read())
        .await?;
        row.as_ref().map(waiting).transpose()
    }

    /// Conversations with messages that have been waiting since before `before`, the longest first.
    pub async fn waiting_since(&self, before: Timestamp, limit: i64) -> Result<Vec<String>, StoreError> {
        let rows =
            sqlx::query("SELECT conversation FROM inbox WHERE at < $1 GROUP BY conversation ORDER BY MIN(id) LIMIT $2")
                .bind(before.0)
                .bind(limit)
                .fetch_all(self.engine.read())
                .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Removes a message that needs no turn from the inbox and writes its effects.
    /// [`StoreError::Conflict`] if the message is gone.
    pub async fn settle(
        &self,
        inbox: i64,
        conversation: &str,
        effects: Effects,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let conversation = conversation.to_owned();
        let (calls, pushes) = (!effects.calls.is_empty(), !effects.pushes.is_empty());
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    outbox::take(connection, inbox).await?;
                    outbox::apply(connection, &conversation, &effects, at).await
                })
            })
            .await?;
        self.ring(calls, pushes);
        Ok(())
    }

    /// Records that a message could not be answered. After `most` attempts it is moved to
    /// quarantine, so that the messages behind it are handled.
    pub async fn failed(&self, inbox: i64, reason: String, most: i64, at: Timestamp) -> Result<(), StoreError> {
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE inbox SET attempts = attempts + 1 WHERE id = $1")
                        .bind(inbox)
                        .execute(&mut *connection)
                        .await?;
                    let moved = sqlx::query(
                        "INSERT INTO quarantine (channel, update_id, payload, reason, at)
                         SELECT channel, update_id, payload, $2, $3 FROM inbox WHERE id = $1 AND attempts >= $4",
                    )
                    .bind(inbox)
                    .bind(&reason)
                    .bind(at.0)
                    .bind(most)
                    .execute(&mut *connection)
                    .await?;
                    if moved.rows_affected() > 0 {
                        outbox::take(connection, inbox).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// How many messages wait to be answered.
    pub async fn inbox_len(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM inbox").fetch_one(self.engine.read()).await?.try_get(0)?)
    }

    /// How many updates are in quarantine.
    pub async fn quarantine_len(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM quarantine").fetch_one(self.engine.read()).await?.try_get(0)?)
    }
}

async fn take_in(connection: &mut AnyConnection, update: &Arrived) -> Result<bool, StoreError> {
    if !first_seen(connection, update).await? {
        return Ok(false);
    }
    sqlx::query("INSERT INTO inbox (channel, update_id, conversation, payload, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&update.channel)
        .bind(update.update)
        .bind(&update.conversation)
        .bind(&update.payload)
        .bind(update.at.0)
        .execute(connection)
        .await?;
    Ok(true)
}

async fn first_seen(connection: &mut AnyConnection, update: &Arrived) -> Result<bool, StoreError> {
    let seen = sqlx::query("INSERT INTO seen (channel, update_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
        .bind(&update.channel)
        .bind(update.update)
        .bind(update.at.0)
        .execute(connection)
        .await?;
    Ok(seen.rows_affected() == 1)
}

async fn set_aside(connection: &mut AnyConnection, update: &Arrived, reason: &str) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO quarantine (channel, update_id, payload, reason, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&update.channel)
        .bind(update.update)
        .bind(&update.payload)
        .bind(reason)
        .bind(update.at.0)
        .execute(connection)
        .await?;
    Ok(())
}

/// Deletes what is only kept for [`SEEN_KEPT`].
pub(super) async fn forget(connection: &mut AnyConnection, now: Timestamp) -> Result<(), StoreError> {
    let before = now.0.saturating_sub(millis(SEEN_KEPT));
    let old_seen = "DELETE FROM seen WHERE (channel, update_id) IN
             (SELECT channel, update_id FROM seen WHERE at < $1 ORDER BY at LIMIT $2)";
    sqlx::query(old_seen).bind(before).bind(PRUNED_AT_ONCE).execute(&mut *connection).await?;
    for old in ["DELETE FROM quarantine WHERE at < $1", "DELETE FROM pushes WHERE at < $1"] {
        sqlx::query(old).bind(before).execute(&mut *connection).await?;
    }
    Ok(())
}

fn waiting(row: &AnyRow) -> Result<Waiting, StoreError> {
    Ok(Waiting {
        id: row.try_get("id")?,
        channel: row.try_get("channel")?,
        update: row.try_get("update_id")?,
        payload: row.try_get("payload")?,
        at: Timestamp(row.try_get("at")?),
        attempts: row.try_get("attempts")?,
    })
}
