//! Accounts of the operators' pages. Every change is written together with its audit entry, and
//! ends the sessions that it invalidates.

use super::audit::{self, Action, By};
use super::{Store, StoreError, links};
use crate::message::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};
use std::fmt;

/// What an account may do. Ordered: each role includes the rights of the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Read only.
    Viewer,
    /// Reviews unanswered questions and exports the journal.
    Reviewer,
    /// Changes the data files.
    Operator,
    /// Manages accounts.
    Admin,
}

/// An account of the operators' pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub id: i64,
    pub name: String,
    pub role: Role,
    /// `None` until a password is set.
    pub password: Option<Hidden>,
    /// The TOTP secret, in base32.
    pub second: Option<Hidden>,
    pub disabled: bool,
    pub created_at: Timestamp,
}

/// Text whose `Debug` output is `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(pub String);

/// A change to an account.
#[derive(Clone, PartialEq, Eq)]
pub enum Change {
    Role(Role),
    /// Disabling blocks sign-in, and ends all sessions and unused links.
    Disabled(bool),
    /// An Argon2id hash. Ends all sessions except the one whose token hash is `keep`.
    Password {
        hash: String,
        keep: Option<String>,
    },
    /// The TOTP secret, in base32; `None` turns the second factor off.
    Second(Option<String>),
}

/// The result of a change to an account, a link or a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    Done,
    /// There is no such account, link or session (any more).
    Missing,
    /// The name is taken.
    Taken,
    /// Refused: it would leave no active admin.
    LastAdmin,
}

impl Role {
    pub const ALL: [Role; 4] = [Role::Viewer, Role::Reviewer, Role::Operator, Role::Admin];

    /// The name used in commands, forms and the database.
    pub fn word(self) -> &'static str {
        match self {
            Role::Viewer => "viewer",
            Role::Reviewer => "reviewer",
            Role::Operator => "operator",
            Role::Admin => "admin",
        }
    }

    pub fn parse(word: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.word() == word)
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Store {
    /// All accounts, by name.
    pub async fn accounts(&self) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query("SELECT * FROM accounts ORDER BY name").fetch_all(self.engine.read()).await?;
        rows.iter().map(account).collect()
    }

    pub async fn account(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let sql = "SELECT * FROM accounts WHERE name = $1";
        let row = sqlx::query(sql).bind(name).fetch_optional(self.engine.read()).await?;
        row.as_ref().map(account).transpose()
    }

    /// Whether any account exists, with or without a password.
    pub async fn has_accounts(&self) -> Result<bool, StoreError> {
        Ok(sqlx::query("SELECT id FROM accounts LIMIT 1").fetch_optional(self.engine.read()).await?.is_some())
    }

    /// Adds an account without a password.
    pub async fn add_account(&self, by: By, name: String, role: Role) -> Result<Changed, StoreError> {
        self.engine.write(move |c| Box::pin(async move { add(c, &by, &name, role, None).await })).await
    }

    /// Changes the account called `name`.
    pub async fn change_account(&self, by: By, name: String, change: Change) -> Result<Changed, StoreError> {
        self.engine.write(move |c| Box::pin(async move { self::change(c, &by, &name, &change).await })).await
    }

    /// Marks the TOTP time step `step` as used. False if this step or a later one was used before.
    pub async fn use_step(&self, account: i64, step: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE accounts SET second_step = $2 WHERE id = $1 AND second_step < $2";
        self.engine
            .write(move |c| {
                let update = sqlx::query(sql).bind(account).bind(step).execute(c);
                Box::pin(async move { Ok(update.await?.rows_affected() == 1) })
            })
            .await
    }
}

pub(super) async fn add(
    c: &mut AnyConnection,
    by: &By,
    name: &str,
    role: Role,
    password: Option<&str>,
) -> Result<Changed, StoreError> {
    let added = sqlx::query(
        "INSERT INTO accounts (name, role, password, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING",
    )
    .bind(name)
    .bind(role.word())
    .bind(password)
    .bind(by.at.0)
    .execute(&mut *c)
    .await?;
    if added.rows_affected() == 0 {
        return Ok(Changed::Taken);
    }
    audit::write(c, by, Action::AddAccount, name, role.word()).await?;
    Ok(Changed::Done)
}

