//! Listening and stopping. In: a listener, the routes, and when to stop. Out: responses; at the end,
//! what has begun is finished within the grace period. Must not know: what the routes do.

use super::backlog_gauges::BacklogGauges;
use super::health::{self, HealthState};
use super::metrics::ServerMetrics;
use super::middleware;
use crate::log_throttle::LogThrottle;
use crate::reload::KnowledgeStatus;
use crate::turn::Bot;
use axum::Router;
use futures_util::future::try_join_all;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::watch;

const METRICS_UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Limits of the server.
#[derive(Clone, Copy, Debug)]
pub struct HttpConfig {
    /// The largest request body, in bytes.
    pub body_limit: usize,
    /// How long requests that have begun may take to finish.
    pub grace: Duration,
}

/// The server, not yet listening.
pub struct HttpServer {
    config: HttpConfig,
    health: HealthState,
    /// What is served beside the main listener.
    others: Vec<HttpSite>,
    /// Set on shutdown, to end responses that would go on for ever.
    stopping: watch::Sender<bool>,
}

/// A listener, and what is served on it.
pub struct HttpSite {
    pub listener: TcpListener,
    pub routes: Router,
}

/// Why the server could not be built.
#[derive(Debug, thiserror::Error)]
#[error("the metrics could not be set up")]
pub struct HttpServerError(#[from] metrics_exporter_prometheus::BuildError);

impl HttpServer {
    /// Reports the health of `bot`; `knowledge`: which knowledge serves, and the result of the last
    /// edit.
    pub fn new(
        bot: Bot,
        knowledge: watch::Receiver<KnowledgeStatus>,
        config: HttpConfig,
    ) -> Result<Self, HttpServerError> {
        let metrics = ServerMetrics::new(&knowledge.borrow().version)?;
        let health = HealthState {
            bot,
            knowledge,
            backlog: Arc::new(BacklogGauges::new(metrics.recorder())),
            metrics: Arc::new(metrics),
            store_failures: Arc::default(),
        };
        Ok(Self {
            config,
            health,
            others: Vec::new(),
            stopping: watch::Sender::new(false),
        })
    }

    pub(crate) fn metrics(&self) -> Arc<ServerMetrics> {
        self.health.metrics.clone()
    }

    /// Throttles log messages about a failing store.
    pub(crate) fn store_failures(&self) -> Arc<LogThrottle> {
        self.health.store_failures.clone()
    }

    /// Turns `true` when the server stops.
    pub(crate) fn stopping(&self) -> watch::Receiver<bool> {
        self.stopping.subscribe()
    }

    /// Serves `site` too, on its own listener.
    pub fn with_site(mut self, site: HttpSite) -> Self {
        self.others.push(site);
        self
    }

    /// Serves `routes` and those of [`health`] behind the middleware, and `bare` routes without it,
    /// until `shutdown` resolves; then accepts nothing more and finishes what has begun. The same
    /// holds for the other sites.
    pub async fn serve(
        self,
        listener: TcpListener,
        bare: Router,
        routes: Router,
        shutdown: impl Future<Output = ()>,
    ) -> std::io::Result<()> {
        let metrics = self.metrics();
        let wrap = |routes| middleware::wrap(routes, self.config.body_limit, metrics.clone());
        let routes = bare.merge(wrap(health::routes(self.health.clone()).merge(routes)));
        let main = HttpSite { listener, routes };
        let others = self.others.into_iter().map(|site| HttpSite {
            routes: wrap(site.routes),
            ..site
        });
        let (stop, stopped) = watch::channel(false);
        let serving = std::iter::once(main)
            .chain(others)
            .map(|site| serve_until(site, stopped.clone()));
        let mut serving = std::pin::pin!(try_join_all(serving));
        tokio::select! {
            ended = &mut serving => return ended.map(drop),
            () = shutdown => {}
            () = keep_metrics(&metrics) => {}
        }
        stop.send_replace(true);
        self.stopping.send_replace(true);
        tracing::info!("stopping: finishing what has begun");
        match tokio::time::timeout(self.config.grace, serving).await {
            Ok(ended) => ended.map(drop),
            Err(_) => {
                let seconds = self.config.grace.as_secs();
                tracing::warn!(seconds, "stopped before everything was finished");
                Ok(())
            }
        }
    }
}

/// Serves until `stopped` turns true, and finishes what has begun by then.
async fn serve_until(site: HttpSite, mut stopped: watch::Receiver<bool>) -> std::io::Result<()> {
    let service = site
        .routes
        .into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(site.listener, service)
        // an error: the sender is gone, which is a stop too
        .with_graceful_shutdown(async move { drop(stopped.wait_for(|stop| *stop).await) })
        .await
}

/// Runs until it is dropped.
async fn keep_metrics(metrics: &ServerMetrics) {
    loop {
        tokio::time::sleep(METRICS_UPKEEP_EVERY).await;
        metrics.upkeep();
    }
}
