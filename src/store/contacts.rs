//! How askers can be reached, where no operator was there: kept apart from all else that was said,
//! for those who talk with askers. In: a conversation. Out: rows. Must not know: how it was asked
//! for, who may see it.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// How the asker of a conversation can be reached.
#[derive(Clone, PartialEq, Eq)]
pub struct LeftContact {
    /// Names it in forms, where its conversation must not stand.
    pub id: i64,
    pub conversation: String,
    /// As they wrote it.
    pub contact: String,
    pub at: Timestamp,
    /// The number of the conversation's hand-over, if it has one.
    pub handover: Option<i64>,
}

impl std::fmt::Debug for LeftContact {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LeftContact")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What askers left.
#[derive(Clone, Copy, Debug)]
pub struct ContactStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

const FIELDS: &str = "\
    SELECT c.id, c.conversation, c.contact, c.at, h.number FROM contacts c
        LEFT JOIN handovers h ON h.conversation = c.conversation";

impl ContactStore<'_> {
    /// How the asker of a conversation can be reached.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn of(self, conversation: &str) -> Result<Option<LeftContact>, StoreError> {
        let sql = format!("{FIELDS} WHERE c.conversation = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(conversation)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(contact).transpose()
    }

    /// What was left, the oldest first; at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn list(self, limit: i64) -> Result<Vec<LeftContact>, StoreError> {
        let sql = format!("{FIELDS} ORDER BY c.at, c.id LIMIT $1");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(limit)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(contact).collect()
    }

    /// Forgets one: the asker was reached. False if it is not there any more.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn forget(self, id: i64) -> Result<bool, StoreError> {
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let gone = sqlx::query("DELETE FROM contacts WHERE id = $1")
                        .bind(id)
                        .execute(connection)
                        .await?;
                    Ok(gone.rows_affected() > 0)
                })
            })
            .await
    }
}

/// Keeps what an asker left, in place of what they left before.
pub(super) async fn keep(
    connection: &mut AnyConnection,
    conversation: &str,
    contact: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO contacts (conversation, contact, at) VALUES ($1, $2, $3)
         ON CONFLICT (conversation) DO UPDATE SET contact = excluded.contact, at = excluded.at",
    )
    .bind(conversation)
    .bind(contact)
    .bind(at.0)
    .execute(connection)
    .await?;
    Ok(())
}

fn contact(row: &AnyRow) -> Result<LeftContact, StoreError> {
    Ok(LeftContact {
        id: row.try_get("id")?,
        conversation: row.try_get("conversation")?,
        contact: row.try_get("contact")?,
        at: Timestamp(row.try_get("at")?),
        handover: row.try_get("number")?,
    })
}
