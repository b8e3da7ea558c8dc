//! Answers inside the request that delivered a message: what a message was answered with, what came
//! too late, what waits for the asker's next message; and, where the service can be called, the calls
//! that go with an answer. Must not know: what is answered; replies, payloads and rests are opaque
//! text.

use super::asker_queue::{SentBeside, send_beside};
use super::credits::{CreditGrant, grant};
use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::handovers;
use super::pulls::note_served;
use super::runtime::StoreRuntime;
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// Late messages that the next message of their asker brings along.
const LATE_AT_ONCE: i64 = 3;

/// Answers inside requests.
#[derive(Clone, Copy, Debug)]
pub struct PassiveStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
    pub(super) runtime: &'a StoreRuntime,
}

/// What is known when a message is delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PassiveView {
    /// What this very message was answered with.
    pub reply: Option<String>,
    /// Whether this very message was acknowledged without an answer.
    pub is_late: bool,
    /// What waits for the asker; `None` if nothing ever did.
    pub rest: Option<PassiveRest>,
    /// Other messages that were acknowledged without an answer, the oldest first, a few at once.
    pub late: Vec<LateMessage>,
}

/// What waits for an asker's next message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassiveRest {
    pub version: i64,
    /// JSON.
    pub rest: String,
    /// The last push that the asker has seen, or that `rest` holds.
    pub pushed: i64,
}

/// A message that was acknowledged without an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LateMessage {
    pub message: String,
    pub payload: String,
    pub at: Timestamp,
}

/// The answer to a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PassiveAnswer {
    pub conversation: String,
    pub message: String,
    pub at: Timestamp,
    pub reply: String,
    /// Whether the message itself was late when it was delivered again.
    pub is_late: bool,
    /// What waits from now on, with the version that it was computed from (0: none); `None`: as
    /// before.
    pub rest: Option<PassiveRest>,
    /// Late messages whose answers the reply or the rest holds.
    pub settled: Vec<String>,
    /// Whether people of the service serve the asker from now on; `None`: as before.
    pub served: Option<bool>,
    pub sent: SentBeside,
}

impl PassiveStore<'_> {
    /// What is known of a message and its conversation.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn open(self, conversation: &str, message: &str) -> Result<PassiveView, StoreError> {
        let mut connection = self.engine.read().acquire().await?;
        let kept = kept(&mut connection, conversation, message).await?;
        drop(connection);
        let is_late = kept == Some(None);
        if let Some(Some(reply)) = kept {
            return Ok(PassiveView {
                reply: Some(reply),
                ..PassiveView::default()
            });
        }
        // before what it is committed with, so that a change in between is a conflict
        let rest =
            sqlx::query("SELECT version, rest, pushed FROM passive_rests WHERE conversation = $1")
                .bind(conversation)
                .fetch_optional(self.engine.read())
                .await?;
        let late = sqlx::query(
            "SELECT message, payload, at FROM passive_replies WHERE conversation = $1 AND message <> $2
             AND reply IS NULL ORDER BY at, message LIMIT $3",
        )
        .bind(conversation)
        .bind(message)
        .bind(LATE_AT_ONCE)
        .fetch_all(self.engine.read())
        .await?;
        let rest = rest.map(|row| {
            Ok::<_, sqlx::Error>(PassiveRest {
                version: row.try_get(0)?,
                rest: row.try_get(1)?,
                pushed: row.try_get(2)?,
            })
        });
        let late = late.iter().map(|row| {
            Ok(LateMessage {
                message: row.try_get(0)?,
                payload: row.try_get(1)?,
                at: Timestamp(row.try_get(2)?),
            })
        });
        Ok(PassiveView {
            reply: None,
            is_late,
            rest: rest.transpose()?,
            late: late.collect::<Result<_, sqlx::Error>>()?,
        })
    }

    /// Keeps a message that is acknowledged now and answered later. Returns its answer if it has one
    /// by now.
    ///
    /// # Errors
    ///
    /// If the database cannot be written; the message may not be acknowledged then.
    pub async fn keep_late(
        self,
        conversation: &str,
        late: LateMessage,
        credit: Option<CreditGrant>,
    ) -> Result<Option<String>, StoreError> {
        let conversation = conversation.to_owned();
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let kept_now = sqlx::query(
                        "INSERT INTO passive_replies (conversation, message, at, payload) VALUES ($1, $2, $3, $4)
                         ON CONFLICT DO NOTHING",
                    )
                    .bind(&conversation)
                    .bind(&late.message)
                    .bind(late.at.0)
                    .bind(&late.payload)
                    .execute(&mut *connection)
                    .await?;
                    if let Some(credit) = credit.filter(|_| kept_now.rows_affected() > 0) {
                        grant(connection, &conversation, &credit).await?;
                    }
                    Ok(kept(connection, &conversation, &late.message).await?.flatten())
                })
            })
            .await
    }

    /// Commits an answer. When this returns, a repeated delivery gets the same.
    ///
    /// # Errors
    ///
    /// [`StoreError::Conflict`] if the message was answered or became late in between, or what waits
    /// has changed; else if the database cannot be written.
    pub async fn commit(self, answer: PassiveAnswer) -> Result<(), StoreError> {
        let has_calls = !answer.sent.calls.is_empty();
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    insert_reply(connection, &answer).await?;
                    if let Some(rest) = &answer.rest {
                        advance_rest(connection, &answer, rest).await?;
                        handovers::mark_seen(connection, &answer.conversation, rest.pushed).await?;
                    }
                    settle(connection, &answer).await?;
                    if let Some(is_served) = answer.served {
                        let conversation = &answer.conversation;
                        note_served(connection, conversation, is_served, answer.at).await?;
                    }
                    send_beside(connection, &answer).await
                })
            })
            .await?;
        self.runtime.notify(has_calls, false);
        Ok(())
    }

    /// Messages to the account whose conversations' names begin with `prefix` that have been late
    /// since before `before`, the oldest first, each with its conversation.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn late_since(
        self,
        prefix: &str,
        before: Timestamp,
        limit: i64,
    ) -> Result<Vec<(String, LateMessage)>, StoreError> {
        let rows = sqlx::query(
            "SELECT conversation, message, payload, at FROM passive_replies
             WHERE reply IS NULL AND at < $2 AND SUBSTR(conversation, 1, LENGTH($1)) = $1
             ORDER BY at, message LIMIT $3",
        )
        .bind(prefix)
        .bind(before.0)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        let late = rows.iter().map(|row| {
            let late = LateMessage {
                message: row.try_get(1)?,
                payload: row.try_get(2)?,
                at: Timestamp(row.try_get(3)?),
            };
            Ok((row.try_get(0)?, late))
        });
        Ok(late.collect::<Result<_, sqlx::Error>>()?)
    }
}

