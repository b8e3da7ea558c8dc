//! The HTTP server. In: HTTP requests. Out: the chat page, the JSON API, and health and metrics for
//! operators. A request becomes a message for the bot, and its answer JSON. Must not know: intents,
//! scores, SQL.

mod api;
mod error;
mod events;
mod limit;
mod metrics;
mod page;
mod suggest;

pub(crate) use limit::client;
pub(crate) use page::{Asset, not_found, script, style};

use crate::bot::{Bot, Brain};
use crate::check::FailedTest;
use crate::reload::Status;
use crate::repeats::Repeats;
use crate::review::standing::open_failures;
use crate::settings::Settings;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use error::ApiError;
use limit::Limiter;
use metrics::Metrics;
use serde::Serialize;
use std::any::Any;
use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};
use suggest::Suggestions;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// A request that takes longer, its body included, is aborted.
const DEADLINE: Duration = Duration::from_secs(20);
/// Reads that are allowed per allowed message: suggestions are requested at every pause while
/// typing.
const READS_A_MESSAGE: NonZeroU32 = NonZeroU32::new(8).unwrap();
const UPKEEP: Duration = Duration::from_secs(5);

/// The channel, ready to serve. Clones share its state.
#[derive(Clone)]
pub struct Web(Arc<Shared>);

/// The state that request handlers share.
pub struct Shared {
    bot: Bot,
    /// Built from the knowledge of the bot's engine.
    suggestions: RwLock<Arc<Suggestions>>,
    knowledge: watch::Receiver<Status>,
    messages: Limiter,
    reads: Limiter,
    metrics: Metrics,
    trusted_proxies: usize,
    body_limit: usize,
    /// Throttles log messages about a failing store.
    repeats: Repeats,
    /// Set on shutdown, to end event streams.
    stopping: watch::Sender<bool>,
}

