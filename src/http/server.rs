//! Listening and stopping. In: a listener, the routes, and when to stop. Out: responses; at the end,
//! what has begun is finished within the grace period. Must not know: what the routes do.

use super::health::{self, HealthState};
use super::metrics::ServerMetrics;
use super::middleware;
use super::service_health::ServiceHealth;
use crate::log_throttle::LogThrottle;
use crate::reload::KnowledgeStatus;
use crate::turn::Bot;
use axum::Router;
use std::future::{Future, IntoFuture};
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
            services: Vec::new(),
            store_failures: Arc::default(),
        };
        Ok(Self {
            config,
            health,
            stopping: watch::Sender::new(false),
        })
    }

    /// Reports on a service on which a channel depends, too.
    pub(crate) fn report_on(&mut self, name: &'static str, service: ServiceHealth) {
        self.health.services.push((name, service));
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

    /// Serves `routes` and those of [`health`] behind the middleware, and `bare` routes without it,
    /// until `shutdown` resolves; then accepts nothing more and finishes what has begun.
    pub async fn serve(
        self,
        listener: TcpListener,
        bare: Router,
        routes: Router,
        shutdown: impl Future<Output = ()>,
    ) -> std::io::Result<()> {
        let metrics = self.metrics();
        let routes = health::routes(self.health.clone()).merge(routes);
        let routes = middleware::wrap(routes, self.config.body_limit, metrics.clone());
        let service = bare
            .merge(routes)
            .into_make_service_with_connect_info::<SocketAddr>();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serving = axum::serve(listener, service)
            .with_graceful_shutdown(async move { drop(stopped.await) });
        let mut serving = std::pin::pin!(serving.into_future());
        tokio::select! {
            ended = &mut serving => return ended,
            () = shutdown => {}
            () = keep_metrics(&metrics) => {}
        }
        drop(stop);
        self.stopping.send_replace(true);
        tracing::info!("stopping: finishing what has begun");
        match tokio::time::timeout(self.config.grace, serving).await {
            Ok(ended) => ended,
            Err(_) => {
                let seconds = self.config.grace.as_secs();
                tracing::warn!(seconds, "stopped before everything was finished");
                Ok(())
            }
        }
    }
}

/// Runs until it is dropped.
async fn keep_metrics(metrics: &ServerMetrics) {
    loop {
        tokio::time::sleep(METRICS_UPKEEP_EVERY).await;
        metrics.upkeep();
    }
}
