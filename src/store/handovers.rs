//! Hand-overs: the conversations that operators take part in, where the operators see them, and the
//! replies pushed to web pages.

use super::records::{Handover, Push};
use super::{Store, StoreError};
use crate::message::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;

const FIELDS: &str = "SELECT conversation, chat, thread, card, open FROM handovers";

impl Store {
    /// The hand-over of a conversation, open or closed; `None` if there never was one.
    pub async fn handover(&self, conversation: &str) -> Result<Option<Handover>, StoreError> {
        let sql = format!("{FIELDS} WHERE conversation = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(conversation).fetch_optional(self.engine.read()).await?;
        row.as_ref().map(handover).transpose()
    }

    /// The hand-over that a topic of the operators' group belongs to.
    pub async fn handover_of_thread(&self, chat: i64, thread: i64) -> Result<Option<Handover>, StoreError> {
        let sql = format!("{FIELDS} WHERE chat = $1 AND thread = $2 ORDER BY last_at DESC LIMIT 1");
        let row =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(chat).bind(thread).fetch_optional(self.engine.read()).await?;
        row.as_ref().map(handover).transpose()
    }

    /// The hand-over that a message in the operators' group belongs to.
    pub async fn handover_of_message(&self, chat: i64, message: i64) -> Result<Option<Handover>, StoreError> {
        let sql = format!(
            "{FIELDS} WHERE conversation = (SELECT conversation FROM relayed WHERE chat = $1 AND message = $2)"
        );
        let row =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(chat).bind(message).fetch_optional(self.engine.read()).await?;
        row.as_ref().map(handover).transpose()
    }

    /// Open hand-overs in which nobody has written since `before`, with the time of the last
    /// message.
    pub async fn silent_handovers(&self, before: Timestamp) -> Result<Vec<(String, Timestamp)>, StoreError> {
        let rows = sqlx::query("SELECT conversation, last_at FROM handovers WHERE open = 1 AND last_at < $1")
            .bind(before.0)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, Timestamp(row.try_get(1)?)))).collect()
    }

    /// The replies pushed to a conversation's web page, after the one with id `after`.
    pub async fn pushes(&self, conversation: &str, after: i64, limit: i64) -> Result<Vec<Push>, StoreError> {
        let rows = sqlx::query("SELECT id, reply FROM pushes WHERE conversation = $1 AND id > $2 ORDER BY id LIMIT $3")
            .bind(conversation)
            .bind(after)
            .bind(limit)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(|row| Ok(Push { id: row.try_get(0)?, reply: row.try_get(1)? })).collect()
    }
}

fn handover(row: &AnyRow) -> Result<Handover, StoreError> {
    Ok(Handover {
        conversation: row.try_get("conversation")?,
        chat: row.try_get("chat")?,
        thread: row.try_get("thread")?,
        card: row.try_get("card")?,
        open: row.try_get::<i64, _>("open")? != 0,
    })
}
