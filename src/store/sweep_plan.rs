//! Whether a sweep may run by itself. In: how far each table's limit has moved since it was swept
//! last, and how many rows would go. Out: a verdict for each table. Must not know: SQL.
//!
//! Time that goes on by itself moves a limit by as much as passes between two sweeps. A limit that
//! moves further shows a wrong clock, a machine that was off, or a shorter retention; which of them,
//! no program can know. What lasts then waits for a person, if much of it would go. What is kept for
//! days only waits until this process has run for as long: it is that old then, whatever the clock
//! says.

use super::sweep_rules::SweepLimit;
use serde::Serialize;
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// A limit that moved by no more than this has moved with time.
const MOVES_ALONE: i64 = 24 * 3_600_000;
/// From more than one part in this many on, a sweep is held.
const HELD_SHARE: u64 = 4;
/// So few rows are never held.
const FEW_ROWS: u64 = 20;

/// What is done with a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SweepVerdict {
    /// It is swept.
    Runs,
    /// It waits until this process has run for as long as the rows are kept.
    Waits,
    /// It waits for a person.
    Asks,
}

/// A table in a sweep.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SweepPart {
    pub table: &'static str,
    /// Rows from before this time go.
    pub before: Timestamp,
    /// How many would go, of how many.
    pub rows: u64,
    pub of: u64,
    pub verdict: SweepVerdict,
}

/// What a sweep would do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct SweepPlan {
    /// The time by the clock, and that of the newest turn.
    pub now: Timestamp,
    pub newest: Option<Timestamp>,
    pub parts: Vec<SweepPart>,
}

impl SweepPlan {
    /// The parts that wait for a person.
    pub fn asking(&self) -> impl Iterator<Item = &SweepPart> {
        self.parts
            .iter()
            .filter(|part| part.verdict == SweepVerdict::Asks)
    }

    /// How many rows wait for a person.
    pub fn asking_rows(&self) -> u64 {
        self.asking().map(|part| part.rows).sum()
    }
}

/// A table before a sweep.
#[derive(Clone, Copy, Debug)]
pub(super) struct SweepCandidate {
    pub limit: SweepLimit,
    /// The limit of the last sweep.
    pub last: Option<Timestamp>,
    /// How many rows would go, of how many; only counted for a limit that moved far.
    pub rows: u64,
    pub of: u64,
}

impl SweepCandidate {
    pub(super) fn moved_far(&self) -> bool {
        self.last
            .is_none_or(|last| self.limit.before.0.saturating_sub(last.0) > MOVES_ALONE)
    }

    fn takes_much(&self) -> bool {
        // a first sweep of what is kept for days may find years of it
        let counts = self.last.is_some() || self.limit.rule.is_lasting();
        counts && self.rows > FEW_ROWS && self.rows.saturating_mul(HELD_SHARE) > self.of
    }
}

/// The verdicts, in the order of `tables`. `held_for`: since when this process has been holding
/// something back.
pub(super) fn judge(tables: &[SweepCandidate], held_for: Option<Duration>) -> Vec<SweepVerdict> {
    let far = |table: &&SweepCandidate| table.moved_far();
    let asks = tables
        .iter()
        .filter(far)
        .any(|table| table.limit.rule.is_lasting() && table.takes_much());
    let waits = asks
        || tables
            .iter()
            .filter(far)
            .any(|table| !table.limit.rule.is_lasting() && table.takes_much());
    let verdict = |table: &SweepCandidate| match table.limit.rule.is_lasting() {
        _ if !table.moved_far() => SweepVerdict::Runs,
        true if asks => SweepVerdict::Asks,
        false if waits && held_for.is_none_or(|held| held < table.limit.kept) => {
            SweepVerdict::Waits
        }
        _ => SweepVerdict::Runs,
    };
    tables.iter().map(verdict).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sweep_rules::limits;
    use super::*;

    const DAY: i64 = 24 * 3_600_000;
    const DAYS: Duration = Duration::from_secs(24 * 3_600);

    /// The verdicts of the journal and of what was answered, by the days since the last sweep and
    /// how many of a hundred turns would go.
    fn verdicts(
        days: Option<i64>,
        rows: [u64; 2],
        held: Option<Duration>,
    ) -> (SweepVerdict, SweepVerdict) {
        let tables: Vec<SweepCandidate> = limits(Timestamp(500 * DAY), Some(90 * DAYS))
            .into_iter()
            .filter(|limit| matches!(limit.rule.table, "journal" | "answered"))
            .map(|limit| SweepCandidate {
                limit,
                last: days.map(|days| Timestamp(limit.before.0 - days * DAY)),
                rows: rows[usize::from(limit.rule.table == "answered")],
                of: 100,
            })
            .collect();
        let verdicts = judge(&tables, held);
        let of = |name: &str| {
            let place = tables
                .iter()
                .position(|table| table.limit.rule.table == name);
            verdicts[place.unwrap()]
        };
        (of("journal"), of("answered"))
    }

    #[test]
    fn much_goes_by_itself_only_while_time_goes_on() {
        use SweepVerdict::{Asks, Runs, Waits};
        assert_eq!(verdicts(Some(1), [100, 100], None), (Runs, Runs));
        assert_eq!(verdicts(Some(100), [100, 100], None), (Asks, Waits));
        assert_eq!(verdicts(Some(100), [26, 0], None), (Asks, Waits));
        assert_eq!(verdicts(Some(100), [25, 0], None), (Runs, Runs));
        // off for days, nothing of the journal goes
        assert_eq!(verdicts(Some(3), [0, 90], None), (Runs, Waits));
        assert_eq!(verdicts(Some(3), [0, 90], Some(6 * DAYS)), (Runs, Waits));
        assert_eq!(verdicts(Some(3), [0, 90], Some(7 * DAYS)), (Runs, Runs));
        assert_eq!(verdicts(Some(100), [90, 90], Some(7 * DAYS)), (Asks, Runs));
        // the first sweep of all
        assert_eq!(verdicts(None, [20, 90], None), (Runs, Runs));
        assert_eq!(verdicts(None, [30, 90], None), (Asks, Waits));
        // the clock is set back
        assert_eq!(verdicts(Some(-100), [100, 100], None), (Runs, Runs));
    }
}
