//! Listening and stopping. In: a listener, the routes, and when to stop. Out: responses; at the end,
//! what has begun is finished within the grace period. Must not know: what the routes do.

use super::connections::{ConnectionLimits, Connections};
use super::health::{self, HealthState};
use super::metrics::ServerMetrics;
use super::middleware;
use crate::log_throttle::LogThrottle;
use crate::reload::KnowledgeStatus;
use crate::turn::Bot;
use axum::Router;
use std::future::Future;
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
    pub connections: ConnectionLimits,
    /// A request that takes longer, its body included, is aborted.
    pub deadline: Duration,
}

/// The server, not yet listening.
pub struct HttpServer {
    config: HttpConfig,
    health: HealthState,
    /// Set on shutdown, to end responses that would go on for ever.
    stopping: watch::Sender<bool>,
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
            metrics: Arc::new(metrics),
            store_failures: Arc::default(),
        };
        Ok(Self {
            config,
            health,
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

    /// Serves `routes` and those of [`health`] behind the middleware, and `bare` routes with nothing
    /// but its deadline, until `shutdown` resolves; then accepts nothing more and finishes what has
    /// begun.
    pub async fn serve(
        self,
        listener: TcpListener,
        bare: Router,
        routes: Router,
        shutdown: impl Future<Output = ()>,
    ) -> std::io::Result<()> {
        let metrics = self.metrics();
        let routes = health::routes(self.health.clone()).merge(routes);
        let HttpConfig {
            body_limit,
            deadline,
            connections,
            grace,
        } = self.config;
        let routes = middleware::wrap(routes, body_limit, deadline, metrics.clone());
        let routes = middleware::with_deadline(bare, deadline).merge(routes);
        let mut connections = Connections::new(routes, connections, metrics.clone());
        tokio::select! {
            () = connections.accept(&listener) => {}
            () = shutdown => {}
            () = keep_metrics(&metrics) => {}
        }
        drop(listener);
        self.stopping.send_replace(true);
        tracing::info!("stopping: finishing what has begun");
        if tokio::time::timeout(grace, connections.finish())
            .await
            .is_err()
        {
            let seconds = grace.as_secs();
            tracing::warn!(seconds, "stopped before everything was finished");
        }
        Ok(())
    }
}

/// Runs until it is dropped.
async fn keep_metrics(metrics: &ServerMetrics) {
    loop {
        tokio::time::sleep(METRICS_UPKEEP_EVERY).await;
        metrics.upkeep();
    }
}
