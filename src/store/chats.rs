//! The chats of a channel: which cannot be written to, and which have moved. In: what the service
//! told. Out: the chat to write to. Must not know: who writes in a chat.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::leases::{Lease, write_as_holder};
use super::records::{ChatChange, UndeliveredReason};
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// The chats of channels.
#[derive(Clone, Copy, Debug)]
pub struct ChatStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl ChatStore<'_> {
    /// Records that a chat is gone, reachable again or moved.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database cannot be
    /// written.
    pub async fn change(
        self,
        lease: &Lease,
        channel: &str,
        change: ChatChange,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let channel = channel.to_owned();
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move { self::change(connection, &channel, &change, at).await })
        })
        .await
    }

    /// The current id of a chat that may have moved.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn current(self, channel: &str, chat: &str) -> Result<String, StoreError> {
        let row = sqlx::query("SELECT moved_to FROM chats WHERE channel = $1 AND chat = $2")
            .bind(channel)
            .bind(chat)
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row
            .map(|row| row.try_get::<Option<String>, _>(0))
            .transpose()?
            .flatten()
            .unwrap_or_else(|| chat.to_owned()))
    }

    /// Why a chat cannot be written to; `None` if nothing speaks against it.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn gone(
        self,
        channel: &str,
        chat: &str,
    ) -> Result<Option<UndeliveredReason>, StoreError> {
        let row = sqlx::query("SELECT gone FROM chats WHERE channel = $1 AND chat = $2")
            .bind(channel)
            .bind(chat)
            .fetch_optional(self.engine.read())
            .await?;
        let gone: Option<String> = row.map(|row| row.try_get(0)).transpose()?.flatten();
        Ok(gone.map(UndeliveredReason::parse))
    }
}

/// Records a change of a chat inside the caller's transaction.
pub(super) async fn change(
    connection: &mut AnyConnection,
    channel: &str,
    change: &ChatChange,
    at: Timestamp,
) -> Result<(), StoreError> {
    match change {
        ChatChange::Gone { chat, reason } => {
            mark_gone(connection, channel, chat, &reason.to_string(), at).await
        }
        ChatChange::Back { chat } => {
            let back = "UPDATE chats SET gone = NULL WHERE channel = $1 AND chat = $2 AND gone IS NOT NULL";
            sqlx::query(back)
                .bind(channel)
                .bind(chat)
                .execute(connection)
                .await?;
            Ok(())
        }
        ChatChange::Moved { from, to } => move_chat(connection, channel, from, to).await,
    }
}

const KNOWN: &str = "INSERT INTO chats (channel, chat) VALUES ($1, $2) ON CONFLICT DO NOTHING";

/// Gives up the waiting calls of a chat that cannot be written to.
async fn mark_gone(
    connection: &mut AnyConnection,
    channel: &str,
    chat: &str,
    reason: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(KNOWN)
        .bind(channel)
        .bind(chat)
        .execute(&mut *connection)
        .await?;
    let gone = "UPDATE chats SET gone = $3 WHERE channel = $1 AND chat = $2";
    sqlx::query(gone)
        .bind(channel)
        .bind(chat)
        .bind(reason)
        .execute(&mut *connection)
        .await?;
    // The chat's first call may be in flight, and is left to the sender: it records the call as
    // sent, or gives it up.
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
    sqlx::query(dropped)
        .bind(channel)
        .bind(chat)
        .execute(connection)
        .await?;
    Ok(())
}

/// Sends the waiting calls and the hand-overs of a chat to its new id.
async fn move_chat(
    connection: &mut AnyConnection,
    channel: &str,
    from: &str,
    to: &str,
) -> Result<(), StoreError> {
    sqlx::query(KNOWN)
        .bind(channel)
        .bind(from)
        .execute(&mut *connection)
        .await?;
    for moved in [
        "UPDATE chats SET moved_to = $3 WHERE channel = $1 AND chat = $2",
        "UPDATE outbox SET chat = $3 WHERE channel = $1 AND chat = $2",
    ] {
        sqlx::query(moved)
            .bind(channel)
            .bind(from)
            .bind(to)
            .execute(&mut *connection)
            .await?;
    }
    // Message ids of the old chat are invalid in the new one, so the next card is a new
    // message.
    let handovers = "UPDATE handovers SET chat = $2, card = NULL, thread = NULL WHERE chat = $1";
    sqlx::query(handovers)
        .bind(from)
        .bind(to)
        .execute(connection)
        .await?;
    Ok(())
}
