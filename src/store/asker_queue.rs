//! The calls to one asker, as an answer to their message sees and changes them. In: a channel and a
//! chat; an answer. Out: what waits in the outbox; rows, in the transaction of the answer. Must not
//! know: what is said.

use super::credits::{CreditGrant, grant};
use super::error::StoreError;
use super::passive::{PassiveAnswer, PassiveStore, moved};
use super::records::{ChatChange, OutboxCall};
use super::{chats, effects};
use sqlx::{AnyConnection, Row as _};

/// What an answer changes in the outbox.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentBeside {
    /// The channel and chat of the asker, who can be written to again.
    pub place: Option<(String, String)>,
    /// What the message allows to be sent.
    pub credit: Option<CreditGrant>,
    /// Calls that leave the outbox: the reply or the rest holds what they say.
    pub taken: Vec<QueuedCall>,
    /// How many calls to the asker there were, where calls take the place of those that are taken: one
    /// that came in between is a conflict, as it would come before them.
    pub known: Option<usize>,
    /// Calls that are made.
    pub calls: Vec<OutboxCall>,
}

/// A call to an asker that waits in the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedCall {
    pub id: i64,
    pub payload: String,
    /// Whether it was begun, and may have arrived.
    pub is_begun: bool,
}

/// What waits in the outbox for an asker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskerQueue {
    /// Whether nothing can be sent on the channel.
    pub is_stopped: bool,
    /// In their order.
    pub calls: Vec<QueuedCall>,
    /// Whether there may be more of them.
    pub has_more: bool,
}

impl PassiveStore<'_> {
    /// What waits in the outbox for an asker; at most `limit` calls.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn queue(
        self,
        (channel, chat): (&str, &str),
        limit: i64,
    ) -> Result<AskerQueue, StoreError> {
        let stopped = sqlx::query("SELECT at FROM sending_faults WHERE channel = $1")
            .bind(channel)
            .fetch_optional(self.engine.read())
            .await?;
        let rows = sqlx::query(
            "SELECT id, payload, CAST(CASE WHEN begun IS NULL THEN 0 ELSE 1 END AS BIGINT) FROM outbox
             WHERE channel = $1 AND chat = $2 ORDER BY id LIMIT $3",
        )
        .bind(channel)
        .bind(chat)
        .bind(limit)
        .fetch_all(self.engine.read())
        .await?;
        let calls = rows.iter().map(|row| {
            Ok(QueuedCall {
                id: row.try_get(0)?,
                payload: row.try_get(1)?,
                is_begun: row.try_get::<i64, _>(2)? != 0,
            })
        });
        Ok(AskerQueue {
            is_stopped: stopped.is_some(),
            calls: calls.collect::<Result<_, sqlx::Error>>()?,
            has_more: i64::try_from(rows.len()).is_ok_and(|count| count >= limit),
        })
    }
}

/// [`StoreError::Conflict`] if there are other calls to the asker by now. Locks the conversation, so that
/// no turn in it adds one before this transaction ends.
async fn require_known(
    connection: &mut AnyConnection,
    conversation: &str,
    (channel, chat): &(String, String),
    known: usize,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE conversations SET version = version WHERE id = $1")
        .bind(conversation)
        .execute(&mut *connection)
        .await?;
    let count: i64 = sqlx::query("SELECT COUNT(*) FROM outbox WHERE channel = $1 AND chat = $2")
        .bind(channel)
        .bind(chat)
        .fetch_one(connection)
        .await?
        .try_get(0)?;
    moved(u64::from(usize::try_from(count) == Ok(known)))
}

/// The order of locks is that of [`super::credits`]: calls, then credit.
pub(super) async fn send_beside(
    connection: &mut AnyConnection,
    answer: &PassiveAnswer,
) -> Result<(), StoreError> {
    let sent = &answer.sent;
    if let Some((channel, chat)) = &sent.place {
        let back = ChatChange::Back { chat: chat.clone() };
        chats::change(connection, channel, &back, answer.at).await?;
    }
    if let (Some(place), Some(known)) = (&sent.place, sent.known) {
        require_known(connection, &answer.conversation, place, known).await?;
    }
    for call in &sent.taken {
        let begun = if call.is_begun { "NOT NULL" } else { "NULL" };
        let sql = format!("DELETE FROM outbox WHERE id = $1 AND begun IS {begun}");
        let taken = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(call.id)
            .execute(&mut *connection)
            .await?;
        moved(taken.rows_affected())?;
    }
    for call in &sent.calls {
        effects::insert_call(connection, call, answer.at).await?;
    }
    match &sent.credit {
        // a late message was granted it when it was kept
        Some(credit) if !answer.is_late => grant(connection, &answer.conversation, credit).await,
        _ => Ok(()),
    }
}
