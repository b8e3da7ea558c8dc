//! Leases: work that only one process at a time does. Times are the database's, so that differing
//! clocks do no harm. The epoch grows with every new holder, and writes under an older epoch are
//! refused (fencing).

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::values::millis;
use futures_util::future::BoxFuture;
use sqlx::{AnyConnection, Row as _};
use std::time::Duration;

/// A lease, as it was acquired. It may have been lost since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    name: String,
    holder: String,
    /// Counts the holders so far, this one included.
    pub epoch: i64,
}

/// The leases.
#[derive(Clone, Copy, Debug)]
pub struct LeaseStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl LeaseStore<'_> {
    /// Acquires or renews a lease; `None` while another holder has it. A holder that renews too
    /// late keeps its epoch if nobody acquired the lease meanwhile, so that work begun under it is
    /// not refused.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn acquire(
        self,
        name: &str,
        holder: &str,
        ttl: Duration,
    ) -> Result<Option<Lease>, StoreError> {
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
                    Ok(Some(Lease {
                        epoch: row.try_get(0)?,
                        name,
                        holder,
                    }))
                })
            })
            .await
    }

    /// Gives the lease up, so that others can acquire it at once.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn release(self, lease: &Lease) -> Result<(), StoreError> {
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

/// As [`DatabaseEngine::write`], but [`StoreError::LeaseLost`] if there is another holder by now.
pub(super) async fn write_as_holder<T, W>(
    engine: &DatabaseEngine,
    lease: &Lease,
    work: W,
) -> Result<T, StoreError>
where
    T: Send + 'static,
    W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>>
        + Send
        + 'static,
{
    let lease = lease.clone();
    engine
        .write(move |connection| {
            Box::pin(async move {
                require_lease(connection, &lease).await?;
                work(connection).await
            })
        })
        .await
}

/// [`StoreError::LeaseLost`] if there is another holder by now. Locks the lease: there can be no
/// other holder before this transaction ends.
async fn require_lease(connection: &mut AnyConnection, lease: &Lease) -> Result<(), StoreError> {
    let held = sqlx::query(
        "UPDATE leases SET epoch = epoch WHERE name = $1 AND holder = $2 AND epoch = $3",
    )
    .bind(&lease.name)
    .bind(&lease.holder)
    .bind(lease.epoch)
    .execute(connection)
    .await?;
    if held.rows_affected() == 1 {
        Ok(())
    } else {
        Err(StoreError::LeaseLost)
    }
}
