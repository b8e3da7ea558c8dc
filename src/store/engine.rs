//! The database: SQLite in a file or in memory, or PostgreSQL. In: a URL. Out: a pool for reading,
//! and [`DatabaseEngine::write`], which returns once the transaction is on disk. Must not know:
//! what is written.
//!
//! SQLite has one writer, and every commit waits for the disk: [`super::group`] commits all waiting
//! work together. PostgreSQL groups the commits of its connections itself.

use super::StoreError;
use super::group::{Done, GroupWriter, Job, set_patience};
use super::health::{StoreFault, WriteHealth};
use super::opened::OpenedFile;
use futures_util::future::BoxFuture;
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::migrate::{Migrate, MigrateError, Migration, MigrationType, Migrator};
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, ConnectOptions, Connection, Row as _, SqlSafeStr};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long to wait for a writer of another process. Short enough that callers get an answer within
/// two seconds.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_millis(1_500);
/// How long a WAL checkpoint may block writers.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_millis(100);
/// Connections that read a SQLite file; one more writes.
const READERS: u32 = 4;
/// Connections to PostgreSQL.
const CONNECTIONS: u32 = 12;
/// How long a request waits for a free connection before it fails.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);
/// A PostgreSQL connection that was idle for less than this is used without a ping.
const QUIET: Duration = Duration::from_secs(1);

/// An open database. Clones share it.
#[derive(Clone, Debug)]
pub struct Engine {
    read: AnyPool,
    writer: Writer,
    health: Arc<WriteHealth>,
    /// `None` in memory, and for PostgreSQL.
    file: Option<Arc<OpenedFile>>,
}

#[derive(Clone, Debug)]
enum Writer {
    /// SQLite: a channel to the task with the only writing connection, and that connection's pool.
    Grouped(mpsc::Sender<Job>, AnyPool),
    Pooled(AnyPool),
}

