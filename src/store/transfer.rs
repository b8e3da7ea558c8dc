//! Copy, backup and restore between databases. In: source and target. Out: the number of rows
//! copied per table. The source is read as one snapshot, and the target is written in one
//! transaction. Must not know: what the rows mean.

use super::StoreError;
use super::engine::{Engine, Place, server_name, sqlite_url};
use super::source::{Snapshot, Source, count};
use super::tables::{Kind, Table, tables};
use futures_util::TryStreamExt;
use sqlx::any::AnyRow;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row as _};
use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;

/// Rows per INSERT statement; far below both databases' limits on parameters (32,766 and 65,535).
const BATCH: usize = 250;

/// Called with the rows copied so far and their total.
pub type Progress = Arc<dyn Fn(u64, u64) + Send + Sync>;

/// Table names with row counts.
pub type Rows = Vec<(String, u64)>;

/// Facts about a database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Info {
    /// Name and version.
    pub engine: String,
    /// The version of its schema; `known` is the current one.
    pub schema: i64,
    pub known: i64,
    pub bytes: u64,
    pub rows: Rows,
}

/// Facts about the database that `url` names, which is not migrated.
pub async fn info(url: &str) -> Result<Info, StoreError> {
    read_info(Source::open(url).await?).await
}

async fn read_info(mut source: Source) -> Result<Info, StoreError> {
    let info = Info {
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
pub async fn copy(from: &str, to: &str, progress: Progress) -> Result<Rows, StoreError> {
    let mut source = Source::open(from).await?;
    source.check().await?;
    pour(source.up_to_date().await?, to, progress).await
}

/// As [`copy`], from a file written by [`backup`].
pub async fn restore(file: &Path, to: &str, progress: Progress) -> Result<Rows, StoreError> {
    let mut source = Source::open_file(file).await?;
    source.check().await?;
    pour(source.up_to_date().await?, to, progress).await
}

/// Writes everything into a new SQLite file, from either database, while others may go on writing.
/// The file gets its name only when it is complete, on disk and verified.
pub async fn backup(from: &str, file: &Path, progress: Progress) -> Result<Info, StoreError> {
    if file.exists() {
        return Err(StoreError::Exists(file.to_owned()));
    }
    let mut source = Source::open(from).await?;
    let unwritable = |error| StoreError::Write(file.to_owned(), error);
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // tempfile creates it readable by its owner only, which matters: it holds users' messages.
    let unfinished =
        tempfile::Builder::new().prefix(".wenlu-").suffix(".unfinished").tempfile_in(folder).map_err(unwritable)?;
    if source.is_file() {
        source.write_to(unfinished.path()).await?;
        source.close().await?;
    } else {
        let options = SqliteConnectOptions::new().filename(unfinished.path());
        pour(source.up_to_date().await?, &sqlite_url(&options)?, progress).await?;
        // Without WAL it is a single file that can also be read on read-only media.
        let options = options.journal_mode(SqliteJournalMode::Delete);
        SqliteConnection::connect_with(&options).await?.close().await?;
    }
    let mut written = Source::open_file(unfinished.path()).await?;
    written.check().await?;
    let info = read_info(written).await?;
    unfinished.as_file().sync_all().map_err(unwritable)?;
    unfinished.persist_noclobber(file).map_err(|failed| match failed.error.kind() {
        ErrorKind::AlreadyExists => StoreError::Exists(file.to_owned()),
        _ => unwritable(failed.error),
    })?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)?;
    Ok(info)
}

/// The target, inside its one transaction.
struct Target<'c> {
    connection: &'c mut AnyConnection,
    is_server: bool,
    place: String,
}

async fn pour(mut source: Source, to: &str, progress: Progress) -> Result<Rows, StoreError> {
    let (is_server, place) = match Place::parse(to)? {
        Place::Memory => return Err(StoreError::InMemory),
        Place::File(options) => (false, options.get_filename().display().to_string()),
        Place::Server(options) => (true, server_name(&options)),
    };
    let tables = tables().await?;
    let engine = Engine::open(to).await?;
    let poured = engine
        .write(move |connection| {
            Box::pin(async move {
                let rows = Target { connection, is_server, place }.fill(&mut source, &tables, progress).await?;
                source.close().await?;
                Ok(rows)
            })
        })
        .await;
    engine.close().await;
    poured
}

