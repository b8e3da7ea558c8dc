//! Changes of hand-overs and their messages, inside the caller's transaction. In: what a turn or an
//! operator did. Out: rows, numbered. Must not know: who may do it.
//!
//! The order of locks is the same everywhere: the conversation, its hand-over, the counter. The
//! counter comes last in a transaction, so that whoever reads a number finds all that has smaller
//! ones.

use super::error::StoreError;
use super::ratings;
use super::records::{AskerPage, HandoverChange, NewHandoverMessage};
use super::values::to_serde_name;
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// [`StoreError::Conflict`] if the change is for a hand-over that another operator holds.
pub(super) async fn change(
    connection: &mut AnyConnection,
    conversation: &str,
    change: &HandoverChange,
    at: Timestamp,
) -> Result<(), StoreError> {
    match change {
        HandoverChange::Open {
            chat,
            asker,
            question,
            page,
        } => {
            let asked = OpeningRequest {
                chat,
                asker,
                question,
                page: page.as_ref(),
            };
            open(connection, conversation, asked, at).await
        }
        HandoverChange::Touch => {
            let sql =
                "UPDATE handovers SET last_at = $2, waiting_since = COALESCE(waiting_since, $2),
                           snoozed_until = NULL, woken_at = NULL
                       WHERE conversation = $1 AND open = 1";
            run(connection, sql, conversation, at, &[]).await.map(drop)
        }
        HandoverChange::Answered { by, only_if_free } => {
            let sql = match only_if_free {
                true => ANSWERED_IF_FREE,
                false => ANSWERED,
            };
            let rows = run(connection, sql, conversation, at, &[by]).await?;
            held_by_another(*only_if_free && rows == 0)
        }
        HandoverChange::Taken { by, seen } => {
            let seen = seen.as_deref().unwrap_or_default();
            let rows = run(connection, TAKEN, conversation, at, &[by, seen]).await?;
            held_by_another(rows == 0)
        }
        HandoverChange::Released { by } => {
            let rows = run(connection, RELEASED, conversation, at, &[by]).await?;
            held_by_another(rows == 0)?;
            forget_waiting(connection, conversation).await
        }
        HandoverChange::Close {
            reason,
            asks_rating,
        } => {
            if *asks_rating {
                ratings::ask(connection, conversation, at).await?;
            }
            run(connection, CLOSED, conversation, at, &[reason]).await?;
            forget_unmasked(connection, conversation).await
        }
    }
}

const ANSWERED: &str = "\
    UPDATE handovers SET last_at = $2, open = 1, state = 'taken', waiting_since = NULL, reason = '',
        assignee = CASE WHEN state = 'taken' THEN COALESCE(assignee, $3) ELSE $3 END, snoozed_until = NULL, woken_at = NULL,
        first_reply_at = COALESCE(first_reply_at, $2)
    WHERE conversation = $1";
const ANSWERED_IF_FREE: &str = "\
    UPDATE handovers SET last_at = $2, open = 1, state = 'taken', waiting_since = NULL, reason = '', assignee = $3,
        snoozed_until = NULL, woken_at = NULL, first_reply_at = COALESCE(first_reply_at, $2)
    WHERE conversation = $1 AND (state <> 'taken' OR COALESCE(assignee, $3) = $3)";
const TAKEN: &str = "\
    UPDATE handovers SET last_at = $2, open = 1, state = 'taken', assignee = $3, reason = '',
        snoozed_until = NULL, woken_at = NULL, opened_at = CASE WHEN open = 1 THEN opened_at ELSE $2 END
    WHERE conversation = $1 AND COALESCE(assignee, '') = $4";
// nobody has said anything: `last_at` stays
const RELEASED: &str = "\
    UPDATE handovers SET state = 'waiting', assignee = NULL, waiting_since = COALESCE(waiting_since, $2),
        snoozed_until = NULL, woken_at = NULL
    WHERE conversation = $1 AND open = 1 AND state = 'taken' AND COALESCE(assignee, '') = $3";
const CLOSED: &str = "\
    UPDATE handovers SET last_at = $2, open = 0, state = 'closed', assignee = NULL, waiting_since = NULL, reason = $3,
        snoozed_until = NULL, woken_at = NULL
    WHERE conversation = $1";

/// What a hand-over is opened with.
struct OpeningRequest<'a> {
    chat: &'a str,
    asker: &'a Option<String>,
    question: &'a Option<String>,
    page: Option<&'a AskerPage>,
}

