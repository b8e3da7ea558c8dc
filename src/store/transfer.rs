//! Copy, backup and restore between databases. In: source and target. Out: the number of rows
//! copied per table. The source is read as one snapshot, and the target is written in one
//! transaction. Must not know: what the rows mean.

use super::engine::DatabaseEngine;
use super::error::TransferError;
use super::location::{DatabaseLocation, server_name, sqlite_url};
use super::source::SourceDatabase;
use super::tables::tables;
use super::target::TargetDatabase;
use crate::folder_flush::flush_folder;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// Called with the rows copied so far and their total.
pub type OnTransferProgress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// Table names with row counts.
pub type TableRowCounts = Vec<(String, u64)>;

/// Facts about a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseInfo {
    /// Name and version.
    pub engine: String,
    /// The version of its schema; `known` is the current one.
    pub schema: i64,
    pub known: i64,
    pub bytes: u64,
    pub rows: TableRowCounts,
}

/// Facts about the database that `url` names, which is not migrated.
///
/// # Errors
///
/// [`TransferError::NotOurs`] if it is no database of wenlu; [`super::error::StoreError::Missing`] or
/// [`super::error::StoreError::Unreachable`] if there is none.
pub async fn info(url: &str) -> Result<DatabaseInfo, TransferError> {
    read_info(SourceDatabase::open(url).await?).await
}

async fn read_info(mut source: SourceDatabase) -> Result<DatabaseInfo, TransferError> {
    let info = DatabaseInfo {
        engine: source.engine().await?,
        schema: source.schema,
        known: source.known,
        bytes: source.bytes().await?,
        rows: source.rows().await?,
    };
    source.close().await?;
    Ok(info)
}

/// Copies everything into an empty database, whose tables are created or migrated.
///
/// # Errors
///
/// [`TransferError::NotEmpty`] if the target holds rows; [`TransferError::Older`] or
/// [`super::error::StoreError::Newer`] for a source with another schema. Nothing was copied then.
pub async fn copy(
    from: &str,
    to: &str,
    progress: OnTransferProgress,
) -> Result<TableRowCounts, TransferError> {
    let mut source = SourceDatabase::open(from).await?;
    source.check().await?;
    copy_tables(source.up_to_date().await?, to, progress).await
}

/// As [`copy`], from a file written by [`backup`].
///
/// # Errors
///
/// As [`copy`].
pub async fn restore(
    file: &Path,
    to: &str,
    progress: OnTransferProgress,
) -> Result<TableRowCounts, TransferError> {
    let mut source = SourceDatabase::open_file(file).await?;
    source.check().await?;
    copy_tables(source.up_to_date().await?, to, progress).await
}

/// Writes everything into a new SQLite file, from either database, while others may go on writing.
/// The file gets its name only when it is complete, on disk and verified.
///
/// # Errors
///
/// [`TransferError::Exists`] if the file exists; [`TransferError::Write`] if it cannot be written. There
/// is no file then.
pub async fn backup(
    from: &str,
    file: &Path,
    progress: OnTransferProgress,
) -> Result<DatabaseInfo, TransferError> {
    if file.exists() {
        return Err(TransferError::Exists(file.to_owned()));
    }
    let mut source = SourceDatabase::open(from).await?;
    let unwritable = |error| TransferError::Write(file.to_owned(), error);
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    // tempfile creates it readable by its owner only, which matters: it holds users' messages.
    let unfinished = tempfile::Builder::new()
        .prefix(".wenlu-")
        .suffix(".unfinished")
        .tempfile_in(folder)
        .map_err(unwritable)?;
    if source.is_file() {
        source.write_to(unfinished.path()).await?;
        source.close().await?;
    } else {
        let options = SqliteConnectOptions::new().filename(unfinished.path());
        copy_tables(source.up_to_date().await?, &sqlite_url(&options)?, progress).await?;
        // Without WAL it is a single file that can also be read on read-only media.
        let options = options.journal_mode(SqliteJournalMode::Delete);
        SqliteConnection::connect_with(&options)
            .await?
            .close()
            .await?;
    }
    let mut written = SourceDatabase::open_file(unfinished.path()).await?;
    written.check().await?;
    let info = read_info(written).await?;
    unfinished.as_file().sync_all().map_err(unwritable)?;
    unfinished
        .persist_noclobber(file)
        .map_err(|failed| match failed.error.kind() {
            ErrorKind::AlreadyExists => TransferError::Exists(file.to_owned()),
            _ => unwritable(failed.error),
        })?;
    flush_folder(folder).map_err(unwritable)?;
    Ok(info)
}

async fn copy_tables(
    mut source: SourceDatabase,
    to: &str,
    progress: OnTransferProgress,
) -> Result<TableRowCounts, TransferError> {
    let (is_server, place) = match DatabaseLocation::parse(to)? {
        DatabaseLocation::Memory => return Err(TransferError::InMemory),
        DatabaseLocation::File(options) => (false, options.get_filename().display().to_string()),
        DatabaseLocation::Server(options) => (true, server_name(&options)),
    };
    let tables = tables().await?;
    let engine = DatabaseEngine::open(to).await?;
    let poured = engine
        .write(move |connection| {
            Box::pin(async move {
                let target = TargetDatabase {
                    connection,
                    is_server,
                    place,
                };
                match target.fill(&mut source, &tables, progress).await {
                    // the engine has to know of a fault of the database
                    Err(TransferError::Store(error)) => Err(error),
                    filled => Ok(filled),
                }
            })
        })
        .await;
    engine.close().await;
    poured?
}