impl Target<'_> {
    async fn fill(&mut self, source: &mut Source, tables: &[Table], progress: Progress) -> Result<Rows, StoreError> {
        self.refuse_content(tables).await?;
        let mut snapshot = source.begin().await?;
        let mut rows = Rows::new();
        for table in tables {
            rows.push((table.name.clone(), snapshot.count(table).await?));
        }
        let total = rows.iter().map(|(_, count)| count).sum();
        let mut done = 0;
        for table in tables {
            self.copy_table(&mut snapshot, table, |more| {
                done += more;
                progress(done, total);
            })
            .await?;
        }
        for (table, (_, expected)) in tables.iter().zip(&rows) {
            let found = count(self.connection, table).await?;
            if found != *expected {
                return Err(StoreError::Differs { table: table.name.clone(), expected: *expected, found });
            }
        }
        Ok(rows)
    }

    async fn refuse_content(&mut self, tables: &[Table]) -> Result<(), StoreError> {
        for table in tables {
            let sql = format!("SELECT 1 FROM \"{}\" LIMIT 1", table.name);
            if sqlx::query(AssertSqlSafe(sql)).fetch_optional(&mut *self.connection).await?.is_some() {
                return Err(StoreError::NotEmpty { place: self.place.clone(), table: table.name.clone() });
            }
        }
        Ok(())
    }

    async fn copy_table(
        &mut self,
        snapshot: &mut Snapshot<'_>,
        table: &Table,
        mut progress: impl FnMut(u64),
    ) -> Result<(), StoreError> {
        let mut batches = snapshot.rows(table).try_chunks(BATCH);
        while let Some(batch) = batches.try_next().await.map_err(|error| error.1)? {
            self.insert(table, &batch).await?;
            progress(batch.len() as u64);
        }
        drop(batches);
        if let Some(column) = &table.numbered
            && let Some(last) = snapshot.last_number(table, column).await?
        {
            self.number_after(last, table, column).await?;
        }
        Ok(())
    }

    /// Makes new rows get numbers above any ever assigned, even to rows deleted since: web pages
    /// ask for what came after the last number they have seen.
    async fn number_after(&mut self, last: i64, table: &Table, column: &str) -> Result<(), StoreError> {
        if self.is_server {
            let sql = "SELECT setval(pg_get_serial_sequence(quote_ident($1), $2), $3)";
            sqlx::query(sql).bind(&table.name).bind(column).bind(last).fetch_one(&mut *self.connection).await?;
            return Ok(());
        }
        // sqlite_sequence has no key, and has no row for a table that never held one.
        for sql in [
            "UPDATE sqlite_sequence SET seq = $2 WHERE name = $1",
            "INSERT INTO sqlite_sequence (name, seq)
             SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)",
        ] {
            sqlx::query(sql).bind(&table.name).bind(last).execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn insert(&mut self, table: &Table, batch: &[AnyRow]) -> Result<(), StoreError> {
        let width = table.columns.len();
        // SQLite is slow with thousands of numbered parameters.
        let place = |number: usize| if self.is_server { format!("${number}") } else { "?".to_owned() };
        let row = |row: usize| (1..=width).map(|column| place(row * width + column)).collect::<Vec<_>>().join(", ");
        let places: Vec<String> = (0..batch.len()).map(|number| format!("({})", row(number))).collect();
        let sql = format!("INSERT INTO \"{}\" ({}) VALUES {}", table.name, table.column_names(), places.join(", "));
        let mut insert = sqlx::query(AssertSqlSafe(sql));
        for row in batch {
            for (index, column) in table.columns.iter().enumerate() {
                insert = match column.kind {
                    Kind::Text => insert.bind(row.try_get::<Option<String>, _>(index)?.map(|text| self.text(text))),
                    Kind::Integer => insert.bind(row.try_get::<Option<i64>, _>(index)?),
                    Kind::Real => insert.bind(row.try_get::<Option<f64>, _>(index)?),
                };
            }
        }
        insert.execute(&mut *self.connection).await?;
        Ok(())
    }

    /// PostgreSQL text cannot hold NUL; it is replaced by U+FFFD.
    fn text(&self, text: String) -> String {
        if self.is_server && text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text }
    }
}