impl Engine {
    /// Opens the database that `url` names; creates the file and the tables if they do not exist.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        match Place::parse(url)? {
            Place::File(options) => Self::open_file(*options).await,
            Place::Memory => Self::in_memory().await,
            Place::Server(options) => Self::open_server(url, &options).await,
        }
    }

    /// As [`DatabaseEngine::open`], but [`StoreError::Missing`] if the file does not exist.
    pub async fn open_existing(url: &str) -> Result<Self, StoreError> {
        match Place::parse(url)? {
            Place::File(file) if !file.get_filename().exists() => {
                Err(StoreError::Missing(file.get_filename().to_owned()))
            }
            _ => Self::open(url).await,
        }
    }

    pub async fn in_memory() -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let pool = sqlite_pool(1, "sqlite::memory:", None).await?;
        let mut connection = pool.acquire().await?;
        migrate(&mut *connection, SQLITE, Path::new(":memory:")).await?;
        drop(connection);
        Ok(Self::grouped(pool.clone(), pool, None))
    }

    async fn open_file(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let path = options.get_filename().to_owned();
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.is_dir()) {
            return Err(StoreError::NoFolder(folder.to_owned()));
        }
        // WAL mode is stored in the file, so the other connections need not set it.
        let options = options.create_if_missing(true).journal_mode(SqliteJournalMode::Wal).busy_timeout(BUSY_TIMEOUT);
        let mut first = SqliteConnection::connect_with(&options).await.map_err(|e| sqlite_refused(e, &path))?;
        migrate(&mut first, SQLITE, &path).await?;
        first.close().await?;
        // If the file is deleted while it is open, it must not be created again.
        let url = sqlite_url(&options.clone().create_if_missing(false))?;
        let file = Arc::new(OpenedFile::new(&options)?);
        let pool = async |connections| {
            sqlite_pool(connections, &url, Some(file.clone())).await.map_err(|error| sqlite_refused(error, &path))
        };
        let (write, read) = (pool(1).await?, pool(READERS).await?);
        Ok(Self::grouped(read, write, Some(file)))
    }

    fn grouped(read: AnyPool, write: AnyPool, file: Option<Arc<OpenedFile>>) -> Self {
        let health = Arc::new(WriteHealth::default());
        let jobs = GroupWriter { pool: write.clone(), file: file.clone(), health: health.clone() }.start();
        Engine { read, writer: Writer::Grouped(jobs, write), health, file }
    }

    async fn open_server(url: &str, options: &PgConnectOptions) -> Result<Self, StoreError> {
        let place = server_name(options);
        let unreachable = |error| StoreError::Unreachable(place.clone(), error);
        let mut first = PgConnection::connect_with(options).await.map_err(unreachable)?;
        migrate(&mut first, POSTGRES, Path::new(&place)).await?;
        first.close().await?;
        let pool = AnyPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A ping takes as long as a read, so only connections that were idle are checked.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move { Ok(meta.idle_for < QUIET || connection.ping().await.is_ok()) })
            })
            .connect_with(AnyConnectOptions::from_str(url).map_err(unreachable)?)
            .await
            .map_err(unreachable)?;
        Ok(Engine { read: pool.clone(), writer: Writer::Pooled(pool), health: Arc::default(), file: None })
    }

    /// The pool to read from. It sees everything that was committed before.
    pub fn read(&self) -> &AnyPool {
        &self.read
    }

    /// Why writes fail at present; `None` if they do not.
    pub fn fault(&self) -> Option<StoreFault> {
        self.health.fault()
    }

    /// Makes every connection reopen the file before its next use: an open one may still serve
    /// pages from its cache.
    pub fn forget_pages(&self) {
        if let Some(file) = &self.file {
            file.reopen();
        }
    }

    /// SQL for the database's own clock, in milliseconds since the epoch.
    pub fn now(&self) -> &'static str {
        match self.writer {
            Writer::Grouped(..) => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            Writer::Pooled(_) => "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
        }
    }

    /// Runs `work` in a transaction. Once this returns `Ok`, its changes are on disk; after an
    /// error, none of them are.
    pub async fn write<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        match &self.writer {
            Writer::Grouped(jobs, _) => {
                let (tell, told) = oneshot::channel();
                let job: Job = Box::new(move |connection| {
                    Box::pin(async move {
                        let result = work(connection).await;
                        let keep = result.is_ok();
                        let fault = result.as_ref().err().filter(|e| matches!(e, StoreError::Fault(..))).map(again);
                        let tell = move |committed: Result<(), StoreError>| {
                            // The caller may have stopped waiting; the work is committed anyway.
                            let _ = tell.send(result.and_then(|value| committed.map(|()| value)));
                        };
                        Done { keep, fault, tell: Box::new(tell) }
                    })
                });
                jobs.send(job).await.map_err(|_| StoreError::Closed)?;
                told.await.unwrap_or_else(|_| Err(self.fault().map_or(StoreError::Closed, StoreError::from)))
            }
            Writer::Pooled(pool) => {
                let written = async {
                    let mut transaction = pool.begin().await?;
                    let value = work(&mut transaction).await?;
                    transaction.commit().await?;
                    Ok(value)
                };
                let written = written.await.map_err(contended);
                self.health.note(&written);
                written
            }
        }
    }

    /// As [`DatabaseEngine::write`], for work that is a single statement on PostgreSQL and needs no
    /// transaction there.
    pub async fn write_at_once<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        match &self.writer {
            Writer::Grouped(..) => self.write(work).await,
            Writer::Pooled(pool) => {
                let written = async { work(&mut *pool.acquire().await?).await };
                let written = written.await.map_err(contended);
                self.health.note(&written);
                written
            }
        }
    }

    /// Whether the database is SQLite, in a file or in memory.
    pub fn is_file(&self) -> bool {
        matches!(self.writer, Writer::Grouped(..))
    }

    /// On PostgreSQL, removes deleted rows of `tables` from the files. On SQLite,
    /// [`DatabaseEngine::secure_delete`] does that.
    pub async fn vacuum(&self, tables: &[&str]) -> Result<(), StoreError> {
        if let Writer::Pooled(pool) = &self.writer {
            let sql = format!("VACUUM {}", tables.join(", "));
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await?;
        }
        Ok(())
    }

    /// Overwrites deleted data on SQLite; see [`super::Store::secure_delete`]. Tables of `emptied`
    /// that hold no row are cleared completely, because a page in use can keep remains of rows that
    /// were moved within it. Returns false if readers kept the WAL from being truncated.
    pub async fn wipe(&self, emptied: &[&str], rewrite: bool) -> Result<bool, StoreError> {
        let Writer::Grouped(_, pool) = &self.writer else { return Ok(true) };
        if let Some(fault) = self.fault() {
            // the next write notices when the fault is over
            return Err(fault.into());
        }
        let mut connection = pool.acquire().await?;
        for table in emptied {
            let is_there = format!("SELECT 1 FROM {table} LIMIT 1");
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
            if sqlx::query(AssertSqlSafe(is_there)).fetch_optional(&mut *transaction).await?.is_none() {
                // Without a WHERE clause SQLite clears whole pages, those of the indices too.
                let clear = format!("DELETE FROM {table}");
                sqlx::query(AssertSqlSafe(clear)).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
        }
        if rewrite {
            sqlx::query("VACUUM").execute(&mut *connection).await?;
        }
        // A checkpoint blocks writers while it waits for readers, such as a backup.
        set_patience(&mut connection, CHECKPOINT_TIMEOUT).await?;
        let tried = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await;
        set_patience(&mut connection, BUSY_TIMEOUT).await?;
        Ok(tried?.try_get::<i64, _>(0)? == 0)
    }

    /// Waits for the work that was begun, then closes the connections.
    pub async fn close(&self) {
        self.read.close().await;
        match &self.writer {
            // The writing task finishes its current group; after that, no more work is accepted.
            Writer::Grouped(jobs, pool) => {
                let (tell, told) = oneshot::channel();
                let last: Job = Box::new(move |_| {
                    Box::pin(
                        async move { Done { keep: false, fault: None, tell: Box::new(move |_| _ = tell.send(())) } },
                    )
                });
                if jobs.send(last).await.is_ok() {
                    let _ = told.await;
                }
                pool.close().await;
            }
            Writer::Pooled(pool) => pool.close().await,
        }
    }
}

