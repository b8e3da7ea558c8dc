//! Finds, and deletes, what a database holds about a conversation. In: a connection. Out: a count of
//! rows per table. Must not know: who asks for it.

use super::erase::ConversationTraces;
use super::error::StoreError;
use super::mentions::{asker_name, asker_number, mentions_number, quotes};
use super::snapshot::table_names;
use crate::hash::stable_number;
use sqlx::{AnyConnection, AssertSqlSafe, Row as _};
use std::collections::BTreeSet;

/// The tables and conditions of the rows of conversation `$1`, in an order in which no row is
/// deleted while it is still needed for another condition.
pub(super) const CONVERSATION_TABLES: &[(&str, &str)] = &[
    (
        "placed",
        "question IN (SELECT id FROM journal WHERE conversation = $1)",
    ),
    ("inbox", "conversation = $1"),
    ("outbox", "conversation = $1"),
    ("undelivered", "conversation = $1"),
    ("relayed", "conversation = $1"),
    (
        "file_parts",
        "file IN (SELECT id FROM files WHERE conversation = $1)",
    ),
    ("files", "conversation = $1"),
    ("messages", "conversation = $1"),
    ("handovers", "conversation = $1"),
    ("contacts", "conversation = $1"),
    ("activities", "conversation = $1"),
    ("identities", "conversation = $1"),
    ("ratings", "conversation = $1"),
    ("notices", "kind IN ('waiting', 'overdue', 'woken') AND key = $1"),
    ("pushes", "conversation = $1"),
    (
        "responses",
        "digest IN (SELECT digest FROM answered WHERE conversation = $1)
             AND digest NOT IN (SELECT digest FROM answered WHERE conversation <> $1 AND digest IS NOT NULL)",
    ),
    ("passive_replies", "conversation = $1"),
    ("passive_rests", "conversation = $1"),
    ("credits", "conversation = $1"),
    ("served_elsewhere", "conversation = $1"),
    ("answered", "conversation = $1"),
    ("journal", "conversation = $1"),
    ("conversations", "id = $1"),
];
/// The texts that were written in conversation `$1` and in no other.
const WORDINGS: &str = "\
    SELECT text FROM journal WHERE conversation = $1 UNION SELECT question FROM journal WHERE conversation = $1
    EXCEPT SELECT text FROM journal WHERE conversation <> $1 EXCEPT SELECT question FROM journal WHERE conversation <> $1";
/// Texts with fewer characters are too common to be attributed to one conversation.
const SHORTEST_WORDING: usize = 4;

/// Counts the rows of a conversation; with `away`, also deletes them. An older backup may lack some
/// tables.
pub(super) async fn traces(
    connection: &mut AnyConnection,
    conversation: &str,
    is_file: bool,
    away: bool,
) -> Result<ConversationTraces, StoreError> {
    let tables = table_names(connection, is_file).await?;
    let is_there = |table: &str| tables.iter().any(|name| name == table);
    let mut asker = ConversationEraser {
        connection,
        conversation,
        away,
        traces: ConversationTraces::default(),
    };
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
        asker.seen().await?;
    }
    for (table, whose) in CONVERSATION_TABLES
        .iter()
        .filter(|(table, _)| is_there(table))
    {
        asker.take(table, whose).await?;
    }
    Ok(asker.traces)
}

struct ConversationEraser<'c> {
    connection: &'c mut AnyConnection,
    conversation: &'c str,
    away: bool,
    traces: ConversationTraces,
}

