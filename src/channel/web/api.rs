//! The JSON API. In: `POST /api/v1/messages`, `POST /api/v1/conversations`, `GET /api/v1/suggest`.
//! Out: the bot's answer, or an [`ApiError`]. Must not know: how a message is routed or what a button's data means.

use super::guessable::is_guessable;
use super::{CHANNEL, WebChannel};
use crate::channel::json::{self, MessageResponse, check_length, read_message};
use crate::hash::hex;
use crate::http::error::ApiError;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode};
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;
use wenlu_core::model::ConversationId;

/// The query of `GET /api/v1/suggest`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SuggestQuery {
    q: String,
    #[serde(default = "five")]
    limit: usize,
}

fn five() -> usize {
    5
}

/// Answers one message. A repeated request with the same conversation and id gets the same answer
/// and changes nothing.
pub(super) async fn messages(
    State(web): State<Arc<WebChannel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<MessageResponse>, ApiError> {
    web.admit(&web.messages, peer, &headers)?;
    let message = read_message(CHANNEL, &headers, &web.api.read_body(body)?)?;
    web.check_unguessable(&message.conversation).await?;
    web.api.answer(message).await
}

/// A name for a new conversation, which nobody can guess. Nothing is stored: the conversation begins
/// with its first message.
pub(super) async fn new_conversation(
    State(web): State<Arc<WebChannel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<serde_json::Value>), ApiError> {
    web.admit(&web.reads, peer, &headers)?;
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| ApiError::Internal)?;
    let told = serde_json::json!({ "conversation": hex(&bytes) });
    Ok((StatusCode::CREATED, Json(told)))
}

/// Questions that contain the text typed so far.
pub(super) async fn suggest(
    State(web): State<Arc<WebChannel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    typed: Result<Query<SuggestQuery>, QueryRejection>,
) -> Result<Json<serde_json::Value>, ApiError> {
    web.admit(&web.reads, peer, &headers)?;
    let Query(typed) = typed.map_err(|rejection| ApiError::BadRequest(rejection.body_text()))?;
    if !(1..=10).contains(&typed.limit) {
        return Err(ApiError::BadRequest("`limit` must be from 1 to 10".into()));
    }
    check_length(&typed.q)?;
    let engine = web.api.bot.engine();
    let found = engine.suggestions.search(&typed.q, typed.limit);
    Ok(Json(serde_json::json!({ "suggestions": found })))
}

impl WebChannel {
    /// Refuses a name that could be guessed, unless its conversation has begun: those from before
    /// this rule go on.
    pub(super) async fn check_unguessable(
        &self,
        conversation: &ConversationId,
    ) -> Result<(), ApiError> {
        if !is_guessable(conversation.name()) {
            return Ok(());
        }
        let turns = self.api.bot.store().turns();
        let opened = turns.open(conversation.as_str(), None).await;
        match opened.map_err(|error| self.api.store_failed(&error))?.state {
            Some(_) => Ok(()),
            None => Err(ApiError::GuessableConversation),
        }
    }
}

/// The id of a conversation of this channel.
pub(super) fn conversation(named: &str) -> Result<ConversationId, ApiError> {
    json::conversation(CHANNEL, named)
}
