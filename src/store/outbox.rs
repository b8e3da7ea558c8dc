//! The outbox: calls that are still to be made. They are inserted in the transaction of their turn,
//! and made by the holder of the lease, in order within a chat.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::leases::{Lease, write_as_holder};
use super::records::{CallReceipt, OutboxHead, TurnEffects, UndeliveredReason};
use super::runtime::StoreRuntime;
use super::{credits, effects, handovers};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use tokio::sync::watch;
use wenlu_core::model::Timestamp;

/// The outbox.
#[derive(Clone, Copy, Debug)]
pub struct OutboxStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
    pub(super) runtime: &'a StoreRuntime,
}

impl OutboxStore<'_> {
    /// The first call of each chat that may be written to now, the oldest first. Calls without a
    /// chat have no order: each of them is returned.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn heads(
        self,
        channel: &str,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<OutboxHead>, StoreError> {
        let rows = sqlx::query(
            "SELECT o.id, o.chat, o.conversation, o.method, o.payload, o.after, o.at, o.expires, o.attempts, c.gone
             FROM outbox o LEFT JOIN chats c ON c.channel = o.channel AND c.chat = o.chat
             WHERE (o.id IN (SELECT MIN(id) FROM outbox WHERE channel = $1 AND chat <> '' GROUP BY chat)
                     OR o.channel = $1 AND o.chat = '')
                 AND COALESCE(c.ready_at, 0) <= $2
             ORDER BY o.id LIMIT $3",
        )
        .bind(channel)
        .bind(now.0)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter().map(head).collect()
    }

    /// Removes a call that was made, and stores what its result means.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database cannot be
    /// written.
    pub async fn mark_sent(
        self,
        lease: &Lease,
        call: i64,
        sent: CallReceipt,
    ) -> Result<(), StoreError> {
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                delete(connection, call).await?;
                handovers::record_receipt(connection, &sent).await
            })
        })
        .await
    }

    /// Records a call that can never succeed, without its content. If there is a replacement
    /// `instead` (method and payload), it becomes the next call.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database cannot be
    /// written.
    pub async fn mark_undeliverable(
        self,
        lease: &Lease,
        call: &OutboxHead,
        reason: &UndeliveredReason,
        instead: Option<(String, String)>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, reason) = (call.id, reason.to_string());
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                if let Some((method, payload)) = instead {
                    let replaced =
                        "UPDATE outbox SET method = $2, payload = $3, after = 'null' WHERE id = $1";
                    sqlx::query(replaced)
                        .bind(id)
                        .bind(method)
                        .bind(payload)
                        .execute(connection)
                        .await?;
                    return Ok(());
                }
                note_undelivered(connection, id, &reason, at).await?;
                delete(connection, id).await.map(drop)
            })
        })
        .await
    }

    /// Removes a call that is not made, and writes what follows instead. `reason`: why it never will
    /// be; `None`: what follows stands for it.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database cannot be
    /// written.
    pub async fn replace(
        self,
        lease: &Lease,
        call: &OutboxHead,
        reason: Option<&UndeliveredReason>,
        effects: TurnEffects,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, conversation) = (call.id, call.conversation.clone());
        let reason = reason.map(ToString::to_string);
        let (calls, pushes) = (!effects.calls.is_empty(), !effects.pushes.is_empty());
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                if let Some(reason) = &reason {
                    note_undelivered(connection, id, reason, at).await?;
                }
                // a call that was erased meanwhile leaves nothing behind
                if delete(connection, id).await? == 0 {
                    return Ok(());
                }
                effects::apply(connection, &conversation, &effects, at).await
            })
        })
        .await?;
        self.runtime.notify(calls, pushes);
        Ok(())
    }

    /// Takes a call out that waits for its asker's next message, with what follows; nothing if the
    /// asker may be written to after all, as they wrote meanwhile. Beyond `most` that wait, it is given
    /// up. Returns whether it was taken out.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database cannot be
    /// written.
    pub async fn let_wait(
        self,
        lease: &Lease,
        call: &OutboxHead,
        payload: String,
        (effects, most): (TurnEffects, i64),
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        let (id, conversation) = (call.id, call.conversation.clone());
        let has_calls = !effects.calls.is_empty();
        let waits = write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                let waiting = credits::may_write(connection, &conversation, at).await?;
                let Some(waiting) = waiting else {
                    return Ok(false);
                };
                if waiting >= most {
                    note_undelivered(connection, id, "too many wait for this asker", at).await?;
                }
                // a call that was erased meanwhile leaves nothing behind
                if delete(connection, id).await? == 0 {
                    return Ok(true);
                }
                effects::apply(connection, &conversation, &effects, at).await?;
                if waiting < most {
                    effects::push(connection, &conversation, &payload, at).await?;
                }
                Ok(true)
            })
        })
        .await?;
        self.runtime.notify(has_calls && waits, false);
        Ok(waits)
    }

    /// Replaces the payload of a call. What its success means does not change.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database cannot be
    /// written.
    pub async fn rewrite(
        self,
        lease: &Lease,
        call: i64,
        payload: String,
    ) -> Result<(), StoreError> {
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                let rewritten = "UPDATE outbox SET payload = $2 WHERE id = $1";
                sqlx::query(rewritten)
                    .bind(call)
                    .bind(payload)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Blocks the chat until `ready_at`; the call is tried again then. `counts`: whether this
    /// counts as one of its attempts.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database cannot be
    /// written.
    pub async fn postpone(
        self,
        lease: &Lease,
        channel: &str,
        call: &OutboxHead,
        ready_at: Timestamp,
        counts: bool,
    ) -> Result<(), StoreError> {
        let (channel, id, chat) = (channel.to_owned(), call.id, call.chat.clone());
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                let counted = "UPDATE outbox SET attempts = attempts + $2 WHERE id = $1";
                let is_there = sqlx::query(counted)
                    .bind(id)
                    .bind(i64::from(counts))
                    .execute(&mut *connection)
                    .await?
                    .rows_affected()
                    > 0;
                // a call that was erased meanwhile leaves nothing behind
                if chat.is_empty() || !is_there {
                    return Ok(());
                }
                sqlx::query(
                    "INSERT INTO chats (channel, chat, ready_at) VALUES ($1, $2, $3)
                     ON CONFLICT (channel, chat) DO UPDATE SET ready_at = excluded.ready_at",
                )
                .bind(&channel)
                .bind(chat)
                .bind(ready_at.0)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }

    /// Writes effects that do not come from a turn.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn add(
        self,
        conversation: &str,
        effects: TurnEffects,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let conversation = conversation.to_owned();
        self.engine
            .write(move |connection| {
                Box::pin(
                    async move { effects::apply(connection, &conversation, &effects, at).await },
                )
            })
            .await?;
        self.runtime.notify(true, true);
        Ok(())
    }

    /// Notifies when this process puts calls into the outbox. Calls of other processes have to be
    /// polled.
    pub fn watch(self) -> watch::Receiver<u64> {
        self.runtime.calls.subscribe()
    }

    /// How many calls wait to be made.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn count(self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM outbox")
            .fetch_one(self.engine.read())
            .await?
            .try_get(0)?)
    }

    /// How many calls were given up after their last attempt.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn count_given_up(self) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM undelivered WHERE reason LIKE $1";
        let row = sqlx::query(sql)
            .bind(format!("{}%", UndeliveredReason::GIVEN_UP))
            .fetch_one(self.engine.read())
            .await?;
        Ok(row.try_get(0)?)
    }

    /// Of how many calls of each channel this is so; at most `limit` channels.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn count_given_up_by_channel(
        self,
        limit: i64,
    ) -> Result<Vec<(String, i64)>, StoreError> {
        let sql = "SELECT channel, COUNT(*) FROM undelivered WHERE reason LIKE $1
             GROUP BY channel ORDER BY channel LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(format!("{}%", UndeliveredReason::GIVEN_UP))
            .bind(limit)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)))
            .collect()
    }

    /// How many calls could not be delivered, for any reason.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn count_undelivered(self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM undelivered")
            .fetch_one(self.engine.read())
            .await?
            .try_get(0)?)
    }
}

