//! The JSON API. In: `POST /api/v1/messages`, `POST /api/v1/conversations`, `GET /api/v1/suggest`.
//! Out: the bot's answer, or an [`ApiError`]. Must not know: how a message is routed or what a button's data means.

use super::WebChannel;
use super::guessable::is_guessable;
use crate::clock;
use crate::hash::hex;
use crate::http::error::ApiError;
use crate::turn::{BotError, TurnAnswer};
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;
use wenlu_core::model::Decision;
use wenlu_core::model::{Button, ConversationId, IdError, IncomingBody, Lang, MessageId, Reply};
use wenlu_core::reply::{ReplyBlock, ReplyStep, plain_text};
use wenlu_core::text::safe;

/// Maximum characters of a message.
pub(super) const TEXT_LIMIT: usize = 2_000;

/// The body of `POST /api/v1/messages`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MessageRequest {
    conversation: String,
    id: String,
    text: Option<String>,
    button: Option<String>,
    start: Option<bool>,
    lang: Option<Lang>,
}

/// The response to `POST /api/v1/messages`.
#[derive(Debug, Serialize)]
pub(super) struct MessageResponse {
    decision: Option<Decision>,
    intent: Option<String>,
    confidence: f64,
    gap: Option<String>,
    replies: Vec<ReplyView>,
    /// Whether a hand-over is open: operators' messages come by `GET /api/v1/events`.
    person: bool,
}

/// A reply in responses and events.
#[derive(Debug, Serialize)]
pub(super) struct ReplyView {
    /// The blocks as plain text, for clients without formatting.
    text: String,
    lang: Lang,
    blocks: Vec<ReplyBlock>,
    steps: Vec<ReplyPartView>,
    cursor: Option<usize>,
    /// The text below the steps.
    after: Option<ReplyPartView>,
    buttons: Vec<Button>,
    /// Whether an operator wrote it, not the bot.
    from_person: bool,
}

#[derive(Debug, Serialize)]
struct ReplyPartView {
    text: String,
    blocks: Vec<ReplyBlock>,
}

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
    let (conversation, id, body) = parse(&headers, &web.read_body(body)?)?;
    web.check_unguessable(&conversation).await?;
    let begun = Instant::now();
    let answered = web
        .bot
        .handle(&conversation, Some(&id), body, clock::now())
        .await
        .map_err(|error| match error {
            BotError::OtherMessage => ApiError::IdReused,
            error => web.turn_failed(&error),
        })?;
    web.metrics.turn(answered.decision, begun.elapsed());
    Ok(Json(answered.into()))
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
    let engine = web.bot.engine();
    let found = engine.suggestions.search(&typed.q, typed.limit);
    Ok(Json(serde_json::json!({ "suggestions": found })))
}

impl WebChannel {
    fn read_body(&self, body: Result<Bytes, BytesRejection>) -> Result<Bytes, ApiError> {
        body.map_err(|rejection| match rejection.status().as_u16() {
            413 => ApiError::BodyTooLarge {
                limit: self.body_limit,
            },
            _ => ApiError::BadRequest("the body ended early".into()),
        })
    }

    /// Refuses a name that could be guessed, unless its conversation has begun: those from before
    /// this rule go on.
    pub(super) async fn check_unguessable(
        &self,
        conversation: &ConversationId,
    ) -> Result<(), ApiError> {
        if !is_guessable(conversation.name()) {
            return Ok(());
        }
        let turns = self.bot.store().turns();
        let opened = turns.open(conversation.as_str(), None).await;
        match opened.map_err(|error| self.turn_failed(&error))?.state {
            Some(_) => Ok(()),
            None => Err(ApiError::GuessableConversation),
        }
    }

    fn turn_failed(&self, error: &dyn std::error::Error) -> ApiError {
        self.metrics.store_error();
        let causes = std::iter::successors(error.source(), |cause| cause.source());
        let chain = causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"));
        if let Some(times) = self.store_failures.count(&chain) {
            tracing::error!(error = chain, times, "messages could not be answered");
        }
        ApiError::Unavailable
    }
}

