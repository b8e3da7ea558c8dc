//! How large the journal is, and what happens at its limit. In: the most bytes. Out: the oldest
//! answered turns deleted; those that wait for review only when no other is left, and none of a
//! conversation that a person takes part in. Must not know: who set the limit.

use super::error::StoreError;
use super::journal_rows;
use super::journal_size::JournalSize;
use super::retention::{ROWS_PER_DELETE, RetentionStore};
use super::unanswered::{SCANNED_TURNS, unanswered_among};
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::HashSet;
use wenlu_core::model::Timestamp;

/// What was done at the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalShrink {
    /// Nothing: it is below its limit.
    Fits,
    /// So much is above the limit, of a limit that was lowered, that a person has to agree.
    Asks,
    /// So many turns were deleted, and so many bytes are left.
    Deleted {
        /// The turns that are gone.
        turns: u64,
        /// The journal's size afterwards.
        bytes: u64,
    },
}

/// Turns after a piece that can show that one of it went unanswered.
const TURNS_LOOKED_AHEAD: i64 = 20_000;
/// In milliseconds: a conversation without turns goes unless it was heard of within this time.
const QUIET_FOR: i64 = 3_600_000;

/// A row with its share of the indices; `octet_length` reads no text. The numbers are those of
/// `cargo bench --bench turn_bytes`.
const TURN_BYTES: &str =
    "octet_length(text) + octet_length(COALESCE(question, '')) + octet_length(candidates)
    + 2 * octet_length(conversation) + 250";
const SIZE: &str = "\
    SELECT (SELECT COALESCE(CAST(SUM(TURN_BYTES) AS BIGINT), 0) FROM journal)
         + (SELECT COALESCE(CAST(SUM(octet_length(state) + 2 * octet_length(id) + 60) AS BIGINT), 0) FROM conversations)
         + (SELECT COALESCE(CAST(SUM(octet_length(response) + 2 * octet_length(conversation)
               + 2 * octet_length(message) + 100) AS BIGINT), 0) FROM answered)";

/// A turn that may go.
struct OldTurn {
    id: i64,
    bytes: u64,
}

impl RetentionStore<'_> {
    /// How many bytes the journal, conversations and kept answers take. It reads every row.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn journal_bytes(self) -> Result<u64, StoreError> {
        let sql = SIZE.replace("TURN_BYTES", TURN_BYTES);
        let bytes: i64 = sqlx::query(AssertSqlSafe(sql))
            .fetch_one(self.engine.read())
            .await?
            .try_get(0)?;
        Ok(bytes.unsigned_abs())
    }

    /// Deletes the oldest turns if the journal is above its limit. If much would go, a person has to
    /// have `confirmed` it.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn shrink_journal(
        self,
        now: Timestamp,
        mut size: JournalSize,
        confirmed: bool,
    ) -> Result<JournalShrink, StoreError> {
        let excess = size.excess();
        if excess == 0 {
            return Ok(JournalShrink::Fits);
        }
        if !confirmed && size.needs_person() {
            return Ok(JournalShrink::Asks);
        }
        let target = size.bytes - excess;
        let mut gone = 0;
        while size.bytes > target {
            // conversations and kept answers go with their turns, uncounted: it is measured again
            let least = ((size.bytes - target) / 2).max(1);
            let turns = self.delete_bytes(now, least).await?;
            if turns == 0 {
                break;
            }
            gone += turns;
            size.bytes = self.journal_bytes().await?;
        }
        Ok(JournalShrink::Deleted {
            turns: gone,
            bytes: size.bytes,
        })
    }

    /// Deletes turns of so many bytes, if there are as many. Returns how many.
    async fn delete_bytes(self, now: Timestamp, bytes: u64) -> Result<u64, StoreError> {
        let (mut freed, mut gone) = (0, 0);
        for spare_unanswered in [true, false] {
            let mut after = 0;
            while freed < bytes {
                let piece = self.oldest_turns(after).await?;
                let Some(last) = piece.last().map(|turn| turn.id) else {
                    break;
                };
                let kept = self.protected(after, last, spare_unanswered).await?;
                let mut ids = Vec::with_capacity(piece.len());
                for turn in piece.iter().filter(|turn| !kept.contains(&turn.id)) {
                    if freed >= bytes {
                        break;
                    }
                    freed += turn.bytes;
                    ids.push(turn.id);
                }
                gone += self.delete_turns(now, ids).await?;
                after = last;
            }
        }
        Ok(gone)
    }

    async fn oldest_turns(self, after: i64) -> Result<Vec<OldTurn>, StoreError> {
        let sql = format!(
            "SELECT id, CAST({TURN_BYTES} AS BIGINT) FROM journal WHERE id > $1 ORDER BY id LIMIT $2"
        );
        let rows = sqlx::query(AssertSqlSafe(sql))
            .bind(after)
            .bind(ROWS_PER_DELETE)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter()
            .map(|row| {
                let bytes = row.try_get::<i64, _>(1)?.unsigned_abs();
                Ok(OldTurn {
                    id: row.try_get(0)?,
                    bytes,
                })
            })
            .collect()
    }

    /// The turns from after `after` to `last` that must stay.
    async fn protected(
        self,
        after: i64,
        last: i64,
        spare_unanswered: bool,
    ) -> Result<HashSet<i64>, StoreError> {
        let open = sqlx::query(
            "SELECT id FROM journal WHERE id > $1 AND id <= $2
                 AND conversation IN (SELECT conversation FROM handovers WHERE open = 1)",
        )
        .bind(after)
        .bind(last)
        .fetch_all(self.engine.read())
        .await?;
        let mut kept = HashSet::new();
        for row in &open {
            kept.insert(row.try_get(0)?);
        }
        if !spare_unanswered {
            return Ok(kept);
        }
        let rows = sqlx::query(
            AssertSqlSafe(format!(
                "{SCANNED_TURNS} WHERE id > $1 AND id <= $3
                     AND conversation IN (SELECT conversation FROM journal WHERE id > $1 AND id <= $2)"
            )),
        )
        .bind(after)
        .bind(last)
        .bind(last.saturating_add(TURNS_LOOKED_AHEAD))
        .fetch_all(self.engine.read())
        .await?;
        kept.extend(unanswered_among(&rows).await?);
        Ok(kept)
    }

    async fn delete_turns(self, now: Timestamp, ids: Vec<i64>) -> Result<u64, StoreError> {
        if ids.is_empty() {
            return Ok(0);
        }
        let quiet_since = Timestamp(now.0.saturating_sub(QUIET_FOR));
        self.engine
            .write(move |connection| {
                Box::pin(
                    async move { journal_rows::delete_these(connection, &ids, quiet_since).await },
                )
            })
            .await
    }
}
