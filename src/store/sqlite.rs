//! The store on SQLite: one connection writes, a few read beside it (WAL), and nothing is acknowledged before it is on
//! the disk (`synchronous = FULL`).

use super::records::{Entry, Opened, Row, TurnRecord};
use super::{ANSWERED_KEPT, StoreError, Window};
use crate::message::Timestamp;
use serde::{Serialize, de::DeserializeOwned};
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Row as _, SqlSafeStr};
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

/// How long a writer of another process is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// Connections that read while one writes.
const READERS: u32 = 4;

/// How often old answers are looked for, and how many go at once: a turn hardly notices.
const PRUNE_EVERY: Duration = Duration::from_secs(600);
const PRUNED_AT_ONCE: i64 = 1_000;

#[derive(Clone, Debug)]
pub struct Sqlite {
    /// One connection: all writes pass here, one after the other.
    write: SqlitePool,
    read: SqlitePool,
    /// From when on the next turn takes old answers away, in milliseconds.
    prune_from: Arc<AtomicI64>,
}

impl Sqlite {
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        match parse(url)? {
            Some(file) => Self::open_file(file).await,
            None => Self::in_memory().await,
        }
    }

    pub async fn open_existing(url: &str) -> Result<Self, StoreError> {
        match parse(url)? {
            Some(file) if !file.get_filename().exists() => Err(StoreError::Missing(file.get_filename().to_owned())),
            _ => Self::open(url).await,
        }
    }

    async fn open_file(options: SqliteConnectOptions) -> Result<Self, StoreError> {
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
        Ok(Sqlite { write, read, prune_from: Arc::default() })
    }

    pub async fn in_memory() -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new().in_memory(true).foreign_keys(true);
        let only = pool(1).connect_with(options).await?;
        migrate(&only, Path::new(":memory:")).await?;
        Ok(Sqlite { write: only.clone(), read: only, prune_from: Arc::default() })
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
        if self.is_time_to_prune(turn.entry.at) {
            prune(&mut tx, turn.entry.at).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    fn is_time_to_prune(&self, now: Timestamp) -> bool {
        let is_time = now.0 >= self.prune_from.load(Relaxed);
        if is_time {
            self.prune_from.store(now.0.saturating_add(millis(PRUNE_EVERY)), Relaxed);
        }
        is_time
    }

    pub async fn unanswered(&self, since: Option<Timestamp>) -> Result<Vec<Row>, StoreError> {
        // Asked back, and what came next was no choice: nobody got an answer. 都不是 and 没解决 count themselves.
        let rows = sqlx::query(
            "SELECT j.* FROM journal j WHERE j.at >= $1 AND (j.unanswered IS NOT NULL OR j.outcome = 'clarified' AND
                 COALESCE((SELECT n.outcome FROM journal n WHERE n.conversation = j.conversation AND n.id > j.id
                           ORDER BY n.id LIMIT 1), '') NOT IN ('choice', 'menu', 'none_of_these', 'unsolved'))
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

    pub async fn asked(&self, window: Window) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT text, COUNT(*) FROM journal WHERE decision IS NOT NULL AND at >= $1 AND at < $2
             GROUP BY text ORDER BY MIN(id)",
        )
        .bind(window.since.map_or(i64::MIN, |t| t.0))
        .bind(window.until.map_or(i64::MAX, |t| t.0))
        .fetch_all(&self.read)
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)?.unsigned_abs()))).collect()
    }

    pub async fn journal_len(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM journal").fetch_one(&self.read).await?.try_get(0)?)
    }

    /// Reads a row of a table that every turn needs: an answer from the file itself, at no cost.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT 1 FROM conversations LIMIT 1").fetch_optional(&self.read).await?;
        Ok(())
    }

    pub async fn close(&self) {
        self.read.close().await;
        self.write.close().await;
    }
}

/// The file that `url` names; `None`: memory.
fn parse(url: &str) -> Result<Option<SqliteConnectOptions>, StoreError> {
    let refused = || StoreError::Url(scheme_only(url));
    // The driver itself takes any other scheme for the name of a file, and a password for a part of it.
    let place = url.strip_prefix("sqlite:").ok_or_else(refused)?;
    let host = place.strip_prefix("//").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    if host.contains('@') {
        return Err(refused());
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|_| refused())?;
    Ok((!url.contains(":memory:")).then_some(options))
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
    let migration = |version, name: &'static str, sql: &'static str| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    let migrations = vec![
        migration(1, "turns", include_str!("migrations/sqlite/0001_turns.sql")),
        migration(2, "prune", include_str!("migrations/sqlite/0002_prune.sql")),
    ];
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

/// Takes away answers that nobody sends a message again for, the oldest first.
async fn prune(tx: &mut sqlx::SqliteConnection, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM answered WHERE (conversation, message) IN
             (SELECT conversation, message FROM answered WHERE at < $1 ORDER BY at LIMIT $2)",
    )
    .bind(now.0.saturating_sub(millis(ANSWERED_KEPT)))
    .bind(PRUNED_AT_ONCE)
    .execute(tx)
    .await?;
    Ok(())
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
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
