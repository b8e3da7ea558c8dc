//! The journal, for readers. In: which turns. Out: their rows. Must not know: how turns are written.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::records::JournalRow;
use super::values::{from_serde_name, like_containing, to_serde_name};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::{JournalEntry, Timestamp, TurnOutcome, UnansweredReason};

/// The journal from this time on; `None` for all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalSince(pub Option<Timestamp>);

/// The journal from `since` (inclusive) to `until` (exclusive).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JournalWindow {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// A search over the journal; an empty text matches anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JournalSearch {
    /// A part of the text or of the question, ignoring case.
    pub text: String,
    pub outcome: Option<TurnOutcome>,
    /// The id of an intent or of a gap.
    pub intent: String,
    pub conversation: String,
    pub window: JournalWindow,
}

/// What stands in the column `question` if it equals the column `text`: a long text is kept once.
pub(super) const SAME_AS_TEXT: &str = "";

/// The journal.
#[derive(Clone, Copy, Debug)]
pub struct JournalStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl JournalStore<'_> {
    /// One row of the journal.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] for a row that this version cannot read; else if the database cannot be
    /// read.
    pub async fn entry(self, id: i64) -> Result<Option<JournalRow>, StoreError> {
        let found = sqlx::query("SELECT * FROM journal WHERE id = $1")
            .bind(id)
            .fetch_optional(self.engine.read())
            .await?;
        found.as_ref().map(row).transpose()
    }

    /// The text of a message, as it is kept; `None` if it is not, or not any longer.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn text_of(
        self,
        conversation: &str,
        message: &str,
    ) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT text FROM journal WHERE conversation = $1 AND message = $2")
            .bind(conversation)
            .bind(message)
            .fetch_optional(self.engine.read())
            .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// A conversation's turns up to and including `id`, oldest first, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] for a row that this version cannot read; else if the database cannot be
    /// read.
    pub async fn until(
        self,
        conversation: &str,
        id: i64,
        limit: i64,
    ) -> Result<Vec<JournalRow>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM (SELECT * FROM journal WHERE conversation = $1 AND id <= $2 ORDER BY id DESC LIMIT $3) AS last
             ORDER BY id",
        )
        .bind(conversation)
        .bind(id)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter().map(row).collect()
    }

    /// Keeps what an asker wrote after the turn in which `message` said 没解决: once. `comment` must be
    /// masked. `false`: there is no such turn, or it has a comment.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn add_comment(
        self,
        conversation: &str,
        message: &str,
        comment: String,
    ) -> Result<bool, StoreError> {
        let sql = "UPDATE journal SET comment = $3
            WHERE conversation = $1 AND message = $2 AND unanswered = $4 AND comment IS NULL";
        let (conversation, message) = (conversation.to_owned(), message.to_owned());
        let unsolved = to_serde_name(&UnansweredReason::Unsolved)?;
        self.engine
            .write(move |c| {
                let update = sqlx::query(sql)
                    .bind(conversation)
                    .bind(message)
                    .bind(comment)
                    .bind(unsolved)
                    .execute(c);
                Box::pin(async move { Ok(update.await?.rows_affected() == 1) })
            })
            .await
    }

    /// What askers added to turns among `turns`, the newest first, each with its turn; at most `limit`.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn comments(
        self,
        turns: &[i64],
        limit: usize,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        const AT_ONCE: usize = 500;
        let mut found = Vec::new();
        for some in turns.chunks(AT_ONCE) {
            let ids: Vec<String> = some.iter().map(i64::to_string).collect();
            let sql = format!(
                "SELECT id, comment FROM journal WHERE id IN ({}) AND comment IS NOT NULL",
                ids.join(", ")
            );
            let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
                .fetch_all(self.engine.read())
                .await?;
            for row in &rows {
                found.push((row.try_get(0)?, row.try_get(1)?));
            }
        }
        found.sort_unstable_by_key(|(at, _): &(i64, String)| std::cmp::Reverse(*at));
        found.truncate(limit);
        Ok(found)
    }

    /// The question of the newest turn of a conversation that was about one.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn last_question(self, conversation: &str) -> Result<Option<String>, StoreError> {
        let row = sqlx::query(
            "SELECT COALESCE(NULLIF(question, $2), text) FROM journal
             WHERE conversation = $1 AND question IS NOT NULL ORDER BY id DESC LIMIT 1",
        )
        .bind(conversation)
        .bind(SAME_AS_TEXT)
        .fetch_optional(self.engine.read())
        .await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// A conversation's turns after `id`, oldest first, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] for a row that this version cannot read; else if the database cannot be
    /// read.
    pub async fn after(
        self,
        conversation: &str,
        id: i64,
        limit: i64,
    ) -> Result<Vec<JournalRow>, StoreError> {
        let sql = "SELECT * FROM journal WHERE conversation = $1 AND id > $2 ORDER BY id LIMIT $3";
        let rows = sqlx::query(sql)
            .bind(conversation)
            .bind(id)
            .bind(limit)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(row).collect()
    }

    /// The texts that were typed and routed, word for word, with their counts; in the order in
    /// which they were first asked. Of more than `most` different texts, those that were asked last.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn questions(
        self,
        window: JournalWindow,
        most: i64,
    ) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT text, asked FROM (
               SELECT text, COUNT(*) AS asked, MIN(id) AS first, MAX(id) AS last FROM journal
               WHERE decision IS NOT NULL AND at >= $1 AND at < $2
               GROUP BY text ORDER BY last DESC LIMIT $3
             ) AS newest ORDER BY first",
        )
        .bind(window.since.map_or(i64::MIN, |t| t.0))
        .bind(window.until.map_or(i64::MAX, |t| t.0))
        .bind(most)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)?.unsigned_abs())))
            .collect()
    }

    /// The number of turns in the journal.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn count(self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM journal")
            .fetch_one(self.engine.read())
            .await?
            .try_get(0)?)
    }

    /// The rows that match `search`, newest first: at most `limit`, all with an id below `before`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] for a row that this version cannot read; else if the database cannot be
    /// read.
    pub async fn search(
        self,
        search: &JournalSearch,
        before: i64,
        limit: i64,
    ) -> Result<Vec<JournalRow>, StoreError> {
        // `+at` keeps the index on `at` from being used: with it, all matches would have to be
        // sorted for one page, whereas rows in id order can be read until the page is full
        let rows = sqlx::query(
            "SELECT * FROM journal WHERE id < $1 AND +at >= $2 AND +at < $3
                 AND ($4 = '' OR LOWER(text) LIKE LOWER($5) ESCAPE '\\' OR LOWER(question) LIKE LOWER($5) ESCAPE '\\')
                 AND ($6 = '' OR outcome = $6)
                 AND ($7 = '' OR intent = $7 OR gap = $7)
                 AND ($8 = '' OR conversation = $8)
             ORDER BY id DESC LIMIT $9",
        )
        .bind(before)
        .bind(search.window.since.map_or(i64::MIN, |t| t.0))
        .bind(search.window.until.map_or(i64::MAX, |t| t.0))
        .bind(&search.text)
        .bind(like_containing(&search.text))
        .bind(search.outcome.as_ref().map(to_serde_name).transpose()?.unwrap_or_default())
        .bind(&search.intent)
        .bind(&search.conversation)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter().map(row).collect()
    }
}

