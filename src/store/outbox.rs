//! The outbox: calls that are still to be made. They are inserted in the transaction of their turn,
//! and made by the holder of the lease, in order within a chat.

use super::leases::{self, Lease};
use super::records::{CallHead, ChatChange, Effects, HandoverChange, NewCall, SentAs};
use super::{Store, StoreError};
use crate::message::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

/// The prefix of the reason of a call that was given up after its last attempt.
pub const SET_ASIDE: &str = "set aside after ";

impl Store {
    /// The first call of each chat that may be written to now, the oldest first. Calls without a
    /// chat (0) have no order: each of them is returned.
    pub async fn call_heads(&self, channel: &str, now: Timestamp, limit: i64) -> Result<Vec<CallHead>, StoreError> {
        let rows = sqlx::query(
            "SELECT o.id, o.chat, o.conversation, o.method, o.payload, o.after, o.at, o.expires, o.attempts, c.gone
             FROM outbox o LEFT JOIN chats c ON c.channel = o.channel AND c.chat = o.chat
             WHERE (o.id IN (SELECT MIN(id) FROM outbox WHERE channel = $1 AND chat <> 0 GROUP BY chat)
                     OR o.channel = $1 AND o.chat = 0)
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

    /// Removes a call that was made, and stores what its result means. [`StoreError::LeaseLost`] if
    /// the lease is lost.
    pub async fn sent(&self, lease: &Lease, call: i64, sent: SentAs) -> Result<(), StoreError> {
        self.as_holder(lease, move |connection| {
            Box::pin(async move {
                delete(connection, call).await?;
                note(connection, &sent).await
            })
        })
        .await
    }

    /// Records a call that can never succeed, without its content. If there is a replacement
    /// `instead` (method and payload), it becomes the next call.
    pub async fn undeliverable(
        &self,
        lease: &Lease,
        call: &CallHead,
        reason: &str,
        instead: Option<(String, String)>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let (id, reason) = (call.id, reason.to_owned());
        self.as_holder(lease, move |connection| {
            Box::pin(async move {
                if let Some((method, payload)) = instead {
                    let replaced = "UPDATE outbox SET method = $2, payload = $3, after = 'null' WHERE id = $1";
                    sqlx::query(replaced).bind(id).bind(method).bind(payload).execute(connection).await?;
                    return Ok(());
                }
                sqlx::query(
                    "INSERT INTO undelivered (channel, chat, conversation, method, reason, at)
                     SELECT channel, chat, conversation, method, $2, $3 FROM outbox WHERE id = $1",
                )
                .bind(id)
                .bind(&reason)
                .bind(at.0)
                .execute(&mut *connection)
                .await?;
                delete(connection, id).await
            })
        })
        .await
    }

    /// Replaces the payload of a call. What its success means does not change.
    pub async fn rewrite(&self, lease: &Lease, call: i64, payload: String) -> Result<(), StoreError> {
        self.as_holder(lease, move |connection| {
            Box::pin(async move {
                let rewritten = "UPDATE outbox SET payload = $2 WHERE id = $1";
                sqlx::query(rewritten).bind(call).bind(payload).execute(connection).await?;
                Ok(())
            })
        })
        .await
    }

    /// Blocks the chat until `ready_at`; the call is tried again then. `counts`: whether this
    /// counts as one of its attempts.
    pub async fn postpone(
        &self,
        lease: &Lease,
        channel: &str,
        call: &CallHead,
        ready_at: Timestamp,
        counts: bool,
    ) -> Result<(), StoreError> {
        let (channel, id, chat) = (channel.to_owned(), call.id, call.chat);
        self.as_holder(lease, move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE outbox SET attempts = attempts + $2 WHERE id = $1")
                    .bind(id)
                    .bind(i64::from(counts))
                    .execute(&mut *connection)
                    .await?;
                if chat == 0 {
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

    /// Records that a chat is gone, reachable again or moved.
    pub async fn chat_changed(
        &self,
        lease: &Lease,
        channel: &str,
        change: ChatChange,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let channel = channel.to_owned();
        self.as_holder(lease, move |connection| {
            Box::pin(async move { change_chat(connection, &channel, &change, at).await })
        })
        .await
    }

    /// Forgets the topic of a conversation, which was deleted: its messages go to the group itself
    /// from now on.
    pub async fn forget_topic(&self, lease: &Lease, conversation: &str) -> Result<(), StoreError> {
        let conversation = conversation.to_owned();
        self.as_holder(lease, move |connection| {
            Box::pin(async move {
                sqlx::query("UPDATE handovers SET thread = NULL, card = NULL WHERE conversation = $1")
                    .bind(&conversation)
                    .execute(connection)
                    .await?;
                Ok(())
            })
        })
        .await
    }

    /// Writes effects that do not come from a turn.
    pub async fn put(&self, conversation: &str, effects: Effects, at: Timestamp) -> Result<(), StoreError> {
        let conversation = conversation.to_owned();
        self.engine
            .write(move |connection| Box::pin(async move { apply(connection, &conversation, &effects, at).await }))
            .await?;
        self.ring(true, true);
        Ok(())
    }

    /// The current id of a chat that may have moved.
    pub async fn chat_now(&self, channel: &str, chat: i64) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT moved_to FROM chats WHERE channel = $1 AND chat = $2")
            .bind(channel)
            .bind(chat)
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row.map(|row| row.try_get::<Option<i64>, _>(0)).transpose()?.flatten().unwrap_or(chat))
    }

    /// Why a chat cannot be written to; `None` if nothing speaks against it.
    pub async fn chat_gone(&self, channel: &str, chat: i64) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT gone FROM chats WHERE channel = $1 AND chat = $2")
            .bind(channel)
            .bind(chat)
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.flatten())
    }

    /// How many calls wait to be made.
    pub async fn outbox_len(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM outbox").fetch_one(self.engine.read()).await?.try_get(0)?)
    }

    /// How many calls were given up after their last attempt.
    pub async fn set_aside_len(&self) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM undelivered WHERE reason LIKE $1";
        let row = sqlx::query(sql).bind(format!("{SET_ASIDE}%")).fetch_one(self.engine.read()).await?;
        Ok(row.try_get(0)?)
    }

