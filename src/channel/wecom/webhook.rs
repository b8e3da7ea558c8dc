//! The route of a company. In: the console's check of the address, and callbacks. Out: the check is
//! answered; a notice that there are messages is kept before it is acknowledged. Must not know: what
//! the messages are, when they are pulled.

use super::callback::{CallbackChecker, CallbackQuery, CallbackRefusal};
use crate::channel::tencent::MessageFields;
use crate::clock;
use crate::http::PlatformCounters;
use crate::http::metrics::ServerMetrics;
use crate::log_throttle::LogThrottle;
use crate::store::Store;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;
use tokio::sync::Notify;

/// The most bytes of a request; a notice has less than 2 KB.
const BODY_LIMIT: usize = 1 << 16;
/// The event that there are messages.
const NOTICE: &str = "kf_msg_or_event";
/// The platform's limits are below.
const MAX_ACCOUNT_BYTES: usize = 64;
const MAX_TOKEN_BYTES: usize = 512;
/// Acknowledges a callback.
pub(super) const SUCCESS: &str = "success";

/// The state of the route.
pub(super) struct WecomRoute {
    pub checker: CallbackChecker,
    pub channel: String,
    pub corp: String,
    pub store: Store,
    /// Wakes whoever pulls in this process.
    pub noticed: Arc<Notify>,
    pub metrics: Arc<ServerMetrics>,
    pub counters: Arc<PlatformCounters>,
    /// Throttles log messages about refusals and a failing store.
    pub failures: Arc<LogThrottle>,
}

/// The route at `path`.
pub(super) fn routes(path: &str, route: Arc<WecomRoute>) -> Router {
    Router::new()
        .route(path, get(check_address).post(take))
        .with_state(route)
}

/// The console checks the address: it gets back what it sealed.
async fn check_address(
    State(route): State<Arc<WecomRoute>>,
    Query(query): Query<CallbackQuery>,
) -> Response {
    match route.checker.open_echo(&query, clock::now()) {
        Ok(echo) => text(echo),
        Err(refusal) => route.refuse(refusal),
    }
}

async fn take(
    State(route): State<Arc<WecomRoute>>,
    Query(query): Query<CallbackQuery>,
    body: Body,
) -> Response {
    let Ok(body) = to_bytes(body, BODY_LIMIT).await else {
        return route.refuse(CallbackRefusal::Size);
    };
    match route.checker.open_body(&query, &body, clock::now()) {
        Ok(fields) => route.acknowledge(&fields).await,
        Err(refusal) => route.refuse(refusal),
    }
}

impl WecomRoute {
    /// A notice is on disk when it is acknowledged; other events need nothing.
    async fn acknowledge(&self, fields: &MessageFields) -> Response {
        if fields.text("Event") != Some(NOTICE) {
            return text(SUCCESS);
        }
        let is_ours = fields.text("ToUserName") == Some(&self.corp);
        let account = fields.text("OpenKfId").filter(|id| is_account(id));
        let Some(account) = account.filter(|_| is_ours) else {
            return self.refuse(CallbackRefusal::Body);
        };
        let token = fields.text("Token").unwrap_or_default();
        // without it messages are pulled as well, only less often
        let token = if token.len() > MAX_TOKEN_BYTES {
            ""
        } else {
            token
        };
        let pulls = self.store.pulls();
        match pulls
            .notice(&self.channel, account, token, clock::now())
            .await
        {
            Ok(()) => {
                self.noticed.notify_one();
                text(SUCCESS)
            }
            Err(error) => {
                self.metrics.store_error();
                let error = error.to_string();
                if let Some(times) = self.failures.count(&error) {
                    tracing::error!(error, times, "a notice of WeCom could not be kept");
                }
                StatusCode::SERVICE_UNAVAILABLE.into_response()
            }
        }
    }

    fn refuse(&self, refusal: CallbackRefusal) -> Response {
        self.counters.refused(refusal.code());
        if let Some(times) = self.failures.count(&format!("wecom {}", refusal.code())) {
            tracing::warn!(times, reason = %refusal, "a callback of WeCom was refused");
        }
        let status = match refusal {
            CallbackRefusal::Body => StatusCode::BAD_REQUEST,
            CallbackRefusal::Size => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::FORBIDDEN,
        };
        status.into_response()
    }
}

/// Whether it is the id of an account, as the platform makes them.
pub(super) fn is_account(id: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    (1..=MAX_ACCOUNT_BYTES).contains(&id.len()) && id.bytes().all(is_known)
}

fn text(body: impl Into<Body>) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
    (kind, body.into()).into_response()
}
