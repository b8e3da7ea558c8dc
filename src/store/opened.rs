//! The file that SQLite has open, against the file that now stands at its path. In: the path. Out: a fault where they are
//! not the same: what is written then goes into a file that nobody finds any more. Must not know: who writes, and what.
//!
//! A file that is gone is waited for, and never made anew: an empty database in its place would look like a good one. As
//! soon as a whole database of wenlu stands there again, it is checked, opened, and serves; a log of writes that was left
//! beside it and belongs to the file before is set aside first, or SQLite would take it for the new file's own.

use super::StoreError;
use super::engine::{BUSY_TIMEOUT, SQLITE, migrate};
use super::health::StoreFault;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A file in the place of ours is looked at this often at most.
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(super) struct OpenedFile {
    path: PathBuf,
    options: SqliteConnectOptions,
    seen: Mutex<Seen>,
}

#[derive(Debug)]
struct Seen {
    file: FileId,
    /// Those of the log of writes and its index.
    beside: [Option<FileId>; 2],
    /// Connections that are older belong to another file.
    since: Instant,
    looked: Option<Instant>,
}

const BESIDE: [&str; 2] = ["-wal", "-shm"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FileId(u64, u64);

impl FileId {
    fn of(path: &Path) -> Result<Self, StoreFault> {
        match std::fs::metadata(path) {
            Ok(metadata) => Ok(Self::from(&metadata)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
                Err(StoreFault::Gone)
            }
            Err(_) => Err(StoreFault::Unreachable),
        }
    }

    #[cfg(unix)]
    fn from(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;
        FileId(metadata.dev(), metadata.ino())
    }

    /// An open file cannot be taken away there.
    #[cfg(not(unix))]
    fn from(_: &Metadata) -> Self {
        FileId(0, 0)
    }
}

impl OpenedFile {
    /// `options` as the file was just opened with.
    pub fn new(options: &SqliteConnectOptions) -> Result<Self, StoreFault> {
        let path = std::path::absolute(options.get_filename()).map_err(|_| StoreFault::Unreachable)?;
        // Of itself it changes nothing: what stands there may be anybody's.
        let options = SqliteConnectOptions::new().filename(&path).busy_timeout(BUSY_TIMEOUT);
        let seen = Seen { file: FileId::of(&path)?, beside: [None; 2], since: Instant::now(), looked: None };
        Ok(Self { path, options, seen: Mutex::new(seen) })
    }

    /// Whether a connection of this age is one to the file that serves now.
    pub fn is_ours(&self, age: Duration) -> bool {
        age <= self.seen().since.elapsed()
    }

    /// From here on only connections that are opened later are used.
    pub fn reopen(&self) {
        self.seen().since = Instant::now();
    }

    /// Whether the open file is the one at the path.
    pub fn check(&self) -> Result<(), StoreFault> {
        let now = FileId::of(&self.path)?;
        let mut seen = self.seen();
        if now != seen.file {
            return Err(StoreFault::Replaced);
        }
        // they come with the first connection, and stay as long as one is open
        if seen.beside.contains(&None) {
            seen.beside = BESIDE.map(|end| FileId::of(&self.beside(end)).ok());
        }
        Ok(())
    }

    /// As [`OpenedFile::check`]; a whole database that took the file's place serves from here on.
    pub async fn ensure(&self) -> Result<(), StoreError> {
        match self.check() {
            Ok(()) => Ok(()),
            Err(StoreFault::Replaced) => self.adopt().await,
            Err(fault) => Err(fault.into()),
        }
    }

    async fn adopt(&self) -> Result<(), StoreError> {
        {
            let mut seen = self.seen();
            if seen.looked.is_some_and(|looked| looked.elapsed() < LOOK_EVERY) {
                return Err(StoreFault::Replaced.into());
            }
            seen.looked = Some(Instant::now());
        }
        let file = FileId::of(&self.path)?;
        self.set_aside()?;
        let mut connection = self.options.connect().await?;
        let checked = is_whole(&mut connection).await;
        connection.close().await?;
        checked?;
        let mut seen = self.seen();
        // replaced once more meanwhile: it is looked at again
        seen.file = file;
        (seen.beside, seen.since, seen.looked) = ([None; 2], Instant::now(), None);
        tracing::warn!(file = %self.path.display(), "another database stands in the place of the open one; it serves now");
        Ok(())
    }

    /// What is left beside the path of the file before. Its log may hold writes that are nowhere else.
    fn set_aside(&self) -> Result<(), StoreFault> {
        let before = self.seen().beside;
        for (end, before) in BESIDE.into_iter().zip(before) {
            let path = self.beside(end);
            if before.is_none() || FileId::of(&path).ok() != before {
                continue;
            }
            let mut aside = path.clone().into_os_string();
            let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
            aside.push(format!(".{now}"));
            std::fs::rename(&path, &aside).map_err(|_| StoreFault::Unreachable)?;
            tracing::warn!(file = %Path::new(&aside).display(), "what belongs to the deleted database is set aside");
        }
        Ok(())
    }

    /// SQLite puts them beside the file itself, not beside a link to it.
    fn beside(&self, end: &str) -> PathBuf {
        let mut path: OsString = self.path.canonicalize().unwrap_or_else(|_| self.path.clone()).into();
        path.push(end);
        path.into()
    }

    fn seen(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A file that is still being copied is not whole; an empty one is no database of ours.
async fn is_whole(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: (String,) = sqlx::query_as("PRAGMA quick_check(1)").fetch_one(&mut *connection).await?;
    if found.0 != "ok" {
        return Err(StoreFault::Damaged.into());
    }
    let ours = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'conversations'";
    if sqlx::query(ours).fetch_optional(&mut *connection).await?.is_none() {
        return Err(StoreFault::Replaced.into());
    }
    // A backup is not written through a log yet.
    sqlx::query("PRAGMA journal_mode = WAL").fetch_one(&mut *connection).await?;
    migrate(connection, SQLITE, Path::new("")).await.map_err(|_| StoreFault::Replaced.into())
}
