//! Deletes what is not kept any longer, even if nobody writes. In: the time, and how long the
//! journal is kept. Out: a store without older rows, or what waits for a person
//! ([`super::sweep_plan`] says when). Must not know: who asks the person.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::runtime::StoreRuntime;
use super::sweep_plan::{SweepCandidate, SweepPart, SweepPlan, SweepVerdict, judge};
use super::sweep_rules::{JOURNAL, MOST_ROWS, SweepLimit, limits};
use super::upkeep::UpkeepReport;
use super::{audit, journal_rows};
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};
use std::collections::BTreeMap;
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// Rows deleted in one transaction; few enough that concurrent writers hardly notice.
pub(super) const ROWS_PER_DELETE: i64 = 500;

/// Removes what is not kept any longer.
#[derive(Clone, Copy, Debug)]
pub struct RetentionStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
    pub(super) runtime: &'a StoreRuntime,
}

/// What a sweep has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepResult {
    /// As it was before: [`SweepPlan::parts`] says what was not done.
    pub plan: SweepPlan,
    /// How many rows were deleted, by table; without tables that lost none.
    pub deleted: Vec<(&'static str, u64)>,
}

impl SweepResult {
    /// How many turns were deleted.
    pub fn turns(&self) -> u64 {
        let of_journal = self.deleted.iter().find(|(table, _)| *table == JOURNAL);
        of_journal.map_or(0, |(_, rows)| *rows)
    }
}

/// Tables that are emptied while the server runs, and hold messages unmasked until then.
pub(super) const EMPTIED: &[&str] = &[
    "inbox",
    "outbox",
    "pushes",
    "quarantine",
    "passive_replies",
    "messages",
    "files",
    "file_parts",
    "contacts",
];

