//! Search among hand-overs, open and closed. In: words, a number or a name, and where it stands. Out:
//! a page of them. Only the masked texts are searched. Must not know: pages, who may see them.

use super::error::StoreError;
use super::handover_list::{HandoverListStore, ListedHandover, listed};
use super::records::HandoverStage;
use super::values::{like_containing, to_serde_name};
use sqlx::AssertSqlSafe;
use std::time::Duration;

/// What is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandoverSearch {
    /// In what was said, in whose name it is, in the number; empty: everywhere.
    pub words: String,
    /// `None`: wherever it stands.
    pub stage: Option<HandoverStage>,
    /// Hand-overs that are passed over.
    pub skip: i64,
}

/// How long it may take.
pub const PATIENCE: Duration = Duration::from_secs(2);

const FOUND: &str = "\
    ($1 = '' OR state = $1)
    AND ($2 = '' OR number = $3
         OR LOWER(COALESCE(assignee, '')) LIKE LOWER($4) ESCAPE '\\'
         OR LOWER(COALESCE(asker, '')) LIKE LOWER($4) ESCAPE '\\'
         OR LOWER(COALESCE(question, '')) LIKE LOWER($4) ESCAPE '\\'
         OR EXISTS (SELECT 1 FROM messages s WHERE s.conversation = handovers.conversation
                    AND LOWER(s.masked) LIKE LOWER($4) ESCAPE '\\'))
    ORDER BY last_at DESC, number";

impl HandoverListStore<'_> {
    /// The hand-overs that match, the last first; at most `limit`. `None` if it takes longer than
    /// [`PATIENCE`].
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn search(
        self,
        search: &HandoverSearch,
        limit: i64,
    ) -> Result<Option<Vec<ListedHandover>>, StoreError> {
        let words = search.words.trim();
        let stage = search.stage.as_ref().map(to_serde_name).transpose()?;
        let sql = format!("{} {FOUND} LIMIT $5 OFFSET $6", HandoverListStore::LISTED);
        let found = sqlx::query(AssertSqlSafe(sql))
            .bind(stage.unwrap_or_default())
            .bind(words)
            .bind(words.parse::<i64>().unwrap_or(-1))
            .bind(like_containing(words))
            .bind(limit)
            .bind(search.skip)
            .fetch_all(self.engine.read());
        match tokio::time::timeout(PATIENCE, found).await {
            Ok(rows) => Ok(Some(rows?.iter().map(listed).collect::<Result<_, _>>()?)),
            Err(_) => Ok(None),
        }
    }
}
