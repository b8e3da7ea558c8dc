//! The tables of the current schema. In: an in-memory database made by the migrations. Out: each
//! table with its columns, ordered so that a table comes after those it references. Must not know:
//! what the tables hold.

use super::engine::DatabaseEngine;
use super::error::TransferError;
use sqlx::Row as _;

/// A table; the same in SQLite and PostgreSQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableSchema {
    pub name: String,
    pub columns: Vec<TableColumn>,
    /// The auto-increment column, if any.
    pub numbered: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableColumn {
    pub name: String,
    pub kind: ColumnType,
}

/// A column's type, with its names in both databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ColumnType {
    /// `TEXT`
    Text,
    /// `INTEGER`, `BIGINT`
    Integer,
    /// `REAL`, `DOUBLE PRECISION`
    Real,
    /// `BLOB`, `BYTEA`
    Bytes,
}

impl TableSchema {
    /// The column names as an SQL list.
    pub(super) fn column_names(&self) -> String {
        self.columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect::<Vec<_>>()
            .join(", ")
    }
}

const COLUMNS: &str = "\
    SELECT t.name, c.name, c.type, c.pk = 1 AND t.sql LIKE '%AUTOINCREMENT%'
    FROM sqlite_schema t, pragma_table_info(t.name) c
    WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite~_%' ESCAPE '~' AND t.name <> '_sqlx_migrations'
    ORDER BY t.rowid, c.cid";
const REFERENCES: &str = "\
    SELECT t.name, f.\"table\" FROM sqlite_schema t, pragma_foreign_key_list(t.name) f WHERE t.type = 'table'";

/// The tables of the current schema, read from an in-memory SQLite database so that no list has to
/// be kept in step with the migrations.
pub(super) async fn tables() -> Result<Vec<TableSchema>, TransferError> {
    let engine = DatabaseEngine::in_memory().await?;
    let mut tables: Vec<TableSchema> = Vec::new();
    for row in sqlx::query(COLUMNS).fetch_all(engine.read()).await? {
        let (table, column, declared): (String, String, String) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?);
        let kind = match declared.as_str() {
            "TEXT" => ColumnType::Text,
            "INTEGER" => ColumnType::Integer,
            "REAL" => ColumnType::Real,
            "BLOB" => ColumnType::Bytes,
            _ => return Err(TransferError::UnknownColumnType { table, column }),
        };
        if tables.last().is_none_or(|last| last.name != table) {
            tables.push(TableSchema {
                name: table,
                columns: Vec::new(),
                numbered: None,
            });
        }
        if let Some(table) = tables.last_mut() {
            let is_numbered = row.try_get::<i64, _>(3)? != 0;
            table.numbered = table
                .numbered
                .take()
                .or(is_numbered.then(|| column.clone()));
            table.columns.push(TableColumn { name: column, kind });
        }
    }
    let references = sqlx::query(REFERENCES).fetch_all(engine.read()).await?;
    let references = references
        .iter()
        .map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    Ok(in_order(
        tables,
        &references.collect::<Result<Vec<_>, sqlx::Error>>()?,
    ))
}

/// Orders tables so that each comes after those it references; `references` are pairs of names,
/// from and to.
fn in_order(mut waiting: Vec<TableSchema>, references: &[(String, String)]) -> Vec<TableSchema> {
    let mut placed: Vec<TableSchema> = Vec::new();
    while !waiting.is_empty() {
        let is_placed = |name: &str| placed.iter().any(|table| table.name == name);
        let is_ready = |table: &TableSchema| {
            let mut own = references
                .iter()
                .filter(|(from, to)| *from == table.name && to != from);
            own.all(|(_, to)| is_placed(to))
        };
        // For a reference cycle no order works; the database will report it.
        let next = waiting.iter().position(is_ready).unwrap_or_default();
        placed.push(waiting.remove(next));
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tables_are_read_from_the_migrations() {
        let tables = tables().await.unwrap();
        let journal = tables.iter().find(|table| table.name == "journal").unwrap();
        assert_eq!(journal.numbered.as_deref(), Some("id"));
        let kinds = ["id", "text", "confidence"].map(|name| {
            journal
                .columns
                .iter()
                .find(|c| c.name == name)
                .unwrap()
                .kind
        });
        assert_eq!(
            kinds,
            [ColumnType::Integer, ColumnType::Text, ColumnType::Real]
        );
        let seen = tables.iter().find(|table| table.name == "seen").unwrap();
        assert_eq!(
            (seen.numbered.as_deref(), seen.column_names().as_str()),
            (None, r#""channel", "update_id", "at""#)
        );
    }

    #[test]
    fn a_table_comes_after_those_it_refers_to() {
        let table = |name: &str| TableSchema {
            name: name.into(),
            columns: vec![],
            numbered: None,
        };
        let order = |references: &[(&str, &str)]| {
            let references: Vec<_> = references
                .iter()
                .map(|(a, b)| (a.to_string(), b.to_string()))
                .collect();
            let ordered = in_order(["a", "b", "c", "d"].map(table).into(), &references);
            ordered
                .iter()
                .map(|table| table.name.as_str())
                .collect::<String>()
        };
        assert_eq!(order(&[]), "abcd");
        assert_eq!(order(&[("a", "c"), ("c", "d"), ("b", "b")]), "bdca");
        assert_eq!(order(&[("a", "b"), ("b", "a")]), "cdab");
    }
}
