//! When something was last done that has to be done again and again. In: what, and when. Out: the
//! last time. Must not know: how it is done.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use sqlx::Row as _;
use wenlu_core::model::Timestamp;

/// What has to be done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecurringWork {
    /// A backup was written, and read back.
    Backup,
}

/// The last time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastDone {
    pub at: Timestamp,
    /// What came of it, for people.
    pub detail: String,
}

/// When something was last done.
#[derive(Clone, Copy, Debug)]
pub struct LastDoneStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl RecurringWork {
    fn name(self) -> &'static str {
        match self {
            RecurringWork::Backup => "backup",
        }
    }
}

impl LastDoneStore<'_> {
    /// Records that `work` was done.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn record(self, work: RecurringWork, done: LastDone) -> Result<(), StoreError> {
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO last_done (what, at, detail) VALUES ($1, $2, $3)
                         ON CONFLICT (what) DO UPDATE SET at = excluded.at, detail = excluded.detail",
                    )
                    .bind(work.name())
                    .bind(done.at.0)
                    .bind(&done.detail)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    /// When `work` was last done; `None`: never.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn of(self, work: RecurringWork) -> Result<Option<LastDone>, StoreError> {
        let row = sqlx::query("SELECT at, detail FROM last_done WHERE what = $1")
            .bind(work.name())
            .fetch_optional(self.engine.read())
            .await?;
        let found = row.map(|row| {
            Ok::<_, sqlx::Error>(LastDone {
                at: Timestamp(row.try_get(0)?),
                detail: row.try_get(1)?,
            })
        });
        Ok(found.transpose()?)
    }
}
