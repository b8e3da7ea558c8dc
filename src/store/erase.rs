//! Erases all data of one conversation. In: a conversation id. Out: a database that no longer holds
//! it, and a count of the deleted rows. The same for a backup file. Must not know: who asks for it,
//! or how it is reported.

use super::audit::{self, Action, By};
use super::engine::sqlite_url;
use super::source::{Source, table_names};
use super::transfer::Rows;
use super::{Store, StoreError};
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Row as _};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

/// What a database holds about a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// The rows that were (or would be) deleted or changed, by table; without tables that have
    /// none.
    pub rows: Rows,
    /// Published changes that handled its questions. The data files may quote it; people have to
    /// decide about that.
    pub published: Vec<i64>,
}

/// The result of an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erased {
    pub traces: Traces,
    /// Whether the deleted data is overwritten in all files. False: readers kept the WAL open, so a
    /// part of it remains until the next [`Store::secure_delete`].
    pub is_wiped: bool,
}

/// How the audit log names an erased conversation: a hash prefix. Who knows the id can find the
/// entry, but the id cannot be read from it.
pub fn known_as(conversation: &str) -> String {
    let digest = Sha256::digest(conversation);
    digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// The tables and conditions of the rows of conversation `$1`, in an order in which no row is
/// deleted while it is still needed for another condition.
const OWN: &[(&str, &str)] = &[
    ("placed", "question IN (SELECT id FROM journal WHERE conversation = $1)"),
    ("inbox", "conversation = $1"),
    ("outbox", "conversation = $1"),
    ("undelivered", "conversation = $1"),
    ("relayed", "conversation = $1"),
    ("handovers", "conversation = $1"),
    ("pushes", "conversation = $1"),
    ("answered", "conversation = $1"),
    ("journal", "conversation = $1"),
    ("conversations", "id = $1"),
];
/// The texts that were written in conversation `$1` and in no other.
const WORDINGS: &str = "\
    SELECT text FROM journal WHERE conversation = $1 UNION SELECT question FROM journal WHERE conversation = $1
    EXCEPT SELECT text FROM journal WHERE conversation <> $1 EXCEPT SELECT question FROM journal WHERE conversation <> $1";
/// Texts with fewer characters are too common to be attributed to one conversation.
const SHORTEST: usize = 4;
/// How often, and at what interval, truncating the WAL is tried while readers hold it.
const WIPES: u32 = 50;
const WIPE_PAUSE: Duration = Duration::from_millis(200);

impl Store {
    /// Counts what is stored about a conversation.
    pub async fn traces(&self, conversation: &str) -> Result<Traces, StoreError> {
        let mut connection = self.engine.read().acquire().await?;
        let mut transaction = connection.begin().await?;
        traces(&mut transaction, conversation, self.engine.is_file(), false).await
    }

    /// Deletes all that is stored about a conversation. The audit log records who did it, and names
    /// the conversation only by [`audit_alias`].
    pub async fn erase(&self, by: By, conversation: &str) -> Result<Erased, StoreError> {
        let (conversation, is_file) = (conversation.to_owned(), self.engine.is_file());
        let traces = self
            .engine
            .write(move |connection| {
                Box::pin(async move {
                    let traces = traces(connection, &conversation, is_file, true).await?;
                    let counts: Vec<String> =
                        traces.rows.iter().map(|(table, count)| format!("{table} {count}")).collect();
                    audit::write(connection, &by, Action::Erase, &known_as(&conversation), &counts.join(", ")).await?;
                    Ok(traces)
                })
            })
            .await?;
        let tables: Vec<&str> = OWN.iter().map(|(table, _)| *table).collect();
        self.engine.vacuum(&[&tables[..], &["quarantine", "chats", "changes", "ignored", "audit"]].concat()).await?;
        let mut is_wiped = self.wipe(true).await?;
        for _ in 0..WIPES {
            if is_wiped {
                break;
            }
            tokio::time::sleep(WIPE_PAUSE).await;
            is_wiped = self.wipe(false).await?;
        }
        Ok(Erased { traces, is_wiped })
    }
}

/// The same for a backup file, which is replaced atomically by one without the conversation.
pub async fn erase_in_backup(file: &Path, conversation: &str) -> Result<Traces, StoreError> {
    let unwritable = |error| StoreError::Write(file.to_owned(), error);
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    if Path::new(&log).exists() {
        return Err(StoreError::InUse(file.to_owned()));
    }
    let mut source = Source::open_file(file).await?;
    source.check().await?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let permissions = file.metadata().map_err(unwritable)?.permissions();
    let unfinished =
        tempfile::Builder::new().prefix(".wenlu-").suffix(".unfinished").tempfile_in(folder).map_err(unwritable)?;
    source.write_to(unfinished.path()).await?;
    source.close().await?;
    // No journal: nothing beside the file may keep its old content, and on failure the copy is
    // thrown away.
    let options = SqliteConnectOptions::new().filename(unfinished.path());
    let mut connection = AnyConnection::connect(&sqlite_url(&options)?).await?;
    sqlx::query("PRAGMA journal_mode = OFF").execute(&mut connection).await?;
    let traces = traces(&mut connection, conversation, true, true).await?;
    sqlx::query("VACUUM").execute(&mut connection).await?;
    connection.close().await?;
    if traces == Traces::default() {
        return Ok(traces);
    }
    let mut written = Source::open_file(unfinished.path()).await?;
    written.check().await?;
    written.close().await?;
    unfinished
        .as_file()
        .set_permissions(permissions)
        .and_then(|()| unfinished.as_file().sync_all())
        .map_err(unwritable)?;
    unfinished.persist(file).map_err(|failed| unwritable(failed.error))?;
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(unwritable)?;
    Ok(traces)
}

/// Counts the rows of a conversation; with `away`, also deletes them. An older backup may lack some
/// tables.
async fn traces(
    connection: &mut AnyConnection,
    conversation: &str,
    is_file: bool,
    away: bool,
) -> Result<Traces, StoreError> {
    let tables = table_names(connection, is_file).await?;
    let is_there = |table: &str| tables.iter().any(|name| name == table);
    let mut asker = Asker { connection, conversation, away, traces: Traces::default() };
    let wordings = asker.wordings().await?;
    let questions = asker.questions().await?;
    if is_there("changes") {
        asker.changes(&questions, &wordings).await?;
        asker.ignored(&wordings).await?;
    }
    if is_there("audit") {
        asker.audit(&wordings).await?;
    }
    if is_there("quarantine") {
        asker.quarantine().await?;
        asker.chat().await?;
    }
    for (table, whose) in OWN.iter().filter(|(table, _)| is_there(table)) {
        asker.take(table, whose).await?;
    }
    Ok(asker.traces)
}

struct Asker<'c> {
    connection: &'c mut AnyConnection,
    conversation: &'c str,
    away: bool,
    traces: Traces,
}

