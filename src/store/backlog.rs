//! What waits and what failed: lengths and ages, for those who look after the server. In: nothing.
//! Out: [`StoreBacklog`]; every query reads an index or a bounded number of rows. Must not know: who
//! asks, how often.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::health::StoreFault;
use super::inbox::InboxStore;
use super::journal::JournalWindow;
use super::last_done::{LastDoneStore, RecurringWork};
use super::outbox::OutboxStore;
use super::ratings::{RatingCounts, RatingStore};
use super::runtime::StoreRuntime;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use wenlu_core::model::Timestamp;

/// Rows of one table that are counted at most; a longer queue counts as this long.
pub const MOST_COUNTED: i64 = 100_000;

/// Channels whose calls that were given up are counted apart.
const MOST_CHANNELS: i64 = 16;

/// What waits and what failed, at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StoreBacklog {
    /// Updates that nobody has answered yet, by channel; a channel without any is not there.
    pub inbox: Vec<ChannelQueue>,
    /// Calls that are still to be made, by channel.
    pub outbox: Vec<ChannelQueue>,
    /// Updates that cannot be answered.
    pub quarantined: i64,
    /// Calls that will not be made any more; of these, those given up after their last attempt.
    pub undelivered: i64,
    pub given_up: i64,
    /// Those given up, by channel.
    pub given_up_by_channel: Vec<(String, i64)>,
    /// Conversations with a person.
    pub handovers: i64,
    /// Of these, the ones in which no person has said anything yet, and since when the first waits.
    pub unattended: i64,
    pub unattended_since: Option<Timestamp>,
    /// What askers said of hand-overs, as far as it is kept.
    pub ratings: RatingCounts,
    /// Questions left unanswered that no change has handled: those in clusters that are not ignored,
    /// and newer ones.
    pub unanswered: i64,
    /// At most so many turns are in the journal.
    pub journal_turns: i64,
    /// When the first of them was.
    pub first_turn: Option<Timestamp>,
    pub database_bytes: i64,
    pub last_backup: Option<Timestamp>,
}

/// A queue of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelQueue {
    pub channel: String,
    pub length: i64,
    /// Since when its first entry waits.
    pub oldest: Timestamp,
}

/// Reads the backlog.
#[derive(Clone, Copy, Debug)]
pub struct BacklogStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
    pub(super) runtime: &'a StoreRuntime,
}

const INBOX: &str = "SELECT channel, COUNT(*), MIN(at) FROM (SELECT channel, at FROM inbox ORDER BY id LIMIT $1) AS waiting
                     GROUP BY channel ORDER BY channel";
const OUTBOX: &str = "SELECT channel, COUNT(*), MIN(at) FROM (SELECT channel, at FROM outbox ORDER BY id LIMIT $1) AS waiting
                      GROUP BY channel ORDER BY channel";
/// Whether a person has said something is in the journal.
const HANDOVERS: &str = "\
    SELECT COUNT(*), COUNT(since), MIN(since) FROM (
        SELECT CASE WHEN EXISTS (SELECT 1 FROM journal j
                                 WHERE j.conversation = h.conversation AND j.outcome = 'person' AND j.at >= h.opened_at)
                    THEN NULL ELSE h.opened_at END AS since
        FROM handovers h WHERE h.open = 1 ORDER BY h.last_at LIMIT $1) AS open_now";
/// What came after the last computed review queue has no cluster yet.
const UNANSWERED: &str = "\
    SELECT (SELECT COUNT(*) FROM (
                SELECT 1 FROM placed p WHERE p.change IS NULL AND p.cluster NOT IN (SELECT cluster FROM ignored)
                LIMIT $1) AS clustered)
         + (SELECT COUNT(unanswered) FROM (
                SELECT unanswered FROM journal WHERE id > (SELECT COALESCE(MAX(question), 0) FROM placed)
                ORDER BY id DESC LIMIT $1) AS newer)";
/// Numbers go up; retention deletes the first ones. SQLite finds a lone minimum or maximum in the
/// index; both in one query would read all of it.
const JOURNAL: &str = "\
    SELECT COALESCE((SELECT MAX(id) FROM journal) - (SELECT MIN(id) FROM journal) + 1, 0),
           (SELECT at FROM journal ORDER BY id LIMIT 1)";
const SQLITE_BYTES: &str =
    "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
const POSTGRES_BYTES: &str = "SELECT pg_database_size(current_database())";

impl BacklogStore<'_> {
    /// One query after the other, so that turns always find a connection that reads.
    ///
    /// # Errors
    ///
    /// If the database cannot be read, or its file is not in its place any more.
    pub async fn read(self) -> Result<StoreBacklog, StoreError> {
        let (engine, runtime) = (self.engine, self.runtime);
        // an open connection can still read a file that was taken away
        if let Some(fault @ (StoreFault::Gone | StoreFault::Replaced)) = engine.fault() {
            return Err(fault.into());
        }
        let handovers = self.row(HANDOVERS).await?;
        let (inbox, outbox) = (
            InboxStore { engine, runtime },
            OutboxStore { engine, runtime },
        );
        let bytes = match engine.is_file() {
            true => SQLITE_BYTES,
            false => POSTGRES_BYTES,
        };
        let journal = sqlx::query(JOURNAL).fetch_one(engine.read()).await?;
        let backup = LastDoneStore { engine }.of(RecurringWork::Backup).await?;
        Ok(StoreBacklog {
            inbox: self.queues(INBOX).await?,
            outbox: self.queues(OUTBOX).await?,
            quarantined: inbox.count_quarantined().await?,
            undelivered: outbox.count_undelivered().await?,
            given_up: outbox.count_given_up().await?,
            given_up_by_channel: outbox.count_given_up_by_channel(MOST_CHANNELS).await?,
            handovers: handovers.try_get(0)?,
            unattended: handovers.try_get(1)?,
            unattended_since: handovers.try_get::<Option<i64>, _>(2)?.map(Timestamp),
            ratings: RatingStore { engine }
                .counts(JournalWindow::default())
                .await?,
            unanswered: self.row(UNANSWERED).await?.try_get(0)?,
            journal_turns: journal.try_get(0)?,
            first_turn: journal.try_get::<Option<i64>, _>(1)?.map(Timestamp),
            database_bytes: sqlx::query(bytes)
                .fetch_one(engine.read())
                .await?
                .try_get(0)?,
            last_backup: backup.map(|backup| backup.at),
        })
    }

    /// How many questions were left unanswered that no change has handled.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn unanswered(self) -> Result<i64, StoreError> {
        Ok(self.row(UNANSWERED).await?.try_get(0)?)
    }

    async fn queues(self, sql: &'static str) -> Result<Vec<ChannelQueue>, StoreError> {
        let rows = sqlx::query(sql)
            .bind(MOST_COUNTED)
            .fetch_all(self.engine.read())
            .await?;
        let queue = |row: &AnyRow| {
            Ok(ChannelQueue {
                channel: row.try_get(0)?,
                length: row.try_get(1)?,
                oldest: Timestamp(row.try_get(2)?),
            })
        };
        rows.iter().map(queue).collect()
    }

    async fn row(self, sql: &'static str) -> Result<AnyRow, StoreError> {
        let query = sqlx::query(sql).bind(MOST_COUNTED);
        Ok(query.fetch_one(self.engine.read()).await?)
    }
}
