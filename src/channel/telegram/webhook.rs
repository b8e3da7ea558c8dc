//! The webhook. In: what Telegram posts. Out: 200 once it is in the inbox; after any other status
//! Telegram tries again. Must not know: what an update says.

use super::client::RawUpdate;
use super::inbox_writer::InboxWriter;
use super::parse;
use crate::clock;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::value::RawValue;
use std::sync::Arc;
use subtle::ConstantTimeEq;
use tokio::sync::watch;

/// Maximum bytes of a request. The longest text with all its entities is far smaller.
const BODY_LIMIT: usize = 1 << 20;
const SECRET: &str = "x-telegram-bot-api-secret-token";

/// The state of the route: the inbox is there once it is known who the bot is.
#[derive(Clone)]
pub(super) struct WebhookState {
    pub secret: Arc<str>,
    pub inbox: watch::Receiver<Option<Arc<InboxWriter>>>,
}

/// The route at `path`.
pub(super) fn routes(path: &str, hook: WebhookState) -> Router {
    Router::new()
        .route(path, post(deliver))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(hook)
}

async fn deliver(State(hook): State<WebhookState>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let given = headers
        .get(SECRET)
        .map_or(&b""[..], |value| value.as_bytes());
    if !bool::from(given.ct_eq(hook.secret.as_bytes())) {
        return StatusCode::UNAUTHORIZED;
    }
    let intake = hook.inbox.borrow().clone();
    let Some(intake) = intake else {
        return StatusCode::SERVICE_UNAVAILABLE;
    };
    let now = clock::now();
    let kept = match serde_json::from_slice::<Box<RawValue>>(&body) {
        Ok(json) if json.get().starts_with('{') => {
            let update = RawUpdate {
                id: parse::update_id(json.get()),
                json,
            };
            intake.accept(vec![update], now).await
        }
        _ => intake.set_aside(&body, now).await,
    };
    match kept {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::error!(%error, "a delivery could not be kept; Telegram sends it again");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
