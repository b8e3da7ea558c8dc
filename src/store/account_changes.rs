//! Changes of accounts, inside the caller's transaction. In: who changes which account, and how.
//! Out: the changed rows and their audit entry. Must not know: who is allowed to.

use super::accounts::{Account, AccountChange, AccountChangeOutcome, AccountRole, find};
use super::audit::{self, AuditAction, AuditActor};
use super::error::StoreError;
use super::links;
use sqlx::{AnyConnection, AssertSqlSafe};

pub(super) async fn add(
    c: &mut AnyConnection,
    by: &AuditActor,
    name: &str,
    role: AccountRole,
    password: Option<&str>,
) -> Result<AccountChangeOutcome, StoreError> {
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
        return Ok(AccountChangeOutcome::Taken);
    }
    audit::write(c, by, AuditAction::AddAccount, name, role.word()).await?;
    Ok(AccountChangeOutcome::Done)
}

pub(super) async fn change(
    c: &mut AnyConnection,
    by: &AuditActor,
    name: &str,
    change: &AccountChange,
) -> Result<AccountChangeOutcome, StoreError> {
    // Locks the rows: of two admins who demote each other at the same time, the second waits here
    // and then sees the first one's change.
    sqlx::query("UPDATE accounts SET role = role WHERE role = 'admin' OR name = $1")
        .bind(name)
        .execute(&mut *c)
        .await?;
    let Some(who) = find(c, name).await? else {
        return Ok(AccountChangeOutcome::Missing);
    };
    let loses_admin = match change {
        AccountChange::Role(role) => *role != AccountRole::Admin,
        AccountChange::Disabled(disabled) => *disabled,
        AccountChange::Password { .. }
        | AccountChange::Second(_)
        | AccountChange::RecoveryCodes(_)
        | AccountChange::Inbox(_) => false,
    };
    if loses_admin && is_last_admin(c, &who).await? {
        return Ok(AccountChangeOutcome::LastAdmin);
    }
    let (action, detail) = apply(c, &who, change).await?;
    audit::write(c, by, action, &who.name, &detail).await?;
    Ok(AccountChangeOutcome::Done)
}

/// Changes the account, and returns what the audit log records.
async fn apply(
    c: &mut AnyConnection,
    who: &Account,
    change: &AccountChange,
) -> Result<(AuditAction, String), StoreError> {
    Ok(match change {
        AccountChange::Role(role) => {
            set(c, "role", who.id, role.word()).await?;
            (
                AuditAction::SetRole,
                format!("{} → {}", who.role.word(), role.word()),
            )
        }
        AccountChange::Disabled(disabled) => {
            set(c, "disabled", who.id, i64::from(*disabled)).await?;
            if *disabled {
                end_sessions(c, who.id, "").await?;
                links::end_links(c, who.id).await?;
            }
            (
                if *disabled {
                    AuditAction::Disable
                } else {
                    AuditAction::Enable
                },
                String::new(),
            )
        }
        AccountChange::Inbox(granted) => {
            set(c, "inbox", who.id, i64::from(*granted)).await?;
            let action = match granted {
                true => AuditAction::GrantInbox,
                false => AuditAction::RevokeInbox,
            };
            (action, String::new())
        }
        AccountChange::Password { hash, keep } => {
            set(c, "password", who.id, hash.clone()).await?;
            end_sessions(c, who.id, keep.as_deref().unwrap_or_default()).await?;
            links::end_links(c, who.id).await?;
            (AuditAction::SetPassword, String::new())
        }
        AccountChange::Second(secret) => {
            set(c, "second", who.id, secret.clone()).await?;
            replace_recovery_codes(c, who.id, &[]).await?;
            (
                if secret.is_some() {
                    AuditAction::SecondFactorOn
                } else {
                    AuditAction::SecondFactorOff
                },
                String::new(),
            )
        }
        AccountChange::RecoveryCodes(hashes) => {
            replace_recovery_codes(c, who.id, hashes).await?;
            (AuditAction::RecoveryCodesMade, hashes.len().to_string())
        }
    })
}

async fn replace_recovery_codes(
    c: &mut AnyConnection,
    account: i64,
    hashes: &[String],
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM recovery_codes WHERE account = $1")
        .bind(account)
        .execute(&mut *c)
        .await?;
    for hash in hashes {
        sqlx::query("INSERT INTO recovery_codes (account, hash) VALUES ($1, $2)")
            .bind(account)
            .bind(hash)
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

async fn set<'v>(
    c: &mut AnyConnection,
    column: &str,
    id: i64,
    value: impl sqlx::Encode<'v, sqlx::Any> + sqlx::Type<sqlx::Any> + 'v,
) -> Result<(), StoreError> {
    let sql = format!("UPDATE accounts SET {column} = $2 WHERE id = $1");
    sqlx::query(AssertSqlSafe(sql))
        .bind(id)
        .bind(value)
        .execute(c)
        .await?;
    Ok(())
}

/// Ends all sessions of `account` except `keep`.
async fn end_sessions(c: &mut AnyConnection, account: i64, keep: &str) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM sessions WHERE account = $1 AND token <> $2")
        .bind(account)
        .bind(keep)
        .execute(c)
        .await?;
    Ok(())
}

async fn is_last_admin(c: &mut AnyConnection, who: &Account) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM accounts WHERE role = 'admin' AND disabled = 0 AND id <> $1 LIMIT 1";
    let is_admin = who.role == AccountRole::Admin && !who.disabled;
    Ok(is_admin
        && sqlx::query(sql)
            .bind(who.id)
            .fetch_optional(c)
            .await?
            .is_none())
}
