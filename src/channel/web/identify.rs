//! Who asks, as the server of their site has signed it. In: `POST /api/v1/identify`. Out: the
//! conversation that is theirs on every device; or why the token is not taken, and the chat goes on
//! without a name. Must not know: what is said.

use super::embed::token::{TokenRefusal, Visitor, visitor};
use super::state::{WebChannel, conversation};
use crate::channel::json::read_object;
use crate::clock;
use crate::hash::hex;
use crate::http::error::ApiError;
use crate::store::identities::KnownVisitor;
use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use wenlu_core::model::ConversationId;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IdentifyRequest {
    /// The conversation on the page.
    conversation: String,
    token: String,
}

#[derive(Debug, Serialize)]
pub(super) struct IdentifiedView {
    /// The visitor's conversation: the one on the page, or another one that they had before.
    conversation: String,
    name: Option<String>,
}

/// Names the asker. A visitor whom the site has named before gets the conversation that they had; a
/// conversation that is another visitor's stays theirs.
pub(super) async fn identify(
    State(web): State<Arc<WebChannel>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<IdentifiedView>, ApiError> {
    web.admit(&web.messages, peer, &headers)?;
    let sent: IdentifyRequest = read_object(&headers, &web.api.read_body(body)?)?;
    let present = conversation(&sent.conversation)?;
    web.check_unguessable(&present).await?;
    let now = clock::now();
    let refused = |why: TokenRefusal| ApiError::WrongVisitor(why.to_string());
    let named = visitor(&sent.token, &web.embed.secrets, &web.embed.origins, now);
    let Visitor {
        site,
        subject,
        name,
    } = named.map_err(refused)?;
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| ApiError::Internal)?;
    let fresh = conversation(&hex(&bytes))?;
    let known = KnownVisitor {
        site,
        subject,
        name: name.clone(),
    };
    let choices = (present.as_str(), fresh.as_str());
    let joined = web.api.bot.store().identities().join(known, choices, now);
    let joined = joined.await.map_err(|error| web.api.store_failed(&error))?;
    let joined = ConversationId::parse(&joined).map_err(|_| ApiError::Internal)?;
    Ok(Json(IdentifiedView {
        conversation: joined.name().to_owned(),
        name,
    }))
}
