//! Conversations, answered messages and the journal. In: turns, one at a time. Out: the state that
//! a turn starts from, and a commit that is on disk; the journal for readers. Concurrent turns are
//! read and written in batches.

use super::advance::{self, Asked, advance};
use super::batch::Batches;
use super::engine::{Engine, again};
use super::records::{Effects, Entry, Opened, Row, TurnRecord};
use super::{ANSWERED_KEPT, Store, StoreError, Window, from_word, millis, outbox};
use crate::message::Timestamp;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use std::collections::HashSet;
use std::sync::Arc;

/// Old rows deleted at a time; few enough not to delay a turn.
pub(super) const PRUNED_AT_ONCE: i64 = 1_000;

impl Store {
    /// Reads the conversation, and the answer that this message was given before.
    pub async fn open_turn(&self, conversation: &str, message: Option<&str>) -> Result<Opened, StoreError> {
        let asked = Asked { conversation: conversation.to_owned(), message: message.map(str::to_owned) };
        self.batches.open.add(asked).await
    }

    /// Commits a turn in one transaction, together with removing its message from the inbox and
    /// inserting its calls into the outbox. [`StoreError::Conflict`] if the conversation has moved
    /// on since `open_turn`, or the message is gone.
    pub async fn commit(&self, turn: TurnRecord) -> Result<(), StoreError> {
        let prune = self.is_time_to_prune(turn.entry.at);
        let calls = !turn.effects.calls.is_empty();
        let pushes = !turn.effects.pushes.is_empty();
        if !prune && turn.inbox.is_none() && turn.effects == Effects::default() {
            return self.batches.commit.add(turn).await;
        }
        let is_file = self.engine.is_file();
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let moved = advance(connection, is_file, &[&turn]).await?;
                    did_move(&moved, &turn)?;
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

    /// One row of the journal.
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

    /// The texts that were typed and routed, word for word, with their counts; in the order in
    /// which they were first asked.
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

    /// The number of turns in the journal.
    pub async fn journal_len(&self) -> Result<i64, StoreError> {
        Ok(sqlx::query("SELECT COUNT(*) FROM journal").fetch_one(self.engine.read()).await?.try_get(0)?)
    }

    /// Reads one row of a table that every turn needs, to check cheaply that the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        sqlx::query("SELECT version FROM conversations LIMIT 1").fetch_optional(self.engine.read()).await?;
        Ok(())
    }
}

/// The batchers for opening and committing turns.
#[derive(Clone, Debug)]
pub(super) struct TurnBatches {
    open: Batches<Asked, Opened>,
    commit: Batches<TurnRecord, ()>,
}

impl TurnBatches {
    pub(super) fn on(engine: &Engine) -> Self {
        // Writes to a file are serial anyway; a server can run one batch while another waits for
        // its disk.
        let lanes = if engine.is_file() { 1 } else { 2 };
        let (reads, writes) = (engine.clone(), engine.clone());
        Self {
            open: Batches::new(lanes, move |asked| Box::pin(open_all(reads.clone(), asked))),
            commit: Batches::new(lanes, move |turns| Box::pin(commit_all(writes.clone(), turns))),
        }
    }

    /// Waits for the work that was begun.
    pub(super) async fn close(&self) {
        self.open.close().await;
        self.commit.close().await;
    }
}

async fn open_all(engine: Engine, asked: Vec<Asked>) -> Vec<Result<Opened, StoreError>> {
    match advance::open(engine.read(), engine.is_file(), &asked).await {
        Ok(opened) => opened.into_iter().map(Ok).collect(),
        Err(error) => asked.iter().map(|_| Err(again(&error))).collect(),
    }
}

/// Commits turns together. If the database refuses a batch, its turns are committed one by one, so
/// that each gets its own result.
async fn commit_all(engine: Engine, turns: Vec<TurnRecord>) -> Vec<Result<(), StoreError>> {
    let turns: Arc<[TurnRecord]> = turns.into();
    let mut results: Vec<_> = turns.iter().map(|_| Err(StoreError::Conflict)).collect();
    let mut left: Vec<usize> = (0..turns.len()).collect();
    // A fixed order, so that concurrent batches on PostgreSQL do not deadlock.
    left.sort_by_key(|at| &turns[*at].conversation);
    while !left.is_empty() {
        let round = first_of_each(&turns, &mut left);
        match advance_all(&engine, &turns, &round).await {
            Ok(moved) => round.iter().for_each(|at| results[*at] = did_move(&moved, &turns[*at])),
            Err(error) if round.len() > 1 && may_be_of_one(&error) => {
                for at in round {
                    let moved = advance_all(&engine, &turns, &[at]).await;
                    results[at] = moved.and_then(|moved| did_move(&moved, &turns[at]));
                }
            }
            Err(error) => round.iter().for_each(|at| results[*at] = Err(again(&error))),
        }
    }
    results
}

/// Takes the first turn of each conversation: a second one was computed from a state that the first
/// one changes, and has to conflict.
fn first_of_each(turns: &[TurnRecord], sorted: &mut Vec<usize>) -> Vec<usize> {
    let mut before = None;
    let (mut first, mut later) = (Vec::with_capacity(sorted.len()), Vec::new());
    for at in sorted.drain(..) {
        let conversation = turns[at].conversation.as_str();
        if before.replace(conversation) == Some(conversation) { later.push(at) } else { first.push(at) }
    }
    *sorted = later;
    first
}

/// Writes the turns and returns the conversations that moved on. When this returns, they are on
/// disk.
async fn advance_all(
    engine: &Engine,
    turns: &Arc<[TurnRecord]>,
    round: &[usize],
) -> Result<HashSet<String>, StoreError> {
    let (turns, round, is_file) = (turns.clone(), round.to_vec(), engine.is_file());
    let work = engine.write_at_once(move |connection| {
        Box::pin(async move {
            let turns: Vec<&TurnRecord> = round.iter().map(|at| &turns[*at]).collect();
            advance(connection, is_file, &turns).await
        })
    });
    work.await
}

fn did_move(moved: &HashSet<String>, turn: &TurnRecord) -> Result<(), StoreError> {
    if moved.contains(&turn.conversation) { Ok(()) } else { Err(StoreError::Conflict) }
}

/// Whether the error may concern a single turn of the batch, or comes from contention.
fn may_be_of_one(error: &StoreError) -> bool {
    matches!(error, StoreError::Database(sqlx::Error::Database(_)) | StoreError::Conflict)
}

/// Deletes answers older than [`ANSWERED_KEPT`], the oldest first.
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
