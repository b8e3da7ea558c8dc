//! The errors of the store. Must not know: what is read and written.

use super::health::StoreFault;
use std::path::PathBuf;

/// An error of the store that any of its parts can raise.
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
    #[error(
        "cannot open the database {0}: it is missing, or reading and writing it is not allowed"
    )]
    CannotOpen(PathBuf),
    #[error("{0} is not an SQLite database, or is damaged; move it away, or restore a backup")]
    Corrupt(PathBuf),
    #[error(
        "cannot reach the database {0}; is it running, and are user, password and database right?"
    )]
    Unreachable(String, #[source] sqlx::Error),
    #[error(
        "{path} was written by a newer version of wenlu (schema {found}, this one knows {known}); use that version"
    )]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    #[error("{0} could not be brought up to date")]
    Migrate(PathBuf, #[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("another process was faster")]
    Conflict,
    #[error("another process has taken this work over")]
    LeaseLost,
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

/// An error of what concerns a whole database: copy, backup, restore, and erasure in a backup.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error(
        "{place} was written by an older version of wenlu (schema {found}, this one knows {known}); start this one on it first"
    )]
    Older {
        place: String,
        found: i64,
        known: i64,
    },
    #[error("{0} is not a database of wenlu")]
    NotOurs(String),
    #[error(
        "{place} holds data already (in {table}); name an empty database, or one that does not exist yet"
    )]
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
    UnknownColumnType { table: String, column: String },
    #[error("{table} should hold {expected} rows now, but holds {found}; nothing was copied")]
    RowCountMismatch {
        table: String,
        expected: u64,
        found: u64,
    },
    #[error(transparent)]
    Store(#[from] StoreError),
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

impl From<sqlx::Error> for TransferError {
    fn from(error: sqlx::Error) -> Self {
        TransferError::Store(error.into())
    }
}

impl From<serde_json::Error> for TransferError {
    fn from(error: serde_json::Error) -> Self {
        TransferError::Store(error.into())
    }
}

/// A copy of the error for each job of a group, since `sqlx::Error` is not `Clone`. The copy of a
/// driver's error keeps only its text.
pub(super) fn copy_error(error: &StoreError) -> StoreError {
    let text = |error: &dyn std::fmt::Display| sqlx::Error::Protocol(error.to_string());
    match error {
        StoreError::Conflict => StoreError::Conflict,
        StoreError::Closed => StoreError::Closed,
        StoreError::Fault(fault, cause) => {
            StoreError::Fault(*fault, cause.as_ref().map(|cause| text(cause)))
        }
        StoreError::Database(error) => StoreError::Database(text(error)),
        other => StoreError::Database(text(other)),
    }
}

/// Turns PostgreSQL's serialization failures and deadlocks into [`StoreError::Conflict`]: the work
/// can be retried.
pub(super) fn contended(error: StoreError) -> StoreError {
    const SERIALIZATION_FAILURE: &str = "40001";
    const DEADLOCK_DETECTED: &str = "40P01";
    match &error {
        StoreError::Database(sqlx::Error::Database(cause))
            if matches!(
                cause.code().as_deref(),
                Some(SERIALIZATION_FAILURE | DEADLOCK_DETECTED)
            ) =>
        {
            StoreError::Conflict
        }
        _ => error,
    }
}
