//! Listening and stopping. In: a listener, the routes, and when to stop. Out: responses; at the end,
//! what has begun is finished within the grace period. Must not know: what the routes do.

use super::backlog_gauges::BacklogGauges;
use super::connections::{ConnectionLimits, Connections};
use super::health::{self, HealthState};
use super::metrics::ServerMetrics;
use super::middleware;
use super::service_health::ServiceHealth;
use crate::log_throttle::LogThrottle;
use crate::reload::KnowledgeStatus;
use crate::turn::Bot;
use axum::Router;
use futures_util::future::join_all;
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
            services: Vec::new(),
            sends_in_weixin: false,
            has_wecom: false,
            store_failures: Arc::default(),
        };
        Ok(Self {
            config,
            health,
            others: Vec::new(),
            stopping: watch::Sender::new(false),
        })
    }

    /// Reports on a service on which a channel depends, too.
    pub(crate) fn report_on(&mut self, name: &'static str, service: ServiceHealth) {
        self.health.services.push((name, service));
    }

    /// Readiness and the metrics say whether WeChat's accounts can send.
    pub(crate) fn report_on_weixin(&mut self) {
        self.health.sends_in_weixin = true;
    }

    /// Readiness and the metrics say whether WeCom's customer service is cut off.
    pub(crate) fn report_on_wecom(&mut self) {
        self.health.has_wecom = true;
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

    /// Serves `routes` and those of [`health`] behind the middleware, and `bare` routes with nothing
    /// but its deadline, until `shutdown` resolves; then accepts nothing more and finishes what has
    /// begun. The same holds for the other sites.
    pub async fn serve(
        self,
        listener: TcpListener,
        bare: Router,
        routes: Router,
        shutdown: impl Future<Output = ()>,
    ) -> std::io::Result<()> {
        let metrics = self.metrics();
        let HttpConfig {
            body_limit,
            deadline,
            connections,
            grace,
        } = self.config;
        let wrap = |routes| middleware::wrap(routes, body_limit, deadline, metrics.clone());
        let routes = wrap(health::routes(self.health.clone()).merge(routes));
        let routes = middleware::with_deadline(bare, deadline).merge(routes);
        let main = HttpSite { listener, routes };
        let others = self.others.into_iter().map(|site| HttpSite {
            routes: wrap(site.routes),
            ..site
        });
        let (stop, stopped) = watch::channel(false);
        let serving = std::iter::once(main).chain(others).map(|site| {
            let connections = Connections::new(site.routes, connections, metrics.clone());
            serve_until(site.listener, connections, stopped.clone())
        });
        let mut serving = std::pin::pin!(join_all(serving));
        tokio::select! {
            _ = &mut serving => {}
            () = shutdown => {}
            () = keep_metrics(&metrics) => {}
        }
        stop.send_replace(true);
        self.stopping.send_replace(true);
        tracing::info!("stopping: finishing what has begun");
        if tokio::time::timeout(grace, serving).await.is_err() {
            let seconds = grace.as_secs();
            tracing::warn!(seconds, "stopped before everything was finished");
        }
        Ok(())
    }
}

/// Serves until `stopped` turns true, and finishes what has begun by then.
async fn serve_until(
    listener: TcpListener,
    mut connections: Connections,
    mut stopped: watch::Receiver<bool>,
) {
    tokio::select! {
        () = connections.accept(&listener) => {}
        // an error: the sender is gone, which is a stop too
        _ = stopped.wait_for(|stop| *stop) => {}
    }
    drop(listener);
    connections.finish().await;
}

/// Runs until it is dropped.
async fn keep_metrics(metrics: &ServerMetrics) {
    loop {
        tokio::time::sleep(METRICS_UPKEEP_EVERY).await;
        metrics.upkeep();
    }
}
