//! The target of a copy. In: the rows of the source. Out: a filled database, or none of the rows.
//! Must not know: what the rows mean.

use super::error::TransferError;
use super::snapshot::{DatabaseSnapshot, count};
use super::source::SourceDatabase;
use super::tables::{ColumnType, TableColumn, TableSchema};
use super::transfer::{OnTransferProgress, TableRowCounts};
use futures_util::TryStreamExt as _;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _};

/// Rows per INSERT statement; far below both databases' limits on parameters (32,766 and 65,535).
const BATCH: usize = 250;
/// Rows per INSERT statement of a table whose rows may be large.
const LARGE_BATCH: usize = 16;

/// The target, inside its one transaction.
pub(super) struct TargetDatabase<'c> {
    pub connection: &'c mut AnyConnection,
    pub is_server: bool,
    pub place: String,
}

impl TargetDatabase<'_> {
    /// Copies all tables, or nothing: what was copied before an error is rolled back.
    pub(super) async fn fill(
        self,
        source: &mut SourceDatabase,
        tables: &[TableSchema],
        progress: OnTransferProgress,
    ) -> Result<TableRowCounts, TransferError> {
        let mut savepoint = self.connection.begin().await?;
        let mut target = TargetDatabase {
            connection: &mut savepoint,
            ..self
        };
        let filled = target.copy_tables(source, tables, progress).await;
        match filled {
            Ok(_) => savepoint.commit().await?,
            Err(_) => savepoint.rollback().await?,
        }
        filled
    }

    async fn copy_tables(
        &mut self,
        source: &mut SourceDatabase,
        tables: &[TableSchema],
        progress: OnTransferProgress,
    ) -> Result<TableRowCounts, TransferError> {
        self.refuse_content(tables).await?;
        let mut snapshot = source.begin().await?;
        let mut rows = TableRowCounts::new();
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
                return Err(TransferError::RowCountMismatch {
                    table: table.name.clone(),
                    expected: *expected,
                    found,
                });
            }
        }
        Ok(rows)
    }

    async fn refuse_content(&mut self, tables: &[TableSchema]) -> Result<(), TransferError> {
        for table in tables {
            let sql = format!("SELECT 1 FROM \"{}\" LIMIT 1", table.name);
            if sqlx::query(AssertSqlSafe(sql))
                .fetch_optional(&mut *self.connection)
                .await?
                .is_some()
            {
                return Err(TransferError::NotEmpty {
                    place: self.place.clone(),
                    table: table.name.clone(),
                });
            }
        }
        Ok(())
    }

    async fn copy_table(
        &mut self,
        snapshot: &mut DatabaseSnapshot<'_>,
        table: &TableSchema,
        mut progress: impl FnMut(u64),
    ) -> Result<(), TransferError> {
        let is_large = |column: &TableColumn| column.kind == ColumnType::Bytes;
        let batch = match table.columns.iter().any(is_large) {
            true => LARGE_BATCH,
            false => BATCH,
        };
        let mut batches = snapshot.rows(table).try_chunks(batch);
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
    async fn number_after(
        &mut self,
        last: i64,
        table: &TableSchema,
        column: &str,
    ) -> Result<(), TransferError> {
        if self.is_server {
            let sql = "SELECT setval(pg_get_serial_sequence(quote_ident($1), $2), $3)";
            sqlx::query(sql)
                .bind(&table.name)
                .bind(column)
                .bind(last)
                .fetch_one(&mut *self.connection)
                .await?;
            return Ok(());
        }
        // sqlite_sequence has no key, and has no row for a table that never held one.
        for sql in [
            "UPDATE sqlite_sequence SET seq = $2 WHERE name = $1",
            "INSERT INTO sqlite_sequence (name, seq)
             SELECT $1, $2 WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = $1)",
        ] {
            sqlx::query(sql)
                .bind(&table.name)
                .bind(last)
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(())
    }

    async fn insert(&mut self, table: &TableSchema, batch: &[AnyRow]) -> Result<(), TransferError> {
        let width = table.columns.len();
        // SQLite is slow with thousands of numbered parameters.
        let place = |number: usize| {
            if self.is_server {
                format!("${number}")
            } else {
                "?".to_owned()
            }
        };
        let row = |row: usize| {
            (1..=width)
                .map(|column| place(row * width + column))
                .collect::<Vec<_>>()
                .join(", ")
        };
        let places: Vec<String> = (0..batch.len())
            .map(|number| format!("({})", row(number)))
            .collect();
        let sql = format!(
            "INSERT INTO \"{}\" ({}) VALUES {}",
            table.name,
            table.column_names(),
            places.join(", ")
        );
        let mut insert = sqlx::query(AssertSqlSafe(sql));
        for row in batch {
            for (index, column) in table.columns.iter().enumerate() {
                insert = match column.kind {
                    ColumnType::Text => insert.bind(
                        row.try_get::<Option<String>, _>(index)?
                            .map(|text| self.text(text)),
                    ),
                    ColumnType::Integer => insert.bind(row.try_get::<Option<i64>, _>(index)?),
                    ColumnType::Real => insert.bind(row.try_get::<Option<f64>, _>(index)?),
                    ColumnType::Bytes => insert.bind(row.try_get::<Option<Vec<u8>>, _>(index)?),
                };
            }
        }
        insert.execute(&mut *self.connection).await?;
        Ok(())
    }

    /// PostgreSQL text cannot hold NUL; it is replaced by U+FFFD.
    fn text(&self, text: String) -> String {
        if self.is_server && text.contains('\0') {
            text.replace('\0', "\u{fffd}")
        } else {
            text
        }
    }
}
