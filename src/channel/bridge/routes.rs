//! The API of the bridge. In: `POST /api/v1/bridge/messages` and `…/files`, `GET` and `DELETE
//! /api/v1/bridge/conversations/{name}`, `POST …/handover`. Out: the bot's answer, where a
//! hand-over stands, or an [`ApiError`]. Must not know: how a key is checked, how an event is
//! delivered.

use super::access::BridgeAccess;
use super::config::CHANNEL;
use crate::attachment::{Attachments, MOST_BYTES};
use crate::channel::event_hook::rfc3339;
use crate::channel::json::{
    self, JsonApi, MessageBody, MessageResponse, ReadMessage, ReplyView, UploadQuery, read_message,
    read_object,
};
use crate::clock;
use crate::http::error::ApiError;
use crate::store::StoreError;
use crate::store::audit::AuditActor;
use crate::store::records::{HandoverRecord, HandoverStage, PushedReply};
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use wenlu_core::model::{ConversationId, HandbackReason, IncomingBody, Reply};

/// How the audit log names it; no account name can have brackets.
const ACTOR: &str = "(bridge)";
/// Replies that are fetched at once.
const SAID_AT_ONCE: i64 = 50;

/// What the handlers work with.
pub(super) struct BridgeRoutes {
    pub api: JsonApi,
    pub access: BridgeAccess,
    pub attachments: Attachments,
}

pub(super) fn router(bridge: Arc<BridgeRoutes>) -> Router {
    Router::new()
        .route("/api/v1/bridge/messages", post(messages))
        .route(
            "/api/v1/bridge/files",
            post(upload).layer(DefaultBodyLimit::max(MOST_BYTES)),
        )
        .route(
            "/api/v1/bridge/conversations/{name}",
            get(conversation).delete(erase),
        )
        .route(
            "/api/v1/bridge/conversations/{name}/handover",
            post(handover),
        )
        .with_state(bridge)
}

/// The body of `POST …/handover`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HandoverRequest {
    id: String,
    open: bool,
}

/// The query of `GET …/conversations/{name}`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidQuery {
    /// The number of the last reply that is known already.
    #[serde(default)]
    after: i64,
}

/// The response to `GET …/conversations/{name}`.
#[derive(Debug, Serialize)]
struct ConversationView {
    conversation: String,
    /// `None`: there never was one.
    handover: Option<HandoverView>,
    /// What colleagues said where no address is set to which it is delivered.
    said: Vec<SaidView>,
}

#[derive(Debug, Serialize)]
struct HandoverView {
    state: HandoverStage,
    /// RFC 3339.
    since: String,
    /// Who has taken it.
    by: Option<String>,
    /// Why it was closed.
    reason: String,
}

#[derive(Debug, Serialize)]
struct SaidView {
    number: i64,
    reply: ReplyView,
}