/// A copy of the error for each job of a group, since `sqlx::Error` is not `Clone`. The copy of a
/// driver's error keeps only its text.
pub(super) fn again(error: &StoreError) -> StoreError {
    let text = |error: &dyn std::fmt::Display| sqlx::Error::Protocol(error.to_string());
    match error {
        StoreError::Conflict => StoreError::Conflict,
        StoreError::Closed => StoreError::Closed,
        StoreError::Fault(fault, cause) => StoreError::Fault(*fault, cause.as_ref().map(|cause| text(cause))),
        StoreError::Database(error) => StoreError::Database(text(error)),
        other => StoreError::Database(text(other)),
    }
}

/// Turns PostgreSQL's serialization failures and deadlocks into [`StoreError::Conflict`]: the work
/// can be retried.
fn contended(error: StoreError) -> StoreError {
    const SERIALIZATION_FAILURE: &str = "40001";
    const DEADLOCK_DETECTED: &str = "40P01";
    match &error {
        StoreError::Database(sqlx::Error::Database(cause))
            if matches!(cause.code().as_deref(), Some(SERIALIZATION_FAILURE | DEADLOCK_DETECTED)) =>
        {
            StoreError::Conflict
        }
        _ => error,
    }
}

async fn sqlite_pool(connections: u32, url: &str, file: Option<Arc<OpenedFile>>) -> Result<AnyPool, sqlx::Error> {
    // Connections are never closed for age or idleness, because an in-memory database would be
    // lost. They are not pinged either: a ping takes as long as a read.
    let mut pool = AnyPoolOptions::new()
        .max_connections(connections)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
        .after_connect(|connection, _| Box::pin(prepare(connection)));
    if let Some(file) = file {
        pool = pool
            .before_acquire(move |_, meta| {
                let is_ours = file.is_ours(meta.age);
                Box::pin(async move { Ok(is_ours) })
            })
            // A transaction that could not be rolled back stays open on its connection, which must
            // then not be reused. The ping waits until an abandoned statement has finished; before
            // that the state is unknown.
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            });
    }
    pool.connect_with(AnyConnectOptions::from_str(url)?).await
}

async fn prepare(connection: &mut AnyConnection) -> Result<(), sqlx::Error> {
    set_patience(connection, BUSY_TIMEOUT).await?;
    // secure_delete overwrites deleted content, which may be what a user wrote.
    for pragma in ["PRAGMA foreign_keys = ON", "PRAGMA secure_delete = ON"] {
        sqlx::query(pragma).execute(&mut *connection).await?;
    }
    // FULL: a commit waits for the disk. It is SQLite's default. Setting it reads the file; the
    // error is ignored because the next statement reports it, whereas the pool would retry this one
    // until its timeout.
    let _ = sqlx::query("PRAGMA synchronous = FULL").execute(&mut *connection).await;
    Ok(())
}

/// A URL that makes the `Any` driver open the same file.
pub(super) fn sqlite_url(options: &SqliteConnectOptions) -> Result<String, StoreError> {
    let path = options.get_filename();
    // sqlx's own conversion to a URL fails for some paths that do not begin with a slash, and
    // leaves `%` as it is, which is then read as an escape.
    let path = std::path::absolute(path).map_err(|_| StoreError::CannotOpen(path.to_owned()))?;
    let escaped = path.to_string_lossy().replace('%', "%25");
    Ok(options.clone().filename(escaped).to_url_lossy().into())
}

