//! Assembles and runs the channel. In: its config, the bot, and when to stop. Out: a running channel.
//! Must not know: what any of its parts does.

use super::callback::{CallbackChecker, CallbackRefusal};
use super::codes::CODES;
use super::config::WecomConfig;
use super::courier::WecomCourier;
use super::line_dialect::WecomDialect;
use super::pace::AskerLimiter;
use super::puller::WecomPuller;
use super::webhook::{self, WecomRoute};
use super::worker::WecomWorker;
use crate::channel::line::{LeaseHolder, LineSender, TurnDispatcher};
use crate::channel::tencent::{
    AccessToken, ApiAccount, ApiFailure, TencentApi, TencentApiError, TokenKeeper,
};
use crate::http::HttpServer;
use crate::people::AskerCourier;
use crate::store::{Lease, StoreError};
use crate::turn::Bot;
use axum::Router;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use url::Url;

const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked whether the API can be called, in seconds.
const ACCESS_EVERY: u32 = 30;
/// Channels whose faults are read: more than one server has.
const FAULTS: i64 = 1_000;

/// The channel, ready to be served and run.
pub(crate) struct WecomChannel {
    route: Arc<WecomRoute>,
    path: String,
    dialect: Arc<WecomDialect>,
    puller: WecomPuller,
    worker: Arc<WecomWorker>,
    lease: Duration,
}

impl WecomChannel {
    /// Counts in the metrics of `server`.
    pub(crate) fn new(
        bot: &Bot,
        server: &HttpServer,
        config: WecomConfig,
    ) -> Result<Self, TencentApiError> {
        let (metrics, store) = (server.metrics(), bot.store().clone());
        let reasons = CallbackRefusal::ALL.map(CallbackRefusal::code);
        let counters = metrics.add_platform("wecom", &reasons, true);
        let api = Arc::new(company_api(&config)?);
        let channel = config.channel();
        let keeper = TokenKeeper::new(store.clone(), api, channel.clone(), counters.clone());
        let (tokens, noticed) = (Arc::new(keeper), Arc::new(Notify::new()));
        Ok(WecomChannel {
            route: Arc::new(WecomRoute {
                checker: CallbackChecker::new(&config),
                channel: channel.clone(),
                corp: config.corp.clone(),
                store: store.clone(),
                noticed: noticed.clone(),
                metrics: metrics.clone(),
                counters,
                failures: server.store_failures(),
            }),
            dialect: Arc::new(WecomDialect {
                bot: bot.clone(),
                corp: config.corp.clone(),
                tokens: tokens.clone(),
                second: config.second,
            }),
            puller: WecomPuller {
                tokens,
                noticed,
                credit: config.credit,
                second: config.second,
                failing: Mutex::new(HashMap::new()),
            },
            worker: Arc::new(WecomWorker {
                bot: bot.clone(),
                store,
                channel,
                corp: config.corp,
                people: config.people,
                limiter: AskerLimiter::new(config.rate),
                metrics,
            }),
            path: config.path,
            lease: config.lease,
        })
    }

    /// Who brings what colleagues say to askers, and knows whether people in WeCom take them.
    pub(crate) fn courier(config: &WecomConfig) -> Box<dyn AskerCourier> {
        Box::new(WecomCourier::new(config))
    }

    pub(crate) fn routes(&self) -> Router {
        webhook::routes(&self.path, self.route.clone())
    }

    /// Runs until `stop` has a time: then nothing more is pulled, waiting messages are answered and
    /// calls made, and it ends at that time at the latest. What is left is done by the next process.
    pub(crate) async fn run(self, stop: watch::Receiver<Option<Instant>>) {
        let stopping = stop.clone();
        let (dispatcher, ends) = TurnDispatcher::new();
        // dropping the set at the end aborts the workers
        let mut workers = JoinSet::new();
        for end in ends {
            workers.spawn(self.worker.clone().run(dispatcher.clone(), end));
        }
        let store = self.worker.store.clone();
        let name = format!("send {}", self.worker.channel);
        let sender = LineSender {
            lease_holder: LeaseHolder::start(store, name, self.lease),
            dialect: self.dialect.clone(),
            stop,
        };
        let tending = self.tend(&sender.lease_holder, &dispatcher, stopping);
        // the sender stops by itself, after the calls of the last answers
        tokio::join!(tending, sender.run());
        sender.lease_holder.release().await;
    }

    /// Pulls and looks after the channel until it is told to stop; then waits until the waiting
    /// messages are answered.
    async fn tend(
        &self,
        lease_holder: &LeaseHolder,
        dispatcher: &TurnDispatcher,
        mut stopping: watch::Receiver<Option<Instant>>,
    ) {
        tokio::select! {
            () = self.puller.run(lease_holder, dispatcher) => {}
            () = self.puller.watch_accounts(lease_holder) => {}
            () = self.worker.wake_abandoned(dispatcher) => {}
            () = self.watch_access(lease_holder) => {}
            _ = stopping.wait_for(Option::is_some) => {}
        }
        // half of the remaining time for waiting messages: the store has to close too
        let now = Instant::now();
        let left = stopping
            .borrow()
            .map(|end| end.saturating_duration_since(now));
        let end = now + left.unwrap_or_default() / 2;
        while !dispatcher.is_idle() && Instant::now() < end {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Keeps a token at hand, and finds out whether what cut the company off is over.
    async fn watch_access(&self, lease_holder: &LeaseHolder) {
        loop {
            let lease = lease_holder.acquired().await;
            if let Err(error) = self.check_access(&lease).await {
                tracing::warn!(%error, "it cannot be seen whether WeCom's API can be called");
            }
            tokio::time::sleep(self.puller.second * ACCESS_EVERY).await;
        }
    }

    async fn check_access(&self, lease: &Lease) -> Result<(), StoreError> {
        let keeper = &self.dialect.tokens;
        let faults = keeper.store.service_access().faults(FAULTS).await?;
        let is_cut_off = faults.iter().any(|fault| fault.channel == keeper.channel);
        let outcome = match is_cut_off {
            false => keeper.token(lease, None).await.map(drop),
            true => probe(keeper, lease).await,
        };
        match (is_cut_off, &outcome) {
            (false, Ok(())) | (_, Err(ApiFailure::Store)) => Ok(()),
            (_, outcome) => keeper.note_access(lease, outcome.as_ref().err()).await,
        }
    }
}

/// Whether the platform grants a token, and takes it.
async fn probe(keeper: &TokenKeeper, lease: &Lease) -> Result<(), ApiFailure> {
    keeper.api.grant_token(PATIENCE).await?;
    let get = |token: AccessToken| async move {
        let path = "/cgi-bin/get_api_domain_ip";
        keeper.api.get(path, &token, PATIENCE).await
    };
    keeper.call(lease, get).await.map(drop)
}

/// The API for a company.
pub(super) fn company_api(config: &WecomConfig) -> Result<TencentApi, TencentApiError> {
    let account = ApiAccount::Wecom {
        corp: config.corp.clone(),
        secret: config.secret.clone(),
    };
    let url: &Url = &config.api;
    TencentApi::new(url, account, CODES)
}