/// Keeps what an asker adds to the turn in which they said 没解决 last: once. `comment` must be masked.
pub(super) async fn comment_on_last(
    connection: &mut AnyConnection,
    conversation: &str,
    comment: &str,
) -> Result<(), StoreError> {
    let sql = "UPDATE journal SET comment = $2 WHERE comment IS NULL
        AND id = (SELECT MAX(id) FROM journal WHERE conversation = $1 AND unanswered = $3)";
    sqlx::query(sql)
        .bind(conversation)
        .bind(comment)
        .bind(to_serde_name(&UnansweredReason::Unsolved)?)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) fn row(row: &AnyRow) -> Result<JournalRow, StoreError> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let maybe = |column: &str| row.try_get::<Option<String>, _>(column);
    let entry = JournalEntry {
        at: Timestamp(row.try_get("at")?),
        text: text("text")?,
        question: match maybe("question")? {
            Some(same) if same == SAME_AS_TEXT => Some(text("text")?),
            other => other,
        },
        lang: from_serde_name(&text("lang")?)?,
        decision: maybe("decision")?
            .as_deref()
            .map(from_serde_name)
            .transpose()?,
        intent: maybe("intent")?,
        gap: maybe("gap")?,
        confidence: row.try_get("confidence")?,
        candidates: serde_json::from_str(&text("candidates")?)?,
        knowledge: text("knowledge")?,
        outcome: from_serde_name(&text("outcome")?)?,
        unanswered: maybe("unanswered")?
            .as_deref()
            .map(from_serde_name)
            .transpose()?,
        handed_over: row.try_get::<i64, _>("handed_over")? != 0,
        scored_by: maybe("scored_by")?
            .as_deref()
            .map(from_serde_name)
            .transpose()?,
    };
    Ok(JournalRow {
        id: row.try_get("id")?,
        conversation: text("conversation")?,
        message: maybe("message")?,
        entry,
        comment: maybe("comment")?,
    })
}
