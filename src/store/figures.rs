//! Statistics and searches over the journal for the operators' pages. Every query reads an index or
//! a bounded number of rows, so that it stays fast on a long journal.

use super::records::{Outcome, Row};
use super::turns::row;
use super::{Store, StoreError, Window, from_word, word};
use crate::message::Timestamp;
use sqlx::Row as _;

/// The number of turns with one outcome within a quarter of an hour. In every time zone midnight
/// falls between two quarters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    pub at: Timestamp,
    pub outcome: Outcome,
    pub count: u64,
}

/// A text, and how often it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    pub what: String,
    pub count: u64,
}

/// How an intent's answers were received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    pub intent: String,
    /// How often its answer, or a part of it, was shown.
    pub shown: u64,
    pub solved: u64,
    pub unsolved: u64,
}

/// A search over the journal; an empty text matches anything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// A part of the text or of the question, ignoring case.
    pub text: String,
    pub outcome: Option<Outcome>,
    /// The id of an intent or of a gap.
    pub intent: String,
    pub conversation: String,
    pub window: Window,
}

const QUARTER: i64 = 900_000;

impl Traffic {
    /// The share of solved among those who gave feedback; `None` if nobody did.
    pub fn solved_rate(&self) -> Option<f64> {
        let said = self.solved + self.unsolved;
        (said > 0).then(|| self.solved as f64 / said as f64)
    }
}

impl Store {
    /// The outcomes of turns since `since`, per quarter of an hour.
    pub async fn outcomes(&self, since: Timestamp) -> Result<Vec<Counted>, StoreError> {
        let rows = sqlx::query(
            "SELECT at / $2 AS quarter, outcome, COUNT(*) FROM journal WHERE at >= $1 GROUP BY 1, 2 ORDER BY 1, 2",
        )
        .bind(since.0)
        .bind(QUARTER)
        .fetch_all(self.engine.read())
        .await?;
        let counted = |row: &sqlx::any::AnyRow| {
            Ok(Counted {
                at: Timestamp(row.try_get::<i64, _>(0)? * QUARTER),
                outcome: from_word(&row.try_get::<String, _>(1)?)?,
                count: row.try_get::<i64, _>(2)?.unsigned_abs(),
            })
        };
        rows.iter().map(counted).collect()
    }

    /// How each intent's answers were received since `since`, the most shown first.
    pub async fn traffic(&self, since: Timestamp) -> Result<Vec<Traffic>, StoreError> {
        let rows = sqlx::query(
            "SELECT intent, outcome, COUNT(*) FROM journal WHERE at >= $1 AND intent IS NOT NULL GROUP BY 1, 2",
        )
        .bind(since.0)
        .fetch_all(self.engine.read())
        .await?;
        let mut by_intent = std::collections::BTreeMap::<String, Traffic>::new();
        for row in &rows {
            let intent: String = row.try_get(0)?;
            let count = row.try_get::<i64, _>(2)?.unsigned_abs();
            let of = by_intent.entry(intent.clone()).or_insert_with(|| Traffic { intent, ..Traffic::default() });
            match from_word(&row.try_get::<String, _>(1)?)? {
                Outcome::Solved => of.solved += count,
                Outcome::Unsolved => of.unsolved += count,
                Outcome::Answered | Outcome::Choice | Outcome::Menu | Outcome::FollowUp => of.shown += count,
                _ => {}
            }
        }
        let mut all: Vec<Traffic> = by_intent.into_values().collect();
        all.sort_by(|a, b| b.shown.cmp(&a.shown).then_with(|| a.intent.cmp(&b.intent)));
        Ok(all)
    }

    /// The texts that were asked most since `since`, compared word for word.
    pub async fn top_questions(&self, since: Timestamp, limit: i64) -> Result<Vec<Tally>, StoreError> {
        let rows = sqlx::query(
            "SELECT text, COUNT(*) FROM journal WHERE decision IS NOT NULL AND at >= $1
             GROUP BY text ORDER BY 2 DESC, MAX(id) DESC LIMIT $2",
        )
        .bind(since.0)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        let tally = |row: &sqlx::any::AnyRow| {
            Ok(Tally { what: row.try_get(0)?, count: row.try_get::<i64, _>(1)?.unsigned_abs() })
        };
        rows.iter().map(tally).collect()
    }

    /// How long people took to answer after a hand-over was asked for, since `since`, in
    /// milliseconds, ascending.
    pub async fn waits(&self, since: Timestamp) -> Result<Vec<i64>, StoreError> {
        let rows = sqlx::query(
            "SELECT (SELECT p.at FROM journal p WHERE p.conversation = h.conversation AND p.id > h.id
                     AND p.outcome = 'person' ORDER BY p.id LIMIT 1) - h.at AS waited
             FROM journal h WHERE h.at >= $1 AND h.outcome = 'human'",
        )
        .bind(since.0)
        .fetch_all(self.engine.read())
        .await?;
        let mut waits: Vec<i64> = Vec::new();
        for row in &rows {
            waits.extend(row.try_get::<Option<i64>, _>(0)?);
        }
        waits.sort_unstable();
        Ok(waits)
    }

    /// The rows that match `search`, newest first: at most `limit`, all with an id below `before`.
    pub async fn search(&self, search: &Search, before: i64, limit: i64) -> Result<Vec<Row>, StoreError> {
        // LIKE's wildcards are escaped. `+at` keeps the index on `at` from being used: with it, all
        // matches would have to be sorted for one page, whereas rows in id order can be read until
        // the page is full.
        let like = search.text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
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
        .bind(format!("%{like}%"))
        .bind(search.outcome.as_ref().map(word).transpose()?.unwrap_or_default())
        .bind(&search.intent)
        .bind(&search.conversation)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter().map(row).collect()
    }
}
