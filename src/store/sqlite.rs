//! The store on SQLite: one connection writes, a few read beside it (WAL), and nothing is acknowledged before it is on
//! the disk (`synchronous = FULL`).

use super::StoreError;
use super::records::{Entry, Opened, Row, TurnRecord};
use crate::message::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous};
use sqlx::{Row as _, SqlSafeStr};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

/// How long a writer of another process is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that read while one writes.
const READERS: u32 = 4;

#[derive(Clone, Debug)]
pub struct Sqlite {
    /// One connection: all writes pass here, one after the other.
    write: SqlitePool,
    read: SqlitePool,
}

impl Sqlite {
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let refused = || StoreError::Url(scheme_only(url));
        // The driver itself takes any other scheme for the name of a file.
        let options = url.starts_with("sqlite:").then(|| SqliteConnectOptions::from_str(url)).ok_or_else(refused)?;
        let options = options.map_err(|_| refused())?;
        if url.contains(":memory:") {
            return Self::in_memory().await;
        }
        let path = options.get_filename().to_owned();
        if let Some(folder) = path.parent().filter(|f| !f.as_os_str().is_empty() && !f.is_dir()) {
            return Err(StoreError::NoFolder(folder.to_owned()));
        }
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(BUSY_TIMEOUT)
            .foreign_keys(true);
        let write = pool(1).connect_with(options.clone()).await.map_err(|e| cannot_open(e, &path))?;
        migrate(&write, &path).await?;
        let read = pool(READERS).connect_with(options).await.map_err(|e| cannot_open(e, &path))?;
        Ok(Sqlite { write, read })
    }

    pub async fn in_memory() -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let only = pool(1).connect_with(options).await?;
        migrate(&only, Path::new(":memory:")).await?;
        Ok(Sqlite { write: only.clone(), read: only })
    }

    pub async fn open_turn(&self, conversation: &str, message: Option<&str>) -> Result<Opened, StoreError> {
        let row = sqlx::query(
            "SELECT c.state, c.version, a.response FROM conversations c
             LEFT JOIN answered a ON a.conversation = c.id AND a.message = $2 WHERE c.id = $1",
        )
        .bind(conversation)
        .bind(message)
        .fetch_optional(&self.read)
        .await?;
        let Some(row) = row else { return Ok(Opened::default()) };
        Ok(Opened { state: row.try_get(0)?, version: row.try_get(1)?, answered: row.try_get(2)? })
    }

    pub async fn commit(&self, turn: &TurnRecord) -> Result<(), StoreError> {
        let mut tx = self.write.begin_with("BEGIN IMMEDIATE").await?;
        let moved = sqlx::query(
            "INSERT INTO conversations (id, state, version, updated_at) VALUES ($1, $2, $3 + 1, $4)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, version = excluded.version,
                 updated_at = excluded.updated_at WHERE conversations.version = $3",
        )
        .bind(&turn.conversation)
        .bind(&turn.state)
        .bind(turn.version)
        .bind(turn.entry.at.0)
        .execute(&mut *tx)
        .await?;
        if moved.rows_affected() != 1 {
            return Err(StoreError::Conflict);
        }
        if let Some(message) = &turn.message {
            sqlx::query("INSERT INTO answered (conversation, message, response, at) VALUES ($1, $2, $3, $4)")
                .bind(&turn.conversation)
                .bind(message)
                .bind(&turn.response)
                .bind(turn.entry.at.0)
                .execute(&mut *tx)
                .await?;
        }
        insert_entry(&mut tx, turn).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn unanswered(&self, since: Option<Timestamp>) -> Result<Vec<Row>, StoreError> {
        // Asked back, and what came next was no choice: nobody got an answer. `none_of_these` counts for itself.
        let rows = sqlx::query(
            "SELECT j.* FROM journal j WHERE j.at >= $1 AND (j.unanswered IS NOT NULL OR j.outcome = 'clarified' AND
                 COALESCE((SELECT n.outcome FROM journal n WHERE n.conversation = j.conversation AND n.id > j.id
                           ORDER BY n.id LIMIT 1), '') NOT IN ('choice', 'menu', 'none_of_these'))
             ORDER BY j.id",
        )
        .bind(since.map_or(i64::MIN, |t| t.0))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(row).collect()
    }

    pub async fn entry(&self, id: i64) -> Result<Option<Row>, StoreError> {
        let found = sqlx::query("SELECT * FROM journal WHERE id = $1").bind(id).fetch_optional(&self.read).await?;
        found.as_ref().map(row).transpose()
    }

    pub async fn turns_until(&self, conversation: &str, id: i64, limit: i64) -> Result<Vec<Row>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM (SELECT * FROM journal WHERE conversation = $1 AND id <= $2 ORDER BY id DESC LIMIT $3) last
             ORDER BY id",
        )
        .bind(conversation)
        .bind(id)
        .bind(limit)
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(row).collect()
    }

    pub async fn journal_len(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM journal").fetch_one(&self.read).await?.try_get(0)?)
    }

    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

