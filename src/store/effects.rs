//! What a turn, or a message that needs no turn, writes beside its conversation. In: the effects.
//! Out: rows, in the caller's transaction. Must not know: why they are written.

use super::error::StoreError;
use super::records::{OutboxCall, TurnEffects};
use super::{chats, contacts, files, handover_changes, inbox, journal, ratings, seen};
use sqlx::AnyConnection;
use wenlu_core::dialogue::CommentAbout;
use wenlu_core::model::Timestamp;

/// Writes a turn's effects in the turn's transaction.
pub(super) async fn apply(
    connection: &mut AnyConnection,
    conversation: &str,
    effects: &TurnEffects,
    at: Timestamp,
) -> Result<(), StoreError> {
    for entry in &effects.inbox {
        inbox::remove(connection, *entry).await?;
    }
    for (channel, change) in &effects.chats {
        chats::change(connection, channel, change, at).await?;
    }
    for (channel, id) in &effects.once {
        seen::mark(connection, channel, id, at).await?;
    }
    if let Some((file, message)) = &effects.file {
        files::attach(connection, conversation, (file, message)).await?;
    }
    if let Some(change) = &effects.handover {
        handover_changes::change(connection, conversation, change, at).await?;
    }
    handover_changes::record(connection, conversation, &effects.messages).await?;
    if let Some(contact) = &effects.contact {
        contacts::keep(connection, conversation, contact, at).await?;
    }
    if let Some(rating) = &effects.rating {
        ratings::answer(connection, conversation, rating, at).await?;
    }
    match &effects.comment {
        Some((CommentAbout::Answer, comment)) => {
            journal::comment_on_last(connection, conversation, comment).await?;
        }
        Some((CommentAbout::Rating, comment)) => {
            ratings::comment_on_last(connection, conversation, comment, at).await?;
        }
        None => {}
    }
    for call in &effects.calls {
        insert_call(connection, call, at).await?;
    }
    for reply in &effects.pushes {
        push(connection, conversation, reply, at).await?;
    }
    if effects.handover.is_some() || !effects.messages.is_empty() {
        handover_changes::mark_changed(connection, conversation).await?;
    }
    Ok(())
}

pub(super) async fn push(
    connection: &mut AnyConnection,
    conversation: &str,
    reply: &str,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO pushes (conversation, reply, at) VALUES ($1, $2, $3)")
        .bind(conversation)
        .bind(reply)
        .bind(at.0)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn insert_call(
    connection: &mut AnyConnection,
    call: &OutboxCall,
    at: Timestamp,
) -> Result<(), StoreError> {
    // For a chat that has moved, the new id is used.
    sqlx::query(
        "INSERT INTO outbox (channel, chat, conversation, method, payload, after, at, expires)
         VALUES ($1, COALESCE((SELECT moved_to FROM chats WHERE channel = $1 AND chat = $2), $2), $3, $4, $5, $6, $7, $8)",
    )
    .bind(&call.channel)
    .bind(&call.chat)
    .bind(&call.conversation)
    .bind(&call.method)
    .bind(&call.payload)
    .bind(&call.after)
    .bind(at.0)
    .bind(call.expires.map(|t| t.0))
    .execute(connection)
    .await?;
    Ok(())
}
