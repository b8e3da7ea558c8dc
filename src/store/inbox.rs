//! The inbox: updates delivered by a channel, stored before they are acknowledged and kept until
//! they are answered. An update is accepted once, however often it is delivered.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::records::{DeliveredUpdate, InboxEntry, TurnEffects};
use super::runtime::StoreRuntime;
use super::{effects, seen};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// The inbox.
#[derive(Clone, Copy, Debug)]
pub struct InboxStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
    pub(super) runtime: &'a StoreRuntime,
}

impl InboxStore<'_> {
    /// Stores the updates that are new, in order, and returns how many were. When this returns they
    /// are on disk and may be acknowledged.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn accept(self, arrived: Vec<DeliveredUpdate>) -> Result<usize, StoreError> {
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let mut new = 0;
                    for update in &arrived {
                        new += usize::from(accept_update(connection, update).await?);
                    }
                    Ok(new)
                })
            })
            .await
    }

    /// Stores an update that could not be read in quarantine; it counts as accepted.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn quarantine(
        self,
        update: DeliveredUpdate,
        reason: String,
    ) -> Result<(), StoreError> {
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    if seen::mark(connection, &update.channel, &update.update, update.at).await? {
                        set_aside(connection, &update, &reason).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Whether an update, or an id of [`TurnEffects::once`], was seen before.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn was_seen(self, channel: &str, id: &str) -> Result<bool, StoreError> {
        let row = sqlx::query("SELECT at FROM seen WHERE channel = $1 AND update_id = $2")
            .bind(channel)
            .bind(id)
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row.is_some())
    }

    /// The oldest message of a conversation, of those that these channels delivered, that is not
    /// answered yet.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn oldest(
        self,
        conversation: &str,
        channels: &[&str],
    ) -> Result<Option<InboxEntry>, StoreError> {
        Ok(self.waiting(conversation, channels, 1).await?.pop())
    }

    /// The messages of a conversation that these channels delivered and that are not answered yet, the
    /// oldest first.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn waiting(
        self,
        conversation: &str,
        channels: &[&str],
        limit: i64,
    ) -> Result<Vec<InboxEntry>, StoreError> {
        let sql = format!(
            "SELECT id, channel, update_id, payload, at, attempts FROM inbox
             WHERE conversation = $1 AND channel IN ({}) ORDER BY id LIMIT $2",
            placeholders(channels)
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(conversation.to_owned())
            .bind(limit);
        let rows = channels
            .iter()
            .fold(query, |query, channel| query.bind((*channel).to_owned()))
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(waiting).collect()
    }

    /// Conversations with messages of these channels that have been waiting since before `before`,
    /// the longest first.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn waiting_since(
        self,
        channels: &[&str],
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<String>, StoreError> {
        let sql = format!(
            "SELECT conversation FROM inbox WHERE at < $1 AND channel IN ({})
             GROUP BY conversation ORDER BY MIN(id) LIMIT $2",
            placeholders(channels)
        );
        let query = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(before.0)
            .bind(limit);
        let rows = channels
            .iter()
            .fold(query, |query, channel| query.bind((*channel).to_owned()))
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// Removes a message that needs no turn from the inbox and writes its effects.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] if the message is gone; else if the database cannot be written.
    pub async fn mark_done(
        self,
        inbox: i64,
        conversation: &str,
        effects: TurnEffects,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let conversation = conversation.to_owned();
        let (calls, pushes) = (!effects.calls.is_empty(), !effects.pushes.is_empty());
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    remove(connection, inbox).await?;
                    effects::apply(connection, &conversation, &effects, at).await
                })
            })
            .await?;
        self.runtime.notify(calls, pushes);
        Ok(())
    }

    /// Records that a message could not be answered. After `most` attempts it is moved to
    /// quarantine, so that the messages behind it are handled.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn record_failure(
        self,
        inbox: i64,
        reason: String,
        most: i64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
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
                        remove(connection, inbox).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// How many messages of a channel wait to be answered.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn count_of(self, channel: &str) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM inbox WHERE channel = $1")
            .bind(channel)
            .fetch_one(self.engine.read())
            .await?
            .try_get(0)?)
    }

    /// How many messages wait to be answered.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn count(self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM inbox")
            .fetch_one(self.engine.read())
            .await?
            .try_get(0)?)
    }

    /// How many updates are in quarantine.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn count_quarantined(self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM quarantine")
            .fetch_one(self.engine.read())
            .await?
            .try_get(0)?)
    }
}

/// `$3, $4 …`, one for each channel.
fn placeholders(channels: &[&str]) -> String {
    let numbers = (0..channels.len()).map(|at| format!("${}", at + 3));
    numbers.collect::<Vec<_>>().join(", ")
}

/// Removes a message from the inbox; [`StoreError::Conflict`] if another process was faster.
pub(super) async fn remove(connection: &mut AnyConnection, inbox: i64) -> Result<(), StoreError> {
    let taken = sqlx::query("DELETE FROM inbox WHERE id = $1")
        .bind(inbox)
        .execute(connection)
        .await?;
    if taken.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}

pub(super) async fn accept_update(
    connection: &mut AnyConnection,
    update: &DeliveredUpdate,
) -> Result<bool, StoreError> {
    if !seen::mark(connection, &update.channel, &update.update, update.at).await? {
        return Ok(false);
    }
    sqlx::query("INSERT INTO inbox (channel, update_id, conversation, payload, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&update.channel)
        .bind(&update.update)
        .bind(&update.conversation)
        .bind(&update.payload)
        .bind(update.at.0)
        .execute(connection)
        .await?;
    Ok(true)
}

pub(super) async fn set_aside(
    connection: &mut AnyConnection,
    update: &DeliveredUpdate,
    reason: &str,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO quarantine (channel, update_id, payload, reason, at) VALUES ($1, $2, $3, $4, $5)")
        .bind(&update.channel)
        .bind(&update.update)
        .bind(&update.payload)
        .bind(reason)
        .bind(update.at.0)
        .execute(connection)
        .await?;
    Ok(())
}

fn waiting(row: &AnyRow) -> Result<InboxEntry, StoreError> {
    Ok(InboxEntry {
        id: row.try_get("id")?,
        channel: row.try_get("channel")?,
        update: row.try_get("update_id")?,
        payload: row.try_get("payload")?,
        at: Timestamp(row.try_get("at")?),
        attempts: row.try_get("attempts")?,
        with: vec![],
    })
}