pub(super) async fn change(c: &mut AnyConnection, by: &By, name: &str, change: &Change) -> Result<Changed, StoreError> {
    // Locks the rows: of two admins who demote each other at the same time, the second waits here
    // and then sees the first one's change.
    sqlx::query("UPDATE accounts SET role = role WHERE role = 'admin' OR name = $1")
        .bind(name)
        .execute(&mut *c)
        .await?;
    let Some(who) = find(c, name).await? else { return Ok(Changed::Missing) };
    let loses_admin = match change {
        Change::Role(role) => *role != Role::Admin,
        Change::Disabled(disabled) => *disabled,
        Change::Password { .. } | Change::Second(_) => false,
    };
    if loses_admin && is_last_admin(c, &who).await? {
        return Ok(Changed::LastAdmin);
    }
    let (action, detail) = match change {
        Change::Role(role) => {
            set(c, "role", who.id, Some(role.word().into())).await?;
            (Action::SetRole, format!("{} → {}", who.role.word(), role.word()))
        }
        Change::Disabled(disabled) => {
            let sql = "UPDATE accounts SET disabled = $2 WHERE id = $1";
            sqlx::query(sql).bind(who.id).bind(i64::from(*disabled)).execute(&mut *c).await?;
            if *disabled {
                end_sessions(c, who.id, "").await?;
                links::end_links(c, who.id).await?;
            }
            (if *disabled { Action::Disable } else { Action::Enable }, String::new())
        }
        Change::Password { hash, keep } => {
            set(c, "password", who.id, Some(hash.clone())).await?;
            end_sessions(c, who.id, keep.as_deref().unwrap_or_default()).await?;
            links::end_links(c, who.id).await?;
            (Action::SetPassword, String::new())
        }
        Change::Second(secret) => {
            set(c, "second", who.id, secret.clone()).await?;
            (if secret.is_some() { Action::SecondFactorOn } else { Action::SecondFactorOff }, String::new())
        }
    };
    audit::write(c, by, action, &who.name, &detail).await?;
    Ok(Changed::Done)
}

async fn set(c: &mut AnyConnection, column: &str, id: i64, value: Option<String>) -> Result<(), StoreError> {
    let sql = format!("UPDATE accounts SET {column} = $2 WHERE id = $1");
    sqlx::query(AssertSqlSafe(sql)).bind(id).bind(value).execute(c).await?;
    Ok(())
}

/// Ends all sessions of `account` except `keep`.
async fn end_sessions(c: &mut AnyConnection, account: i64, keep: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE account = $1 AND token <> $2").bind(account).bind(keep).execute(c).await?;
    Ok(())
}

pub(super) async fn find(c: &mut AnyConnection, name: &str) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query("SELECT * FROM accounts WHERE name = $1").bind(name).fetch_optional(c).await?;
    row.as_ref().map(account).transpose()
}

async fn is_last_admin(c: &mut AnyConnection, who: &Account) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM accounts WHERE role = 'admin' AND disabled = 0 AND id <> $1 LIMIT 1";
    let is_admin = who.role == Role::Admin && !who.disabled;
    Ok(is_admin && sqlx::query(sql).bind(who.id).fetch_optional(c).await?.is_none())
}

pub(super) fn account(row: &AnyRow) -> Result<Account, StoreError> {
    let hidden = |column: &str| row.try_get::<Option<String>, _>(column).map(|text| text.map(Hidden));
    Ok(Account {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        role: Role::parse(&row.try_get::<String, _>("role")?).ok_or_else(|| sqlx::Error::Protocol("a role".into()))?,
        password: hidden("password")?,
        second: hidden("second")?,
        disabled: row.try_get::<i64, _>("disabled")? != 0,
        created_at: Timestamp(row.try_get("created_at")?),
    })
}
