//! Accounts of the operators' pages. Every change is written together with its audit entry, and
//! ends the sessions that it invalidates.

use super::account_changes;
use super::audit::AuditActor;
use super::engine::DatabaseEngine;
use super::error::StoreError;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use std::fmt;
use wenlu_core::model::Timestamp;

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountRight {
    /// Take hand-overs, and talk with their askers.
    Inbox,
    /// See all other pages.
    Read,
    /// Review unanswered questions, and export the journal.
    Review,
    /// Change the data files.
    Change,
    /// Manage accounts.
    Accounts,
}

/// What an account may do, as a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AccountRole {
    /// Talks with askers, and sees nothing else.
    Agent,
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
    pub role: AccountRole,
    /// `None` until a password is set.
    pub password: Option<SecretText>,
    /// The TOTP secret, in base32.
    pub second: Option<SecretText>,
    pub disabled: bool,
    /// Whether it may take hand-overs although its role may not.
    pub inbox: bool,
    pub created_at: Timestamp,
}

/// Text whose `Debug` output is `***`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretText(pub String);

/// A change to an account.
#[derive(Clone, PartialEq, Eq)]
pub enum AccountChange {
    Role(AccountRole),
    /// Disabling blocks sign-in, and ends all sessions and unused links.
    Disabled(bool),
    /// An Argon2id hash. Ends all sessions except the one whose token hash is `keep`.
    Password {
        hash: String,
        keep: Option<String>,
    },
    /// The TOTP secret, in base32; `None` turns the second factor off. Recovery codes go with it.
    Second(Option<String>),
    /// The hashes of new recovery codes, in place of those from before.
    RecoveryCodes(Vec<String>),
    /// Whether it may take hand-overs although its role may not.
    Inbox(bool),
}

/// The result of a change to an account, a link or a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccountChangeOutcome {
    Done,
    /// There is no such account, link or session (any more).
    Missing,
    /// The name is taken.
    Taken,
    /// Refused: it would leave no active admin.
    LastAdmin,
}

impl AccountRole {
    pub const ALL: [AccountRole; 5] = [
        AccountRole::Agent,
        AccountRole::Viewer,
        AccountRole::Reviewer,
        AccountRole::Operator,
        AccountRole::Admin,
    ];

    /// The name used in commands, forms and the database.
    pub fn word(self) -> &'static str {
        match self {
            AccountRole::Agent => "agent",
            AccountRole::Viewer => "viewer",
            AccountRole::Reviewer => "reviewer",
            AccountRole::Operator => "operator",
            AccountRole::Admin => "admin",
        }
    }

    /// Whether the role includes the right.
    pub fn has(self, right: AccountRight) -> bool {
        use AccountRight::{Accounts, Change, Inbox, Read, Review};
        match self {
            AccountRole::Agent => right == Inbox,
            AccountRole::Viewer => right == Read,
            AccountRole::Reviewer => matches!(right, Read | Review),
            AccountRole::Operator => matches!(right, Inbox | Read | Review | Change),
            AccountRole::Admin => matches!(right, Inbox | Read | Review | Change | Accounts),
        }
    }

    pub fn parse(word: &str) -> Option<AccountRole> {
        AccountRole::ALL
            .into_iter()
            .find(|role| role.word() == word)
    }
}

impl Account {
    /// Whether the account has the right, by its role or granted to it alone.
    pub fn has(&self, right: AccountRight) -> bool {
        self.role.has(right) || (right == AccountRight::Inbox && self.inbox)
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The accounts of the operators' pages.
#[derive(Clone, Copy, Debug)]
pub struct AccountStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl AccountStore<'_> {
    /// All accounts, by name.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn all(self) -> Result<Vec<Account>, StoreError> {
        let rows = sqlx::query("SELECT * FROM accounts ORDER BY name")
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(account).collect()
    }

    /// The account called `name`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn find(self, name: &str) -> Result<Option<Account>, StoreError> {
        let sql = "SELECT * FROM accounts WHERE name = $1";
        let row = sqlx::query(sql)
            .bind(name)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(account).transpose()
    }

    /// Whether any account exists, with or without a password.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn any(self) -> Result<bool, StoreError> {
        Ok(sqlx::query("SELECT id FROM accounts LIMIT 1")
            .fetch_optional(self.engine.read())
            .await?
            .is_some())
    }

    /// Adds an account without a password.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn add(
        self,
        by: AuditActor,
        name: String,
        role: AccountRole,
    ) -> Result<AccountChangeOutcome, StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move { account_changes::add(c, &by, &name, role, None).await })
            })
            .await
    }

    /// Changes the account called `name`.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn change(
        self,
        by: AuditActor,
        name: String,
        change: AccountChange,
    ) -> Result<AccountChangeOutcome, StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move { account_changes::change(c, &by, &name, &change).await })
            })
            .await
    }

    /// Marks the TOTP time step `step` as used. False if this step or a later one was used before.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn use_step(self, account: i64, step: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE accounts SET second_step = $2 WHERE id = $1 AND second_step < $2";
        self.engine
            .write(move |c| {
                let update = sqlx::query(sql).bind(account).bind(step).execute(c);
                Box::pin(async move { Ok(update.await?.rows_affected() == 1) })
            })
            .await
    }
}

pub(super) async fn find(c: &mut AnyConnection, name: &str) -> Result<Option<Account>, StoreError> {
    let row = sqlx::query("SELECT * FROM accounts WHERE name = $1")
        .bind(name)
        .fetch_optional(c)
        .await?;
    row.as_ref().map(account).transpose()
}

pub(super) fn account(row: &AnyRow) -> Result<Account, StoreError> {
    let hidden = |column: &str| {
        row.try_get::<Option<String>, _>(column)
            .map(|text| text.map(SecretText))
    };
    Ok(Account {
        id: row.try_get("id")?,
        name: row.try_get("name")?,
        role: AccountRole::parse(&row.try_get::<String, _>("role")?)
            .ok_or_else(|| sqlx::Error::Protocol("a role".into()))?,
        password: hidden("password")?,
        second: hidden("second")?,
        disabled: row.try_get::<i64, _>("disabled")? != 0,
        inbox: row.try_get::<i64, _>("inbox")? != 0,
        created_at: Timestamp(row.try_get("created_at")?),
    })
}
