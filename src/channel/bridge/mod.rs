//! The bridge: servers of the team's own pass their askers' messages on, and are told what
//! colleagues write. In: requests with a key of the bridge; what a turn changed. Out: answers as
//! JSON; signed events for the servers' address. Must not know: intents, scores, SQL, the settings.
//!
//! A request passes [`access`] (may it) and [`routes`] (what is asked). [`courier`] makes events,
//! which leave through the line as [`event_hook`](super::event_hook) has them.

mod access;
mod config;
mod courier;
mod routes;

pub(crate) use config::BridgeConfig;

use crate::attachment::Attachments;
use crate::channel::event_hook::{EventDialect, EventHookError, EventReceiver};
use crate::channel::json::JsonApi;
use crate::channel::line::LineSender;
use crate::http::{HttpServer, ServiceHealth};
use crate::people::AskerCourier;
use crate::store::Store;
use crate::turn::Bot;
use access::BridgeAccess;
use axum::Router;
use config::CHANNEL;
use courier::BridgeCourier;
use routes::BridgeRoutes;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The bridge, ready to be served and run.
pub(crate) struct BridgeChannel {
    routes: Arc<BridgeRoutes>,
    store: Store,
    /// `None`: events wait until they are fetched.
    receiver: Option<EventReceiver>,
    lease: Duration,
}

impl BridgeChannel {
    /// Counts its turns in the metrics of `server`. `None` if there is no key.
    pub(crate) fn new(
        bot: &Bot,
        server: &HttpServer,
        config: BridgeConfig,
    ) -> Result<Option<Self>, EventHookError> {
        if config.keys.is_empty() {
            return Ok(None);
        }
        let receiver = config.hook.as_ref().map(EventReceiver::new).transpose()?;
        let routes = BridgeRoutes {
            api: JsonApi::new(bot.clone(), server, config.body_limit),
            access: BridgeAccess::new(&config),
            attachments: Attachments::new(bot.store().clone(), config.files),
        };
        Ok(Some(BridgeChannel {
            routes: Arc::new(routes),
            store: bot.store().clone(),
            receiver,
            lease: config.lease,
        }))
    }

    /// Who brings what colleagues say to the askers of the bridge; `None` if there is no bridge, or
    /// events wait until they are fetched.
    pub(crate) fn courier(config: &BridgeConfig) -> Option<Box<dyn AskerCourier>> {
        let is_set = !config.keys.is_empty() && config.hook.is_some();
        is_set.then(|| Box::new(BridgeCourier) as Box<dyn AskerCourier>)
    }

    /// Whether the receiver of events answers.
    pub(crate) fn health(&self) -> Option<ServiceHealth> {
        self.receiver.as_ref().map(EventReceiver::health)
    }

    pub(crate) fn routes(&self) -> Router {
        routes::router(self.routes.clone())
    }

    /// Delivers events until `stop` has a time, and ends at that time at the latest. What is left
    /// is delivered by the next process.
    pub(crate) async fn run(self, stop: watch::Receiver<Option<Instant>>) {
        let Some(receiver) = self.receiver else {
            return;
        };
        let dialect = EventDialect {
            channel: CHANNEL,
            store: self.store,
            receiver,
        };
        LineSender::send(dialect, self.lease, stop).await;
    }
}