fn pool(connections: u32) -> SqlitePoolOptions {
    // Never closed for age or idleness: an in-memory database would go with its connection.
    SqlitePoolOptions::new().max_connections(connections).idle_timeout(None).max_lifetime(None)
}

/// A refused URL may hold a password.
fn scheme_only(url: &str) -> String {
    url.split_once("://").map_or_else(|| "…".to_owned(), |(scheme, _)| format!("{scheme}://…"))
}

async fn migrate(pool: &SqlitePool, path: &Path) -> Result<(), StoreError> {
    let migrations = vec![Migration::new(
        1,
        "turns".into(),
        MigrationType::Simple,
        include_str!("migrations/sqlite/0001_turns.sql").into_sql_str(),
        false,
    )];
    let known = migrations.iter().map(|m| m.version).max().unwrap_or_default();
    Migrator::with_migrations(migrations).run(pool).await.map_err(|error| match error {
        MigrateError::VersionMissing(found) => StoreError::Newer { path: path.to_owned(), found, known },
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => cannot_open(error, path),
        other => StoreError::Migrate(path.to_owned(), Box::new(other)),
    })
}

/// Says what SQLite's result code means for the one who named the file.
fn cannot_open(error: sqlx::Error, path: &Path) -> StoreError {
    const CORRUPT: &str = "11";
    const CANTOPEN: &str = "14";
    const NOT_A_DATABASE: &str = "26";
    let code = error.as_database_error().and_then(|e| e.code()).unwrap_or_default().into_owned();
    // The primary result code is the low byte of the extended one.
    let primary = code.parse::<i32>().map_or(code, |c| (c & 0xff).to_string());
    match primary.as_str() {
        CORRUPT | NOT_A_DATABASE => StoreError::Corrupt(path.to_owned()),
        CANTOPEN => StoreError::CannotOpen(path.to_owned()),
        _ => StoreError::Database(error),
    }
}

async fn insert_entry(tx: &mut sqlx::SqliteConnection, turn: &TurnRecord) -> Result<(), StoreError> {
    let entry = &turn.entry;
    sqlx::query(
        "INSERT INTO journal (conversation, message, at, text, question, lang, decision, intent, gap, confidence,
             candidates, knowledge, outcome, unanswered, handed_over)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
    )
    .bind(&turn.conversation)
    .bind(&turn.message)
    .bind(entry.at.0)
    .bind(&entry.text)
    .bind(&entry.question)
    .bind(word(&entry.lang)?)
    .bind(entry.decision.as_ref().map(word).transpose()?)
    .bind(&entry.intent)
    .bind(&entry.gap)
    .bind(entry.confidence)
    .bind(serde_json::to_string(&entry.candidates)?)
    .bind(&entry.knowledge)
    .bind(word(&entry.outcome)?)
    .bind(entry.unanswered.as_ref().map(word).transpose()?)
    .bind(entry.handed_over)
    .execute(tx)
    .await?;
    Ok(())
}

fn row(row: &SqliteRow) -> Result<Row, StoreError> {
    let text = |column: &str| row.try_get::<String, _>(column);
    let maybe = |column: &str| row.try_get::<Option<String>, _>(column);
    let entry = Entry {
        at: Timestamp(row.try_get("at")?),
        text: text("text")?,
        question: maybe("question")?,
        lang: from_word(&text("lang")?)?,
        decision: maybe("decision")?.as_deref().map(from_word).transpose()?,
        intent: maybe("intent")?,
        gap: maybe("gap")?,
        confidence: row.try_get("confidence")?,
        candidates: serde_json::from_str(&text("candidates")?)?,
        knowledge: text("knowledge")?,
        outcome: from_word(&text("outcome")?)?,
        unanswered: maybe("unanswered")?.as_deref().map(from_word).transpose()?,
        handed_over: row.try_get("handed_over")?,
    };
    Ok(Row { id: row.try_get("id")?, conversation: text("conversation")?, message: maybe("message")?, entry })
}

/// A unit variant's serde name, without quotes.
fn word<T: Serialize>(value: &T) -> Result<String, serde_json::Error> {
    serde_json::to_value(value).map(|v| v.as_str().unwrap_or_default().to_owned())
}

fn from_word<T: DeserializeOwned>(word: &str) -> Result<T, serde_json::Error> {
    serde_json::from_value(serde_json::Value::String(word.to_owned()))
}