/// What a database URL names.
pub(super) enum Place {
    File(Box<SqliteConnectOptions>),
    Memory,
    Server(Box<PgConnectOptions>),
}

impl Place {
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let refused = || StoreError::Url(scheme_only(url));
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Place::Server(Box::new(PgConnectOptions::from_str(url).map_err(|_| refused())?)));
        }
        // sqlx would take any other scheme for a file name, and a password for a part of it.
        let place = url.strip_prefix("sqlite:").ok_or_else(refused)?;
        let host = place.strip_prefix("//").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        if host.contains('@') {
            return Err(refused());
        }
        let options = SqliteConnectOptions::from_str(url).map_err(|_| refused())?;
        Ok(if url.contains(":memory:") { Place::Memory } else { Place::File(Box::new(options)) })
    }
}

/// Host, port and database name, without user and password.
pub(super) fn server_name(options: &PgConnectOptions) -> String {
    format!("{}:{}/{}", options.get_host(), options.get_port(), options.get_database().unwrap_or(""))
}

/// The URL without everything after its scheme: it may hold a password.
fn scheme_only(url: &str) -> String {
    url.split_once("://").map_or_else(|| "…".to_owned(), |(scheme, _)| format!("{scheme}://…"))
}

/// The migrations from an empty database to the current schema: version, name, SQL.
pub(super) type Steps = &'static [(i64, &'static str, &'static str)];

pub(super) const SQLITE: Steps = &[
    (1, "turns", include_str!("migrations/sqlite/0001_turns.sql")),
    (2, "prune", include_str!("migrations/sqlite/0002_prune.sql")),
    (3, "channels", include_str!("migrations/sqlite/0003_channels.sql")),
    (4, "admin", include_str!("migrations/sqlite/0004_admin.sql")),
    (5, "review", include_str!("migrations/sqlite/0005_review.sql")),
    (6, "lean", include_str!("migrations/sqlite/0006_lean.sql")),
    (7, "kept", include_str!("migrations/sqlite/0007_kept.sql")),
    (8, "accepted_tests", include_str!("migrations/sqlite/0008_accepted_tests.sql")),
];
pub(super) const POSTGRES: Steps = &[
    (1, "turns", include_str!("migrations/postgres/0001_turns.sql")),
    (2, "channels", include_str!("migrations/postgres/0002_channels.sql")),
    (3, "admin", include_str!("migrations/postgres/0003_admin.sql")),
    (4, "review", include_str!("migrations/postgres/0004_review.sql")),
    (5, "lean", include_str!("migrations/postgres/0005_lean.sql")),
    (6, "kept", include_str!("migrations/postgres/0006_kept.sql")),
    (7, "accepted_tests", include_str!("migrations/postgres/0007_accepted_tests.sql")),
];

/// The version of the current schema.
pub(super) fn newest(steps: Steps) -> i64 {
    steps.iter().map(|(version, ..)| *version).max().unwrap_or_default()
}

pub(super) fn migrations(steps: Steps) -> impl Iterator<Item = Migration> {
    steps.iter().map(|(version, name, sql)| {
        Migration::new(*version, (*name).into(), MigrationType::Simple, (*sql).into_sql_str(), false)
    })
}

pub(super) async fn migrate<C>(connection: &mut C, steps: Steps, place: &Path) -> Result<(), StoreError>
where
    C: Migrate,
{
    let known = newest(steps);
    let migrator = Migrator::with_migrations(migrations(steps).collect());
    migrator.run_direct(None, connection, false).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => StoreError::Newer { path: place.to_owned(), found, known },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => sqlite_refused(error, place),
        other => StoreError::Migrate(place.to_owned(), Box::new(other)),
    })
}

/// Turns an error on opening a SQLite file into one that names the file and what is wrong with it.
pub(super) fn sqlite_refused(error: sqlx::Error, path: &Path) -> StoreError {
    const CORRUPT: &str = "11";
    const CANTOPEN: &str = "14";
    const NOT_A_DATABASE: &str = "26";
    let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default().into_owned();
    // The primary result code is the low byte of the extended one.
    let primary = code.parse::<i32>().map_or(code, |c| (c & 0xff).to_string());
    match primary.as_str() {
        CORRUPT | NOT_A_DATABASE => StoreError::Corrupt(path.to_owned()),
        CANTOPEN => StoreError::CannotOpen(path.to_owned()),
        _ => match StoreFault::of(&error) {
            Some(fault) => StoreError::Unusable(path.to_owned(), fault, error),
            None => StoreError::Database(error),
        },
    }
}
