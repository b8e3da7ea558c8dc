//! WeChat: official accounts and mini-program service, answered inside the request that delivers a
//! message (no API call, no token, no quota). In: what the platform posts. Out: its answer. Must not
//! know: intents, scores, SQL, the settings.
//!
//! A request passes [`webhook`] (the route), [`account`] (is it genuine), [`parse`] (who did what),
//! [`passive`] (the turn, committed, once) and [`envelope`] (the answer as the platform reads it).

mod account;
mod check;
mod compose;
mod config;
mod draw;
mod envelope;
mod parse;
mod passive;
mod webhook;

pub(crate) use check::AccountChecker;
pub use check::{AccountCheck, CheckResult};
pub use config::WeixinAccountKind;
pub(crate) use config::{WeixinAccount, WeixinConfig};
pub use draw::{TEXT_LIMIT, preview_texts};

use crate::http::HttpServer;
use crate::http::limit::ClientLimiter;
use crate::turn::Bot;
use account::{DeliveryChecker, DeliveryRefusal};
use axum::Router;
use passive::PassiveAnswerer;
use std::num::NonZeroU32;
use std::sync::Arc;
use tokio::sync::Semaphore;
use webhook::{MAX_ANSWERING, WeixinRoute};

/// The accounts, ready to be served.
pub(crate) struct WeixinChannel {
    routes: Vec<(String, WeixinRoute)>,
}

impl WeixinChannel {
    /// Counts in the metrics of `server`.
    pub(crate) fn new(bot: &Bot, server: &HttpServer, config: WeixinConfig) -> Self {
        let metrics = server.metrics();
        if !config.accounts.is_empty() {
            metrics.add_weixin(&DeliveryRefusal::ALL.map(DeliveryRefusal::code));
        }
        let answerer = Arc::new(PassiveAnswerer {
            bot: bot.clone(),
            limiter: ClientLimiter::new(config.rate, NonZeroU32::MIN),
            metrics: metrics.clone(),
        });
        let answering = Arc::new(Semaphore::new(MAX_ANSWERING));
        let routes = config.accounts.iter().map(|account| {
            let route = WeixinRoute {
                checker: DeliveryChecker::new(account),
                answerer: answerer.clone(),
                answering: answering.clone(),
                metrics: metrics.clone(),
                failures: server.store_failures(),
            };
            (account.path.clone(), route)
        });
        Self {
            routes: routes.collect(),
        }
    }

    /// A route for each account.
    pub(crate) fn routes(self) -> Router {
        self.routes
            .into_iter()
            .fold(Router::new(), |all, (path, route)| {
                all.merge(webhook::routes(&path, route))
            })
    }
}
