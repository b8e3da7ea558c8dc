//! One-time links that set a password, stored by their hash: for the first account, and for an
//! account that an admin creates a link for.

use super::accounts::{self, Account, Change, Changed, Role, account};
use super::audit::{self, Action, By};
use super::{Store, StoreError};
use crate::message::Timestamp;
use sqlx::{AnyConnection, Row as _};

/// What a link allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Link {
    /// Creating the first account.
    First,
    /// Setting this account's password.
    Password(Account),
}

impl Store {
    /// Stores a link for creating the first account. `token` is its hash.
    pub async fn add_first_link(&self, token: String, expires: Timestamp) -> Result<(), StoreError> {
        self.engine.write(move |c| Box::pin(async move { insert_link(c, &token, None, expires).await })).await
    }

    /// Stores a link that sets the password of the account `name`; earlier links of the account
    /// become invalid.
    pub async fn add_link(
        &self,
        by: By,
        name: String,
        token: String,
        expires: Timestamp,
    ) -> Result<Changed, StoreError> {
        self.engine.write(move |c| Box::pin(async move { link_for(c, &by, &name, &token, expires).await })).await
    }

    /// What the link with this hash allows at `now`; `None` if it is unknown, used or expired.
    pub async fn link(&self, token: &str, now: Timestamp) -> Result<Option<Link>, StoreError> {
        let row = sqlx::query("SELECT account FROM links WHERE token = $1 AND expires_at > $2")
            .bind(token)
            .bind(now.0)
            .fetch_optional(self.engine.read())
            .await?;
        let Some(row) = row else { return Ok(None) };
        let Some(id) = row.try_get::<Option<i64>, _>(0)? else {
            return Ok((!self.has_accounts().await?).then_some(Link::First));
        };
        let row = sqlx::query("SELECT * FROM accounts WHERE id = $1 AND disabled = 0")
            .bind(id)
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row.as_ref().map(account).transpose()?.map(Link::Password))
    }

    /// Uses a link: creates the first account as `name`, or sets the password of the link's
    /// account.
    pub async fn use_link(&self, by: By, token: String, name: String, password: String) -> Result<Changed, StoreError> {
        self.engine.write(move |c| Box::pin(async move { use_up(c, by, &token, &name, password).await })).await
    }
}

async fn link_for(
    c: &mut AnyConnection,
    by: &By,
    name: &str,
    token: &str,
    expires: Timestamp,
) -> Result<Changed, StoreError> {
    let Some(who) = accounts::find(c, name).await?.filter(|who| !who.disabled) else { return Ok(Changed::Missing) };
    end_links(c, who.id).await?;
    insert_link(c, token, Some(who.id), expires).await?;
    audit::write(c, by, Action::MakeLink, &who.name, "").await?;
    Ok(Changed::Done)
}

async fn use_up(
    c: &mut AnyConnection,
    by: By,
    token: &str,
    name: &str,
    password: String,
) -> Result<Changed, StoreError> {
    // Deleted before anything else is read: if a link is used twice at the same time, one of the
    // two finds nothing.
    let sql = "DELETE FROM links WHERE token = $1 AND expires_at > $2 RETURNING account";
    let Some(row) = sqlx::query(sql).bind(token).bind(by.at.0).fetch_optional(&mut *c).await? else {
        return Ok(Changed::Missing);
    };
    match row.try_get::<Option<i64>, _>(0)? {
        Some(id) => {
            let row = sqlx::query("SELECT * FROM accounts WHERE id = $1 AND disabled = 0").bind(id);
            let Some(row) = row.fetch_optional(&mut *c).await? else { return Ok(Changed::Missing) };
            let who = account(&row)?.name;
            let by = By { actor: who.clone(), ..by };
            accounts::change(c, &by, &who, &Change::Password { hash: password, keep: None }).await
        }
        None => {
            // The first use invalidates all links for a first account.
            sqlx::query("DELETE FROM links WHERE account IS NULL").execute(&mut *c).await?;
            if sqlx::query("SELECT id FROM accounts LIMIT 1").fetch_optional(&mut *c).await?.is_some() {
                return Ok(Changed::Missing);
            }
            accounts::add(c, &By { actor: name.to_owned(), ..by }, name, Role::Admin, Some(&password)).await
        }
    }
}

async fn insert_link(
    c: &mut AnyConnection,
    token: &str,
    account: Option<i64>,
    expires: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO links (token, account, expires_at) VALUES ($1, $2, $3)";
    sqlx::query(sql).bind(token).bind(account).bind(expires.0).execute(c).await?;
    Ok(())
}

pub(super) async fn end_links(c: &mut AnyConnection, account: i64) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM links WHERE account = $1").bind(account).execute(c).await?;
    Ok(())
}
