//! The list from which operators take hand-overs. In: an operator, and what they want to see or
//! note. Out: hand-overs and their messages; who looks at the list. Must not know: pages, who may
//! see it.

use super::accounts::{AccountRight, AccountRole};
use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::files::message_file;
use super::handover_changes as changes;
use super::handovers::{FIELDS, handover};
use super::records::{
    HandoverMessage, HandoverRecord, HandoverStage, NewHandoverMessage, TranscriptAuthor,
};
use super::values::from_serde_name;
use sqlx::any::AnyRow;
use sqlx::{AssertSqlSafe, Row as _};
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// For how long somebody who was seen at the list counts as being there.
pub const PRESENT_FOR: Duration = Duration::from_secs(90);

/// A hand-over in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedHandover {
    pub handover: HandoverRecord,
    /// What the asker wrote last.
    pub last_asked: String,
    /// Who wrote last of all who talk with each other.
    pub last_author: Option<TranscriptAuthor>,
    /// What its asker said last of whether it is solved.
    pub rated_solved: Option<bool>,
}

/// Who can take a hand-over from the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ListAttendance {
    /// Whether anybody may.
    pub has_accounts: bool,
    /// Whether one of them is looking at it.
    pub is_attended: bool,
}

/// The list.
#[derive(Clone, Copy, Debug)]
pub struct HandoverListStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl HandoverListStore<'_> {
    /// The hand-over with this number.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn find(self, number: i64) -> Result<Option<HandoverRecord>, StoreError> {
        let sql = format!("{FIELDS} WHERE number = $1");
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(number)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(handover).transpose()
    }

    /// The open hand-overs: first those whose asker waits, the one who has waited longest before the
    /// others; at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn open(self, limit: i64) -> Result<Vec<ListedHandover>, StoreError> {
        let order = "open = 1 ORDER BY CASE WHEN waiting_since IS NULL THEN 1 ELSE 0 END,
                         COALESCE(waiting_since, last_at), number";
        self.listed(order, limit).await
    }

    /// The closed hand-overs, the last first; at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn closed(self, limit: i64) -> Result<Vec<ListedHandover>, StoreError> {
        self.listed("open = 0 ORDER BY last_at DESC, number", limit)
            .await
    }

    /// What the list shows of each; a condition follows.
    pub(super) const LISTED: &'static str = "\
        SELECT handovers.*,
            (SELECT COALESCE(m.body, m.masked) FROM messages m WHERE m.conversation = handovers.conversation
                 AND m.author = 'asker' ORDER BY m.seq DESC LIMIT 1) AS last_asked,
            (SELECT m.author FROM messages m WHERE m.conversation = handovers.conversation
                 AND m.author IN ('asker', 'colleague') ORDER BY m.seq DESC LIMIT 1) AS last_author,
            (SELECT r.solved FROM ratings r WHERE r.conversation = handovers.conversation
                 ORDER BY r.asked_at DESC LIMIT 1) AS rated_solved
        FROM handovers WHERE";

    async fn listed(
        self,
        which: &'static str,
        limit: i64,
    ) -> Result<Vec<ListedHandover>, StoreError> {
        let sql = format!("{} {which} LIMIT $1", Self::LISTED);
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(limit)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(listed).collect()
    }

    /// How many hand-overs wait for somebody to take them.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn waiting(self) -> Result<i64, StoreError> {
        let waiting = "SELECT COUNT(*) FROM handovers WHERE open = 1 AND state = 'waiting'";
        Ok(sqlx::query(waiting)
            .fetch_one(self.engine.read())
            .await?
            .try_get(0)?)
    }

    /// The messages of a conversation after the one numbered `after`; of more than `limit` the last.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn messages(
        self,
        conversation: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<HandoverMessage>, StoreError> {
        let rows = sqlx::query(
            "SELECT m.seq, m.at, m.author, m.account, COALESCE(m.body, m.masked) AS said,
                 f.id, f.media_type, f.name, f.size, f.width, f.height
             FROM messages m LEFT JOIN files f ON f.id = m.file
             WHERE m.conversation = $1 AND m.seq > $2 ORDER BY m.seq DESC LIMIT $3",
        )
        .bind(conversation)
        .bind(after)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter().rev().map(message).collect()
    }

    /// When the last message of a conversation was recorded.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn last_recorded(self, conversation: &str) -> Result<Option<Timestamp>, StoreError> {
        let last: Option<i64> = sqlx::query("SELECT MAX(at) FROM messages WHERE conversation = $1")
            .bind(conversation)
            .fetch_one(self.engine.read())
            .await?
            .try_get(0)?;
        Ok(last.map(Timestamp))
    }

    /// Adds a message that only operators see.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn note(
        self,
        conversation: &str,
        message: NewHandoverMessage,
    ) -> Result<(), StoreError> {
        let conversation = conversation.to_owned();
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    changes::record(connection, &conversation, &[message]).await?;
                    changes::mark_changed(connection, &conversation).await
                })
            })
            .await
    }

    /// The number of the last change of any hand-over.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn rev(self) -> Result<i64, StoreError> {
        let row = sqlx::query("SELECT value FROM counters WHERE name = 'handover change'")
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.unwrap_or(0))
    }

    /// The hand-overs that have changed since `rev`, in the order of their changes; at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn changed_since(
        self,
        rev: i64,
        limit: i64,
    ) -> Result<Vec<HandoverRecord>, StoreError> {
        let sql = format!("{FIELDS} WHERE rev > $1 ORDER BY rev LIMIT $2");
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(rev)
            .bind(limit)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(handover).collect()
    }

    /// Notes that an account looks at the list.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn note_presence(self, account: &str, at: Timestamp) -> Result<(), StoreError> {
        let account = account.to_owned();
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO presence (account, at) VALUES ($1, $2)
                         ON CONFLICT (account) DO UPDATE SET at = excluded.at",
                    )
                    .bind(&account)
                    .bind(at.0)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Who can take a hand-over now.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn attendance(self, now: Timestamp) -> Result<ListAttendance, StoreError> {
        let since = now.0.saturating_sub(PRESENT_FOR.as_millis() as i64);
        let roles = AccountRole::ALL
            .into_iter()
            .filter(|role| role.has(AccountRight::Inbox))
            .map(|role| format!("'{}'", role.word()));
        let roles = roles.collect::<Vec<_>>().join(", ");
        let row = sqlx::query(AssertSqlSafe(format!(
            "SELECT COUNT(*), COUNT(CASE WHEN p.at >= $1 THEN 1 END)
             FROM accounts a LEFT JOIN presence p ON p.account = a.name
             WHERE a.disabled = 0 AND a.password IS NOT NULL AND (a.role IN ({roles}) OR a.inbox = 1)"
        )))
        .bind(since)
        .fetch_one(self.engine.read())
        .await?;
        Ok(ListAttendance {
            has_accounts: row.try_get::<i64, _>(0)? > 0,
            is_attended: row.try_get::<i64, _>(1)? > 0,
        })
    }
}

pub(super) fn listed(row: &AnyRow) -> Result<ListedHandover, StoreError> {
    Ok(ListedHandover {
        handover: handover(row)?,
        last_asked: row
            .try_get::<Option<String>, _>("last_asked")?
            .unwrap_or_default(),
        last_author: row
            .try_get::<Option<String>, _>("last_author")?
            .as_deref()
            .map(from_serde_name)
            .transpose()?,
        rated_solved: row
            .try_get::<Option<i64>, _>("rated_solved")?
            .map(|solved| solved != 0),
    })
}

fn message(row: &AnyRow) -> Result<HandoverMessage, StoreError> {
    Ok(HandoverMessage {
        seq: row.try_get("seq")?,
        at: Timestamp(row.try_get("at")?),
        author: from_serde_name(&row.try_get::<String, _>("author")?)?,
        account: row.try_get("account")?,
        body: row.try_get("said")?,
        file: message_file(row)?,
    })
}

impl HandoverRecord {
    /// Whether `account` talks with the asker, or may begin to.
    pub fn is_free_for(&self, account: &str) -> bool {
        self.stage != HandoverStage::Taken
            || self.assignee.as_deref().is_none_or(|held| held == account)
    }
}
