//! The audit log: who changed what, on the operators' pages or by `wenlu admin`. An entry is
//! written in the transaction of the change itself, so that neither exists without the other.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::values::{from_serde_name, to_serde_name};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// Who does something, from which address, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditActor {
    /// The account's name, or [`AuditActor::TERMINAL`] for a command.
    pub actor: String,
    /// The client's IP address; empty for a command.
    pub client: String,
    pub at: Timestamp,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditAction {
    SignIn,
    /// A wrong password or code for an account that exists.
    SignInFailed,
    SignOut,
    /// Failed attempts were forgotten.
    Unlock,
    AddAccount,
    SetRole,
    /// An account may take hand-overs although its role may not; or no longer.
    GrantInbox,
    RevokeInbox,
    Disable,
    Enable,
    SetPassword,
    MakeLink,
    SecondFactorOn,
    SecondFactorOff,
    /// New codes that stand in for a one-time code; those from before are void.
    RecoveryCodesMade,
    /// One of them was used.
    RecoveryCodeUsed,
    EndSession,
    Export,
    /// A change of the data files was drafted.
    Draft,
    /// A draft was discarded.
    Discard,
    /// A draft was published.
    Publish,
    /// A published change was undone.
    Undo,
    /// Tests that an edit makes fail were accepted, with a reason.
    AcceptTests,
    Ignore,
    Unignore,
    Assign,
    /// Clusters of unanswered questions were merged.
    MergeClusters,
    /// Questions were put into another cluster, or one of their own.
    MoveQuestions,
    /// A hand-over was taken from another operator.
    TakeOver,
    /// A hand-over was ended, for a reason.
    CloseHandover,
    ReachAsker,
    /// All data of a conversation was erased.
    Erase,
}

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    pub id: i64,
    pub at: Timestamp,
    pub actor: String,
    pub client: String,
    pub action: AuditAction,
    /// The account or object that it was done to.
    pub subject: String,
    pub detail: String,
}

impl AuditActor {
    /// The actor of commands; no account name can have brackets.
    pub const TERMINAL: &'static str = "(wenlu admin)";

    /// The actor of a command.
    pub fn terminal(at: Timestamp) -> Self {
        AuditActor {
            actor: Self::TERMINAL.into(),
            client: String::new(),
            at,
        }
    }

    /// The actor of a command run by the system user `user`; in brackets, which no account name can
    /// have.
    pub fn user(user: &str, at: Timestamp) -> Self {
        AuditActor {
            actor: format!("({user})"),
            client: String::new(),
            at,
        }
    }
}

/// Which entries of the log are wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// `None`: whatever was done.
    pub action: Option<AuditAction>,
    /// What it was done to; `None`: to anything.
    pub subject: Option<String>,
}

/// The audit log.
#[derive(Clone, Copy, Debug)]
pub struct AuditStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl AuditStore<'_> {
    /// Entries of the log, newest first: at most `limit`, all with an id below `before`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] for a row that this version cannot read; else if the database cannot be
    /// read.
    pub async fn entries(self, before: i64, limit: i64) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = sqlx::query("SELECT * FROM audit WHERE id < $1 ORDER BY id DESC LIMIT $2")
            .bind(before)
            .bind(limit)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(audited).collect()
    }

    /// As [`AuditStore::entries`], of those that fit the filter.
    ///
    /// # Errors
    ///
    /// As [`AuditStore::entries`].
    pub async fn filtered(
        self,
        filter: &AuditFilter,
        before: i64,
        limit: i64,
    ) -> Result<Vec<AuditEntry>, StoreError> {
        let action = filter.action.as_ref().map(to_serde_name).transpose()?;
        let sql = "SELECT * FROM audit WHERE id < $1 AND ($2 = '' OR action = $2) AND ($3 = '' OR subject = $3) \
                   ORDER BY id DESC LIMIT $4";
        let rows = sqlx::query(sql)
            .bind(before)
            .bind(action.unwrap_or_default())
            .bind(filter.subject.clone().unwrap_or_default())
            .bind(limit)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(audited).collect()
    }

    /// Adds an entry for something that changes nothing else in the store.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn record(
        self,
        by: AuditActor,
        action: AuditAction,
        subject: String,
        detail: String,
    ) -> Result<(), StoreError> {
        self.engine
            .write(move |c| Box::pin(async move { write(c, &by, action, &subject, &detail).await }))
            .await
    }
}

pub(super) async fn write(
    connection: &mut AnyConnection,
    by: &AuditActor,
    action: AuditAction,
    subject: &str,
    detail: &str,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO audit (at, actor, client, action, subject, detail) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(by.at.0)
        .bind(&by.actor)
        .bind(&by.client)
        .bind(to_serde_name(&action)?)
        .bind(subject)
        .bind(detail)
        .execute(connection)
        .await?;
    Ok(())
}

/// The most entries; years of them where a few people work.
const MOST_ENTRIES: i64 = 100_000;

/// Deletes the oldest entries above [`MOST_ENTRIES`]: refused sign-ins first, because anybody can
/// make any number of those.
pub(super) async fn trim(connection: &mut AnyConnection) -> Result<(), StoreError> {
    let count: i64 = sqlx::query("SELECT COUNT(*) FROM audit")
        .fetch_one(&mut *connection)
        .await?
        .try_get(0)?;
    let mut excess = (count - MOST_ENTRIES).max(0);
    if excess == 0 {
        return Ok(());
    }
    let refused = to_serde_name(&AuditAction::SignInFailed)?;
    let sql = "DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE action = $1 ORDER BY id LIMIT $2)";
    let deleted = sqlx::query(sql)
        .bind(refused)
        .bind(excess)
        .execute(&mut *connection)
        .await?;
    excess -= i64::try_from(deleted.rows_affected()).unwrap_or(excess);
    sqlx::query("DELETE FROM audit WHERE id IN (SELECT id FROM audit ORDER BY id LIMIT $1)")
        .bind(excess)
        .execute(connection)
        .await?;
    Ok(())
}

fn audited(row: &AnyRow) -> Result<AuditEntry, StoreError> {
    Ok(AuditEntry {
        id: row.try_get("id")?,
        at: Timestamp(row.try_get("at")?),
        actor: row.try_get("actor")?,
        client: row.try_get("client")?,
        action: from_serde_name(&row.try_get::<String, _>("action")?)?,
        subject: row.try_get("subject")?,
        detail: row.try_get("detail")?,
    })
}
