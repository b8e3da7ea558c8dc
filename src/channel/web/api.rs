//! The JSON API. In: `POST /api/v1/messages`, `POST /api/v1/comments`, `POST /api/v1/conversations`, `GET /api/v1/suggest`;
//! `POST /api/v1/files` with the bytes of a file as they are, and `GET /api/v1/files/{id}`. Out: the
//! bot's answer, what is in a file, or an [`ApiError`]. Must not know: how a message is routed, what a
//! button's data means, which files are taken.

use super::state::{CHANNEL, WebChannel, conversation};
use crate::channel::json::{
    MessageResponse, UploadQuery, check_length, message_id, read_message, read_object,
};
use crate::clock;
use crate::hash::hex;
use crate::http::error::ApiError;
use crate::http::file_response::file_response;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{ConnectInfo, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;
use wenlu_core::privacy::redact;
use wenlu_core::text::safe;

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

/// The most characters of a comment.
const MOST_COMMENT: usize = 500;

/// The body of `POST /api/v1/comments`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CommentRequest {
    conversation: String,
    /// The id of the message that said 没解决, or whether a person solved it.
    id: String,
    text: String,
}

/// Answers one message. A repeated request with the same conversation and id gets the same answer
/// and changes nothing.
pub(super) async fn messages(
    State(web): State<Arc<WebChannel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<MessageResponse>, ApiError> {
    web.admit_message(peer, &headers)?;
    let mut message = read_message(CHANNEL, &headers, &web.api.read_body(body)?)?;
    message.page = message.page.filter(|page| web.may_tell(page));
    web.check_unguessable(&message.conversation).await?;
    web.api.answer(message).await
}

/// Keeps a comment once; a second one for the same message changes nothing.
pub(super) async fn comment(
    State(web): State<Arc<WebChannel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<serde_json::Value>, ApiError> {
    web.admit(&web.messages, peer, &headers)?;
    let sent: CommentRequest = read_object(&headers, &web.api.read_body(body)?)?;
    let conversation = conversation(&sent.conversation)?;
    let message = message_id(&sent.id)?;
    check_length(&sent.text)?;
    let said = safe::without_control_chars(&sent.text);
    let said: String = said.trim().chars().take(MOST_COMMENT).collect();
    if said.is_empty() {
        return Err(ApiError::BadRequest("`text` is empty".into()));
    }
    let masked = redact(&said).text;
    let journal = web.api.bot.store().journal();
    let (conversation, message) = (conversation.as_str(), message.as_str());
    let failed = |error| web.api.store_failed(&error);
    let of_answer = journal.add_comment(conversation, message, masked.clone());
    let kept = of_answer.await.map_err(failed)? || {
        let ratings = web.api.bot.store().ratings();
        let of_rating = ratings.add_comment(conversation, message, masked, clock::now());
        of_rating.await.map_err(failed)?
    };
    Ok(Json(serde_json::json!({ "kept": kept })))
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

/// Keeps a file that the asker of a conversation sends.
pub(super) async fn upload(
    State(web): State<Arc<WebChannel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    sent: Result<Query<UploadQuery>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Json<serde_json::Value>), ApiError> {
    web.admit(&web.messages, peer, &headers)?;
    let Query(sent) = sent.map_err(|rejection| ApiError::BadRequest(rejection.body_text()))?;
    let conversation = sent.conversation(CHANNEL)?;
    web.check_unguessable(&conversation).await?;
    let kept = web
        .api
        .keep_file(&web.attachments, &conversation, sent, request);
    kept.await
}

/// What is in a file. Whoever knows its id may see it.
pub(super) async fn download(
    State(web): State<Arc<WebChannel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    web.admit(&web.reads, peer, &headers)?;
    let files = web.api.bot.store().files();
    let failed = |error| web.api.store_failed(&error);
    let kept = files.find(&id).await.map_err(failed)?;
    let kept = kept.ok_or(ApiError::NotFound)?;
    let bytes = files.bytes(&id).await.map_err(failed)?;
    file_response(&kept.file, bytes).ok_or(ApiError::NotFound)
}
