//! Sessions of the operators' pages, stored by the hash of the browser's token, and sign-in
//! attempts. All of it is in the database: a limit kept per process would not hold across replicas.

use super::accounts::{Account, Changed, account};
use super::audit::{self, Action, By};
use super::{Store, StoreError, millis};
use crate::message::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use std::time::Duration;

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
pub struct Limits {
    /// Since its last use.
    pub idle: Duration,
    /// Since it was opened.
    pub absolute: Duration,
}

/// Counts of recent sign-in attempts, the current one included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// With this name, from this address.
    pub pair: i64,
    /// From this address.
    pub client: i64,
    /// With this name.
    pub name: i64,
    /// The id of the current attempt, for [`Store::forget_sign_in_attempt`].
    pub id: i64,
}

/// The last use of a session is written at most this often.
const TOUCH_EVERY: Duration = Duration::from_secs(60);
/// How long attempts are kept.
const ATTEMPTS_KEPT: Duration = Duration::from_secs(24 * 3_600);

impl Store {
    /// Opens a session of the account. Also deletes expired sessions, attempts and links, and the
    /// earlier attempts with this name from this address.
    pub async fn open_session(&self, by: By, account: i64, new: Session, limits: Limits) -> Result<(), StoreError> {
        self.engine.write(move |c| Box::pin(async move { open(c, &by, account, &new, limits).await })).await
    }

    /// The session with this token hash, and its account; `None` if it expired or was ended, or the
    /// account is disabled.
    pub async fn session(
        &self,
        token: &str,
        now: Timestamp,
        limits: Limits,
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
            self.engine.write(move |c| Box::pin(async move { touch(c, &token, now).await })).await?;
        }
        Ok(Some((found, whose)))
    }

    /// The valid sessions of an account, the last used first.
    pub async fn sessions(&self, account: i64, now: Timestamp, limits: Limits) -> Result<Vec<Session>, StoreError> {
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
    pub async fn end_session(
        &self,
        by: By,
        whose: Account,
        token: String,
        action: Action,
    ) -> Result<Changed, StoreError> {
        self.engine.write(move |c| Box::pin(async move { end(c, &by, &whose, &token, action).await })).await
    }

    /// Records a sign-in attempt as `name`, then counts the attempts within `within`: of concurrent
    /// attempts none is missed.
    pub async fn attempt(
        &self,
        name: &str,
        client: &str,
        now: Timestamp,
        within: Duration,
    ) -> Result<Attempts, StoreError> {
        let (name, client) = (name.to_owned(), client.to_owned());
        let since = now.0.saturating_sub(millis(within));
        let noted = (name.clone(), client.clone());
        let id = self.engine.write(move |c| Box::pin(async move { note(c, &noted.0, &noted.1, now).await })).await?;
        // A separate statement, so that it sees what others have committed meanwhile.
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM attempts WHERE name = $1 AND client = $2 AND at > $3),
                    (SELECT COUNT(*) FROM attempts WHERE client = $2 AND at > $3),
                    (SELECT COUNT(*) FROM attempts WHERE name = $1 AND at > $3)",
        )
        .bind(name)
        .bind(client)
        .bind(since)
        .fetch_one(self.engine.read())
        .await?;
        Ok(Attempts { pair: row.try_get(0)?, client: row.try_get(1)?, name: row.try_get(2)?, id })
    }

    /// Deletes an attempt that was refused without checking the password: it must not lengthen the
    /// wait of others.
    pub async fn forget_attempt(&self, id: i64) -> Result<(), StoreError> {
        self.engine.write(move |c| Box::pin(async move { delete_attempt(c, id).await })).await
    }
}

async fn open(c: &mut AnyConnection, by: &By, account: i64, new: &Session, limits: Limits) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE seen_at <= $1 OR created_at <= $2")
        .bind(by.at.0.saturating_sub(millis(limits.idle)))
        .bind(by.at.0.saturating_sub(millis(limits.absolute)))
        .execute(&mut *c)
        .await?;
    sqlx::query("DELETE FROM attempts WHERE name = $1 AND client = $2 OR at <= $3")
        .bind(&by.actor)
        .bind(&by.client)
        .bind(by.at.0.saturating_sub(millis(ATTEMPTS_KEPT)))
        .execute(&mut *c)
        .await?;
    sqlx::query("DELETE FROM links WHERE expires_at <= $1").bind(by.at.0).execute(&mut *c).await?;
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
    audit::write(c, by, Action::SignIn, &by.actor, "").await
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
    by: &By,
    whose: &Account,
    token: &str,
    action: Action,
) -> Result<Changed, StoreError> {
    let sql = "DELETE FROM sessions WHERE token = $1 AND account = $2";
    if sqlx::query(sql).bind(token).bind(whose.id).execute(&mut *c).await?.rows_affected() == 0 {
        return Ok(Changed::Missing);
    }
    audit::write(c, by, action, &whose.name, "").await?;
    Ok(Changed::Done)
}

async fn note(c: &mut AnyConnection, name: &str, client: &str, now: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO attempts (name, client, at) VALUES ($1, $2, $3) RETURNING id";
    Ok(sqlx::query(sql).bind(name).bind(client).bind(now.0).fetch_one(c).await?.try_get(0)?)
}

async fn delete_attempt(c: &mut AnyConnection, id: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM attempts WHERE id = $1").bind(id).execute(c).await?;
    Ok(())
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
