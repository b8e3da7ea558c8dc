//! Recovery codes of accounts, by their hashes: each is used once. In: who uses which, or new ones. Out: how
//! many are left, and the audit entry. Must not know: what a code looks like.

use super::accounts::{Account, AccountStore};
use super::audit::{self, AuditAction, AuditActor};
use super::error::StoreError;
use sqlx::{AnyConnection, Row as _};

impl AccountStore<'_> {
    /// Uses up a recovery code, by its hash. `None`: there is none, or it was used before; else how
    /// many are left.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn use_recovery_code(
        self,
        by: AuditActor,
        account: Account,
        hash: String,
    ) -> Result<Option<i64>, StoreError> {
        self.engine
            .write(move |c| Box::pin(async move { use_code(c, &by, &account, &hash).await }))
            .await
    }

    /// How many recovery codes the account can still use.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn recovery_codes_left(self, account: i64) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM recovery_codes WHERE account = $1 AND used_at IS NULL";
        let row = sqlx::query(sql)
            .bind(account)
            .fetch_one(self.engine.read())
            .await?;
        Ok(row.try_get(0)?)
    }
}

/// Uses up a code; of two who use it at the same time, one does.
async fn use_code(
    c: &mut AnyConnection,
    by: &AuditActor,
    account: &Account,
    hash: &str,
) -> Result<Option<i64>, StoreError> {
    let sql = "UPDATE recovery_codes SET used_at = $3 WHERE account = $1 AND hash = $2 AND used_at IS NULL";
    let used = sqlx::query(sql)
        .bind(account.id)
        .bind(hash)
        .bind(by.at.0)
        .execute(&mut *c)
        .await?;
    if used.rows_affected() == 0 {
        return Ok(None);
    }
    let sql = "SELECT COUNT(*) FROM recovery_codes WHERE account = $1 AND used_at IS NULL";
    let row = sqlx::query(sql).bind(account.id).fetch_one(&mut *c).await?;
    let left: i64 = row.try_get(0)?;
    let detail = format!("还剩 {left} 个");
    audit::write(c, by, AuditAction::RecoveryCodeUsed, &account.name, &detail).await?;
    Ok(Some(left))
}