impl Deref for Web {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Why the channel could not be built.
#[derive(Debug, thiserror::Error)]
#[error("the metrics could not be set up")]
pub struct WebError(#[from] metrics_exporter_prometheus::BuildError);

impl Web {
    /// `knowledge`: which knowledge serves, and the result of the last edit.
    pub fn new(bot: Bot, settings: &Settings, knowledge: watch::Receiver<Status>) -> Result<Self, WebError> {
        let brain = bot.brain();
        Ok(Self(Arc::new(Shared {
            suggestions: RwLock::new(Arc::new(Suggestions::build(&brain.knowledge))),
            knowledge,
            metrics: Metrics::new(&brain.knowledge.version)?,
            messages: Limiter::new(settings.rate, NonZeroU32::MIN),
            reads: Limiter::new(settings.rate, READS_A_MESSAGE),
            trusted_proxies: settings.trusted_proxies,
            body_limit: settings.body_limit,
            repeats: Repeats::default(),
            stopping: watch::Sender::new(false),
            bot,
        })))
    }

    /// Turns and suggestions that begin from now on use `brain`. The slow part is done before it is
    /// replaced.
    pub fn replace_brain(&self, brain: Arc<Brain>) {
        let suggestions = Arc::new(Suggestions::build(&brain.knowledge));
        self.metrics.knowledge(&brain.knowledge.version);
        self.bot.replace_brain(brain);
        *self.suggestions.write().unwrap_or_else(PoisonError::into_inner) = suggestions;
    }

    fn suggestions(&self) -> Arc<Suggestions> {
        self.suggestions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Serves the chat page and the API, the route `hook` and the operators' `pages` (with the same
    /// security headers as the chat page) until `shutdown` resolves; then accepts nothing more and
    /// finishes what has begun, within `grace`.
    pub async fn serve(
        self,
        listener: TcpListener,
        hook: Option<Router>,
        pages: Router,
        shutdown: impl Future<Output = ()>,
        grace: Duration,
    ) -> std::io::Result<()> {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let routes = hook.unwrap_or_default().merge(self.clone().routes(pages));
        let service = routes.into_make_service_with_connect_info::<SocketAddr>();
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move { drop(stopped.await) });
        let mut serving = std::pin::pin!(serving.into_future());
        let upkeep = async {
            loop {
                tokio::time::sleep(UPKEEP).await;
                self.metrics.upkeep();
            }
        };
        tokio::select! {
            ended = &mut serving => return ended,
            () = shutdown => {}
            () = upkeep => {}
        }
        drop(stop);
        self.stopping.send_replace(true);
        tracing::info!("stopping: finishing what has begun");
        match tokio::time::timeout(grace, serving).await {
            Ok(ended) => ended,
            Err(_) => {
                tracing::warn!(seconds = grace.as_secs(), "stopped before everything was finished");
                Ok(())
            }
        }
    }

    fn routes(self, pages: Router) -> Router {
        let assets = page::ASSETS.iter().fold(Router::new(), |router, asset| {
            router.route(asset.path, get(move |headers: HeaderMap| async move { asset.respond(&headers) }))
        });
        let web = self.clone();
        let on_panic = move |_cause: Box<dyn Any + Send>| {
            web.metrics.panic();
            ApiError::Internal.into_response()
        };
        Router::new()
            .route("/api/v1/messages", post(api::messages))
            .route("/api/v1/suggest", get(api::suggest))
            .route("/api/v1/events", get(events::events))
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(ready))
            .route("/metrics", get(scrape))
            .merge(assets.layer(CompressionLayer::new()))
            .with_state(self.clone())
            .merge(pages)
            .fallback(page::not_found)
            .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
            .layer(CatchPanicLayer::custom(on_panic))
            .layer(DefaultBodyLimit::max(self.body_limit))
            .layer(from_fn_with_state(self, watch))
    }
}

/// Middleware for every request: counts it, aborts it after the deadline, and sets security headers
/// on the response.
async fn watch(State(web): State<Web>, request: Request, next: Next) -> Response {
    let _in_flight = web.metrics.begin();
    let (method, path, begun) = (request.method().clone(), request.uri().path().to_owned(), Instant::now());
    let mut response = match tokio::time::timeout(DEADLINE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::Timeout.into_response(),
    };
    page::guard(response.headers_mut());
    // the path only: the query contains what somebody typed
    tracing::debug!(%method, path, status = response.status().as_u16(), micros = begun.elapsed().as_micros(), "request");
    response
}

/// Readiness: the store can be read and written; `store` names the fault otherwise. The knowledge
/// is always loaded. Neither a refused edit nor failing tests make the server unready: they are
/// reported beside it.
async fn ready(State(web): State<Web>) -> Response {
    let status = web.knowledge.borrow().clone();
    let failing = open_failures(web.bot.store(), &status.failing).await;
    // if acceptances cannot be read from the store, all failing tests are shown
    let knowledge = KnowledgeView::of(&status, &failing.unwrap_or_else(|_| status.failing.to_vec()));
    let (code, store) = match web.bot.store().ready().await {
        Ok(()) => (StatusCode::OK, "ok"),
        Err(fault) => {
            if let Some(times) = web.repeats.count(fault.code()) {
                tracing::error!(error = %fault, times, "not ready: turns cannot be stored");
            }
            (StatusCode::SERVICE_UNAVAILABLE, fault.code())
        }
    };
    let ready = code == StatusCode::OK;
    let mut told = serde_json::json!({ "ready": ready, "store": store, "knowledge": knowledge });
    // does not affect readiness
    if let Some(lost) = web.bot.are_people_lost() {
        told["operators"] = if lost { "unreachable" } else { "reachable" }.into();
    }
    (code, Json(told)).into_response()
}

/// The knowledge part of `/readyz`.
#[derive(Serialize)]
struct KnowledgeView {
    version: String,
    /// RFC 3339.
    loaded_at: String,
    /// `ok`, or `refused`: the files on the disk were refused, and the last accepted ones serve.
    last_attempt: &'static str,
    problems: usize,
    /// `files`, or `kept`: the process started on files that were refused, and the knowledge saved
    /// in the store serves.
    source: &'static str,
    /// Number of failing tests that nobody has accepted; the first of them are named below.
    failing: usize,
    failing_tests: Vec<FailingTestView>,
}

#[derive(Serialize)]
struct FailingTestView {
    intent: String,
    say: String,
    /// The answer before the edit that changed it.
    before: Option<String>,
    now: String,
}

/// Maximum number of failing tests that are named.
const NAMED: usize = 20;

impl KnowledgeView {
    fn of(status: &Status, failing: &[FailedTest]) -> Self {
        let loaded_at = jiff::Timestamp::try_from(status.loaded_at).unwrap_or_default();
        let test = |failed: &FailedTest| FailingTestView {
            intent: failed.intent.clone(),
            say: failed.say().to_owned(),
            before: failed.before.as_ref().map(ToString::to_string),
            now: failed.now.to_string(),
        };
        Self {
            version: status.version.clone(),
            loaded_at: loaded_at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            last_attempt: if status.refused.is_some() { "refused" } else { "ok" },
            problems: status.refused.as_ref().map_or(0, |refusal| refusal.errors.len()),
            source: if status.kept_since.is_some() { "kept" } else { "files" },
            failing: failing.len(),
            failing_tests: failing.iter().take(NAMED).map(test).collect(),
        }
    }
}

async fn scrape(State(web): State<Web>) -> Response {
    // if the store cannot be read, the last value stays
    if let Ok(calls) = web.bot.store().set_aside_len().await {
        web.metrics.set_aside(calls);
    }
    web.metrics.operators_unreachable(web.bot.are_people_lost() == Some(true));
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], web.metrics.render()).into_response()
}