/// Answers one message of an asker, as the web API does.
async fn messages(
    State(bridge): State<Arc<BridgeRoutes>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<MessageResponse>, ApiError> {
    bridge.authenticate(peer, &headers)?;
    let message = read_message(CHANNEL, &headers, &bridge.api.read_body(body)?)?;
    bridge.answer(message).await
}

/// Keeps a file of an asker, which a message then brings.
async fn upload(
    State(bridge): State<Arc<BridgeRoutes>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    sent: Result<Query<UploadQuery>, QueryRejection>,
    request: Request,
) -> Result<(StatusCode, Json<serde_json::Value>), ApiError> {
    bridge.authenticate(peer, &headers)?;
    let Query(sent) = sent.map_err(|rejection| ApiError::BadRequest(rejection.body_text()))?;
    let conversation = sent.conversation(CHANNEL)?;
    bridge.admit(&conversation)?;
    let kept = bridge
        .api
        .keep_file(&bridge.attachments, &conversation, sent, request);
    kept.await
}

/// Asks for a person, or for the bot again.
async fn handover(
    State(bridge): State<Arc<BridgeRoutes>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<MessageResponse>, ApiError> {
    bridge.authenticate(peer, &headers)?;
    let wanted: HandoverRequest = read_object(&headers, &bridge.api.read_body(body)?)?;
    let message = ReadMessage {
        conversation: json::conversation(CHANNEL, &name)?,
        id: json::message_id(&wanted.id)?,
        body: match wanted.open {
            true => MessageBody::Said(IncomingBody::Human),
            false => MessageBody::Said(IncomingBody::Handback(HandbackReason::Asker)),
        },
        page: None,
    };
    bridge.answer(message).await
}

/// Where a conversation stands, and what was said in it unasked.
async fn conversation(
    State(bridge): State<Arc<BridgeRoutes>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(name): Path<String>,
    query: Result<Query<SaidQuery>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Json<ConversationView>, ApiError> {
    bridge.authenticate(peer, &headers)?;
    let Query(query) = query.map_err(|rejection| ApiError::BadRequest(rejection.body_text()))?;
    let conversation = json::conversation(CHANNEL, &name)?;
    let found = bridge.view(&conversation, query.after).await;
    found
        .map_err(|error| bridge.api.store_failed(&error))?
        .map(Json)
        .ok_or(ApiError::NoSuchConversation)
}

/// Deletes all that is stored about a conversation.
async fn erase(
    State(bridge): State<Arc<BridgeRoutes>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let client = bridge.authenticate(peer, &headers)?;
    let conversation = json::conversation(CHANNEL, &name)?;
    let by = AuditActor {
        actor: ACTOR.to_owned(),
        client: client.to_string(),
        at: clock::now(),
    };
    let erasure = bridge.api.bot.store().erasure();
    match erasure.delete(by, conversation.as_str()).await {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(error) => Err(bridge.api.store_failed(&error)),
    }
}

impl BridgeRoutes {
    /// Returns the client's address.
    fn authenticate(&self, peer: SocketAddr, headers: &HeaderMap) -> Result<IpAddr, ApiError> {
        self.access
            .authenticate(peer, headers)
            .inspect_err(|refusal| {
                if matches!(refusal, ApiError::RateLimited { .. }) {
                    self.api.metrics.rate_limited();
                }
            })
    }

    async fn answer(&self, message: ReadMessage) -> Result<Json<MessageResponse>, ApiError> {
        self.admit(&message.conversation)?;
        self.api.answer(message).await
    }

    /// Refuses an asker who is too fast.
    fn admit(&self, conversation: &ConversationId) -> Result<(), ApiError> {
        let admitted = self.access.admit(conversation);
        admitted.inspect_err(|_| self.api.metrics.rate_limited())
    }

    /// `None` if the conversation has not begun.
    async fn view(
        &self,
        conversation: &ConversationId,
        after: i64,
    ) -> Result<Option<ConversationView>, StoreError> {
        let (store, id) = (self.api.bot.store(), conversation.as_str());
        if store.turns().open(id, None).await?.state.is_none() {
            return Ok(None);
        }
        let handovers = store.handovers();
        if after > 0 {
            handovers.mark_pushes_seen(id, after).await?;
        }
        let said = handovers.pushes(id, after, SAID_AT_ONCE).await?;
        Ok(Some(ConversationView {
            conversation: conversation.name().to_owned(),
            handover: handovers.of(id).await?.map(HandoverView::from),
            said: said.iter().filter_map(SaidView::read).collect(),
        }))
    }
}

impl From<HandoverRecord> for HandoverView {
    fn from(handover: HandoverRecord) -> Self {
        HandoverView {
            state: handover.stage,
            since: rfc3339(handover.opened_at),
            by: handover.assignee,
            reason: handover.reason,
        }
    }
}

impl SaidView {
    /// `None` for a reply in a format of an old version.
    fn read(pushed: &PushedReply) -> Option<Self> {
        let reply: Reply = serde_json::from_str(&pushed.reply).ok()?;
        Some(SaidView {
            number: pushed.id,
            reply: reply.into(),
        })
    }
}
