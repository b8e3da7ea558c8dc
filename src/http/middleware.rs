//! What every request passes. In: a request. Out: its response, in time, with security headers; a
//! panic or an unknown path is a response too. Must not know: what the routes do.

use super::assets::not_found;
use super::error::ApiError;
use super::metrics::ServerMetrics;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use std::any::Any;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

/// What [`track_request`] works with.
#[derive(Clone)]
struct RequestTracking {
    metrics: Arc<ServerMetrics>,
    deadline: Duration,
}

/// Puts `routes` behind the middleware.
pub(super) fn wrap(
    routes: Router,
    body_limit: usize,
    deadline: Duration,
    metrics: Arc<ServerMetrics>,
) -> Router {
    let panics = metrics.clone();
    let on_panic = move |_cause: Box<dyn Any + Send>| {
        panics.panic();
        ApiError::Internal.into_response()
    };
    routes
        .fallback(not_found)
        .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(DefaultBodyLimit::max(body_limit))
        .layer(from_fn_with_state(
            RequestTracking { metrics, deadline },
            track_request,
        ))
}

/// `routes`, whose requests are aborted after the deadline.
pub(super) fn with_deadline(routes: Router, deadline: Duration) -> Router {
    let late = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, deadline);
    routes.layer(late)
}

/// Counts a request, aborts it after the deadline, and sets security headers on the response.
async fn track_request(
    State(RequestTracking { metrics, deadline }): State<RequestTracking>,
    request: Request,
    next: Next,
) -> Response {
    let _in_flight = metrics.begin();
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let begun = Instant::now();
    let deadline = match takes_files(&method, &path) {
        true => deadline.max(FILE_DEADLINE),
        false => deadline,
    };
    let mut response = match tokio::time::timeout(deadline, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::Timeout.into_response(),
    };
    let framed = response.extensions().get::<MayBeFramed>().is_some();
    set_security_headers(response.headers_mut(), framed);
    // the path only: the query contains what somebody typed
    tracing::debug!(%method, path, status = response.status().as_u16(), micros = begun.elapsed().as_micros(), "request");
    response
}

/// How long a request that brings a file may take: 8 MiB over a slow mobile network.
const FILE_DEADLINE: Duration = Duration::from_secs(120);

/// Whether the request brings a file.
fn takes_files(method: &Method, path: &str) -> bool {
    method == Method::POST && path.ends_with("/files") && path != "/admin/files"
}

/// A page may run only its own files, connect only to its own server, and be framed by `$sites` only.
macro_rules! page_policy {
    ($sites:literal) => {
        concat!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; ",
            "base-uri 'none'; form-action 'none'; frame-ancestors ",
            $sites
        )
    };
}

/// Marks a response that says by itself, in its `frame-ancestors`, which sites may show it in a
/// frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MayBeFramed;

impl MayBeFramed {
    /// The content security policy of a page that `site` may show in a frame.
    pub(crate) fn policy(site: &str) -> String {
        format!("{}{site}", page_policy!(""))
    }
}

/// Sets security headers that the response does not have yet: its own files only, and not to be framed
/// unless it says that it may be.
fn set_security_headers(headers: &mut HeaderMap, framed: bool) {
    const GUARDS: [(HeaderName, &str); 6] = [
        (header::CONTENT_SECURITY_POLICY, page_policy!("'none'")),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=()",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
    ];
    let guards = GUARDS.into_iter();
    for (name, value) in guards.filter(|(name, _)| !framed || name != header::X_FRAME_OPTIONS) {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    // responses are private and must not be cached
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}
