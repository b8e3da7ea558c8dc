//! Leases: work that one process does for all. Time is the database's, so that clocks that differ do no harm; the epoch
//! grows with every holder, and what an earlier one still tries to write is refused.

use super::{Store, StoreError, millis};
use sqlx::{AnyConnection, Row as _};
use std::time::Duration;

/// A lease that was held when it was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    name: String,
    holder: String,
    /// How many holders there were before, and one.
    pub epoch: i64,
}

impl Store {
    /// Takes or prolongs a lease; `None` while somebody else holds it. Who comes too late to prolong it goes on all the same
    /// if nobody took it meanwhile: what was begun under it is not refused.
    pub async fn lease(&self, name: &str, holder: &str, ttl: Duration) -> Result<Option<Lease>, StoreError> {
        let now = self.engine.now();
        let sql = format!(
            "INSERT INTO leases (name, holder, epoch, until) VALUES ($1, $2, 1, {now} + $3)
             ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until,
                 epoch = leases.epoch + CASE WHEN leases.holder = excluded.holder THEN 0 ELSE 1 END
             WHERE leases.holder = excluded.holder OR leases.until < {now}
             RETURNING epoch"
        );
        let (name, holder, ttl) = (name.to_owned(), holder.to_owned(), millis(ttl));
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
                        .bind(&name)
                        .bind(&holder)
                        .bind(ttl)
                        .fetch_optional(connection)
                        .await?;
                    let Some(row) = row else { return Ok(None) };
                    Ok(Some(Lease { epoch: row.try_get(0)?, name, holder }))
                })
            })
            .await
    }

    /// Lets others take the lease at once.
    pub async fn release(&self, lease: &Lease) -> Result<(), StoreError> {
        let lease = lease.clone();
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE leases SET until = 0 WHERE name = $1 AND holder = $2 AND epoch = $3")
                        .bind(&lease.name)
                        .bind(&lease.holder)
                        .bind(lease.epoch)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

/// [`StoreError::Fenced`] if there was another holder since; nobody becomes one before this transaction ends.
pub(super) async fn guard(connection: &mut AnyConnection, lease: &Lease) -> Result<(), StoreError> {
    let held = sqlx::query("UPDATE leases SET epoch = epoch WHERE name = $1 AND holder = $2 AND epoch = $3")
        .bind(&lease.name)
        .bind(&lease.holder)
        .bind(lease.epoch)
        .execute(connection)
        .await?;
    if held.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Fenced) }
}