async fn note_undelivered(
    connection: &mut AnyConnection,
    call: i64,
    reason: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO undelivered (channel, chat, conversation, method, reason, at)
         SELECT channel, chat, conversation, method, $2, $3 FROM outbox WHERE id = $1",
    )
    .bind(call)
    .bind(reason)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

/// Returns how many calls were there: one, or none.
async fn delete(connection: &mut AnyConnection, call: i64) -> Result<u64, StoreError> {
    let deleted = sqlx::query("DELETE FROM outbox WHERE id = $1")
        .bind(call)
        .execute(connection)
        .await?;
    Ok(deleted.rows_affected())
}

fn head(row: &AnyRow) -> Result<OutboxHead, StoreError> {
    Ok(OutboxHead {
        id: row.try_get("id")?,
        chat: row.try_get("chat")?,
        conversation: row.try_get("conversation")?,
        method: row.try_get("method")?,
        payload: row.try_get("payload")?,
        after: row.try_get("after")?,
        at: Timestamp(row.try_get("at")?),
        expires: row.try_get::<Option<i64>, _>("expires")?.map(Timestamp),
        attempts: row.try_get("attempts")?,
        gone: row
            .try_get::<Option<String>, _>("gone")?
            .map(UndeliveredReason::parse),
    })
}
