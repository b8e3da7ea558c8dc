//! Sessions of the operators' pages, stored by the hash of the browser's token.

use super::accounts::{Account, AccountChangeOutcome, account};
use super::audit::{self, AuditAction, AuditActor};
use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::values::millis;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// A signed-in browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of the cookie's token.
    pub token: String,
    pub created_at: Timestamp,
    pub seen_at: Timestamp,
    /// The IP address it was opened from; `agent` is the browser.
    pub client: String,
    pub agent: String,
}

/// How long a session is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLimits {
    /// Since its last use.
    pub idle: Duration,
    /// Since it was opened.
    pub absolute: Duration,
}

/// The last use of a session is written at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);

/// Sessions and sign-in attempts.
#[derive(Clone, Copy, Debug)]
pub struct SessionStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl SessionStore<'_> {
    /// Opens a session of the account, and forgets earlier attempts with this name from this address.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn open(self, by: AuditActor, account: i64, new: Session) -> Result<(), StoreError> {
        self.engine
            .write(move |c| Box::pin(async move { open(c, &by, account, &new).await }))
            .await
    }

    /// The session with this token hash, and its account; `None` if it expired or was ended, or the
    /// account is disabled.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn find(
        self,
        token: &str,
        now: Timestamp,
        limits: SessionLimits,
    ) -> Result<Option<(Session, Account)>, StoreError> {
        let row = sqlx::query(
            "SELECT a.*, s.token, s.created_at AS opened_at, s.seen_at, s.client, s.agent
             FROM sessions s JOIN accounts a ON a.id = s.account
             WHERE s.token = $1 AND s.seen_at > $2 AND s.created_at > $3 AND a.disabled = 0",
        )
        .bind(token)
        .bind(now.0.saturating_sub(millis(limits.idle)))
        .bind(now.0.saturating_sub(millis(limits.absolute)))
        .fetch_optional(self.engine.read())
        .await?;
        let Some(row) = row else { return Ok(None) };
        let (found, whose) = (session(&row)?, account(&row)?);
        if now.0 - found.seen_at.0 > millis(TOUCH_EVERY) {
            let token = found.token.clone();
            self.engine
                .write(move |c| Box::pin(async move { touch(c, &token, now).await }))
                .await?;
        }
        Ok(Some((found, whose)))
    }

    /// The valid sessions of an account, the last used first.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn of(
        self,
        account: i64,
        now: Timestamp,
        limits: SessionLimits,
    ) -> Result<Vec<Session>, StoreError> {
        let rows = sqlx::query(
            "SELECT token, created_at AS opened_at, seen_at, client, agent FROM sessions
             WHERE account = $1 AND seen_at > $2 AND created_at > $3 ORDER BY seen_at DESC, token",
        )
        .bind(account)
        .bind(now.0.saturating_sub(millis(limits.idle)))
        .bind(now.0.saturating_sub(millis(limits.absolute)))
        .fetch_all(self.engine.read())
        .await?;
        rows.iter().map(session).collect()
    }

    /// Ends a session of the account; `action` is what the audit log records.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn end(
        self,
        by: AuditActor,
        whose: Account,
        token: String,
        action: AuditAction,
    ) -> Result<AccountChangeOutcome, StoreError> {
        self.engine
            .write(move |c| Box::pin(async move { end(c, &by, &whose, &token, action).await }))
            .await
    }
}

async fn open(
    c: &mut AnyConnection,
    by: &AuditActor,
    account: i64,
    new: &Session,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM attempts WHERE name = $1 AND client = $2")
        .bind(&by.actor)
        .bind(&by.client)
        .execute(&mut *c)
        .await?;
    sqlx::query(
        "INSERT INTO sessions (token, account, created_at, seen_at, client, agent) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(&new.token)
    .bind(account)
    .bind(new.created_at.0)
    .bind(new.seen_at.0)
    .bind(&new.client)
    .bind(&new.agent)
    .execute(&mut *c)
    .await?;
    audit::write(c, by, AuditAction::SignIn, &by.actor, "").await
}

async fn touch(c: &mut AnyConnection, token: &str, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query("UPDATE sessions SET seen_at = $2 WHERE token = $1 AND seen_at < $2")
        .bind(token)
        .bind(now.0)
        .execute(c)
        .await?;
    Ok(())
}

async fn end(
    c: &mut AnyConnection,
    by: &AuditActor,
    whose: &Account,
    token: &str,
    action: AuditAction,
) -> Result<AccountChangeOutcome, StoreError> {
    let sql = "DELETE FROM sessions WHERE token = $1 AND account = $2";
    if sqlx::query(sql)
        .bind(token)
        .bind(whose.id)
        .execute(&mut *c)
        .await?
        .rows_affected()
        == 0
    {
        return Ok(AccountChangeOutcome::Missing);
    }
    audit::write(c, by, action, &whose.name, "").await?;
    Ok(AccountChangeOutcome::Done)
}

fn session(row: &AnyRow) -> Result<Session, StoreError> {
    Ok(Session {
        token: row.try_get("token")?,
        created_at: Timestamp(row.try_get("opened_at")?),
        seen_at: Timestamp(row.try_get("seen_at")?),
        client: row.try_get("client")?,
        agent: row.try_get("agent")?,
    })
}
