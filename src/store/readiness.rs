//! Whether turns can be stored now. In: any number of requests. Out: the answer of the database
//! itself, which is asked to write at most once a second. Must not know: who asks.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::health::StoreFault;
use super::runtime::StoreRuntime;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// How long a result is reused.
const ANSWER_VALID_FOR: Duration = Duration::from_secs(1);
/// How long to wait for the database.
const ANSWER_TIMEOUT: Duration = Duration::from_millis(1_900);

/// When the last write test was made, and its result.
#[derive(Debug, Default)]
pub(super) struct LastWriteTest(Mutex<Option<(Instant, Result<(), StoreFault>)>>);

/// Whether turns can be stored now.
#[derive(Clone, Copy, Debug)]
pub struct StoreReadiness<'a> {
    pub(super) engine: &'a DatabaseEngine,
    pub(super) runtime: &'a StoreRuntime,
}

impl StoreReadiness<'_> {
    /// Writes a row, and reads a table that every turn needs. Concurrent requests share one write.
    ///
    /// # Errors
    ///
    /// The fault that keeps turns from being stored.
    pub async fn check(self) -> Result<(), StoreFault> {
        let answer = async {
            self.can_write().await?;
            self.found(self.read_test().await)
        };
        let answer = tokio::time::timeout(ANSWER_TIMEOUT, answer)
            .await
            .unwrap_or(Err(StoreFault::NoAnswer));
        // a turn may have failed to write since the test
        answer.and(self.engine.fault().map_or(Ok(()), Err))
    }

    async fn can_write(self) -> Result<(), StoreFault> {
        let mut last = self.runtime.tested.0.lock().await;
        match *last {
            Some((at, result)) if at.elapsed() < ANSWER_VALID_FOR => result,
            _ => {
                let result = self.found(self.write_test().await);
                *last = Some((Instant::now(), result));
                result
            }
        }
    }

    fn found(self, result: Result<(), StoreError>) -> Result<(), StoreFault> {
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

    /// Reads one row of a table that every turn needs.
    async fn read_test(self) -> Result<(), StoreError> {
        sqlx::query("SELECT version FROM conversations LIMIT 1")
            .fetch_optional(self.engine.read())
            .await?;
        Ok(())
    }

    /// Writes a lease that nobody holds; it is always the same row.
    async fn write_test(self) -> Result<(), StoreError> {
        let now = self.engine.now();
        let sql = format!(
            "INSERT INTO leases (name, holder, epoch, until) VALUES ('write-test', '', 1, {now})
             ON CONFLICT (name) DO UPDATE SET until = excluded.until"
        );
        self.engine
            .write_at_once(move |connection| {
                Box::pin(async move {
                    sqlx::query(sqlx::AssertSqlSafe(sql))
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}
