//! Whether turns can be stored now. In: any number of requests. Out: the answer of the database
//! itself, which is asked to write at most once a second. Must not know: who asks.

use super::health::StoreFault;
use super::{Store, StoreError};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long a result is reused.
const HOLDS: Duration = Duration::from_secs(1);
/// How long to wait for the database.
const PATIENCE: Duration = Duration::from_millis(1_900);

/// When the last write test was made, and its result.
#[derive(Debug, Default)]
pub(super) struct LastTest(Mutex<Option<(Instant, Result<(), StoreFault>)>>);

impl Store {
    /// Writes a row, and reads a table that every turn needs. Concurrent requests share one write.
    pub async fn ready(&self) -> Result<(), StoreFault> {
        let answer = async {
            self.can_write().await?;
            self.found(self.ping().await)
        };
        let answer = tokio::time::timeout(PATIENCE, answer).await.unwrap_or(Err(StoreFault::Silent));
        // a turn may have failed to write since the test
        answer.and(self.engine.fault().map_or(Ok(()), Err))
    }

    async fn can_write(&self) -> Result<(), StoreFault> {
        let mut last = self.upkeep.tested.0.lock().await;
        match *last {
            Some((at, result)) if at.elapsed() < HOLDS => result,
            _ => {
                let result = self.found(self.write_test().await);
                *last = Some((Instant::now(), result));
                result
            }
        }
    }

    fn found(&self, result: Result<(), StoreError>) -> Result<(), StoreFault> {
        match result {
            Ok(()) => Ok(()),
            Err(StoreError::Fault(fault, _)) => {
                if fault == StoreFault::Damaged {
                    self.engine.forget_pages();
                }
                Err(fault)
            }
            Err(error) => {
                tracing::debug!(%error, "the store does not do what every turn needs");
                Err(StoreFault::Refusing)
            }
        }
    }

    /// Writes a lease that nobody holds; it is always the same row.
    async fn write_test(&self) -> Result<(), StoreError> {
        let now = self.engine.now();
        let sql = format!(
            "INSERT INTO leases (name, holder, epoch, until) VALUES ('write-test', '', 1, {now})
             ON CONFLICT (name) DO UPDATE SET until = excluded.until"
        );
        self.engine
            .write_at_once(move |connection| {
                Box::pin(async move {
                    sqlx::query(sqlx::AssertSqlSafe(sql)).execute(connection).await?;
                    Ok(())
                })
            })
            .await
    }
}
