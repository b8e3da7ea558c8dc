//! That the asker is writing, for the colleague who waits for it. In: `POST /api/v1/typing`. Out: a note
//! that holds for some seconds. Nothing of what is written is sent or kept. Must not know: who sees it.

use super::state::{WebChannel, conversation};
use crate::channel::json::read_object;
use crate::clock;
use crate::http::error::ApiError;
use crate::store::activities::LiveActivity;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypingRequest {
    conversation: String,
    /// False: the asker has stopped.
    typing: bool,
}

/// Notes it while a hand-over is open.
pub(super) async fn typing(
    State(web): State<Arc<WebChannel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<serde_json::Value>, ApiError> {
    web.admit(&web.reads, peer, &headers)?;
    let sent: TypingRequest = read_object(&headers, &web.api.read_body(body)?)?;
    let conversation = conversation(&sent.conversation)?;
    let activities = web.api.bot.store().activities();
    let name = conversation.as_str();
    let failed = |error| web.api.store_failed(&error);
    let noted = match sent.typing {
        true => {
            let noted = activities.note(name, None, LiveActivity::Writes, clock::now());
            noted.await.map_err(failed)?
        }
        false => {
            activities.end(name, None).await.map_err(failed)?;
            false
        }
    };
    Ok(Json(serde_json::json!({ "noted": noted })))
}
