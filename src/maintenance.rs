//! Periodic maintenance of the store. In: what limits the journal, and the clock. Out: older
//! turns are deleted, and deleted text is overwritten in the database files, even when nobody
//! writes; what waits for a person, and a clock that is in doubt, is said. Must not know: what is
//! stored.

use crate::clock::{self, ClockJump, ClockWatch};
use crate::store::sweep_plan::{SweepPart, SweepPlan};
use crate::store::{ClockDoubt, JournalShrink, JournalSize, Store, StoreError};
use std::time::{Duration, Instant};
use tokio::time::{MissedTickBehavior, interval};
use wenlu_core::model::Timestamp;

/// How often the clock is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// How often deleted content is overwritten: for at most this long, the text of a handled message
/// remains readable in the database files.
const OVERWRITE_EVERY: Duration = Duration::from_secs(60);
/// How often expired rows are deleted.
const SWEEP_EVERY: Duration = Duration::from_secs(600);
/// How often, at most, the database file is rewritten after turns were deleted; other access waits
/// while this runs.
const REWRITE_EVERY: Duration = Duration::from_secs(24 * 3_600);

/// How long, and in how many bytes, the journal is kept; `None`: without limit.
#[derive(Clone, Copy, Debug)]
pub struct JournalLimits {
    pub kept: Option<Duration>,
    pub max: Option<u64>,
}

/// Runs until the task is dropped.
pub async fn run(store: Store, limits: JournalLimits) {
    let mut upkeep = MaintenanceTask {
        store,
        limits,
        clock: ClockWatch::new(clock::now(), Instant::now()),
        swept_at: None,
        overwritten_at: None,
        rewritten_at: None,
        turns_deleted: false,
        compared: false,
    };
    let mut ticks = interval(LOOK_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        upkeep.look_at_clock(clock::now());
        match upkeep.once(clock::now()).await {
            // another process is doing the same
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => tracing::warn!(%error, "the store's upkeep failed; it is tried again"),
        }
    }
}

struct MaintenanceTask {
    store: Store,
    limits: JournalLimits,
    clock: ClockWatch,
    swept_at: Option<Instant>,
    overwritten_at: Option<Instant>,
    rewritten_at: Option<Instant>,
    /// Whether turns were deleted since the file was last rewritten.
    turns_deleted: bool,
    /// Whether the clock was compared with what is stored.
    compared: bool,
}

impl MaintenanceTask {
    async fn once(&mut self, now: Timestamp) -> Result<(), StoreError> {
        // what waits for a person may have been confirmed with a command
        let asks = self.store.retention().report().asks();
        if is_due(
            self.swept_at,
            if asks { OVERWRITE_EVERY } else { SWEEP_EVERY },
        ) {
            self.sweep(now).await?;
        }
        if is_due(self.overwritten_at, OVERWRITE_EVERY) {
            self.overwrite().await?;
        }
        Ok(())
    }

    async fn sweep(&mut self, now: Timestamp) -> Result<(), StoreError> {
        // a failed one is tried again with the next overwriting
        self.swept_at = Instant::now().checked_sub(SWEEP_EVERY.saturating_sub(OVERWRITE_EVERY));
        if !self.compared {
            self.compare_clock(now).await?;
            self.compared = true;
        }
        let swept = self
            .store
            .retention()
            .sweep(now, self.limits.kept, false)
            .await?;
        self.swept_at = Some(Instant::now());
        let turns = swept.turns();
        if turns > 0 {
            self.turns_deleted = true;
            tracing::info!(turns, "old turns went out of the journal");
        }
        self.report(swept.plan);
        self.limit_size(now).await
    }