fn parse(
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(ConversationId, MessageId, IncomingBody), ApiError> {
    if !is_json(headers) {
        return Err(ApiError::WrongContentType);
    }
    // serde would accept an array as a struct
    if body.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::BadRequest(
            "the body must be a JSON object".into(),
        ));
    }
    let message: MessageRequest =
        serde_json::from_slice(body).map_err(|error| match error.classify() {
            serde_json::error::Category::Data => ApiError::BadRequest(error.to_string()),
            _ => ApiError::BadJson(error.to_string()),
        })?;
    let conversation = self::conversation(&message.conversation)?;
    let id = MessageId::parse(&message.id).map_err(|error| bad("id", error))?;
    Ok((conversation, id, parse_body(message)?))
}

/// The id of a conversation of this channel: the prefix keeps it apart from those of other
/// channels.
pub(super) fn conversation(named: &str) -> Result<ConversationId, ApiError> {
    ConversationId::in_channel("web", named).map_err(|error| bad("conversation", error))
}

fn bad(field: &str, error: IdError) -> ApiError {
    ApiError::BadRequest(format!("`{field}`: {error}"))
}

/// The message for the bot: exactly one of `text`, `button` and `start`.
fn parse_body(message: MessageRequest) -> Result<IncomingBody, ApiError> {
    let start = message.start.unwrap_or(false);
    if message.lang.is_some() && !start {
        return Err(ApiError::BadRequest("`lang` goes with `start` only".into()));
    }
    match (message.text, message.button, start) {
        (Some(text), None, false) => {
            check_length(&text)?;
            Ok(IncomingBody::Text(safe::without_control_chars(&text)))
        }
        (None, Some(data), false) if (1..=64).contains(&data.len()) => {
            Ok(IncomingBody::Button(data))
        }
        (None, Some(_), false) => Err(ApiError::BadRequest(
            "`button` has from 1 to 64 bytes".into(),
        )),
        (None, None, true) => Ok(IncomingBody::Start {
            lang: message.lang.unwrap_or_default(),
        }),
        _ => Err(ApiError::BadRequest(
            "give exactly one of `text`, `button` and `\"start\": true`".into(),
        )),
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = value
        .and_then(|value| value.split(';').next())
        .unwrap_or("");
    essence.trim().eq_ignore_ascii_case("application/json")
}

fn check_length(text: &str) -> Result<(), ApiError> {
    match text.chars().count() {
        length if length > TEXT_LIMIT => Err(ApiError::TextTooLong {
            length,
            limit: TEXT_LIMIT,
        }),
        _ => Ok(()),
    }
}

impl From<TurnAnswer> for MessageResponse {
    fn from(answered: TurnAnswer) -> Self {
        let TurnAnswer {
            decision,
            intent,
            confidence,
            gap,
            replies,
            person,
        } = answered;
        let replies = replies.into_iter().map(ReplyView::from).collect();
        Self {
            decision,
            intent,
            confidence,
            gap,
            replies,
            person,
        }
    }
}

impl From<Reply> for ReplyView {
    fn from(reply: Reply) -> Self {
        let Reply {
            lang,
            blocks,
            steps,
            cursor,
            after,
            buttons,
            from_person,
        } = reply;
        let steps = steps
            .into_iter()
            .map(|ReplyStep { blocks }| ReplyPartView::from(blocks))
            .collect();
        let after = (!after.is_empty()).then(|| ReplyPartView::from(after));
        Self {
            text: plain_text::blocks_text(&blocks),
            lang,
            blocks,
            steps,
            cursor,
            after,
            buttons,
            from_person,
        }
    }
}

impl From<Vec<ReplyBlock>> for ReplyPartView {
    fn from(blocks: Vec<ReplyBlock>) -> Self {
        Self {
            text: plain_text::blocks_text(&blocks),
            blocks,
        }
    }
}
