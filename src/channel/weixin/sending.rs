//! Sends to the askers of an account, in the one process that holds the lease for it. In: the outbox;
//! messages that were acknowledged and not answered. Out: customer-service messages. Must not know:
//! what is said.

use super::config::{AnswerPlan, WeixinAccount, WeixinApiConfig};
use super::line_dialect::{WeixinDialect, until_midnight};
use super::passive::PassiveAnswerer;
use super::probe::account_api;
use crate::channel::line::{LeaseHolder, LineSender};
use crate::channel::tencent::ApiFailure;
use crate::channel::tencent::TokenKeeper;
use crate::channel::tencent::{AccessToken, TencentApiError};
use crate::clock;
use crate::store::service_access::{SendingFault, SendingFaultKind};
use crate::store::{Lease, StoreError};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wenlu_core::model::Timestamp;

const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is looked whether anything can be sent, in seconds.
const ACCESS_EVERY: u32 = 30;
/// How often late messages are looked for, in seconds, and after which time one counts as left behind.
const LATE_EVERY: u32 = 1;
const LEFT_BEHIND: Duration = Duration::from_secs(8);
const LATE_AT_ONCE: i64 = 100;
/// Accounts whose faults are read: more than one server has.
const FAULTS: i64 = 1_000;
/// After this time an account that may not send is tried again.
const NO_RIGHT_FOR: Duration = Duration::from_secs(3_600);

/// An account that sends.
pub(super) struct SendingAccount {
    dialect: Arc<WeixinDialect>,
    plan: Arc<AnswerPlan>,
    answerer: Arc<PassiveAnswerer>,
    lease: Duration,
}

impl SendingAccount {
    /// `None` if the account sends nothing.
    pub(super) fn new(
        account: &WeixinAccount,
        plan: &Arc<AnswerPlan>,
        answerer: &Arc<PassiveAnswerer>,
        config: &WeixinApiConfig,
    ) -> Result<Option<Self>, TencentApiError> {
        let Some(secret) = account.secret.as_ref().filter(|_| account.sends()) else {
            return Ok(None);
        };
        let (bot, metrics) = (answerer.bot.clone(), answerer.counters.clone());
        let api = Arc::new(account_api(&config.url, &account.appid, secret)?);
        let keeper = TokenKeeper::new(bot.store().clone(), api, account.channel(), metrics);
        Ok(Some(SendingAccount {
            dialect: Arc::new(WeixinDialect {
                bot,
                tokens: Arc::new(keeper),
                second: config.second,
            }),
            plan: plan.clone(),
            answerer: answerer.clone(),
            lease: config.lease,
        }))
    }

    /// Sends until `stop` has a time, and ends at that time at the latest. What is left is sent by the
    /// next process.
    pub(super) async fn run(self, stop: watch::Receiver<Option<Instant>>) {
        let mut stopping = stop.clone();
        let channel = &self.dialect.tokens.channel;
        let store = self.dialect.tokens.store.clone();
        let sender = LineSender {
            lease_holder: LeaseHolder::start(store, format!("send {channel}"), self.lease),
            dialect: self.dialect.clone(),
            stop,
        };
        let tending = async {
            tokio::select! {
                () = self.watch_access(&sender.lease_holder) => {}
                () = self.answer_left_behind(&sender.lease_holder) => {}
                _ = stopping.wait_for(Option::is_some) => {}
            }
        };
        tokio::join!(tending, sender.run());
        sender.lease_holder.release().await;
    }

    /// Keeps a token at hand, and finds out whether what stopped the account is over.
    async fn watch_access(&self, lease_holder: &LeaseHolder) {
        loop {
            let lease = lease_holder.acquired().await;
            if let Err(error) = self.check_access(&lease).await {
                tracing::warn!(%error, "it cannot be seen whether anything can be sent");
            }
            tokio::time::sleep(self.dialect.second * ACCESS_EVERY).await;
        }
    }

    async fn check_access(&self, lease: &Lease) -> Result<(), StoreError> {
        let keeper = &self.dialect.tokens;
        let faults = keeper.store.service_access().faults(FAULTS).await?;
        let fault = faults.iter().find(|fault| fault.channel == keeper.channel);
        let outcome = match fault {
            None => keeper.token(lease, None).await.map(drop),
            Some(fault) if goes_on(fault, clock::now()) => return Ok(()),
            Some(_) => self.probe(lease).await,
        };
        match (fault, &outcome) {
            (None, Ok(())) | (_, Err(ApiFailure::Store)) => Ok(()),
            (_, Ok(())) => keeper.note_access(lease, None).await,
            (_, Err(failure)) => keeper.note_access(lease, Some(failure)).await,
        }
    }

    /// Whether the platform grants a token, and takes it.
    async fn probe(&self, lease: &Lease) -> Result<(), ApiFailure> {
        let keeper = &self.dialect.tokens;
        keeper.api.grant_token(PATIENCE).await?;
        let get = |token: AccessToken| async move {
            let path = "/cgi-bin/get_api_domain_ip";
            keeper.api.get(path, &token, PATIENCE).await
        };
        keeper.call(lease, get).await.map(drop)
    }

    /// Answers messages whose process was killed after it had acknowledged them.
    async fn answer_left_behind(&self, lease_holder: &LeaseHolder) {
        loop {
            lease_holder.acquired().await;
            if let Err(error) = self.answer_late(clock::now().before(LEFT_BEHIND)).await {
                tracing::warn!(%error, "late messages cannot be answered now");
            }
            tokio::time::sleep(self.dialect.second * LATE_EVERY).await;
        }
    }

    async fn answer_late(&self, before: Timestamp) -> Result<(), StoreError> {
        let passive = self.answerer.bot.store().passive();
        let prefix = format!("{}:", self.plan.channel());
        let late = passive.late_since(&prefix, before, LATE_AT_ONCE).await?;
        for (conversation, late) in late {
            let answerer = &self.answerer;
            match answerer.answer_late(&self.plan, &conversation, late).await {
                // somebody else has answered it
                Ok(()) | Err(StoreError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// Whether nothing but time ends it, and it has not yet.
fn goes_on(fault: &SendingFault, now: Timestamp) -> bool {
    let lasts = match fault.kind {
        SendingFaultKind::NoRight => NO_RIGHT_FOR,
        SendingFaultKind::DayQuota => until_midnight(fault.since),
        _ => return false,
    };
    now.before(lasts).0 < fault.since.0
}