async fn open(
    connection: &mut AnyConnection,
    conversation: &str,
    asked: OpeningRequest<'_>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let known = sqlx::query("SELECT number FROM handovers WHERE conversation = $1")
        .bind(conversation)
        .fetch_optional(&mut *connection)
        .await?;
    let number = match known {
        Some(row) => row.try_get(0)?,
        None => count(connection, "handover").await?,
    };
    sqlx::query(
        "INSERT INTO handovers (conversation, chat, opened_at, last_at, open, number, state, asker, question, waiting_since, page_address, page_title, seq)
         VALUES ($1, COALESCE((SELECT MAX(moved_to) FROM chats WHERE chat = $3), $3), $2, $2, 1, $4, 'waiting', $5, $6, $2, $7, $8,
             COALESCE((SELECT MAX(seq) FROM messages WHERE conversation = $1), 0))
         ON CONFLICT (conversation) DO UPDATE SET opened_at = excluded.opened_at, last_at = excluded.last_at,
             open = 1, card = NULL, state = 'waiting', assignee = NULL, asker = excluded.asker,
             question = excluded.question, waiting_since = excluded.waiting_since, first_reply_at = NULL, reason = '', snoozed_until = NULL, woken_at = NULL,
             page_address = excluded.page_address, page_title = excluded.page_title",
    )
    .bind(conversation)
    .bind(at.0)
    .bind(asked.chat)
    .bind(number)
    .bind(asked.asker)
    .bind(asked.question)
    .bind(asked.page.map(|page| page.address.as_str()))
    .bind(asked.page.map(|page| page.title.as_str()))
    .execute(connection)
    .await?;
    Ok(())
}

/// Runs `sql` with the conversation, the time and `others`; returns how many rows it changed.
async fn run(
    connection: &mut AnyConnection,
    sql: &'static str,
    conversation: &str,
    at: Timestamp,
    others: &[&str],
) -> Result<u64, StoreError> {
    let mut query = sqlx::query(sql).bind(conversation).bind(at.0);
    for other in others {
        query = query.bind(*other);
    }
    Ok(query.execute(connection).await?.rows_affected())
}

fn held_by_another(is_held: bool) -> Result<(), StoreError> {
    if is_held {
        Err(StoreError::Conflict)
    } else {
        Ok(())
    }
}

/// Appends messages to those of a hand-over; does nothing for a conversation that has none.
pub(super) async fn record(
    connection: &mut AnyConnection,
    conversation: &str,
    messages: &[NewHandoverMessage],
) -> Result<(), StoreError> {
    for message in messages {
        // the row lock on the hand-over keeps two writers from taking the same number
        let next = "UPDATE handovers SET seq = seq + 1 WHERE conversation = $1 RETURNING seq, open";
        let Some(row) = sqlx::query(next)
            .bind(conversation)
            .fetch_optional(&mut *connection)
            .await?
        else {
            return Ok(());
        };
        let is_open = row.try_get::<i64, _>(1)? != 0;
        let body = Some(message.body.as_str()).filter(|body| is_open && *body != message.masked);
        sqlx::query(
            "INSERT INTO messages (conversation, seq, id, at, author, account, body, masked, file)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (id) DO NOTHING",
        )
        .bind(conversation)
        .bind(row.try_get::<i64, _>(0)?)
        .bind(&message.id)
        .bind(message.at.0)
        .bind(to_serde_name(&message.author)?)
        .bind(&message.account)
        .bind(body)
        .bind(&message.masked)
        .bind(&message.file)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// What was said stays without personal data only.
async fn forget_unmasked(
    connection: &mut AnyConnection,
    conversation: &str,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE messages SET body = NULL WHERE conversation = $1 AND body IS NOT NULL")
        .bind(conversation)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whoever was told that it waits is told again.
async fn forget_waiting(
    connection: &mut AnyConnection,
    conversation: &str,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM notices WHERE kind = 'waiting' AND key = $1")
        .bind(conversation)
        .execute(connection)
        .await?;
    Ok(())
}

/// Marks the hand-over of a conversation as changed. The last statement of a transaction.
pub(super) async fn mark_changed(
    connection: &mut AnyConnection,
    conversation: &str,
) -> Result<(), StoreError> {
    let rev = count(connection, "handover change").await?;
    sqlx::query("UPDATE handovers SET rev = $2 WHERE conversation = $1")
        .bind(conversation)
        .bind(rev)
        .execute(connection)
        .await?;
    Ok(())
}

/// The next number of a counter.
async fn count(connection: &mut AnyConnection, name: &str) -> Result<i64, StoreError> {
    let next = "INSERT INTO counters (name, value) VALUES ($1, 1)
                ON CONFLICT (name) DO UPDATE SET value = counters.value + 1 RETURNING value";
    let row = sqlx::query(next).bind(name).fetch_one(connection).await?;
    Ok(row.try_get(0)?)
}