    /// Deletes the oldest turns of a journal above its limit; says it long before.
    async fn limit_size(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let retention = self.store.retention();
        let mut size = JournalSize {
            bytes: retention.journal_bytes().await?,
            max: self.limits.max,
        };
        let before = retention.report();
        let was_near = before.journal.is_some_and(JournalSize::is_near);
        if size.is_near() && !was_near {
            tracing::warn!(
                bytes = size.bytes,
                max = size.max,
                "the journal has used three quarters of WENLU_JOURNAL_MAX; at the limit the oldest answered turns are deleted"
            );
        }
        let shrunk = retention.shrink_journal(now, size, false).await?;
        let asks = shrunk == JournalShrink::Asks;
        if asks && !before.journal_asks {
            tracing::error!(
                bytes = size.bytes,
                max = size.max,
                "the journal is far above WENLU_JOURNAL_MAX; nothing is deleted until somebody has looked: wenlu store sweep"
            );
        }
        if let JournalShrink::Deleted { turns, bytes } = shrunk {
            self.turns_deleted = true;
            size.bytes = bytes;
            tracing::warn!(turns, "the journal was full: the oldest turns were deleted");
        }
        retention.update_report(|report| {
            report.journal = Some(size);
            report.journal_asks = asks;
        });
        Ok(())
    }

    /// Says once that a sweep waits for a person, and once that it does no longer.
    fn report(&self, plan: SweepPlan) {
        let retention = self.store.retention();
        let asked = retention.report().asking.is_some();
        let asks = plan.asking().next().is_some();
        if asks && !asked {
            let tables: Vec<String> = plan.asking().map(described).collect();
            tracing::error!(
                would_delete = tables.join(", "),
                "a sweep would delete much of what is kept, more than time explains: the clock is wrong, the server was off \
                 for long, or WENLU_RETENTION was shortened; nothing is deleted until somebody has looked: wenlu store sweep"
            );
        } else if asked && !asks {
            tracing::warn!("no sweep waits for a person any longer");
        }
        retention.update_report(|report| report.asking = asks.then_some(plan));
    }

    async fn overwrite(&mut self) -> Result<(), StoreError> {
        let rewrite = self.turns_deleted && is_due(self.rewritten_at, REWRITE_EVERY);
        self.overwritten_at = Some(Instant::now());
        if !self.store.retention().secure_delete(rewrite).await? {
            tracing::debug!(
                "what was deleted could not be overwritten while somebody read; it is tried again"
            );
        }
        if rewrite {
            (self.rewritten_at, self.turns_deleted) = (Some(Instant::now()), false);
        }
        Ok(())
    }

    /// Compares the clock with the newest time in the store, once.
    async fn compare_clock(&self, now: Timestamp) -> Result<(), StoreError> {
        let retention = self.store.retention();
        let newest = retention
            .newest_turn()
            .await?
            .max(retention.last_sweep().await?);
        let doubt = newest.and_then(|newest| ClockDoubt::between(newest, now));
        match doubt {
            Some(ClockDoubt::Behind { seconds }) => tracing::error!(
                seconds,
                "the clock is behind what is stored: it is wrong now, or was when that was written; please check it"
            ),
            Some(doubt) => tracing::warn!(
                seconds = doubt.seconds(),
                "nothing was stored for this long: the server was off, or the clock is wrong; please check it"
            ),
            None => {}
        }
        retention.update_report(|report| report.clock = doubt);
        Ok(())
    }

    /// Notices that the clock was set; a sweep then decides anew.
    fn look_at_clock(&mut self, now: Timestamp) {
        let passed = Instant::now();
        let retention = self.store.retention();
        if let Some(ClockJump { seconds, in_all }) = self.clock.look(now, passed) {
            self.swept_at = None;
            if self.clock.is_right() {
                tracing::warn!(
                    seconds,
                    "the clock was set, back to the time that has passed"
                );
                retention.update_report(|report| report.clock = None);
            } else {
                tracing::error!(
                    seconds,
                    "the clock was set while the server ran; please check it"
                );
                let doubt = ClockDoubt::Jumped { seconds: in_all };
                retention.update_report(|report| report.clock = Some(doubt));
            }
        } else if self.clock.settle(now, passed) {
            retention.update_report(|report| report.clock = None);
        }
    }
}

/// `journal 120 of 130`.
fn described(part: &SweepPart) -> String {
    format!("{} {} of {}", part.table, part.rows, part.of)
}

fn is_due(last: Option<Instant>, every: Duration) -> bool {
    last.is_none_or(|last| last.elapsed() >= every)
}
