//! The last good knowledge. In: the data files that went live. Out: the same files, for a process
//! whose own files cannot serve. There is one row, whichever process wrote it: all processes on one
//! database serve the same knowledge. Must not know: the content of data files.

use super::source::Source;
use super::{Store, StoreError};
use crate::message::Timestamp;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use std::collections::BTreeMap;

/// Data files that have served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptKnowledge {
    pub version: String,
    /// When they went live, by the database's clock.
    pub at: Timestamp,
    /// The texts of the data files, by path.
    pub files: BTreeMap<String, String>,
}

impl Store {
    /// The files that went live last; `None` if none did yet.
    pub async fn good_knowledge(&self) -> Result<Option<KeptKnowledge>, StoreError> {
        let row = sqlx::query(KEPT).fetch_optional(self.engine.read()).await?;
        row.as_ref().map(kept).transpose()
    }

    /// The same, from a database that is opened read-only: neither it nor its tables are created.
    pub async fn good_knowledge_in(url: &str) -> Result<Option<KeptKnowledge>, StoreError> {
        let mut source = match Source::open(url).await {
            Err(StoreError::Missing(_) | StoreError::NotOurs(_) | StoreError::InMemory) => return Ok(None),
            opened => opened?,
        };
        let row = source.first_row("kept_knowledge", KEPT).await?;
        row.as_ref().map(kept).transpose()
    }

    /// Stores these files as the last good ones. If that version is stored already, its time does
    /// not change.
    pub async fn keep_good_knowledge(&self, version: &str, files: &BTreeMap<String, String>) -> Result<(), StoreError> {
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
                    let kept = kept.fetch_optional(&mut *connection).await?.map(|row| row.try_get(0)).transpose()?;
                    if kept.as_ref() != Some(&version) {
                        let insert = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&version).bind(&files);
                        insert.execute(connection).await?;
                    }
                    Ok(())
                })
            })
            .await
    }
}

const KEPT: &str = "SELECT version, at, files FROM kept_knowledge WHERE id = 1";

fn kept(row: &AnyRow) -> Result<KeptKnowledge, StoreError> {
    Ok(KeptKnowledge {
        version: row.try_get(0)?,
        at: Timestamp(row.try_get(1)?),
        files: serde_json::from_str(&row.try_get::<String, _>(2)?)?,
    })
}