impl ConversationEraser<'_> {
    fn note(&mut self, table: &str, count: u64) {
        if count == 0 {
            return;
        }
        let known = self.traces.rows.iter_mut().find(|(name, _)| name == table);
        match known {
            Some((_, sum)) => *sum += count,
            None => self.traces.rows.push((table.to_owned(), count)),
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
            sqlx::query(AssertSqlSafe(sql))
                .bind(self.conversation)
                .execute(&mut *self.connection)
                .await?;
        }
        self.note(table, count.unsigned_abs());
        Ok(())
    }

    async fn wordings(&mut self) -> Result<Vec<String>, StoreError> {
        let rows = sqlx::query(WORDINGS)
            .bind(self.conversation)
            .fetch_all(&mut *self.connection)
            .await?;
        let texts = rows
            .iter()
            .map(|row| Ok(row.try_get::<Option<String>, _>(0)?.unwrap_or_default()));
        let texts: Vec<String> = texts.collect::<Result<_, sqlx::Error>>()?;
        Ok(texts
            .into_iter()
            .filter(|text| text.chars().count() >= SHORTEST_WORDING)
            .collect())
    }

    async fn questions(&mut self) -> Result<BTreeSet<i64>, StoreError> {
        let sql = "SELECT id FROM journal WHERE conversation = $1";
        let rows = sqlx::query(sql)
            .bind(self.conversation)
            .fetch_all(&mut *self.connection)
            .await?;
        Ok(rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, _>>()?)
    }

    /// Deletes drafts, discarded ones too, that concern its questions or quote it. Published
    /// changes stay, without the ids of its questions.
    async fn changes(
        &mut self,
        own: &BTreeSet<i64>,
        wordings: &[String],
    ) -> Result<(), StoreError> {
        let sql = "SELECT id, state, summary, files, edit, questions FROM changes ORDER BY id";
        let mut gone = 0;
        for row in sqlx::query(sql).fetch_all(&mut *self.connection).await? {
            let (id, state): (i64, String) = (row.try_get("id")?, row.try_get("state")?);
            let questions: Vec<i64> =
                serde_json::from_str(&row.try_get::<String, _>("questions")?)?;
            let told =
                ["summary", "files", "edit"].map(|column| row.try_get::<Option<String>, _>(column));
            let told = told.into_iter().collect::<Result<Vec<_>, _>>()?;
            let quotes = told
                .iter()
                .flatten()
                .any(|text| wordings.iter().any(|wording| quotes(text, wording)));
            if !quotes && !questions.iter().any(|question| own.contains(question)) {
                continue;
            }
            if state == "draft" || state == "discarded" {
                gone += 1;
                self.delete("DELETE FROM changes WHERE id = $1", id).await?;
                continue;
            }
            self.traces.published.push(id);
            let others: Vec<&i64> = questions
                .iter()
                .filter(|question| !own.contains(question))
                .collect();
            let others = serde_json::to_string(&others)?;
            self.rewrite(
                "UPDATE changes SET questions = $2 WHERE id = $1",
                id,
                &others,
            )
            .await?;
        }
        self.note("changes", gone);
        Ok(())
    }

    /// Clusters that are ignored by one of its own texts.
    async fn ignored(&mut self, wordings: &[String]) -> Result<(), StoreError> {
        let mut gone = 0;
        for row in sqlx::query("SELECT cluster, wording FROM ignored")
            .fetch_all(&mut *self.connection)
            .await?
        {
            if wordings.contains(&row.try_get("wording")?) {
                gone += 1;
                self.delete(
                    "DELETE FROM ignored WHERE cluster = $1",
                    row.try_get("cluster")?,
                )
                .await?;
            }
        }
        self.note("ignored", gone);
        Ok(())
    }

    /// Audit entries stay, but details that quote the conversation are replaced.
    async fn audit(&mut self, wordings: &[String]) -> Result<(), StoreError> {
        let mut told = 0;
        for row in sqlx::query("SELECT id, detail FROM audit")
            .fetch_all(&mut *self.connection)
            .await?
        {
            let detail: String = row.try_get("detail")?;
            let quotes = detail.contains(self.conversation)
                || wordings.iter().any(|wording| detail.contains(wording));
            if quotes {
                told += 1;
                self.rewrite(
                    "UPDATE audit SET detail = $2 WHERE id = $1",
                    row.try_get("id")?,
                    "***",
                )
                .await?;
            }
        }
        self.note("audit", told);
        Ok(())
    }

    /// An update in quarantine could not be read, so it has no conversation: it is matched by the
    /// number of the chat or sender in its payload.
    async fn quarantine(&mut self) -> Result<(), StoreError> {
        let mut gone = 0;
        for row in sqlx::query("SELECT id, payload FROM quarantine")
            .fetch_all(&mut *self.connection)
            .await?
        {
            let payload: String = row.try_get("payload")?;
            let names = match asker_number(self.conversation) {
                Some(number) => mentions_number(&payload, &number.to_string()),
                None => payload.contains(asker_name(self.conversation)),
            };
            if names {
                gone += 1;
                self.delete("DELETE FROM quarantine WHERE id = $1", row.try_get("id")?)
                    .await?;
            }
        }
        self.note("quarantine", gone);
        Ok(())
    }

    /// The row of the asker's own chat. A group chat belongs to several people, and its row stays.
    async fn chat(&mut self) -> Result<(), StoreError> {
        let Some((scheme, name)) = self.conversation.split_once(':') else {
            return Ok(());
        };
        // where a service does not name chats, the conversation does; in a backup of an earlier version
        // a hash of it, as a number
        let earlier = stable_number("chat of a conversation", &[self.conversation.as_bytes()]);
        for chat in [name, self.conversation, &earlier.max(1).to_string()] {
            // that of a service with several accounts has the account behind it
            let whose = "(channel = $1 OR channel LIKE $1 || ':%') AND chat = $2";
            self.take_ids("chats", whose, (scheme, chat)).await?;
        }
        Ok(())
    }

    /// What was seen of the asker's own chat, and names it.
    async fn seen(&mut self) -> Result<(), StoreError> {
        let Some(chat) = self.conversation.strip_prefix("telegram:") else {
            return Ok(());
        };
        for of in ["album", "said"] {
            let whose = "channel = $1 || ':' || $2";
            self.take_ids("seen", whose, (of, chat)).await?;
        }
        Ok(())
    }

    async fn take_ids(
        &mut self,
        table: &str,
        whose: &str,
        (first, second): (&str, &str),
    ) -> Result<(), StoreError> {
        let sql = format!("SELECT COUNT(*) FROM {table} WHERE {whose}");
        let count: i64 = sqlx::query(AssertSqlSafe(sql))
            .bind(first)
            .bind(second)
            .fetch_one(&mut *self.connection)
            .await?
            .try_get(0)?;
        if self.away {
            let sql = format!("DELETE FROM {table} WHERE {whose}");
            sqlx::query(AssertSqlSafe(sql))
                .bind(first)
                .bind(second)
                .execute(&mut *self.connection)
                .await?;
        }
        self.note(table, count.unsigned_abs());
        Ok(())
    }

    async fn delete(&mut self, sql: &'static str, id: i64) -> Result<(), StoreError> {
        if self.away {
            sqlx::query(sql)
                .bind(id)
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(())
    }

    async fn rewrite(&mut self, sql: &'static str, id: i64, value: &str) -> Result<(), StoreError> {
        if self.away {
            sqlx::query(sql)
                .bind(id)
                .bind(value)
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(())
    }
}