    /// How many calls could not be delivered, for any reason.
    pub async fn undelivered_len(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM undelivered").fetch_one(self.engine.read()).await?.try_get(0)?)
    }

    async fn as_holder<W>(&self, lease: &Lease, work: W) -> Result<(), StoreError>
    where
        W: for<'c> FnOnce(&'c mut AnyConnection) -> futures_util::future::BoxFuture<'c, Result<(), StoreError>>
            + Send
            + 'static,
    {
        let lease = lease.clone();
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    leases::guard(connection, &lease).await?;
                    work(connection).await
                })
            })
            .await
    }
}

/// Removes a message from the inbox; [`StoreError::Conflict`] if another process was faster.
pub(super) async fn take(connection: &mut AnyConnection, inbox: i64) -> Result<(), StoreError> {
    let taken = sqlx::query("DELETE FROM inbox WHERE id = $1").bind(inbox).execute(connection).await?;
    if taken.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Writes a turn's effects in the turn's transaction.
pub(super) async fn apply(
    connection: &mut AnyConnection,
    conversation: &str,
    effects: &Effects,
    at: Timestamp,
) -> Result<(), StoreError> {
    for (channel, change) in &effects.chats {
        change_chat(connection, channel, change, at).await?;
    }
    for (channel, number) in &effects.once {
        sqlx::query("INSERT INTO seen (channel, update_id, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING")
            .bind(channel)
            .bind(number)
            .bind(at.0)
            .execute(&mut *connection)
            .await?;
    }
    if let Some(change) = &effects.handover {
        change_handover(connection, conversation, change, at).await?;
    }
    for call in &effects.calls {
        insert(connection, call, at).await?;
    }
    for reply in &effects.pushes {
        sqlx::query("INSERT INTO pushes (conversation, reply, at) VALUES ($1, $2, $3)")
            .bind(conversation)
            .bind(reply)
            .bind(at.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

async fn insert(connection: &mut AnyConnection, call: &NewCall, at: Timestamp) -> Result<(), StoreError> {
    // For a chat that has moved, the new id is used.
    sqlx::query(
        "INSERT INTO outbox (channel, chat, conversation, method, payload, after, at, expires)
         VALUES ($1, COALESCE((SELECT moved_to FROM chats WHERE channel = $1 AND chat = $2), $2), $3, $4, $5, $6, $7, $8)",
    )
    .bind(&call.channel)
    .bind(call.chat)
    .bind(&call.conversation)
    .bind(&call.method)
    .bind(&call.payload)
    .bind(&call.after)
    .bind(at.0)
    .bind(call.expires.map(|t| t.0))
    .execute(connection)
    .await?;
    Ok(())
}

async fn delete(connection: &mut AnyConnection, call: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM outbox WHERE id = $1").bind(call).execute(connection).await?;
    Ok(())
}

async fn note(connection: &mut AnyConnection, sent: &SentAs) -> Result<(), StoreError> {
    let Some(about) = &sent.handover else { return Ok(()) };
    if let Some(message) = sent.message {
        sqlx::query(
            "INSERT INTO relayed (chat, message, conversation, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
        )
        .bind(sent.chat)
        .bind(message)
        .bind(about)
        .bind(sent.at.0)
        .execute(&mut *connection)
        .await?;
        let card = "UPDATE handovers SET card = COALESCE(card, $2) WHERE conversation = $1";
        sqlx::query(card).bind(about).bind(message).execute(&mut *connection).await?;
    }
    if let Some(thread) = sent.thread {
        let topic = "UPDATE handovers SET thread = $2, card = NULL WHERE conversation = $1";
        sqlx::query(topic).bind(about).bind(thread).execute(&mut *connection).await?;
    }
    Ok(())
}

async fn change_chat(
    connection: &mut AnyConnection,
    channel: &str,
    change: &ChatChange,
    at: Timestamp,
) -> Result<(), StoreError> {
    let known = "INSERT INTO chats (channel, chat) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    match change {
        ChatChange::Gone { chat, reason } => {
            sqlx::query(known).bind(channel).bind(chat).execute(&mut *connection).await?;
            let gone = "UPDATE chats SET gone = $3 WHERE channel = $1 AND chat = $2";
            sqlx::query(gone).bind(channel).bind(chat).bind(reason).execute(&mut *connection).await?;
            // The chat's first call may be in flight, and is left to the sender: it records the
            // call as sent, or gives it up.
            sqlx::query(
                "INSERT INTO undelivered (channel, chat, conversation, method, reason, at)
                 SELECT channel, chat, conversation, method, $3, $4 FROM outbox WHERE channel = $1 AND chat = $2
                 AND id > (SELECT MIN(id) FROM outbox WHERE channel = $1 AND chat = $2) ORDER BY id",
            )
            .bind(channel)
            .bind(chat)
            .bind(reason)
            .bind(at.0)
            .execute(&mut *connection)
            .await?;
            let dropped = "DELETE FROM outbox WHERE channel = $1 AND chat = $2
                 AND id > (SELECT MIN(id) FROM outbox WHERE channel = $1 AND chat = $2)";
            sqlx::query(dropped).bind(channel).bind(chat).execute(connection).await?;
        }
        ChatChange::Back { chat } => {
            let back = "UPDATE chats SET gone = NULL WHERE channel = $1 AND chat = $2 AND gone IS NOT NULL";
            sqlx::query(back).bind(channel).bind(chat).execute(connection).await?;
        }
        ChatChange::Moved { from, to } => {
            sqlx::query(known).bind(channel).bind(from).execute(&mut *connection).await?;
            for moved in [
                "UPDATE chats SET moved_to = $3 WHERE channel = $1 AND chat = $2",
                "UPDATE outbox SET chat = $3 WHERE channel = $1 AND chat = $2",
            ] {
                sqlx::query(moved).bind(channel).bind(from).bind(to).execute(&mut *connection).await?;
            }
            // Message ids of the old chat are invalid in the new one, so the next card is a new
            // message.
            let handovers = "UPDATE handovers SET chat = $2, card = NULL, thread = NULL WHERE chat = $1";
            sqlx::query(handovers).bind(from).bind(to).execute(connection).await?;
        }
    }
    Ok(())
}

async fn change_handover(
    connection: &mut AnyConnection,
    conversation: &str,
    change: &HandoverChange,
    at: Timestamp,
) -> Result<(), StoreError> {
    let (sql, chat) = match change {
        HandoverChange::Open { chat } => (
            "INSERT INTO handovers (conversation, chat, opened_at, last_at, open)
             VALUES ($1, COALESCE((SELECT MAX(moved_to) FROM chats WHERE chat = $3), $3), $2, $2, 1)
             ON CONFLICT (conversation) DO UPDATE SET opened_at = excluded.opened_at, last_at = excluded.last_at,
                 open = 1, card = NULL",
            Some(*chat),
        ),
        HandoverChange::Touch => ("UPDATE handovers SET last_at = $2 WHERE conversation = $1 AND open = 1", None),
        HandoverChange::Reopen => ("UPDATE handovers SET last_at = $2, open = 1 WHERE conversation = $1", None),
        HandoverChange::Close => ("UPDATE handovers SET last_at = $2, open = 0 WHERE conversation = $1", None),
    };
    let query = sqlx::query(sql).bind(conversation).bind(at.0);
    match chat {
        Some(chat) => query.bind(chat).execute(connection).await?,
        None => query.execute(connection).await?,
    };
    Ok(())
}

fn head(row: &AnyRow) -> Result<CallHead, StoreError> {
    Ok(CallHead {
        id: row.try_get("id")?,
        chat: row.try_get("chat")?,
        conversation: row.try_get("conversation")?,
        method: row.try_get("method")?,
        payload: row.try_get("payload")?,
        after: row.try_get("after")?,
        at: Timestamp(row.try_get("at")?),
        expires: row.try_get::<Option<i64>, _>("expires")?.map(Timestamp),
        attempts: row.try_get("attempts")?,
        gone: row.try_get("gone")?,
    })
}
