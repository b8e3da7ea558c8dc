//! The store. In: what turns leave behind, and what channels delivered. Out: conversations,
//! answered messages and the journal; the inbox and the outbox; leases and hand-overs; accounts and
//! sessions; reviewers' changes; the last good knowledge. The only module that knows SQL, for
//! SQLite and PostgreSQL alike. Must not know: routing, replies, channels; a conversation's state
//! and a call's payload are opaque text.

pub mod accepted;
pub mod accounts;
mod advance;
pub mod audit;
mod batch;
mod engine;
pub mod erase;
pub mod figures;
mod group;
mod handovers;
mod health;
mod inbox;
pub mod kept;
mod leases;
pub mod links;
mod opened;
pub mod outbox;
mod readiness;
pub mod records;
mod retention;
pub mod reviews;
pub mod sessions;
mod source;
mod tables;
pub mod transfer;
mod turns;
mod unanswered;

pub use health::StoreFault;
pub use inbox::SEEN_KEPT;
pub use leases::Lease;

use crate::message::Timestamp;
use engine::Engine;
use readiness::LastTest;
use serde::{Serialize, de::DeserializeOwned};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;
use tokio::sync::watch;
use turns::TurnBatches;

/// An open database. Clones share it.
#[derive(Clone, Debug)]
pub struct Store {
    engine: Engine,
    batches: TurnBatches,
    upkeep: Arc<Upkeep>,
}