impl RetentionStore<'_> {
    /// Overwrites data that was deleted, which until then remains in the files. The inbox, the
    /// outbox and the WAL hold users' messages unmasked while they are handled, which is why this
    /// runs often.
    ///
    /// With `rewrite` the whole file is rewritten, so that nothing remains even inside pages in
    /// use. False: a reader kept the WAL open, and some data remains. On PostgreSQL this does
    /// nothing: its autovacuum removes deleted rows.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn secure_delete(self, rewrite: bool) -> Result<bool, StoreError> {
        self.engine.secure_delete(EMPTIED, rewrite).await
    }

    /// What the last upkeep of this process found.
    pub fn report(self) -> UpkeepReport {
        self.runtime.upkeep.report()
    }

    /// Changes what is reported.
    pub fn update_report(self, change: impl FnOnce(&mut UpkeepReport)) {
        self.runtime.upkeep.update(change);
    }

    /// What [`RetentionStore::sweep`] would do now, all rows counted.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn plan(
        self,
        now: Timestamp,
        kept: Option<Duration>,
    ) -> Result<SweepPlan, StoreError> {
        self.plan_limits(now, &limits(now, kept), true).await
    }

    /// Deletes what is only kept for a while. With `kept`, also deletes every older turn,
    /// conversations with no younger turn, and other rows that refer to them. What the plan holds
    /// back stays, unless a person has `confirmed` it. Several processes may run it at the same
    /// time.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn sweep(
        self,
        now: Timestamp,
        kept: Option<Duration>,
        confirmed: bool,
    ) -> Result<SweepResult, StoreError> {
        let limits = limits(now, kept);
        let plan = self.plan_limits(now, &limits, false).await?;
        self.runtime.upkeep.holds(!confirmed && is_held(&plan));
        let mut deleted = Vec::new();
        for (limit, part) in limits.iter().zip(&plan.parts) {
            if !confirmed && part.verdict != SweepVerdict::Runs {
                continue;
            }
            let rows = self.delete(*limit, now).await?;
            if rows > 0 {
                deleted.push((limit.rule.name, rows));
            }
        }
        self.trim().await?;
        Ok(SweepResult { plan, deleted })
    }

    async fn plan_limits(
        self,
        now: Timestamp,
        limits: &[SweepLimit],
        count_all: bool,
    ) -> Result<SweepPlan, StoreError> {
        let mut last = BTreeMap::<String, Timestamp>::new();
        for row in sqlx::query("SELECT name, until FROM sweeps")
            .fetch_all(self.engine.read())
            .await?
        {
            last.insert(row.try_get(0)?, Timestamp(row.try_get(1)?));
        }
        let mut tables = Vec::with_capacity(limits.len());
        for limit in limits {
            let mut table = SweepCandidate {
                limit: *limit,
                last: last.get(limit.rule.name).copied(),
                rows: 0,
                of: 0,
            };
            // counting reads the whole index
            if count_all || table.moved_far() {
                (table.rows, table.of) = self.count(limit).await?;
            }
            tables.push(table);
        }
        let verdicts = judge(&tables, self.runtime.upkeep.held_for());
        let part = |(table, verdict): (&SweepCandidate, SweepVerdict)| SweepPart {
            table: table.limit.rule.name,
            before: table.limit.before,
            rows: table.rows,
            of: table.of,
            verdict,
        };
        Ok(SweepPlan {
            now,
            newest: self.newest_turn().await?,
            parts: tables.iter().zip(verdicts).map(part).collect(),
        })
    }

    /// When the newest turn was.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn newest_turn(self) -> Result<Option<Timestamp>, StoreError> {
        let newest: Option<i64> = sqlx::query("SELECT MAX(at) FROM journal")
            .fetch_one(self.engine.read())
            .await?
            .try_get(0)?;
        Ok(newest.map(Timestamp))
    }

    /// When this database was last swept by any process.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn last_sweep(self) -> Result<Option<Timestamp>, StoreError> {
        let last: Option<i64> = sqlx::query("SELECT MAX(at) FROM sweeps")
            .fetch_one(self.engine.read())
            .await?
            .try_get(0)?;
        Ok(last.map(Timestamp))
    }

    async fn count(self, limit: &SweepLimit) -> Result<(u64, u64), StoreError> {
        let row = sqlx::query(AssertSqlSafe(limit.rule.count_sql()))
            .bind(limit.before.0)
            .fetch_one(self.engine.read())
            .await?;
        let number = |index| Ok::<_, StoreError>(row.try_get::<i64, _>(index)?.unsigned_abs());
        Ok((number(0)?, number(1)?))
    }

    /// Deletes what is beyond a limit; the last piece notes how far it was swept.
    async fn delete(self, limit: SweepLimit, now: Timestamp) -> Result<u64, StoreError> {
        let mut gone = 0;
        loop {
            let (piece, is_last) = self
                .engine
                .write(move |connection| {
                    Box::pin(async move {
                        let piece = delete_piece(connection, limit).await?;
                        let is_last = piece < ROWS_PER_DELETE.unsigned_abs();
                        if is_last {
                            note_limit(connection, limit, now).await?;
                        }
                        Ok((piece, is_last))
                    })
                })
                .await?;
            gone += piece;
            if is_last {
                return Ok(gone);
            }
        }
    }

    /// Deletes the oldest rows of tables that hold too many.
    async fn trim(self) -> Result<(), StoreError> {
        self.engine
            .write(|connection| {
                Box::pin(async move {
                    for (table, most) in MOST_ROWS {
                        // no row has the id NULL
                        let sql = format!(
                            "DELETE FROM {table} WHERE id <= (SELECT id FROM {table} ORDER BY id DESC LIMIT 1 OFFSET $1)"
                        );
                        sqlx::query(AssertSqlSafe(sql))
                            .bind(*most)
                            .execute(&mut *connection)
                            .await?;
                    }
                    audit::trim(connection).await
                })
            })
            .await
    }
}

fn is_held(plan: &SweepPlan) -> bool {
    plan.parts
        .iter()
        .any(|part| part.verdict != SweepVerdict::Runs)
}

async fn note_limit(
    connection: &mut AnyConnection,
    limit: SweepLimit,
    now: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO sweeps (name, until, at) VALUES ($1, $2, $3)
         ON CONFLICT (name) DO UPDATE SET until = excluded.until, at = excluded.at",
    )
    .bind(limit.rule.name)
    .bind(limit.before.0)
    .bind(now.0)
    .execute(connection)
    .await?;
    Ok(())
}

async fn delete_piece(
    connection: &mut AnyConnection,
    limit: SweepLimit,
) -> Result<u64, StoreError> {
    if limit.rule.table == JOURNAL {
        return journal_rows::delete_oldest(connection, limit.before, ROWS_PER_DELETE).await;
    }
    let deleted = sqlx::query(AssertSqlSafe(limit.rule.delete_sql()))
        .bind(limit.before.0)
        .bind(ROWS_PER_DELETE)
        .execute(connection)
        .await?;
    Ok(deleted.rows_affected())
}
