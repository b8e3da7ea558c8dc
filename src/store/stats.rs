//! Statistics over the journal for the operators' pages. Every query reads an index or
//! a bounded number of rows, so that it stays fast on a long journal.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::journal::JournalWindow;
use super::values::from_serde_name;
use sqlx::Row as _;
use wenlu_core::model::Timestamp;
use wenlu_core::model::TurnOutcome;

/// The number of turns with one outcome within a quarter of an hour. In every time zone midnight
/// falls between two quarters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutcomeCount {
    pub at: Timestamp,
    pub outcome: TurnOutcome,
    pub count: u64,
}

/// A text, and how often it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuestionCount {
    pub what: String,
    pub count: u64,
}

/// How an intent's answers were received.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IntentTraffic {
    pub intent: String,
    /// How often its answer, or a part of it, was shown.
    pub shown: u64,
    pub solved: u64,
    pub unsolved: u64,
}

/// What became of a question, as figures count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionOutcome {
    Answered,
    Clarified,
    Unknown,
    /// A person was asked for.
    Human,
}

impl QuestionOutcome {
    /// `None` if it is not the answer to a question.
    pub fn of(outcome: TurnOutcome) -> Option<Self> {
        match outcome {
            TurnOutcome::Answered | TurnOutcome::FollowUp => Some(QuestionOutcome::Answered),
            TurnOutcome::Clarified | TurnOutcome::Menu => Some(QuestionOutcome::Clarified),
            TurnOutcome::Unknown | TurnOutcome::Gap => Some(QuestionOutcome::Unknown),
            TurnOutcome::Human => Some(QuestionOutcome::Human),
            _ => None,
        }
    }
}

/// The middle of ascending numbers; `None` if there are none.
pub fn median(sorted: &[i64]) -> Option<i64> {
    let middle = sorted.len() / 2;
    let above = sorted.get(middle)?;
    let below = if sorted.len().is_multiple_of(2) {
        sorted.get(middle - 1)?
    } else {
        above
    };
    Some(below + (above - below) / 2)
}

const QUARTER: i64 = 900_000;

impl IntentTraffic {
    /// The share of solved among those who gave feedback; `None` if nobody did.
    pub fn solved_rate(&self) -> Option<f64> {
        let said = self.solved + self.unsolved;
        (said > 0).then(|| self.solved as f64 / said as f64)
    }
}

/// Statistics over the journal.
#[derive(Clone, Copy, Debug)]
pub struct StatsStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl StatsStore<'_> {
    /// The outcomes of turns since `since`, per quarter of an hour.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn outcomes(self, since: Timestamp) -> Result<Vec<OutcomeCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT at / $2 AS quarter, outcome, COUNT(*) FROM journal WHERE at >= $1 GROUP BY 1, 2 ORDER BY 1, 2",
        )
        .bind(since.0)
        .bind(QUARTER)
        .fetch_all(self.engine.read())
        .await?;
        let counted = |row: &sqlx::any::AnyRow| {
            Ok(OutcomeCount {
                at: Timestamp(row.try_get::<i64, _>(0)? * QUARTER),
                outcome: from_serde_name(&row.try_get::<String, _>(1)?)?,
                count: row.try_get::<i64, _>(2)?.unsigned_abs(),
            })
        };
        rows.iter().map(counted).collect()
    }

    /// How each intent's answers were received since `since`, the most shown first.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn traffic(self, since: Timestamp) -> Result<Vec<IntentTraffic>, StoreError> {
        let rows = sqlx::query(
            "SELECT intent, outcome, COUNT(*) FROM journal WHERE at >= $1 AND intent IS NOT NULL GROUP BY 1, 2",
        )
        .bind(since.0)
        .fetch_all(self.engine.read())
        .await?;
        let mut by_intent = std::collections::BTreeMap::<String, IntentTraffic>::new();
        for row in &rows {
            let intent: String = row.try_get(0)?;
            let count = row.try_get::<i64, _>(2)?.unsigned_abs();
            let of = by_intent
                .entry(intent.clone())
                .or_insert_with(|| IntentTraffic {
                    intent,
                    ..IntentTraffic::default()
                });
            match from_serde_name(&row.try_get::<String, _>(1)?)? {
                TurnOutcome::Solved => of.solved += count,
                TurnOutcome::Unsolved => of.unsolved += count,
                TurnOutcome::Answered
                | TurnOutcome::Choice
                | TurnOutcome::Menu
                | TurnOutcome::FollowUp => of.shown += count,
                _ => {}
            }
        }
        let mut all: Vec<IntentTraffic> = by_intent.into_values().collect();
        all.sort_by(|a, b| b.shown.cmp(&a.shown).then_with(|| a.intent.cmp(&b.intent)));
        Ok(all)
    }

    /// The texts that were asked most since `since`, compared word for word.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn top_questions(
        self,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<QuestionCount>, StoreError> {
        let rows = sqlx::query(
            "SELECT text, COUNT(*) FROM journal WHERE decision IS NOT NULL AND at >= $1
             GROUP BY text ORDER BY 2 DESC, MAX(id) DESC LIMIT $2",
        )
        .bind(since.0)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        let tally = |row: &sqlx::any::AnyRow| {
            Ok(QuestionCount {
                what: row.try_get(0)?,
                count: row.try_get::<i64, _>(1)?.unsigned_abs(),
            })
        };
        rows.iter().map(tally).collect()
    }

    /// How long people took to answer after a hand-over was asked for within `window`, in
    /// milliseconds, ascending.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn handover_waits(self, window: JournalWindow) -> Result<Vec<i64>, StoreError> {
        let rows = sqlx::query(
            "SELECT (SELECT p.at FROM journal p WHERE p.conversation = h.conversation AND p.id > h.id
                     AND p.outcome = 'person' ORDER BY p.id LIMIT 1) - h.at AS waited
             FROM journal h WHERE h.at >= $1 AND h.at < $2 AND h.outcome = 'human'",
        )
        .bind(window.since.map_or(i64::MIN, |t| t.0))
        .bind(window.until.map_or(i64::MAX, |t| t.0))
        .fetch_all(self.engine.read())
        .await?;
        let mut waits: Vec<i64> = Vec::new();
        for row in &rows {
            waits.extend(row.try_get::<Option<i64>, _>(0)?);
        }
        waits.sort_unstable();
        Ok(waits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(
            [
                median(&[]),
                median(&[7]),
                median(&[1, 3]),
                median(&[1, 2, 9])
            ],
            [None, Some(7), Some(2), Some(2)]
        );
    }
}
