//! The web channel. In: HTTP requests. Out: the chat page, the JSON API, and what operators watch. A request is turned
//! into a message for the bot and its answer into JSON. Must not know: intents, scores, SQL. The only module with axum.

mod api;
mod error;
mod limit;
mod metrics;
mod page;
mod suggest;

use crate::bot::Bot;
use crate::settings::Settings;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use error::ApiError;
use limit::Limiter;
use metrics::Metrics;
use std::any::Any;
use std::future::{Future, IntoFuture};
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::ops::Deref;
use std::sync::Arc;
use std::time::{Duration, Instant};
use suggest::Suggestions;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

/// A request that takes longer, its body included, is given up: nobody waits for it any more.
const DEADLINE: Duration = Duration::from_secs(20);
/// Suggestions are asked for at every pause while typing.
const READS_A_MESSAGE: NonZeroU32 = NonZeroU32::new(8).unwrap();
const UPKEEP: Duration = Duration::from_secs(5);

/// The channel, ready to serve. Clones share everything.
#[derive(Clone)]
pub struct Web(Arc<Shared>);

/// What every request may use.
pub struct Shared {
    bot: Bot,
    suggestions: Suggestions,
    messages: Limiter,
    reads: Limiter,
    metrics: Metrics,
    trusted_proxies: usize,
    body_limit: usize,
}

impl Deref for Web {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// Why the channel could not be made.
#[derive(Debug, thiserror::Error)]
#[error("the metrics could not be set up")]
pub struct WebError(#[from] metrics_exporter_prometheus::BuildError);

impl Web {
    pub fn new(bot: Bot, settings: &Settings) -> Result<Self, WebError> {
        let brain = bot.brain();
        Ok(Self(Arc::new(Shared {
            suggestions: Suggestions::build(&brain.knowledge),
            metrics: Metrics::new(&brain.knowledge.version)?,
            messages: Limiter::new(settings.rate, NonZeroU32::MIN),
            reads: Limiter::new(settings.rate, READS_A_MESSAGE),
            trusted_proxies: settings.trusted_proxies,
            body_limit: settings.body_limit,
            bot,
        })))
    }

    /// Serves until `shutdown` resolves, then accepts nothing more and finishes what has begun, within `grace`.
    pub async fn serve(
        self,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
        grace: Duration,
    ) -> std::io::Result<()> {
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let service = self.clone().routes().into_make_service_with_connect_info::<SocketAddr>();
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
        tracing::info!("stopping: finishing what has begun");
        match tokio::time::timeout(grace, serving).await {
            Ok(ended) => ended,
            Err(_) => {
                tracing::warn!(seconds = grace.as_secs(), "stopped before everything was finished");
                Ok(())
            }
        }
    }

    fn routes(self) -> Router {
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
            .route("/healthz", get(async || "ok\n"))
            .route("/readyz", get(ready))
            .route("/metrics", get(scrape))
            .merge(assets.layer(CompressionLayer::new()))
            .fallback(page::not_found)
            .method_not_allowed_fallback(async || ApiError::MethodNotAllowed)
            .layer(CatchPanicLayer::custom(on_panic))
            .layer(DefaultBodyLimit::max(self.body_limit))
            .layer(from_fn_with_state(self.clone(), watch))
            .with_state(self)
    }
}

/// Around every request: counts it, gives it up after a while, and guards the response.
async fn watch(State(web): State<Web>, request: Request, next: Next) -> Response {
    let _in_flight = web.metrics.begin();
    let (method, path, begun) = (request.method().clone(), request.uri().path().to_owned(), Instant::now());
    let mut response = match tokio::time::timeout(DEADLINE, next.run(request)).await {
        Ok(response) => response,
        Err(_) => ApiError::Timeout.into_response(),
    };
    page::guard(response.headers_mut());
    // The path only: a query holds what somebody typed.
    tracing::debug!(%method, path, status = response.status().as_u16(), micros = begun.elapsed().as_micros(), "request");
    response
}

/// Whether answers can be given: the knowledge is loaded, or there would be no server; the store is asked.
async fn ready(State(web): State<Web>) -> Response {
    match web.bot.store().ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => {
            tracing::error!(%error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the store does not answer\n").into_response()
        }
    }
}

async fn scrape(State(web): State<Web>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], web.metrics.render()).into_response()
}
