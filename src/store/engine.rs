//! The database: SQLite in a file or in memory, or PostgreSQL. In: a URL. Out: a pool for reading,
//! and [`DatabaseEngine::write`], which returns once the transaction is on disk. Must not know:
//! what is written.
//!
//! SQLite has one writer, and every commit waits for the disk: [`super::group`] commits all waiting
//! work together. PostgreSQL groups the commits of its connections itself.

use super::error::StoreError;
use super::error::contended;
use super::group::{GroupWriter, WriteJob, set_busy_timeout, write_job};
use super::health::{StoreFault, WriteHealth};
use super::location::{DatabaseLocation, server_name, sqlite_url};
use super::migrations::{POSTGRES_MIGRATIONS, SQLITE_MIGRATIONS, migrate, sqlite_refused};
use super::opened::{BUSY_TIMEOUT, DatabaseFile};
use super::pools::{postgres_pool, sqlite_pool};
use super::write_failures::WriteFailures;
use futures_util::future::BoxFuture;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AnyConnection, AnyPool, AssertSqlSafe, Connection as _, Row as _};
use std::fs::OpenOptions;
use std::panic::{Location, resume_unwind};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// How long a WAL checkpoint may block writers.
const CHECKPOINT_TIMEOUT: Duration = Duration::from_millis(100);
/// Connections that read a SQLite file; one more writes.
const SQLITE_READERS: u32 = 4;

/// An open database. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct DatabaseEngine {
    read: AnyPool,
    writer: DatabaseWriter,
    health: Arc<WriteHealth>,
    failures: Arc<WriteFailures>,
    /// `None` in memory, and for PostgreSQL.
    file: Option<Arc<DatabaseFile>>,
}

#[derive(Clone, Debug)]
enum DatabaseWriter {
    /// SQLite: a channel to the task with the only writing connection, and that connection's pool.
    Grouped(mpsc::Sender<WriteJob>, AnyPool),
    Pooled(AnyPool),
}

/// Creates the file if it does not exist, whatever the umask: it will hold what users wrote. SQLite
/// gives the files beside it the same rights. An error is left to the opening that follows.
fn create_private(path: &Path) {
    let mut new = OpenOptions::new();
    new.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
    let _ = new.open(path);
}

async fn in_transaction<T, W>(pool: &AnyPool, work: W) -> Result<T, StoreError>
where
    W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>>,
{
    let mut transaction = pool.begin().await?;
    let value = work(&mut transaction).await?;
    transaction.commit().await?;
    Ok(value)
}

/// Runs `work` in a task of its own, so that it ends even if nobody waits for it any more. A
/// transaction needs that: of one that is dropped while it begins, sqlx knows nothing, and puts the
/// connection back into the pool with the transaction open. What others write there is then
/// acknowledged without having been committed.
async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    let ended = tokio::spawn(work).await;
    ended.unwrap_or_else(|failed| match failed.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(_) => Err(StoreError::Closed),
    })
}

