//! Whether the database can be written. In: the result of each write, and the drivers' errors. Out:
//! a typed fault; a log entry when it begins and one when it ends, not one per failed write. Must
//! not know: what is written.

use super::error::StoreError;
use crate::log_throttle::LogThrottle;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A fault of the database itself, not of a single statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreFault {
    #[error("the disk is full; make space, and it goes on by itself")]
    Full,
    #[error("the disk reports errors in reading or writing")]
    Disk,
    #[error("another process keeps the database locked")]
    Locked,
    #[error(
        "the database may only be read: see the rights of the file, of its folder and of the disk"
    )]
    ReadOnly,
    #[error("the database is damaged; stop, move it away, and restore a backup")]
    Damaged,
    #[error(
        "the database file was deleted or moved away; put it or a backup back, and it goes on by itself"
    )]
    Gone,
    #[error(
        "the database file was replaced by another that is not a whole database of wenlu; restore a backup"
    )]
    Replaced,
    #[error("the database cannot be opened or reached")]
    Unreachable,
    #[error("the database does not answer in time")]
    NoAnswer,
    #[error("the database refuses what every turn needs")]
    Refusing,
}

impl StoreFault {
    /// A stable name for programs, such as monitoring.
    pub fn code(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Disk => "disk",
            Self::Locked => "locked",
            Self::ReadOnly => "read_only",
            Self::Damaged => "damaged",
            Self::Gone => "gone",
            Self::Replaced => "replaced",
            Self::Unreachable => "unreachable",
            Self::NoAnswer => "silent",
            Self::Refusing => "refusing",
        }
    }

    /// The fault that a driver's error indicates; `None` if only the one statement is affected.
    pub(super) fn of(error: &sqlx::Error) -> Option<Self> {
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::WorkerCrashed => Some(Self::Unreachable),
            sqlx::Error::Database(cause) => Self::of_code(&cause.code()?),
            _ => None,
        }
    }

    fn of_code(code: &str) -> Option<Self> {
        // PostgreSQL's codes have five characters, SQLite's are small numbers
        match code {
            "53100" => return Some(Self::Full),
            "58030" => return Some(Self::Disk),
            "25006" => return Some(Self::ReadOnly),
            "XX001" | "XX002" => return Some(Self::Damaged),
            "57P01" | "57P02" | "57P03" | "53300" => return Some(Self::Unreachable),
            _ if code.len() >= 5 => return None,
            _ => {}
        }
        // The primary result code is the low byte of the extended one.
        match code.parse::<i32>().ok()? & 0xff {
            5 | 6 => Some(Self::Locked),
            8 => Some(Self::ReadOnly),
            10 => Some(Self::Disk),
            11 | 26 => Some(Self::Damaged),
            13 => Some(Self::Full),
            14 => Some(Self::Unreachable),
            _ => None,
        }
    }
}

/// The state derived from the last writes.
#[derive(Debug, Default)]
pub(super) struct WriteHealth {
    failing: Mutex<Option<WriteFailure>>,
    repeats: LogThrottle,
}

#[derive(Debug)]
struct WriteFailure {
    fault: StoreFault,
    since: Instant,
    writes: u64,
}

impl WriteHealth {
    /// Why writes fail at present; `None` if they do not.
    pub(super) fn fault(&self) -> Option<StoreFault> {
        self.lock().as_ref().map(|failing| failing.fault)
    }

    /// Records the result of a write.
    pub(super) fn note<T>(&self, result: &Result<T, StoreError>) {
        match result {
            Ok(_) => self.held(),
            Err(StoreError::Fault(fault, cause)) => self.failed(*fault, cause.as_ref()),
            // the database answered, so the error concerns this job only
            Err(_) => {}
        }
    }

    fn failed(&self, fault: StoreFault, cause: Option<&sqlx::Error>) {
        {
            let mut failing = self.lock();
            let failing = failing.get_or_insert(WriteFailure {
                fault,
                since: Instant::now(),
                writes: 0,
            });
            failing.fault = fault;
            failing.writes += 1;
        }
        if let Some(times) = self.repeats.count(fault.code()) {
            let cause = cause.map(ToString::to_string).unwrap_or_default();
            tracing::error!(error = %fault, cause, times, "nothing can be written to the database; it is tried again");
        }
    }

    fn held(&self) {
        // the lock is released before logging
        let ended = self.lock().take();
        if let Some(WriteFailure {
            fault,
            since,
            writes,
        }) = ended
        {
            let seconds = since.elapsed().as_secs();
            tracing::warn!(
                was = fault.code(),
                writes,
                seconds,
                "the database can be written again"
            );
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<WriteFailure>> {
        self.failing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
