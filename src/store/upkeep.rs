//! What the upkeep of this process found last, for whoever runs the server. In: findings. Out: a
//! report. Must not know: SQL, and who reads it.

use super::journal_size::JournalSize;
use super::sweep_plan::SweepPlan;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use wenlu_core::model::Timestamp;

/// What the last upkeep found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpkeepReport {
    /// The sweep that waits for a person.
    pub asking: Option<SweepPlan>,
    /// Why the clock is in doubt.
    pub clock: Option<ClockDoubt>,
    /// `None`: it was not measured yet.
    pub journal: Option<JournalSize>,
    /// Whether it waits for a person that the journal is above its limit.
    pub journal_asks: bool,
}

impl UpkeepReport {
    /// Whether anything waits for a person.
    pub fn asks(&self) -> bool {
        self.journal_asks || self.asking.is_some()
    }
}

/// Why the clock is in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockDoubt {
    /// It was set while the process ran, by this many seconds.
    Jumped { seconds: i64 },
    /// It is behind what is stored, by this many seconds.
    Behind { seconds: i64 },
    /// It is this many seconds after all that is stored: the server was off, or the clock is wrong.
    Ahead { seconds: i64 },
}

impl ClockDoubt {
    /// A stable name for programs, such as monitoring.
    pub fn code(self) -> &'static str {
        match self {
            Self::Jumped { .. } => "jumped",
            Self::Behind { .. } => "behind",
            Self::Ahead { .. } => "ahead",
        }
    }

    pub fn seconds(self) -> i64 {
        match self {
            Self::Jumped { seconds } | Self::Behind { seconds } | Self::Ahead { seconds } => {
                seconds
            }
        }
    }

    /// Judges the time `now` by the newest time in the store.
    pub fn between(newest: Timestamp, now: Timestamp) -> Option<Self> {
        let seconds = now.0.saturating_sub(newest.0) / 1_000;
        match seconds {
            ..=BEHIND => Some(Self::Behind { seconds: -seconds }),
            AHEAD.. => Some(Self::Ahead { seconds }),
            _ => None,
        }
    }
}

/// In seconds. Two machines that share a database may disagree by less.
const BEHIND: i64 = -60;
/// In seconds: two weeks. A server that is off for longer is rare.
const AHEAD: i64 = 14 * 24 * 3_600;

#[derive(Debug, Default)]
pub(super) struct UpkeepState(Mutex<UpkeepFindings>);

#[derive(Debug, Default)]
struct UpkeepFindings {
    report: UpkeepReport,
    /// Since when something is held back.
    held_since: Option<Instant>,
}

impl UpkeepState {
    pub(super) fn report(&self) -> UpkeepReport {
        self.lock().report.clone()
    }

    pub(super) fn update(&self, change: impl FnOnce(&mut UpkeepReport)) {
        change(&mut self.lock().report);
    }

    /// For how long something has been held back; `None` if nothing is.
    pub(super) fn held_for(&self) -> Option<Duration> {
        self.lock().held_since.map(|since| since.elapsed())
    }

    pub(super) fn holds(&self, does: bool) {
        let mut findings = self.lock();
        findings.held_since = match findings.held_since {
            since @ Some(_) if does => since,
            _ => does.then(Instant::now),
        };
    }

    fn lock(&self) -> MutexGuard<'_, UpkeepFindings> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
