//! WeChat: official accounts and mini-program service. In: what the platform posts. Out: its answer
//! inside the request that delivers a message (no API call, no token, no quota); and, of an account
//! that may send, customer-service messages. Must not know: intents, scores, SQL, the settings.
//!
//! A request passes [`webhook`] (the route), [`account`] (is it genuine), [`parse`] (who did what),
//! [`passive`] (the turn, committed, once), [`answer_way`] (inside the request, or as calls) and
//! [`envelope`] (the answer as the platform reads it). Calls leave through the line as
//! [`line_dialect`] has them, in the process that [`sending`] runs in; its token and the API's client are
//! those of [`tencent`](super::tencent).

mod account;
mod answer_parts;
mod answer_way;
mod call_fate;
mod check;
mod codes;
mod compose;
mod config;
mod courier;
mod draw;
mod envelope;
mod late;
mod line_dialect;
mod menu;
mod parse;
mod passive;
mod probe;
mod send_call;
mod sending;
mod service_tool;
mod webhook;

use super::tencent::MessageFields;
pub use super::tencent::TencentApiError;
pub(crate) use super::tencent::{ApiFailure, RefusalMeaning};
pub(crate) use check::AccountChecker;
pub use config::WeixinAccountKind;
pub(crate) use config::{CreditRules, WeixinAccount, WeixinApiConfig, WeixinConfig};
pub use draw::{TEXT_LIMIT, preview_texts};
pub(crate) use menu::{AccountMenu, MenuButton};
pub(crate) use probe::{AccountApi, AccountProbe};

use crate::http::HttpServer;
use crate::http::limit::ClientLimiter;
use crate::people::AskerCourier;
use crate::turn::Bot;
use account::{DeliveryChecker, DeliveryRefusal};
use axum::Router;
use config::AnswerPlan;
use courier::WeixinCourier;
use futures_util::future::join_all;
use passive::PassiveAnswerer;
use sending::SendingAccount;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::{Semaphore, watch};
use webhook::{MAX_ANSWERING, WeixinRoute};

/// Whether a text is a message or an event, as the platform delivers them to the account `appid`.
pub fn is_delivered_message(appid: &str, text: &str) -> bool {
    let fields = MessageFields::parse(text);
    fields.is_ok_and(|fields| parse::read(appid, &fields).is_ok())
}

/// The accounts, ready to be served and run.
pub(crate) struct WeixinChannel {
    routes: Vec<(String, WeixinRoute)>,
    sending: Vec<SendingAccount>,
}

impl WeixinChannel {
    /// Counts in the metrics of `server`.
    pub(crate) fn new(
        bot: &Bot,
        server: &HttpServer,
        config: WeixinConfig,
    ) -> Result<Self, TencentApiError> {
        let metrics = server.metrics();
        if config.accounts.is_empty() {
            let (routes, sending) = (vec![], vec![]);
            return Ok(Self { routes, sending });
        }
        let reasons = DeliveryRefusal::ALL.map(DeliveryRefusal::code);
        let counters = metrics.add_platform("weixin", &reasons, false);
        let answerer = Arc::new(PassiveAnswerer {
            bot: bot.clone(),
            limiter: ClientLimiter::new(config.rate, NonZeroU32::MIN),
            metrics: metrics.clone(),
            counters: counters.clone(),
        });
        let answering = Arc::new(Semaphore::new(MAX_ANSWERING));
        let (mut routes, mut sending) = (vec![], vec![]);
        for account in &config.accounts {
            let plan = Arc::new(AnswerPlan::of(account, config.api.credit));
            sending.extend(SendingAccount::new(account, &plan, &answerer, &config.api)?);
            let route = WeixinRoute {
                checker: DeliveryChecker::new(account),
                plan,
                answerer: answerer.clone(),
                answering: answering.clone(),
                metrics: metrics.clone(),
                counters: counters.clone(),
                failures: server.store_failures(),
            };
            routes.push((account.path.clone(), route));
        }
        Ok(Self { routes, sending })
    }

    /// Who brings what colleagues say to askers of the accounts that may send, and knows which are
    /// passed on.
    pub(crate) fn courier(config: &WeixinConfig) -> Box<dyn AskerCourier> {
        let of = |is_one: &dyn Fn(&WeixinAccount) -> bool| {
            let own = config.accounts.iter().filter(|account| is_one(account));
            own.map(|account| account.appid.clone()).collect()
        };
        Box::new(WeixinCourier {
            sending: of(&WeixinAccount::sends),
            transferring: of(&|account| account.transfers),
        })
    }

    /// Whether an account sends messages.
    pub(crate) fn sends(config: &WeixinConfig) -> bool {
        config.accounts.iter().any(WeixinAccount::sends)
    }

    /// A route for each account, and what sends to their askers.
    pub(crate) fn split(self) -> (Router, WeixinSenders) {
        let routes = self
            .routes
            .into_iter()
            .fold(Router::new(), |all, (path, route)| {
                all.merge(webhook::routes(&path, route))
            });
        (routes, WeixinSenders(self.sending))
    }
}

/// What sends to the askers of the accounts that may.
pub(crate) struct WeixinSenders(Vec<SendingAccount>);

impl WeixinSenders {
    /// Sends until `stop` has a time, and ends at that time at the latest.
    pub(crate) async fn run(self, stop: watch::Receiver<Option<Instant>>) {
        let accounts = self.0.into_iter();
        join_all(accounts.map(|account| account.run(stop.clone()))).await;
    }
}
