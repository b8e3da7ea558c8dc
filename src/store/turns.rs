//! Conversations, answered messages and the journal.

use super::records::{Effects, Entry, Opened, Row, TurnRecord};
use super::{ANSWERED_KEPT, Store, StoreError, Window, from_word, millis, outbox, word};
use crate::message::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

/// How many old rows go at once: a turn hardly notices.
pub(super) const PRUNED_AT_ONCE: i64 = 1_000;

impl Store {
    /// The conversation as it stands, and whether this message was answered before.
    pub async fn open_turn(&self, conversation: &str, message: Option<&str>) -> Result<Opened, StoreError> {
        let row = sqlx::query(
            "SELECT c.state, c.version, a.response FROM conversations c
             LEFT JOIN answered a ON a.conversation = c.id AND a.message = $2 WHERE c.id = $1",
        )
        .bind(conversation)
        .bind(message)
        .fetch_optional(self.engine.read())
        .await?;
        let Some(row) = row else { return Ok(Opened::default()) };
        Ok(Opened { state: row.try_get(0)?, version: row.try_get(1)?, answered: row.try_get(2)? })
    }

    /// Commits a turn in one transaction, with the message that it answers taken from the inbox and its calls put into the
    /// outbox. [`StoreError::Conflict`] if the conversation has moved on since `open_turn`, or the message is gone.
    pub async fn commit(&self, turn: TurnRecord) -> Result<(), StoreError> {
        let prune = self.is_time_to_prune(turn.entry.at);
        let calls = !turn.effects.calls.is_empty();
        let pushes = !turn.effects.pushes.is_empty();
        let is_file = self.engine.is_file();
        if !prune && turn.inbox.is_none() && turn.effects == Effects::default() {
            let work = self
                .engine
                .write_whole(move |connection| Box::pin(async move { advance(connection, &turn, is_file).await }));
            return work.await;
        }
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    advance(connection, &turn, is_file).await?;
                    if let Some(inbox) = turn.inbox {
                        outbox::take(connection, inbox).await?;
                    }
                    outbox::apply(connection, &turn.conversation, &turn.effects, turn.entry.at).await?;
                    if prune { self::prune(connection, turn.entry.at).await } else { Ok(()) }
                })
            })
            .await?;
        self.ring(calls, pushes);
        Ok(())
    }

    /// One turn of the journal.
    pub async fn entry(&self, id: i64) -> Result<Option<Row>, StoreError> {
        let found =
            sqlx::query("SELECT * FROM journal WHERE id = $1").bind(id).fetch_optional(self.engine.read()).await?;
        found.as_ref().map(row).transpose()
    }

    /// A conversation's turns up to and including `id`, oldest first, at most `limit` of them.
    pub async fn turns_until(&self, conversation: &str, id: i64, limit: i64) -> Result<Vec<Row>, StoreError> {
        let rows = sqlx::query(
            "SELECT * FROM (SELECT * FROM journal WHERE conversation = $1 AND id <= $2 ORDER BY id DESC LIMIT $3) AS last
             ORDER BY id",
        )
        .bind(conversation)
        .bind(id)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        rows.iter().map(row).collect()
    }

    /// A conversation's turns after `id`, oldest first, at most `limit` of them.
    pub async fn turns_after(&self, conversation: &str, id: i64, limit: i64) -> Result<Vec<Row>, StoreError> {
        let sql = "SELECT * FROM journal WHERE conversation = $1 AND id > $2 ORDER BY id LIMIT $3";
        let rows = sqlx::query(sql).bind(conversation).bind(id).bind(limit).fetch_all(self.engine.read()).await?;
        rows.iter().map(row).collect()
    }

    /// The questions that were typed and routed, exactly as they were, and how often each; the first asked first.
    pub async fn asked(&self, window: Window) -> Result<Vec<(String, u64)>, StoreError> {
        let rows = sqlx::query(
            "SELECT text, COUNT(*) FROM journal WHERE decision IS NOT NULL AND at >= $1 AND at < $2
             GROUP BY text ORDER BY MIN(id)",
        )
        .bind(window.since.map_or(i64::MIN, |t| t.0))
        .bind(window.until.map_or(i64::MAX, |t| t.0))
        .fetch_all(self.engine.read())
        .await?;
        rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get::<i64, _>(1)?.unsigned_abs()))).collect()
    }

    /// How many turns the journal holds.
    pub async fn journal_len(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM journal").fetch_one(self.engine.read()).await?.try_get(0)?)
    }

    /// Reads a row of a table that every turn needs: an answer from the database itself, at no cost.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT version FROM conversations LIMIT 1").fetch_optional(self.engine.read()).await?;
        Ok(())
    }
}

