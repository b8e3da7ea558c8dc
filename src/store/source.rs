//! Read-only access to a database: nothing in it changes, not even its schema. In: a URL or a file.
//! Out: a connection to a wenlu database, with its schema version. Must not know: where the data
//! goes.

use super::StoreError;
use super::engine::{
    POSTGRES, Place, SQLITE, Steps, migrate, migrations, newest, server_name, sqlite_refused, sqlite_url,
};
use super::tables::{Table, tables};
use futures_util::stream::BoxStream;
use sqlx::any::{AnyConnectOptions, AnyRow};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Any, AnyConnection, AssertSqlSafe, ConnectOptions, Connection, Row as _, Transaction};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A database opened for reading. Reads within one [`SourceDatabase::begin`] see a single snapshot.
pub struct Source {
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

/// A consistent snapshot of a database.
pub struct Snapshot<'s> {
    transaction: Transaction<'s, Any>,
    is_file: bool,
}

impl Source {
    /// [`StoreError::NotOurs`] or [`StoreError::Newer`] for a database that this program cannot
    /// read.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        match Place::parse(url)? {
            Place::Memory => Err(StoreError::InMemory),
            Place::File(options) => Self::open_file(options.get_filename()).await,
            Place::Server(options) => {
                let place = server_name(&options);
                let unreachable = |error| StoreError::Unreachable(place.clone(), error);
                let options = AnyConnectOptions::from_str(url).map_err(unreachable)?;
                let connection = options.connect().await.map_err(unreachable)?;
                Self::on(connection, false, place).await
            }
        }
    }

    /// As [`SourceDatabase::open`], for a SQLite file.
    pub async fn open_file(path: &Path) -> Result<Self, StoreError> {
        sqlx::any::install_default_drivers();
        if !path.exists() {
            return Err(StoreError::Missing(path.to_owned()));
        }
        let options = SqliteConnectOptions::new().filename(path).read_only(true);
        let opened = async {
            let connection = AnyConnectOptions::from_str(&sqlite_url(&options)?)?.connect().await?;
            Self::on(connection, true, path.display().to_string()).await
        };
        opened.await.map_err(|error| match error {
            StoreError::Database(error) | StoreError::Fault(_, Some(error)) => sqlite_refused(error, path),
            other => other,
        })
    }

    async fn on(mut connection: AnyConnection, is_file: bool, place: String) -> Result<Self, StoreError> {
        let steps = if is_file { SQLITE } else { POSTGRES };
        let schema = match table_names(&mut connection, is_file).await?.iter().any(|name| name == "_sqlx_migrations") {
            true => schema(&mut connection, steps, &place).await?,
            false => return Err(StoreError::NotOurs(place)),
        };
        Ok(Source { connection, is_file, place, schema, known: newest(steps), _folder: None })
    }

    /// The first row; `None` if there is none, or the database is too old to have the table.
    pub async fn first_row(&mut self, table: &str, sql: &'static str) -> Result<Option<AnyRow>, StoreError> {
        if !table_names(&mut self.connection, self.is_file).await?.iter().any(|name| name == table) {
            return Ok(None);
        }
        Ok(sqlx::query(sql).fetch_optional(&mut self.connection).await?)
    }

    pub fn is_file(&self) -> bool {
        self.is_file
    }

    /// Checks every page of a SQLite file: a copy of a damaged one would be incomplete.
    pub async fn check(&mut self) -> Result<(), StoreError> {
        if self.is_file {
            let said: String =
                sqlx::query("PRAGMA quick_check(1)").fetch_one(&mut self.connection).await?.try_get(0)?;
            if said != "ok" {
                return Err(StoreError::Corrupt(PathBuf::from(&self.place)));
            }
        }
        Ok(())
    }

    /// Begins a snapshot that later writes do not change.
    pub async fn begin(&mut self) -> Result<Snapshot<'_>, StoreError> {
        let begin = if self.is_file { "BEGIN" } else { "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" };
        Ok(Snapshot { transaction: self.connection.begin_with(begin).await?, is_file: self.is_file })
    }

    /// Writes a SQLite database into a single new file.
    pub async fn write_to(&mut self, path: &Path) -> Result<(), StoreError> {
        let to = path.to_str().ok_or_else(|| StoreError::CannotOpen(path.to_owned()))?;
        sqlx::query("VACUUM INTO $1").bind(to).execute(&mut self.connection).await?;
        Ok(())
    }

    /// The same database at the current schema. An older SQLite file is copied and migrated; an
    /// older server is refused.
    pub async fn up_to_date(mut self) -> Result<Self, StoreError> {
        let Source { schema: found, known, .. } = self;
        if found == known {
            return Ok(self);
        }
        if !self.is_file {
            return Err(StoreError::Older { place: self.place, found, known });
        }
        let unwritable = |error| StoreError::Write(tempfile::env::temp_dir(), error);
        let folder = tempfile::tempdir().map_err(unwritable)?;
        let path = folder.path().join("wenlu.db");
        self.write_to(&path).await?;
        let mut copy = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&path)).await?;
        migrate(&mut copy, SQLITE, &path).await?;
        copy.close().await?;
        Ok(Source { _folder: Some(folder), ..Self::open_file(&path).await? })
    }

    /// The current tables that it has, with their row counts.
    pub async fn rows(&mut self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut snapshot = self.begin().await?;
        let names = table_names(&mut snapshot.transaction, snapshot.is_file).await?;
        let there: Vec<Table> = tables().await?.into_iter().filter(|table| names.contains(&table.name)).collect();
        let mut rows = Vec::with_capacity(there.len());
        for table in there {
            rows.push((table.name.clone(), snapshot.count(&table).await?));
        }
        Ok(rows)
    }

    /// The engine's name and version.
    pub async fn engine(&mut self) -> Result<String, StoreError> {
        let sql = if self.is_file {
            "SELECT 'SQLite ' || sqlite_version()"
        } else {
            "SELECT 'PostgreSQL ' || split_part(current_setting('server_version'), ' ', 1)"
        };
        Ok(sqlx::query(sql).fetch_one(&mut self.connection).await?.try_get(0)?)
    }

    /// The size in bytes.
    pub async fn bytes(&mut self) -> Result<u64, StoreError> {
        let sql = if self.is_file {
            "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        } else {
            "SELECT pg_database_size(current_database())"
        };
        let bytes: i64 = sqlx::query(sql).fetch_one(&mut self.connection).await?.try_get(0)?;
        Ok(bytes.unsigned_abs())
    }

    pub async fn close(self) -> Result<(), StoreError> {
        Ok(self.connection.close().await?)
    }
}

