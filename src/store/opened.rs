//! Compares the file that SQLite has open with the file at its path. In: the path. Out: a fault if
//! they differ, because writes would then go to a file that nobody can find. Must not know: who
//! writes, and what.
//!
//! A deleted file is waited for and never created anew: an empty database in its place would look
//! like a valid one. Once a complete wenlu database is at the path again, it is checked, opened and
//! used. A WAL left over from the old file is renamed first, or SQLite would apply it to the new
//! file.

use super::error::StoreError;
use super::health::StoreFault;
use super::migrations::{SQLITE_MIGRATIONS, migrate};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long to wait for a writer of another process. Short enough that callers get an answer within
/// two seconds.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_millis(1_500);

/// The least time between two checks of a file that has replaced ours.
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(Debug)]
pub(super) struct DatabaseFile {
    path: PathBuf,
    options: SqliteConnectOptions,
    seen: Mutex<DatabaseFileState>,
}

#[derive(Debug)]
struct DatabaseFileState {
    file: FileId,
    /// The WAL and its index (`-wal`, `-shm`).
    beside: [Option<FileId>; 2],
    /// Connections opened before this belong to the old file.
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
            Err(error)
                if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) =>
            {
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

    /// There an open file cannot be deleted or replaced.
    #[cfg(not(unix))]
    fn from(_: &Metadata) -> Self {
        FileId(0, 0)
    }
}

impl DatabaseFile {
    /// `options` are those the file was just opened with.
    pub(super) fn new(options: &SqliteConnectOptions) -> Result<Self, StoreFault> {
        let path =
            std::path::absolute(options.get_filename()).map_err(|_| StoreFault::Unreachable)?;
        // No journal mode and no creation: the file at the path may belong to somebody else.
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .busy_timeout(BUSY_TIMEOUT);
        let seen = DatabaseFileState {
            file: FileId::of(&path)?,
            beside: [None; 2],
            since: Instant::now(),
            looked: None,
        };
        Ok(Self {
            path,
            options,
            seen: Mutex::new(seen),
        })
    }

    /// Whether a connection of this age belongs to the current file.
    pub(super) fn is_ours(&self, age: Duration) -> bool {
        age <= self.seen().since.elapsed()
    }

    /// Retires all connections that are open now.
    pub(super) fn reopen(&self) {
        self.seen().since = Instant::now();
    }

    /// Whether the open file is the one at the path.
    pub(super) fn check(&self) -> Result<(), StoreFault> {
        let now = FileId::of(&self.path)?;
        let mut seen = self.seen();
        if now != seen.file {
            return Err(StoreFault::Replaced);
        }
        // they appear with the first connection and stay while one is open
        if seen.beside.contains(&None) {
            seen.beside = BESIDE.map(|end| FileId::of(&self.beside(end)).ok());
        }
        Ok(())
    }

    /// As [`DatabaseFile::check`], but a complete database that has replaced the file is adopted.
    pub(super) async fn ensure(&self) -> Result<(), StoreError> {
        match self.check() {
            Ok(()) => Ok(()),
            Err(StoreFault::Replaced) => self.adopt().await,
            Err(fault) => Err(fault.into()),
        }
    }

    async fn adopt(&self) -> Result<(), StoreError> {
        {
            let mut seen = self.seen();
            if seen
                .looked
                .is_some_and(|looked| looked.elapsed() < LOOK_EVERY)
            {
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
        // if it is replaced once more meanwhile, the next check notices
        seen.file = file;
        (seen.beside, seen.since, seen.looked) = ([None; 2], Instant::now(), None);
        tracing::warn!(file = %self.path.display(), "another database stands in the place of the open one; it serves now");
        Ok(())
    }

    /// Renames the WAL and its index of the old file. The WAL may hold writes that are nowhere
    /// else.
    fn set_aside(&self) -> Result<(), StoreFault> {
        let before = self.seen().beside;
        for (end, before) in BESIDE.into_iter().zip(before) {
            let path = self.beside(end);
            if before.is_none() || FileId::of(&path).ok() != before {
                continue;
            }
            let mut aside = path.clone().into_os_string();
            let now = std::time::SystemTime::UNIX_EPOCH
                .elapsed()
                .unwrap_or_default()
                .as_millis();
            aside.push(format!(".{now}"));
            std::fs::rename(&path, &aside).map_err(|_| StoreFault::Unreachable)?;
            tracing::warn!(file = %Path::new(&aside).display(), "what belongs to the deleted database is set aside");
        }
        Ok(())
    }

    /// SQLite creates them beside the file itself, not beside a link to it.
    fn beside(&self, end: &str) -> PathBuf {
        let mut path: OsString = self
            .path
            .canonicalize()
            .unwrap_or_else(|_| self.path.clone())
            .into();
        path.push(end);
        path.into()
    }

    fn seen(&self) -> MutexGuard<'_, DatabaseFileState> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Refuses a file that is incomplete, such as one still being copied, or that is not a wenlu
/// database.
async fn is_whole(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: (String,) = sqlx::query_as("PRAGMA quick_check(1)")
        .fetch_one(&mut *connection)
        .await?;
    if found.0 != "ok" {
        return Err(StoreFault::Damaged.into());
    }
    let ours = "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'conversations'";
    if sqlx::query(ours)
        .fetch_optional(&mut *connection)
        .await?
        .is_none()
    {
        return Err(StoreFault::Replaced.into());
    }
    // A backup is not in WAL mode yet.
    sqlx::query("PRAGMA journal_mode = WAL")
        .fetch_one(&mut *connection)
        .await?;
    migrate(connection, SQLITE_MIGRATIONS, Path::new(""))
        .await
        .map_err(|_| StoreFault::Replaced.into())
}
