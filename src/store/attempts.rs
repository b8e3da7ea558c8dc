//! Sign-in attempts. In: a name and a client. Out: how often they were tried. All of it is in the
//! database: a limit kept per process would not hold across replicas.

use super::accounts::{self, AccountChangeOutcome};
use super::audit::{self, AuditAction, AuditActor};
use super::error::StoreError;
use super::sessions::SessionStore;
use super::values::millis;
use sqlx::{AnyConnection, Row as _};
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// Begins the name of a known browser, which its attempts have where others have an address.
pub const DEVICE_CLIENT: &str = "device:";

/// Counts of recent sign-in attempts, the current one included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SignInAttempts {
    /// With this name, from this address.
    pub pair: i64,
    /// From this address.
    pub client: i64,
    /// With this name, without those of known browsers (`device:…` instead of an address).
    pub name: i64,
    /// The id of the current attempt, for [`SessionStore::forget_attempt`].
    pub id: i64,
}

impl SessionStore<'_> {
    /// Records a sign-in attempt as `name`, then counts the attempts within `within`: of concurrent
    /// attempts none is missed.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn record_attempt(
        self,
        name: &str,
        client: &str,
        now: Timestamp,
        within: Duration,
    ) -> Result<SignInAttempts, StoreError> {
        let (name, client) = (name.to_owned(), client.to_owned());
        let since = now.0.saturating_sub(millis(within));
        let noted = (name.clone(), client.clone());
        let id = self
            .engine
            .write(move |c| Box::pin(async move { note(c, &noted.0, &noted.1, now).await }))
            .await?;
        // A separate statement, so that it sees what others have committed meanwhile.
        let row = sqlx::query(
            "SELECT (SELECT COUNT(*) FROM attempts WHERE name = $1 AND client = $2 AND at > $3),
                    (SELECT COUNT(*) FROM attempts WHERE client = $2 AND at > $3),
                    (SELECT COUNT(*) FROM attempts WHERE name = $1 AND at > $3 AND client NOT LIKE $4)",
        )
        .bind(name)
        .bind(client)
        .bind(since)
        .bind(format!("{DEVICE_CLIENT}%"))
        .fetch_one(self.engine.read())
        .await?;
        Ok(SignInAttempts {
            pair: row.try_get(0)?,
            client: row.try_get(1)?,
            name: row.try_get(2)?,
            id,
        })
    }

    /// Ends an attempt that failed, and records it in the audit log if there is such an account.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn end_attempt(
        self,
        id: i64,
        failed: Option<FailedAttempt>,
    ) -> Result<(), StoreError> {
        self.engine
            .write(move |c| Box::pin(async move { end_attempt(c, id, failed).await }))
            .await
    }

    /// Forgets all attempts with this account's name, so that it can sign in again at once.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn unlock(
        self,
        by: AuditActor,
        name: String,
    ) -> Result<AccountChangeOutcome, StoreError> {
        self.engine
            .write(move |c| Box::pin(async move { unlock(c, &by, &name).await }))
            .await
    }

    /// Deletes an attempt that was refused without checking the password: it must not lengthen the
    /// wait of others.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn forget_attempt(self, id: i64) -> Result<(), StoreError> {
        self.engine
            .write(move |c| Box::pin(async move { delete_attempt(c, id).await }))
            .await
    }
}

/// An attempt to sign in to an account that exists.
#[derive(Clone, Debug)]
pub struct FailedAttempt {
    pub by: AuditActor,
    /// The account's name.
    pub account: String,
    /// What was wrong.
    pub detail: &'static str,
}

async fn end_attempt(
    c: &mut AnyConnection,
    id: i64,
    failed: Option<FailedAttempt>,
) -> Result<(), StoreError> {
    // written in either case: an account that exists takes no longer than one that does not
    sqlx::query("UPDATE attempts SET at = at WHERE id = $1")
        .bind(id)
        .execute(&mut *c)
        .await?;
    match failed {
        Some(FailedAttempt {
            by,
            account,
            detail,
        }) => audit::write(c, &by, AuditAction::SignInFailed, &account, detail).await,
        None => Ok(()),
    }
}

async fn unlock(
    c: &mut AnyConnection,
    by: &AuditActor,
    name: &str,
) -> Result<AccountChangeOutcome, StoreError> {
    if accounts::find(c, name).await?.is_none() {
        return Ok(AccountChangeOutcome::Missing);
    }
    sqlx::query("DELETE FROM attempts WHERE name = $1")
        .bind(name)
        .execute(&mut *c)
        .await?;
    audit::write(c, by, AuditAction::Unlock, name, "").await?;
    Ok(AccountChangeOutcome::Done)
}

async fn note(
    c: &mut AnyConnection,
    name: &str,
    client: &str,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let sql = "INSERT INTO attempts (name, client, at) VALUES ($1, $2, $3) RETURNING id";
    Ok(sqlx::query(sql)
        .bind(name)
        .bind(client)
        .bind(now.0)
        .fetch_one(c)
        .await?
        .try_get(0)?)
}

async fn delete_attempt(c: &mut AnyConnection, id: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM attempts WHERE id = $1")
        .bind(id)
        .execute(c)
        .await?;
    Ok(())
}