/// The state of this process that is not in the database.
#[derive(Debug)]
struct Upkeep {
    /// When the next turn deletes old answers, in milliseconds since the epoch.
    prune_from: AtomicI64,
    forget_from: AtomicI64,
    tested: LastTest,
    /// Count the calls put into the outbox, and the replies pushed to pages.
    calls: watch::Sender<u64>,
    pushes: watch::Sender<u64>,
}

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error(
        "DATABASE_URL is `{0}`; it must start with `sqlite:`, such as sqlite://wenlu.db, or be a valid `postgres://` address"
    )]
    Url(String),
    #[error("there is no journal yet; it would be in {0}")]
    Missing(PathBuf),
    #[error("the folder {0} does not exist; create it, or name another database in DATABASE_URL")]
    NoFolder(PathBuf),
    #[error("cannot open the database {0}: it is missing, or reading and writing it is not allowed")]
    CannotOpen(PathBuf),
    #[error("{0} is not an SQLite database, or is damaged; move it away, or restore a backup")]
    Corrupt(PathBuf),
    #[error("cannot reach the database {0}; is it running, and are user, password and database right?")]
    Unreachable(String, #[source] sqlx::Error),
    #[error(
        "{path} was written by a newer version of wenlu (schema {found}, this one knows {known}); use that version"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error(
        "{place} was written by an older version of wenlu (schema {found}, this one knows {known}); start this one on it first"
    )]
    Older { place: String, found: i64, known: i64 },
    #[error("{0} is not a database of wenlu")]
    NotOurs(String),
    #[error("{place} holds data already (in {table}); name an empty database, or one that does not exist yet")]
    NotEmpty { place: String, table: String },
    #[error("a database in memory is gone with its process: it can be neither copied nor filled")]
    InMemory,
    #[error("{0} exists already; nothing is overwritten")]
    Exists(PathBuf),
    #[error("{0} is open, or was not closed: {0}-wal is there")]
    InUse(PathBuf),
    #[error("cannot write {0}")]
    Write(PathBuf, #[source] std::io::Error),
    #[error(
        "column {column} of {table} is of a type that is not copied: only text, whole numbers and floating-point numbers are"
    )]
    Kind { table: String, column: String },
    #[error("{table} should hold {expected} rows now, but holds {found}; nothing was copied")]
    Differs { table: String, expected: u64, found: u64 },
    #[error("{0} could not be brought up to date")]
    Migrate(PathBuf, #[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("another process was faster")]
    Conflict,
    #[error("another process has taken this work over")]
    Fenced,
    #[error("the database is closed")]
    Closed,
    #[error("{0}: {1}")]
    Unusable(PathBuf, StoreFault, #[source] sqlx::Error),
    #[error("{0}")]
    Fault(StoreFault, #[source] Option<sqlx::Error>),
    #[error("the database failed")]
    Database(#[source] sqlx::Error),
    #[error("the database holds a journal entry that cannot be read")]
    Unreadable(#[from] serde_json::Error),
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match StoreFault::of(&error) {
            Some(fault) => StoreError::Fault(fault, Some(error)),
            None => StoreError::Database(error),
        }
    }
}

impl From<StoreFault> for StoreError {
    fn from(fault: StoreFault) -> Self {
        StoreError::Fault(fault, None)
    }
}

/// How long a repeated message gets the answer that it was given.
pub const ANSWERED_KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);
/// How often old rows are deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(600);

/// The journal from this time on; `None` for all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since(pub Option<Timestamp>);

/// The journal from `since` (inclusive) to `until` (exclusive).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

impl Store {
    /// Opens the database that `url` names; creates the file and its tables if they do not exist.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        Engine::open(url).await.map(Store::on)
    }

    /// As [`Store::open`], but [`StoreError::Missing`] if the file does not exist: for read-only
    /// commands.
    pub async fn open_existing(url: &str) -> Result<Store, StoreError> {
        Engine::open_existing(url).await.map(Store::on)
    }

    /// A store in memory, lost when it is dropped.
    pub async fn in_memory() -> Result<Store, StoreError> {
        Engine::in_memory().await.map(Store::on)
    }

    fn on(engine: Engine) -> Store {
        let upkeep = Upkeep {
            prune_from: AtomicI64::new(0),
            forget_from: AtomicI64::new(0),
            tested: LastTest::default(),
            calls: watch::Sender::new(0),
            pushes: watch::Sender::new(0),
        };
        Store { batches: TurnBatches::on(&engine), engine, upkeep: Arc::new(upkeep) }
    }

    /// Notifies when this process puts calls into the outbox. Calls of other processes have to be
    /// polled.
    pub fn new_calls(&self) -> watch::Receiver<u64> {
        self.upkeep.calls.subscribe()
    }

    /// Notifies when this process pushes replies to a page; as with [`Store::new_calls`].
    pub fn new_pushes(&self) -> watch::Receiver<u64> {
        self.upkeep.pushes.subscribe()
    }

    /// Waits for the work that was begun, then closes the database.
    pub async fn close(&self) {
        self.batches.close().await;
        self.engine.close().await;
    }

    /// Overwrites data that was deleted, which until then remains in the files. The inbox, the
    /// outbox and the WAL hold users' messages unmasked while they are handled, which is why this
    /// runs often.
    ///
    /// With `rewrite` the whole file is rewritten, so that nothing remains even inside pages in
    /// use. False: a reader kept the WAL open, and some data remains. On PostgreSQL this does
    /// nothing: its autovacuum removes deleted rows.
    pub async fn wipe(&self, rewrite: bool) -> Result<bool, StoreError> {
        self.engine.wipe(&["inbox", "outbox", "pushes", "quarantine"], rewrite).await
    }

    fn ring(&self, calls: bool, pushes: bool) {
        for (rings, bell) in [(calls, &self.upkeep.calls), (pushes, &self.upkeep.pushes)] {
            if rings {
                bell.send_modify(|count| *count += 1);
            }
        }
    }

    fn is_time_to_prune(&self, now: Timestamp) -> bool {
        is_time(&self.upkeep.prune_from, now)
    }

    fn is_time_to_forget(&self, now: Timestamp) -> bool {
        is_time(&self.upkeep.forget_from, now)
    }
}

fn is_time(from: &AtomicI64, now: Timestamp) -> bool {
    let is_time = now.0 >= from.load(Relaxed);
    if is_time {
        from.store(now.0.saturating_add(millis(PRUNE_EVERY)), Relaxed);
    }
    is_time
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The serde name of a unit variant, without quotes.
fn word<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_value(value).map(|v| v.as_str().unwrap_or_default().to_owned())
}

fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
}