impl DatabaseEngine {
    /// Opens the database that `url` names; creates the file and the tables if they do not exist.
    pub(super) async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        match DatabaseLocation::parse(url)? {
            DatabaseLocation::File(options) => Self::open_file(*options).await,
            DatabaseLocation::Memory => Self::in_memory().await,
            DatabaseLocation::Server(options) => Self::open_server(url, &options).await,
        }
    }

    /// As [`DatabaseEngine::open`], but [`StoreError::Missing`] if the file does not exist.
    pub(super) async fn open_existing(url: &str) -> Result<Self, StoreError> {
        match DatabaseLocation::parse(url)? {
            DatabaseLocation::File(file) if !file.get_filename().exists() => {
                Err(StoreError::Missing(file.get_filename().to_owned()))
            }
            _ => Self::open(url).await,
        }
    }

    pub(super) async fn in_memory() -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        let pool = sqlite_pool(1, "sqlite::memory:", None).await?;
        let mut connection = pool.acquire().await?;
        migrate(&mut *connection, SQLITE_MIGRATIONS, Path::new(":memory:")).await?;
        drop(connection);
        Ok(Self::grouped(pool.clone(), pool, None))
    }

    async fn open_file(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let path = options.get_filename().to_owned();
        if let Some(folder) = path
            .parent()
            .filter(|f| !f.as_os_str().is_empty() && !f.is_dir())
        {
            return Err(StoreError::NoFolder(folder.to_owned()));
        }
        create_private(&path);
        // WAL mode is stored in the file, so the other connections need not set it.
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .busy_timeout(BUSY_TIMEOUT);
        let mut first = SqliteConnection::connect_with(&options)
            .await
            .map_err(|e| sqlite_refused(e, &path))?;
        migrate(&mut first, SQLITE_MIGRATIONS, &path).await?;
        first.close().await?;
        // If the file is deleted while it is open, it must not be created again.
        let url = sqlite_url(&options.clone().create_if_missing(false))?;
        let file = Arc::new(DatabaseFile::new(&options)?);
        let pool = async |connections| {
            sqlite_pool(connections, &url, Some(file.clone()))
                .await
                .map_err(|error| sqlite_refused(error, &path))
        };
        let (write, read) = (pool(1).await?, pool(SQLITE_READERS).await?);
        Ok(Self::grouped(read, write, Some(file)))
    }

    fn grouped(read: AnyPool, write: AnyPool, file: Option<Arc<DatabaseFile>>) -> Self {
        let health = Arc::new(WriteHealth::default());
        let jobs = GroupWriter {
            pool: write.clone(),
            file: file.clone(),
            health: health.clone(),
        }
        .start();
        DatabaseEngine {
            read,
            writer: DatabaseWriter::Grouped(jobs, write),
            health,
            failures: Arc::default(),
            file,
        }
    }

    async fn open_server(url: &str, options: &PgConnectOptions) -> Result<Self, StoreError> {
        let place = server_name(options);
        let unreachable = |error| StoreError::Unreachable(place.clone(), error);
        let mut first = PgConnection::connect_with(options)
            .await
            .map_err(unreachable)?;
        migrate(&mut first, POSTGRES_MIGRATIONS, Path::new(&place)).await?;
        first.close().await?;
        let pool = postgres_pool(url).await.map_err(unreachable)?;
        Ok(DatabaseEngine {
            read: pool.clone(),
            writer: DatabaseWriter::Pooled(pool),
            health: Arc::default(),
            failures: Arc::default(),
            file: None,
        })
    }

    /// Runs `work` on one state of the database.
    pub(super) async fn read_at_once<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>>
            + Send
            + 'static,
    {
        let pool = self.read.clone();
        to_its_end(async move { in_transaction(&pool, work).await }).await
    }

    /// The pool to read from. It sees everything that was committed before.
    pub(super) fn read(&self) -> &AnyPool {
        &self.read
    }

    /// How many writes failed, by the part of the store that wrote.
    pub(super) fn write_failures(&self) -> Vec<(&'static str, u64)> {
        self.failures.counts()
    }

    /// Why writes fail at present; `None` if they do not.
    pub(super) fn fault(&self) -> Option<StoreFault> {
        self.health.fault()
    }

    /// Makes every connection reopen the file before its next use: an open one may still serve
    /// pages from its cache.
    pub(super) fn forget_pages(&self) {
        if let Some(file) = &self.file {
            file.reopen();
        }
    }

    /// SQL for the database's own clock, in milliseconds since the epoch.
    pub(super) fn now(&self) -> &'static str {
        match self.writer {
            DatabaseWriter::Grouped(..) => "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            DatabaseWriter::Pooled(_) => {
                "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)"
            }
        }
    }

    /// Runs `work` in a transaction. Once this returns `Ok`, its changes are on disk; after an
    /// error, none of them are.
    #[track_caller]
    pub(super) fn write<T, W>(&self, work: W) -> impl Future<Output = Result<T, StoreError>> + Send
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>>
            + Send
            + 'static,
    {
        self.counted(Location::caller(), self.commit(work))
    }

    /// Counts a failure of `written` for the part of the store that called.
    async fn counted<T>(
        &self,
        caller: &'static Location<'static>,
        written: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let result = written.await;
        self.failures.note(caller, &result);
        result
    }

    async fn commit<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>>
            + Send
            + 'static,
    {
        match &self.writer {
            DatabaseWriter::Grouped(jobs, _) => {
                let (job, told) = write_job(work);
                jobs.send(job).await.map_err(|_| StoreError::Closed)?;
                told.await.unwrap_or_else(|_| {
                    Err(self.fault().map_or(StoreError::Closed, StoreError::from))
                })
            }
            DatabaseWriter::Pooled(pool) => {
                let (pool, health) = (pool.clone(), Arc::clone(&self.health));
                to_its_end(async move {
                    let written = in_transaction(&pool, work).await.map_err(contended);
                    health.note(&written);
                    written
                })
                .await
            }
        }
    }

    /// As [`DatabaseEngine::write`], for work that is a single statement on PostgreSQL and needs no
    /// transaction there.
    #[track_caller]
    pub(super) fn write_at_once<T, W>(
        &self,
        work: W,
    ) -> impl Future<Output = Result<T, StoreError>> + Send
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>>
            + Send
            + 'static,
    {
        self.counted(Location::caller(), self.commit_at_once(work))
    }

    async fn commit_at_once<T, W>(&self, work: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: for<'c> FnOnce(&'c mut AnyConnection) -> BoxFuture<'c, Result<T, StoreError>>
            + Send
            + 'static,
    {
        match &self.writer {
            DatabaseWriter::Grouped(..) => self.commit(work).await,
            DatabaseWriter::Pooled(pool) => {
                let written = async { work(&mut *pool.acquire().await?).await };
                let written = written.await.map_err(contended);
                self.health.note(&written);
                written
            }
        }
    }

    /// Whether the database is SQLite, in a file or in memory.
    pub(super) fn is_file(&self) -> bool {
        matches!(self.writer, DatabaseWriter::Grouped(..))
    }

    /// On PostgreSQL, removes deleted rows of `tables` from the files. On SQLite,
    /// [`DatabaseEngine::secure_delete`] does that.
    pub(super) async fn vacuum(&self, tables: &[&str]) -> Result<(), StoreError> {
        if let DatabaseWriter::Pooled(pool) = &self.writer {
            let sql = format!("VACUUM {}", tables.join(", "));
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(pool).await?;
        }
        Ok(())
    }

    /// Overwrites deleted data on SQLite; see [`super::retention::RetentionStore::secure_delete`]. Tables of `emptied`
    /// that hold no row are cleared completely, because a page in use can keep remains of rows that
    /// were moved within it. Returns false if readers kept the WAL from being truncated.
    pub(super) async fn secure_delete(
        &self,
        emptied: &[&str],
        rewrite: bool,
    ) -> Result<bool, StoreError> {
        let DatabaseWriter::Grouped(_, pool) = &self.writer else {
            return Ok(true);
        };
        if let Some(fault) = self.fault() {
            // the next write notices when the fault is over
            return Err(fault.into());
        }
        let mut connection = pool.acquire().await?;
        for table in emptied {
            let is_there = format!("SELECT 1 FROM {table} LIMIT 1");
            let mut transaction = connection.begin_with("BEGIN IMMEDIATE").await?;
            if sqlx::query(AssertSqlSafe(is_there))
                .fetch_optional(&mut *transaction)
                .await?
                .is_none()
            {
                // Without a WHERE clause SQLite clears whole pages, those of the indices too.
                let clear = format!("DELETE FROM {table}");
                sqlx::query(AssertSqlSafe(clear))
                    .execute(&mut *transaction)
                    .await?;
            }
            transaction.commit().await?;
        }
        if rewrite {
            sqlx::query("VACUUM").execute(&mut *connection).await?;
        }
        // A checkpoint blocks writers while it waits for readers, such as a backup.
        set_busy_timeout(&mut connection, CHECKPOINT_TIMEOUT).await?;
        let tried = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
            .fetch_one(&mut *connection)
            .await;
        set_busy_timeout(&mut connection, BUSY_TIMEOUT).await?;
        Ok(tried?.try_get::<i64, _>(0)? == 0)
    }

    /// Waits for the work that was begun, then closes the connections.
    pub(super) async fn close(&self) {
        self.read.close().await;
        match &self.writer {
            // The writing task finishes its current group; after that, no more work is accepted.
            DatabaseWriter::Grouped(jobs, pool) => {
                let (last, told) =
                    write_job(|_| Box::pin(async { Err::<(), _>(StoreError::Closed) }));
                if jobs.send(last).await.is_ok() {
                    let _ = told.await;
                }
                pool.close().await;
            }
            DatabaseWriter::Pooled(pool) => pool.close().await,
        }
    }
}
