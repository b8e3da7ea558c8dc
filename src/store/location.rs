//! What a database URL names. In: a URL. Out: a file, memory, or a server; its name without user and
//! password. Must not know: how a database is opened.

use super::error::StoreError;
use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use std::path::PathBuf;
use std::str::FromStr as _;

/// What a database URL names.
pub(super) enum DatabaseLocation {
    File(Box<SqliteConnectOptions>),
    Memory,
    Server(Box<PgConnectOptions>),
}

impl DatabaseLocation {
    pub(super) fn parse(url: &str) -> Result<Self, StoreError> {
        let refused = || StoreError::Url(scheme_only(url));
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(DatabaseLocation::Server(Box::new(
                PgConnectOptions::from_str(url).map_err(|_| refused())?,
            )));
        }
        // sqlx would take any other scheme for a file name, and a password for a part of it.
        let place = url.strip_prefix("sqlite:").ok_or_else(refused)?;
        let host = place
            .strip_prefix("//")
            .and_then(|rest| rest.split('/').next())
            .unwrap_or_default();
        if host.contains('@') {
            return Err(refused());
        }
        let options = SqliteConnectOptions::from_str(url).map_err(|_| refused())?;
        Ok(if url.contains(":memory:") {
            DatabaseLocation::Memory
        } else {
            DatabaseLocation::File(Box::new(options))
        })
    }
}

/// The file that a database URL names; `None` for memory, a server, and no such URL.
pub fn database_file(url: &str) -> Option<PathBuf> {
    match DatabaseLocation::parse(url).ok()? {
        DatabaseLocation::File(options) => Some(options.get_filename().to_owned()),
        DatabaseLocation::Memory | DatabaseLocation::Server(_) => None,
    }
}

/// Host, port and database name, without user and password.
pub(super) fn server_name(options: &PgConnectOptions) -> String {
    format!(
        "{}:{}/{}",
        options.get_host(),
        options.get_port(),
        options.get_database().unwrap_or("")
    )
}

/// The URL without everything after its scheme: it may hold a password.
fn scheme_only(url: &str) -> String {
    url.split_once("://")
        .map_or_else(|| "…".to_owned(), |(scheme, _)| format!("{scheme}://…"))
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
