//! The last good knowledge. In: the data files that went live. Out: the same files, for a process
//! whose own files cannot serve. There is one row, whichever process wrote it: all processes on one
//! database serve the same knowledge. Must not know: the content of data files.

use super::engine::DatabaseEngine;
use super::error::{StoreError, TransferError};
use super::source::SourceDatabase;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use wenlu_core::model::Timestamp;

/// Data files that have served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptKnowledge {
    pub version: String,
    /// When they went live, by the database's clock.
    pub at: Timestamp,
    /// The texts of the data files, by path.
    pub files: BTreeMap<String, String>,
}

/// The last good knowledge, and the failing tests that were accepted.
#[derive(Clone, Copy, Debug)]
pub struct KnowledgeStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl KnowledgeStore<'_> {
    /// The files that went live last; `None` if none did yet.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] for a row that this version cannot read; else if the database cannot be
    /// read.
    pub async fn last_good(self) -> Result<Option<KeptKnowledge>, StoreError> {
        let row = sqlx::query(KEPT).fetch_optional(self.engine.read()).await?;
        row.as_ref().map(kept).transpose()
    }

    /// Stores these files as the last good ones. If that version is stored already, its time does
    /// not change.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn keep(
        self,
        version: &str,
        files: &BTreeMap<String, String>,
    ) -> Result<(), StoreError> {
        let sql = format!(
            "INSERT INTO kept_knowledge (id, version, at, files) VALUES (1, $1, {now}, $2)
             ON CONFLICT (id) DO UPDATE SET version = excluded.version, at = excluded.at, files = excluded.files",
            now = self.engine.now()
        );
        let (version, files) = (version.to_owned(), serde_json::to_string(files)?);
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let kept = sqlx::query("SELECT version FROM kept_knowledge WHERE id = 1");
                    let kept = kept
                        .fetch_optional(&mut *connection)
                        .await?
                        .map(|row| row.try_get(0))
                        .transpose()?;
                    if kept.as_ref() != Some(&version) {
                        let insert = sqlx::query(sqlx::AssertSqlSafe(sql))
                            .bind(&version)
                            .bind(&files);
                        insert.execute(connection).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

/// The files that went live last, from a database that is opened read-only: neither it nor its tables are created.
///
/// # Errors
///
/// [`StoreError::Newer`] if a newer version of wenlu wrote the database; else if it cannot be read.
pub async fn read_last_good(url: &str) -> Result<Option<KeptKnowledge>, TransferError> {
    let mut source = match SourceDatabase::open(url).await {
        Err(
            TransferError::Store(StoreError::Missing(_))
            | TransferError::NotOurs(_)
            | TransferError::InMemory,
        ) => {
            return Ok(None);
        }
        opened => opened?,
    };
    let row = source.first_row("kept_knowledge", KEPT).await?;
    Ok(row.as_ref().map(kept).transpose()?)
}

const KEPT: &str = "SELECT version, at, files FROM kept_knowledge WHERE id = 1";

fn kept(row: &AnyRow) -> Result<KeptKnowledge, StoreError> {
    Ok(KeptKnowledge {
        version: row.try_get(0)?,
        at: Timestamp(row.try_get(1)?),
        files: serde_json::from_str(&row.try_get::<String, _>(2)?)?,
    })
}