/// The conversation's next state, the journal's entry, and what a retry of the message is answered. At once: between
/// several statements one waits longer than for what they do, and others wait meanwhile.
async fn advance(connection: &mut AnyConnection, turn: &TurnRecord, is_file: bool) -> Result<(), StoreError> {
    let entry = &turn.entry;
    let kept = turn.message.as_ref().zip(turn.response.as_ref()).map(|(_, response)| response);
    let moved = sqlx::query(sqlx::AssertSqlSafe(statement(turn.version, is_file)))
        .bind(&turn.conversation)
        .bind(&turn.state)
        .bind(turn.version)
        .bind(entry.at.0)
        .bind(&turn.message)
        .bind(kept)
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
        .bind(i64::from(entry.handed_over))
        .execute(connection)
        .await?;
    if moved.rows_affected() == 0 { Err(StoreError::Conflict) } else { Ok(()) }
}

/// Where the conversation has moved on, none of it is done. SQLite does one after the other; PostgreSQL all in one.
fn statement(version: i64, is_file: bool) -> String {
    let moved = if version == 0 { NEW } else { NEXT };
    if is_file {
        format!("{moved}; {JOURNAL} WHERE changes() = 1; {ANSWERED} WHERE changes() = 1 AND $6 IS NOT NULL {ONCE}")
    } else {
        format!(
            "WITH moved AS ({moved} RETURNING id), kept AS ({ANSWERED} FROM moved WHERE $6 IS NOT NULL {ONCE})
             {JOURNAL} FROM moved"
        )
    }
}

const NEW: &str = "\
    INSERT INTO conversations (id, state, version, updated_at) VALUES ($1, $2, $3 + 1, $4) ON CONFLICT DO NOTHING";
/// One that was there and is gone was erased: its state must not come back.
const NEXT: &str = "\
    UPDATE conversations SET state = $2, version = $3 + 1, updated_at = $4 WHERE id = $1 AND version = $3";
const JOURNAL: &str = "\
    INSERT INTO journal (conversation, message, at, text, question, lang, decision, intent, gap, confidence, candidates,
        knowledge, outcome, unanswered, handed_over)
    SELECT $1, $5, $4, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18";
const ANSWERED: &str = "INSERT INTO answered (conversation, message, response, at) SELECT $1, $5, $6, $4";

/// Nothing can fail half way: whoever answered the message before has moved the conversation on.
const ONCE: &str = "ON CONFLICT DO NOTHING";

/// Takes away answers that nobody sends a message again for, the oldest first.
pub(super) async fn prune(connection: &mut AnyConnection, now: Timestamp) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM answered WHERE (conversation, message) IN
             (SELECT conversation, message FROM answered WHERE at < $1 ORDER BY at LIMIT $2)",
    )
    .bind(now.0.saturating_sub(millis(ANSWERED_KEPT)))
    .bind(PRUNED_AT_ONCE)
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) fn row(row: &AnyRow) -> Result<Row, StoreError> {
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
        handed_over: row.try_get::<i64, _>("handed_over")? != 0,
    };
    Ok(Row { id: row.try_get("id")?, conversation: text("conversation")?, message: maybe("message")?, entry })
}
