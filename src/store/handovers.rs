//! Hand-overs: the conversations that operators take part in, where the operators see them, and the
//! replies pushed to web pages.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::leases::{Lease, write_as_holder};
use super::records::{CallReceipt, HandoverChange, HandoverRecord, PushedReply};
use super::runtime::StoreRuntime;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use tokio::sync::watch;
use wenlu_core::model::Timestamp;

const FIELDS: &str = "SELECT conversation, chat, thread, card, open FROM handovers";

/// The hand-overs.
#[derive(Clone, Copy, Debug)]
pub struct HandoverStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
    pub(super) runtime: &'a StoreRuntime,
}

impl HandoverStore<'_> {
    /// The hand-over of a conversation, open or closed; `None` if there never was one.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn of(self, conversation: &str) -> Result<Option<HandoverRecord>, StoreError> {
        let sql = format!("{FIELDS} WHERE conversation = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(conversation)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(handover).transpose()
    }

    /// The hand-over that a topic of the operators' group belongs to.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn of_thread(
        self,
        chat: i64,
        thread: i64,
    ) -> Result<Option<HandoverRecord>, StoreError> {
        let sql = format!("{FIELDS} WHERE chat = $1 AND thread = $2 ORDER BY last_at DESC LIMIT 1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(chat)
            .bind(thread)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(handover).transpose()
    }

    /// The hand-over that a message in the operators' group belongs to.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn of_message(
        self,
        chat: i64,
        message: i64,
    ) -> Result<Option<HandoverRecord>, StoreError> {
        let sql = format!(
            "{FIELDS} WHERE conversation = (SELECT conversation FROM relayed WHERE chat = $1 AND message = $2)"
        );
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(chat)
            .bind(message)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(handover).transpose()
    }

    /// Open hand-overs in which nobody has written since `before`, with the time of the last
    /// message.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn silent_since(
        self,
        before: Timestamp,
    ) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let rows = sqlx::query(
            "SELECT conversation, last_at FROM handovers WHERE open = 1 AND last_at < $1",
        )
        .bind(before.0)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, Timestamp(row.try_get(1)?))))
            .collect()
    }

    /// Notifies when this process pushes replies to a page. Those of other processes have to be
    /// polled: see [`HandoverStore::newest_pushes`].
    pub fn watch_pushes(self) -> watch::Receiver<u64> {
        self.runtime.pushes.subscribe()
    }

    /// A number that changes when any process pushes a reply: the sum of the newest ids, because
    /// a transaction may end after others that began later.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn newest_pushes(self) -> Result<i64, StoreError> {
        let row = sqlx::query(
            "SELECT CAST(COALESCE(SUM(id), 0) AS BIGINT)
             FROM (SELECT id FROM pushes ORDER BY id DESC LIMIT 100) AS newest",
        )
        .fetch_one(self.engine.read())
        .await?;
        Ok(row.try_get(0)?)
    }

    /// The replies pushed to a conversation's web page, after the one with id `after`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn pushes(
        self,
        conversation: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<PushedReply>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, reply FROM pushes WHERE conversation = $1 AND id > $2 ORDER BY id LIMIT $3",
        )
        .bind(conversation)
        .bind(after)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter()
            .map(|row| {
                Ok(PushedReply {
                    id: row.try_get(0)?,
                    reply: row.try_get(1)?,
                })
            })
            .collect()
    }

    /// Forgets the topic of a conversation, which was deleted: its messages go to the group itself
    /// from now on.
    ///
    /// # Errors
    ///
    /// [`StoreError::LeaseLost`] if another process holds the lease by now; else if the database cannot be
    /// written.
    pub async fn forget_topic(self, lease: &Lease, conversation: &str) -> Result<(), StoreError> {
        let conversation = conversation.to_owned();
        write_as_holder(self.engine, lease, move |connection| {
            Box::pin(async move {
                sqlx::query(
                    "UPDATE handovers SET thread = NULL, card = NULL WHERE conversation = $1",
                )
                .bind(&conversation)
                .execute(connection)
                .await?;
                Ok(())
            })
        })
        .await
    }
}

/// Records a change of a hand-over inside the caller's transaction.
pub(super) async fn change(
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

/// Stores where the operators see a conversation, inside the caller's transaction.
pub(super) async fn record_receipt(
    connection: &mut AnyConnection,
    sent: &CallReceipt,
) -> Result<(), StoreError> {
    let Some(about) = &sent.handover else {
        return Ok(());
    };
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
        sqlx::query(card)
            .bind(about)
            .bind(message)
            .execute(&mut *connection)
            .await?;
    }
    if let Some(thread) = sent.thread {
        let topic = "UPDATE handovers SET thread = $2, card = NULL WHERE conversation = $1";
        sqlx::query(topic)
            .bind(about)
            .bind(thread)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

fn handover(row: &AnyRow) -> Result<HandoverRecord, StoreError> {
    Ok(HandoverRecord {
        conversation: row.try_get("conversation")?,
        chat: row.try_get("chat")?,
        thread: row.try_get("thread")?,
        card: row.try_get("card")?,
        open: row.try_get::<i64, _>("open")? != 0,
    })
}
