//! One-time links that set a password, stored by their hash: for the first account, and for an
//! account that an admin creates a link for.

use super::account_changes;
use super::accounts::{
    self, Account, AccountChange, AccountChangeOutcome, AccountRole, AccountStore, account,
};
use super::audit::{self, AuditAction, AuditActor};
use super::error::StoreError;
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// What a link allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PasswordLink {
    /// Creating the first account.
    First,
    /// Setting this account's password.
    Password(Account),
}

impl AccountStore<'_> {
    /// Stores a link for creating the first account; earlier ones become invalid. `token` is its
    /// hash.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn add_first_link(self, token: String, expires: Timestamp) -> Result<(), StoreError> {
        self.engine
            .write(move |c| Box::pin(async move { first_link(c, &token, expires).await }))
            .await
    }

    /// Stores a link that sets the password of the account `name`; earlier links of the account
    /// become invalid.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn add_link(
        self,
        by: AuditActor,
        name: String,
        token: String,
        expires: Timestamp,
    ) -> Result<AccountChangeOutcome, StoreError> {
        self.engine
            .write(move |c| Box::pin(async move { link_for(c, &by, &name, &token, expires).await }))
            .await
    }

    /// What the link with this hash allows at `now`; `None` if it is unknown, used or expired.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn link(
        self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<PasswordLink>, StoreError> {
        let row = sqlx::query("SELECT account FROM links WHERE token = $1 AND expires_at > $2")
            .bind(token)
            .bind(now.0)
            .fetch_optional(self.engine.read())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(id) = row.try_get::<Option<i64>, _>(0)? else {
            return Ok((!self.any().await?).then_some(PasswordLink::First));
        };
        let row = sqlx::query("SELECT * FROM accounts WHERE id = $1 AND disabled = 0")
            .bind(id)
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row
            .as_ref()
            .map(account)
            .transpose()?
            .map(PasswordLink::Password))
    }

    /// Uses a link: creates the first account as `name`, or sets the password of the link's
    /// account.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn use_link(
        self,
        by: AuditActor,
        token: String,
        name: String,
        password: String,
    ) -> Result<AccountChangeOutcome, StoreError> {
        self.engine
            .write(move |c| Box::pin(async move { use_up(c, by, &token, &name, password).await }))
            .await
    }
}

async fn first_link(
    c: &mut AnyConnection,
    token: &str,
    expires: Timestamp,
) -> Result<(), StoreError> {
    end_first_links(c).await?;
    insert_link(c, token, None, expires).await
}

async fn end_first_links(c: &mut AnyConnection) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM links WHERE account IS NULL")
        .execute(c)
        .await?;
    Ok(())
}

async fn link_for(
    c: &mut AnyConnection,
    by: &AuditActor,
    name: &str,
    token: &str,
    expires: Timestamp,
) -> Result<AccountChangeOutcome, StoreError> {
    let Some(who) = accounts::find(c, name).await?.filter(|who| !who.disabled) else {
        return Ok(AccountChangeOutcome::Missing);
    };
    end_links(c, who.id).await?;
    insert_link(c, token, Some(who.id), expires).await?;
    audit::write(c, by, AuditAction::MakeLink, &who.name, "").await?;
    Ok(AccountChangeOutcome::Done)
}

async fn use_up(
    c: &mut AnyConnection,
    by: AuditActor,
    token: &str,
    name: &str,
    password: String,
) -> Result<AccountChangeOutcome, StoreError> {
    // Deleted before anything else is read: if a link is used twice at the same time, one of the
    // two finds nothing.
    let sql = "DELETE FROM links WHERE token = $1 AND expires_at > $2 RETURNING account";
    let Some(row) = sqlx::query(sql)
        .bind(token)
        .bind(by.at.0)
        .fetch_optional(&mut *c)
        .await?
    else {
        return Ok(AccountChangeOutcome::Missing);
    };
    match row.try_get::<Option<i64>, _>(0)? {
        Some(id) => set_password(c, by, id, password).await,
        None => add_first(c, by, name, &password).await,
    }
}

/// Sets the password of the account `id`, which acts itself.
async fn set_password(
    c: &mut AnyConnection,
    by: AuditActor,
    id: i64,
    password: String,
) -> Result<AccountChangeOutcome, StoreError> {
    let row = sqlx::query("SELECT * FROM accounts WHERE id = $1 AND disabled = 0").bind(id);
    let Some(row) = row.fetch_optional(&mut *c).await? else {
        return Ok(AccountChangeOutcome::Missing);
    };
    let who = account(&row)?.name;
    let by = AuditActor {
        actor: who.clone(),
        ..by
    };
    let change = AccountChange::Password {
        hash: password,
        keep: None,
    };
    account_changes::change(c, &by, &who, &change).await
}

/// Creates the first account, an admin. This invalidates all links for a first account.
async fn add_first(
    c: &mut AnyConnection,
    by: AuditActor,
    name: &str,
    password: &str,
) -> Result<AccountChangeOutcome, StoreError> {
    end_first_links(c).await?;
    let any = sqlx::query("SELECT id FROM accounts LIMIT 1");
    if any.fetch_optional(&mut *c).await?.is_some() {
        return Ok(AccountChangeOutcome::Missing);
    }
    let by = AuditActor {
        actor: name.to_owned(),
        ..by
    };
    account_changes::add(c, &by, name, AccountRole::Admin, Some(password)).await
}

async fn insert_link(
    c: &mut AnyConnection,
    token: &str,
    account: Option<i64>,
    expires: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO links (token, account, expires_at) VALUES ($1, $2, $3)";
    sqlx::query(sql)
        .bind(token)
        .bind(account)
        .bind(expires.0)
        .execute(c)
        .await?;
    Ok(())
}

pub(super) async fn end_links(c: &mut AnyConnection, account: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM links WHERE account = $1")
        .bind(account)
        .execute(c)
        .await?;
    Ok(())
}