impl Snapshot<'_> {
    pub async fn count(&mut self, table: &Table) -> Result<u64, StoreError> {
        count(&mut self.transaction, table).await
    }

    pub fn rows<'s>(&'s mut self, table: &Table) -> BoxStream<'s, Result<AnyRow, sqlx::Error>> {
        let sql = format!("SELECT {} FROM \"{}\"", table.column_names(), table.name);
        sqlx::query(AssertSqlSafe(sql)).fetch(&mut *self.transaction)
    }

    /// The last number that the database assigned to a row, even if that row was deleted; `None` if
    /// it assigned none yet.
    pub async fn last_number(&mut self, table: &Table, column: &str) -> Result<Option<i64>, StoreError> {
        let query = if self.is_file {
            sqlx::query("SELECT seq FROM sqlite_sequence WHERE name = $1").bind(&table.name)
        } else {
            let sql = "SELECT pg_sequence_last_value(pg_get_serial_sequence(quote_ident($1), $2)::regclass)";
            sqlx::query(sql).bind(&table.name).bind(column)
        };
        let row = query.fetch_optional(&mut *self.transaction).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?.flatten())
    }
}

pub async fn count(connection: &mut AnyConnection, table: &Table) -> Result<u64, StoreError> {
    let sql = format!("SELECT COUNT(*) FROM \"{}\"", table.name);
    let count: i64 = sqlx::query(AssertSqlSafe(sql)).fetch_one(connection).await?.try_get(0)?;
    Ok(count.unsigned_abs())
}

pub async fn table_names(connection: &mut AnyConnection, is_file: bool) -> Result<Vec<String>, StoreError> {
    let sql = if is_file {
        "SELECT name FROM sqlite_schema WHERE type = 'table'"
    } else {
        "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()"
    };
    let rows = sqlx::query(sql).fetch_all(connection).await?;
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// The schema version of a database. Other programs use a table of that name too, so the checksums
/// must match ours.
async fn schema(connection: &mut AnyConnection, steps: Steps, place: &str) -> Result<i64, StoreError> {
    let applied = sqlx::query("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version")
        .fetch_all(connection)
        .await?;
    let applied = applied.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let applied: Vec<(i64, Vec<u8>)> = applied.collect::<Result<_, sqlx::Error>>()?;
    let is_ours = !applied.is_empty()
        && migrations(steps)
            .zip(&applied)
            .all(|(ours, (version, sum))| ours.version == *version && *ours.checksum == **sum);
    match applied.last() {
        Some((found, _)) if is_ours => {
            let (found, known) = (*found, newest(steps));
            if found <= known { Ok(found) } else { Err(StoreError::Newer { path: place.into(), found, known }) }
        }
        _ => Err(StoreError::NotOurs(place.to_owned())),
    }
}
