//! Read-only access to a database: nothing in it changes, not even its schema. In: a URL or a file.
//! Out: a connection to a wenlu database, with its schema version. Must not know: where the data
//! goes.

use super::error::{StoreError, TransferError};
use super::location::{DatabaseLocation, server_name, sqlite_url};
use super::migrations::{
    MigrationSteps, POSTGRES_MIGRATIONS, SQLITE_MIGRATIONS, migrate, migrations, newest,
    sqlite_refused,
};
use super::snapshot::{DatabaseSnapshot, table_names};
use super::tables::{TableSchema, tables};
use sqlx::any::{AnyConnectOptions, AnyRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AnyConnection, ConnectOptions, Connection, Row as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A database opened for reading. Reads within one [`SourceDatabase::begin`] see a single snapshot.
pub(super) struct SourceDatabase {
    connection: AnyConnection,
    is_file: bool,
    /// Its address, without user and password.
    place: String,
    pub schema: i64,
    /// The current schema version.
    pub known: i64,
    /// Holds a migrated copy, deleted on drop.
    _folder: Option<tempfile::TempDir>,
}

impl SourceDatabase {
    /// [`TransferError::NotOurs`] or [`StoreError::Newer`] for a database that this program cannot
    /// read.
    pub(super) async fn open(url: &str) -> Result<Self, TransferError> {
        sqlx::any::install_default_drivers();
        match DatabaseLocation::parse(url)? {
            DatabaseLocation::Memory => Err(TransferError::InMemory),
            DatabaseLocation::File(options) => Self::open_file(options.get_filename()).await,
            DatabaseLocation::Server(options) => {
                let place = server_name(&options);
                let unreachable = |error| StoreError::Unreachable(place.clone(), error);
                let options = AnyConnectOptions::from_str(url).map_err(unreachable)?;
                let connection = options.connect().await.map_err(unreachable)?;
                Self::on(connection, false, place).await
            }
        }
    }

    /// As [`SourceDatabase::open`], for a SQLite file.
    pub(super) async fn open_file(path: &Path) -> Result<Self, TransferError> {
        sqlx::any::install_default_drivers();
        if !path.exists() {
            return Err(StoreError::Missing(path.to_owned()).into());
        }
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let opened = async {
            let connection = AnyConnectOptions::from_str(&sqlite_url(&options)?)?
                .connect()
                .await?;
            Self::on(connection, true, path.display().to_string()).await
        };
        opened.await.map_err(|error| match error {
            TransferError::Store(
                StoreError::Database(error) | StoreError::Fault(_, Some(error)),
            ) => sqlite_refused(error, path).into(),
            other => other,
        })
    }

    async fn on(
        mut connection: AnyConnection,
        is_file: bool,
        place: String,
    ) -> Result<Self, TransferError> {
        let steps = if is_file {
            SQLITE_MIGRATIONS
        } else {
            POSTGRES_MIGRATIONS
        };
        let schema = match table_names(&mut connection, is_file)
            .await?
            .iter()
            .any(|name| name == "_sqlx_migrations")
        {
            true => schema(&mut connection, steps, &place).await?,
            false => return Err(TransferError::NotOurs(place)),
        };
        Ok(SourceDatabase {
            connection,
            is_file,
            place,
            schema,
            known: newest(steps),
            _folder: None,
        })
    }

    /// The first row; `None` if there is none, or the database is too old to have the table.
    pub(super) async fn first_row(
        &mut self,
        table: &str,
        sql: &'static str,
    ) -> Result<Option<AnyRow>, TransferError> {
        if !table_names(&mut self.connection, self.is_file)
            .await?
            .iter()
            .any(|name| name == table)
        {
            return Ok(None);
        }
        Ok(sqlx::query(sql)
            .fetch_optional(&mut self.connection)
            .await?)
    }

    pub(super) fn is_file(&self) -> bool {
        self.is_file
    }

    /// Checks every page of a SQLite file: a copy of a damaged one would be incomplete.
    pub(super) async fn check(&mut self) -> Result<(), TransferError> {
        if self.is_file {
            let said: String = sqlx::query("PRAGMA quick_check(1)")
                .fetch_one(&mut self.connection)
                .await?
                .try_get(0)?;
            if said != "ok" {
                return Err(StoreError::Corrupt(PathBuf::from(&self.place)).into());
            }
        }
        Ok(())
    }

    /// Begins a snapshot that later writes do not change.
    pub(super) async fn begin(&mut self) -> Result<DatabaseSnapshot<'_>, TransferError> {
        let begin = if self.is_file {
            "BEGIN"
        } else {
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
        };
        let transaction = self.connection.begin_with(begin).await?;
        Ok(DatabaseSnapshot::of(transaction, self.is_file))
    }

    /// Writes a SQLite database into a single new file.
    pub(super) async fn write_to(&mut self, path: &Path) -> Result<(), TransferError> {
        let to = path
            .to_str()
            .ok_or_else(|| StoreError::CannotOpen(path.to_owned()))?;
        sqlx::query("VACUUM INTO $1")
            .bind(to)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// The same database at the current schema. An older SQLite file is copied and migrated; an
    /// older server is refused.
    pub(super) async fn up_to_date(mut self) -> Result<Self, TransferError> {
        let SourceDatabase {
            schema: found,
            known,
            ..
        } = self;
        if found == known {
            return Ok(self);
        }
        if !self.is_file {
            return Err(TransferError::Older {
                place: self.place,
                found,
                known,
            });
        }
        let unwritable = |error| TransferError::Write(tempfile::env::temp_dir(), error);
        let folder = tempfile::tempdir().map_err(unwritable)?;
        let path = folder.path().join("wenlu.db");
        self.write_to(&path).await?;
        let mut copy =
            SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await?;
        migrate(&mut copy, SQLITE_MIGRATIONS, &path).await?;
        copy.close().await?;
        Ok(SourceDatabase {
            _folder: Some(folder),
            ..Self::open_file(&path).await?
        })
    }

    /// The current tables that it has, with their row counts.
    pub(super) async fn rows(&mut self) -> Result<Vec<(String, u64)>, TransferError> {
        let mut snapshot = self.begin().await?;
        let names = snapshot.table_names().await?;
        let there: Vec<TableSchema> = tables()
            .await?
            .into_iter()
            .filter(|table| names.contains(&table.name))
            .collect();
        let mut rows = Vec::with_capacity(there.len());
        for table in there {
            rows.push((table.name.clone(), snapshot.count(&table).await?));
        }
        Ok(rows)
    }

    /// The engine's name and version.
    pub(super) async fn engine(&mut self) -> Result<String, TransferError> {
        let sql = if self.is_file {
            "SELECT 'SQLite ' || sqlite_version()"
        } else {
            "SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)"
        };
        Ok(sqlx::query(sql)
            .fetch_one(&mut self.connection)
            .await?
            .try_get(0)?)
    }

    /// The size in bytes.
    pub(super) async fn bytes(&mut self) -> Result<u64, TransferError> {
        let sql = if self.is_file {
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        } else {
            "SELECT pg_database_size(current_database())"
        };
        let bytes: i64 = sqlx::query(sql)
            .fetch_one(&mut self.connection)
            .await?
            .try_get(0)?;
        Ok(bytes.unsigned_abs())
    }

    pub(super) async fn close(self) -> Result<(), TransferError> {
        Ok(self.connection.close().await?)
    }
}

/// The schema version of a database. Other programs use a table of that name too, so the checksums
/// must match ours.
async fn schema(
    connection: &mut AnyConnection,
    steps: MigrationSteps,
    place: &str,
) -> Result<i64, TransferError> {
    let applied = sqlx::query(
        "SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version",
    )
    .fetch_all(connection)
    .await?;
    let applied = applied
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let applied: Vec<(i64, Vec<u8>)> = applied.collect::<Result<_, sqlx::Error>>()?;
    let is_ours = !applied.is_empty()
        && migrations(steps)
            .zip(&applied)
            .all(|(ours, (version, sum))| ours.version == *version && *ours.checksum == **sum);
    match applied.last() {
        Some((found, _)) if is_ours => {
            let (found, known) = (*found, newest(steps));
            if found <= known {
                Ok(found)
            } else {
                Err(StoreError::Newer {
                    path: place.into(),
                    found,
                    known,
                }
                .into())
            }
        }
        _ => Err(TransferError::NotOurs(place.to_owned())),
    }
}