/// The row of a message: its answer, or `None` if it is late.
async fn kept(
    connection: &mut AnyConnection,
    conversation: &str,
    message: &str,
) -> Result<Option<Option<String>>, StoreError> {
    let row =
        sqlx::query("SELECT reply FROM passive_replies WHERE conversation = $1 AND message = $2")
            .bind(conversation)
            .bind(message)
            .fetch_optional(connection)
            .await?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

async fn insert_reply(
    connection: &mut AnyConnection,
    answer: &PassiveAnswer,
) -> Result<(), StoreError> {
    let sql = if answer.is_late {
        "INSERT INTO passive_replies (conversation, message, at, reply) VALUES ($1, $2, $3, $4)
         ON CONFLICT (conversation, message) DO UPDATE SET reply = excluded.reply, payload = NULL
             WHERE passive_replies.reply IS NULL"
    } else {
        "INSERT INTO passive_replies (conversation, message, at, reply) VALUES ($1, $2, $3, $4)
         ON CONFLICT DO NOTHING"
    };
    let inserted = sqlx::query(sql)
        .bind(&answer.conversation)
        .bind(&answer.message)
        .bind(answer.at.0)
        .bind(&answer.reply)
        .execute(connection)
        .await?;
    moved(inserted.rows_affected())
}

async fn advance_rest(
    connection: &mut AnyConnection,
    answer: &PassiveAnswer,
    rest: &PassiveRest,
) -> Result<(), StoreError> {
    let sql = if rest.version == 0 {
        "INSERT INTO passive_rests (conversation, version, rest, pushed, at) VALUES ($1, $2 + 1, $3, $4, $5)
         ON CONFLICT DO NOTHING"
    } else {
        "UPDATE passive_rests SET version = version + 1, rest = $3, pushed = $4, at = $5
         WHERE conversation = $1 AND version = $2"
    };
    let advanced = sqlx::query(sql)
        .bind(&answer.conversation)
        .bind(rest.version)
        .bind(&rest.rest)
        .bind(rest.pushed)
        .bind(answer.at.0)
        .execute(connection)
        .await?;
    moved(advanced.rows_affected())
}

pub(super) fn moved(rows: u64) -> Result<(), StoreError> {
    if rows == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}

/// A late message that was answered in between is a conflict: its asker would get two answers.
async fn settle(connection: &mut AnyConnection, answer: &PassiveAnswer) -> Result<(), StoreError> {
    for message in &answer.settled {
        let settled = sqlx::query(
            "UPDATE passive_replies SET reply = '', payload = NULL
             WHERE conversation = $1 AND message = $2 AND reply IS NULL",
        )
        .bind(&answer.conversation)
        .bind(message)
        .execute(&mut *connection)
        .await?;
        moved(settled.rows_affected())?;
    }
    Ok(())
}