impl Asker<'_> {
    fn note(&mut self, table: &str, count: u64) {
        if count > 0 {
            self.traces.rows.push((table.to_owned(), count));
        }
    }

    async fn take(&mut self, table: &str, whose: &str) -> Result<(), StoreError> {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {whose}");
        let count: i64 = sqlx::query(AssertSqlSafe(sql))
            .bind(self.conversation)
            .fetch_one(&mut *self.connection)
            .await?
            .try_get(0)?;
        if self.away {
            let sql = format!("DELETE FROM {table} WHERE {whose}");
            sqlx::query(AssertSqlSafe(sql)).bind(self.conversation).execute(&mut *self.connection).await?;
        }
        self.note(table, count.unsigned_abs());
        Ok(())
    }

    async fn wordings(&mut self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(WORDINGS).bind(self.conversation).fetch_all(&mut *self.connection).await?;
        let texts = rows.iter().map(|row| Ok(row.try_get::<Option<String>, _>(0)?.unwrap_or_default()));
        let texts: Vec<String> = texts.collect::<Result<_, sqlx::Error>>()?;
        Ok(texts.into_iter().filter(|text| text.chars().count() >= SHORTEST).collect())
    }

    async fn questions(&mut self) -> Result<BTreeSet<i64>, StoreError> {
        let sql = "SELECT id FROM journal WHERE conversation = $1";
        let rows = sqlx::query(sql).bind(self.conversation).fetch_all(&mut *self.connection).await?;
        Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
    }

    /// Deletes drafts, discarded ones too, that concern its questions or quote it. Published
    /// changes stay, without the ids of its questions.
    async fn changes(&mut self, own: &BTreeSet<i64>, wordings: &[String]) -> Result<(), StoreError> {
        let sql = "SELECT id, state, summary, files, edit, questions FROM changes ORDER BY id";
        let mut gone = 0;
        for row in sqlx::query(sql).fetch_all(&mut *self.connection).await? {
            let (id, state): (i64, String) = (row.try_get("id")?, row.try_get("state")?);
            let questions: Vec<i64> = serde_json::from_str(&row.try_get::<String, _>("questions")?)?;
            let told = ["summary", "files", "edit"].map(|column| row.try_get::<Option<String>, _>(column));
            let told = told.into_iter().collect::<Result<Vec<_>, _>>()?;
            let quotes = told.iter().flatten().any(|text| wordings.iter().any(|wording| holds(text, wording)));
            if !quotes && !questions.iter().any(|question| own.contains(question)) {
                continue;
            }
            if state == "draft" || state == "discarded" {
                gone += 1;
                self.delete("DELETE FROM changes WHERE id = $1", id).await?;
                continue;
            }
            self.traces.published.push(id);
            let others: Vec<&i64> = questions.iter().filter(|question| !own.contains(question)).collect();
            let others = serde_json::to_string(&others)?;
            self.rewrite("UPDATE changes SET questions = $2 WHERE id = $1", id, &others).await?;
        }
        self.note("changes", gone);
        Ok(())
    }

    /// Clusters that are ignored by one of its own texts.
    async fn ignored(&mut self, wordings: &[String]) -> Result<(), StoreError> {
        let mut gone = 0;
        for row in sqlx::query("SELECT cluster, wording FROM ignored").fetch_all(&mut *self.connection).await? {
            if wordings.contains(&row.try_get("wording")?) {
                gone += 1;
                self.delete("DELETE FROM ignored WHERE cluster = $1", row.try_get("cluster")?).await?;
            }
        }
        self.note("ignored", gone);
        Ok(())
    }

    /// Audit entries stay, but details that quote the conversation are replaced.
    async fn audit(&mut self, wordings: &[String]) -> Result<(), StoreError> {
        let mut told = 0;
        for row in sqlx::query("SELECT id, detail FROM audit").fetch_all(&mut *self.connection).await? {
            let detail: String = row.try_get("detail")?;
            let quotes = detail.contains(self.conversation) || wordings.iter().any(|wording| detail.contains(wording));
            if quotes {
                told += 1;
                self.rewrite("UPDATE audit SET detail = $2 WHERE id = $1", row.try_get("id")?, "***").await?;
            }
        }
        self.note("audit", told);
        Ok(())
    }

    /// An update in quarantine could not be read, so it has no conversation: it is matched by the
    /// number of the chat or sender in its payload.
    async fn quarantine(&mut self) -> Result<(), StoreError> {
        let mut gone = 0;
        for row in sqlx::query("SELECT id, payload FROM quarantine").fetch_all(&mut *self.connection).await? {
            let payload: String = row.try_get("payload")?;
            let names = match number(self.conversation) {
                Some(number) => holds_number(&payload, &number.to_string()),
                None => payload.contains(self.conversation),
            };
            if names {
                gone += 1;
                self.delete("DELETE FROM quarantine WHERE id = $1", row.try_get("id")?).await?;
            }
        }
        self.note("quarantine", gone);
        Ok(())
    }

    /// The row of the asker's own chat. A group chat belongs to several people, and its row stays.
    async fn chat(&mut self) -> Result<(), StoreError> {
        let Some((scheme, chat)) = self.conversation.split_once(':') else { return Ok(()) };
        let Ok(chat) = chat.parse::<i64>() else { return Ok(()) };
        let channel = format!("{scheme}:%");
        let sql = "SELECT channel FROM chats WHERE channel LIKE $1 AND chat = $2";
        let found = sqlx::query(sql).bind(&channel).bind(chat).fetch_all(&mut *self.connection).await?.len();
        if self.away {
            let sql = "DELETE FROM chats WHERE channel LIKE $1 AND chat = $2";
            sqlx::query(sql).bind(&channel).bind(chat).execute(&mut *self.connection).await?;
        }
        self.note("chats", found as u64);
        Ok(())
    }

    async fn delete(&mut self, sql: &'static str, id: i64) -> Result<(), StoreError> {
        if self.away {
            sqlx::query(sql).bind(id).execute(&mut *self.connection).await?;
        }
        Ok(())
    }

    async fn rewrite(&mut self, sql: &'static str, id: i64, value: &str) -> Result<(), StoreError> {
        if self.away {
            sqlx::query(sql).bind(id).bind(value).execute(&mut *self.connection).await?;
        }
        Ok(())
    }
}

/// The number at the end of a conversation id, given by the service to the asker: `telegram:42`,
/// `telegram:-7.0.42`.
fn number(conversation: &str) -> Option<i64> {
    conversation.rsplit([':', '.']).next()?.parse().ok()
}

/// Whether `text` contains `number` with no digit directly before or after it.
fn holds_number(text: &str, number: &str) -> bool {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    text.match_indices(number).any(|(at, _)| {
        let (before, after) = (text.get(..at), text.get(at + number.len()..));
        !is_digit(before.and_then(|t| t.chars().next_back())) && !is_digit(after.and_then(|t| t.chars().next()))
    })
}

/// Whether `text` contains `wording`, as it is or escaped for JSON.
fn holds(text: &str, wording: &str) -> bool {
    let escaped = serde_json::to_string(wording).unwrap_or_default();
    text.contains(wording) || text.contains(escaped.trim_matches('"'))
}
