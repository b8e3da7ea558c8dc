//! A database as it is at one moment. In: a transaction that only reads. Out: its tables and their
//! rows. Must not know: where the rows go.

use super::error::StoreError;
use super::tables::TableSchema;
use futures_util::stream::BoxStream;
use sqlx::any::AnyRow;
use sqlx::{Any, AnyConnection, AssertSqlSafe, Row as _, Transaction};

/// A consistent snapshot of a database.
pub(super) struct DatabaseSnapshot<'s> {
    transaction: Transaction<'s, Any>,
    is_file: bool,
}

impl<'t> DatabaseSnapshot<'t> {
    pub(super) fn of(transaction: Transaction<'t, Any>, is_file: bool) -> Self {
        DatabaseSnapshot {
            transaction,
            is_file,
        }
    }

    pub(super) async fn table_names(&mut self) -> Result<Vec<String>, StoreError> {
        table_names(&mut self.transaction, self.is_file).await
    }

    pub(super) async fn count(&mut self, table: &TableSchema) -> Result<u64, StoreError> {
        count(&mut self.transaction, table).await
    }

    pub(super) fn rows<'s>(
        &'s mut self,
        table: &TableSchema,
    ) -> BoxStream<'s, Result<AnyRow, sqlx::Error>> {
        let sql = format!("SELECT {} FROM \"{}\"", table.column_names(), table.name);
        sqlx::query(AssertSqlSafe(sql)).fetch(&mut *self.transaction)
    }

    /// The last number that the database assigned to a row, even if that row was deleted; `None` if
    /// it assigned none yet.
    pub(super) async fn last_number(
        &mut self,
        table: &TableSchema,
        column: &str,
    ) -> Result<Option<i64>, StoreError> {
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

pub(super) async fn count(
    connection: &mut AnyConnection,
    table: &TableSchema,
) -> Result<u64, StoreError> {
    let sql = format!("SELECT COUNT(*) FROM \"{}\"", table.name);
    let count: i64 = sqlx::query(AssertSqlSafe(sql))
        .fetch_one(connection)
        .await?
        .try_get(0)?;
    Ok(count.unsigned_abs())
}

pub(super) async fn table_names(
    connection: &mut AnyConnection,
    is_file: bool,
) -> Result<Vec<String>, StoreError> {
    let sql = if is_file {
        "SELECT name FROM sqlite_schema WHERE type = 'table'"
    } else {
        "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema()"
    };
    let rows = sqlx::query(sql).fetch_all(connection).await?;
    Ok(rows
        .iter()
        .map(|row| row.try_get(0))
        .collect::<Result<_, _>>()?)
}
