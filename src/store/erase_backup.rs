//! Erases all data of one conversation from a backup. In: the file. Out: the file without it. Must
//! not know: what is stored about a conversation.

use super::erase::ConversationTraces;
use super::error::TransferError;
use super::location::sqlite_url;
use super::source::SourceDatabase;
use super::traces::traces;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AnyConnection, Connection as _};
use std::path::Path;

/// Deletes all that a backup file holds about a conversation. The file is replaced atomically.
///
/// # Errors
///
/// [`TransferError::InUse`] if the file is open; [`TransferError::NotOurs`] if it is no database of
/// wenlu; [`TransferError::Write`] if it cannot be replaced. The file is unchanged then.
pub async fn erase_in_backup(
    file: &Path,
    conversation: &str,
) -> Result<ConversationTraces, TransferError> {
    let unwritable = |error| TransferError::Write(file.to_owned(), error);
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).exists() {
        return Err(TransferError::InUse(file.to_owned()));
    }
    let mut source = SourceDatabase::open_file(file).await?;
    source.check().await?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let permissions = file.metadata().map_err(unwritable)?.permissions();
    let unfinished = tempfile::Builder::new()
        .prefix(".wenlu-")
        .suffix(".unfinished")
        .tempfile_in(folder)
        .map_err(unwritable)?;
    source.write_to(unfinished.path()).await?;
    source.close().await?;
    // No journal: nothing beside the file may keep its old content, and on failure the copy is
    // thrown away.
    let options = SqliteConnectOptions::new().filename(unfinished.path());
    let mut connection = AnyConnection::connect(&sqlite_url(&options)?).await?;
    sqlx::query("PRAGMA journal_mode = OFF")
        .execute(&mut connection)
        .await?;
    let traces = traces(&mut connection, conversation, true, true).await?;
    sqlx::query("VACUUM").execute(&mut connection).await?;
    connection.close().await?;
    if traces == ConversationTraces::default() {
        return Ok(traces);
    }
    let mut written = SourceDatabase::open_file(unfinished.path()).await?;
    written.check().await?;
    written.close().await?;
    unfinished
        .as_file()
        .set_permissions(permissions)
        .and_then(|()| unfinished.as_file().sync_all())
        .map_err(unwritable)?;
    unfinished
        .persist(file)
        .map_err(|failed| unwritable(failed.error))?;
    crate::folder_flush::flush_folder(folder).map_err(unwritable)?;
    Ok(traces)
}
