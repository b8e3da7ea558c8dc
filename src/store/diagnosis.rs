//! A database looked at without changing it, not even its schema. In: a URL. Out: [`DatabaseReport`].
//! Must not know: what is right and what is wrong with it.

use super::error::{StoreError, TransferError};
use super::location::DatabaseLocation;
use super::source::SourceDatabase;
use sqlx::Row as _;
use sqlx::any::AnyRow;
use std::path::PathBuf;
use wenlu_core::model::Timestamp;

/// What a database holds, as far as it concerns those who look after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatabaseReport {
    /// Name and version.
    pub engine: String,
    /// The version of its schema; `known` is the current one.
    pub schema: i64,
    pub known: i64,
    pub bytes: u64,
    /// When the newest turn was.
    pub newest_turn: Option<Timestamp>,
    /// Whether anybody can sign in to the operators' pages.
    pub has_accounts: bool,
    pub last_backup: Option<Timestamp>,
    /// Version of the knowledge that went live last, and when that was.
    pub last_good: Option<(String, Timestamp)>,
}

/// The file that `url` names; `None` for a server, or memory.
pub fn database_file(url: &str) -> Option<PathBuf> {
    match DatabaseLocation::parse(url) {
        Ok(DatabaseLocation::File(options)) => Some(options.get_filename().to_owned()),
        _ => None,
    }
}

/// Looks at the database that `url` names.
///
/// # Errors
///
/// [`TransferError::NotOurs`] if it is no database of wenlu; [`StoreError::Missing`] or
/// [`StoreError::Unreachable`] if there is none.
pub async fn diagnose(url: &str) -> Result<DatabaseReport, TransferError> {
    let mut source = SourceDatabase::open(url).await?;
    let turn = source
        .first_row("journal", "SELECT MAX(at) FROM journal")
        .await?;
    let account = "SELECT id FROM accounts WHERE disabled = 0 LIMIT 1";
    let account = source.first_row("accounts", account).await?;
    let backup = "SELECT at FROM last_done WHERE what = 'backup'";
    let backup = source.first_row("last_done", backup).await?;
    let kept = "SELECT version, at FROM kept_knowledge WHERE id = 1";
    let kept = source.first_row("kept_knowledge", kept).await?;
    let report = DatabaseReport {
        engine: source.engine().await?,
        schema: source.schema,
        known: source.known,
        bytes: source.bytes().await?,
        newest_turn: time(turn.as_ref())?,
        has_accounts: account.is_some(),
        last_backup: time(backup.as_ref())?,
        last_good: match kept {
            Some(row) => Some((
                row.try_get(0).map_err(StoreError::from)?,
                Timestamp(row.try_get(1).map_err(StoreError::from)?),
            )),
            None => None,
        },
    };
    source.close().await?;
    Ok(report)
}

fn time(row: Option<&AnyRow>) -> Result<Option<Timestamp>, StoreError> {
    let at = row
        .map(|row| row.try_get::<Option<i64>, _>(0))
        .transpose()?;
    Ok(at.flatten().map(Timestamp))
}
