//! Pulls messages. In: notices that an account has some, and the time. Out: messages in the inbox,
//! with how far was pulled. Runs in the one process that holds the lease, and asks each account once
//! at a time. Must not know: what is answered.
//!
//! A notice that was lost is made good by the next one, or by a slow poll. What an asker wrote long
//! before an account was known is its history, and is not answered.

use super::answer::expires;
use super::call::is_served;
use super::codes::NOTICE_TOKEN;
use super::config::credit_after;
use super::message::{self, WecomDeed, WecomMessage};
use super::webhook::is_account;
use crate::channel::line::{LeaseHolder, TurnDispatcher};
use crate::channel::tencent::{AccessToken, ApiFailure, TokenKeeper};
use crate::clock;
use crate::store::pulls::{PullSource, PulledMessage, PulledPage};
use crate::store::records::DeliveredUpdate;
use crate::store::{Lease, StoreError};
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Notify;
use wenlu_core::model::Timestamp;

const PATIENCE: Duration = Duration::from_secs(8);
/// How often it is looked for notices that other processes took, in seconds.
const LOOK_EVERY: f64 = 0.25;
/// How often an account is asked of which no notice came, in seconds.
const POLLED_EVERY: u32 = 60;
/// How often it is looked which accounts there are, in seconds.
const LISTED_EVERY: u32 = 600;
const MOST_ACCOUNTS: i64 = 1_000;
/// Accounts that are asked at the same time.
const AT_ONCE: usize = 4;
/// Messages of a page, as the platform allows.
const PAGE: usize = 1_000;
/// The longest message that is read.
const MAX_MESSAGE_BYTES: usize = 64 << 10;
/// The token of a notice lasts so long.
const TOKEN_LASTS: Duration = Duration::from_secs(600);
/// What is so much older than the first that was heard of an account is its history.
const HISTORY_BEFORE: Duration = Duration::from_secs(600);
/// Nothing is pulled while so many messages wait to be answered.
const MOST_WAITING: i64 = 5_000;
/// The longest pause of an account whose pulls fail, in seconds.
const MAX_PAUSE: u32 = 60;
/// After this time it is asked whether people still serve an asker.
const SERVED_FOR: Duration = Duration::from_secs(600);

/// Pulls the messages of a company's accounts.
pub(super) struct WecomPuller {
    pub tokens: Arc<TokenKeeper>,
    pub noticed: Arc<Notify>,
    pub credit: (u32, Duration),
    /// The time that pauses call a second; shorter in tests.
    pub second: Duration,
    /// How often each account failed in a row, and when it is asked again.
    pub failing: Mutex<HashMap<String, (u32, Instant)>>,
}

/// Why a pull failed.
#[derive(Debug, thiserror::Error)]
enum PullError {
    #[error(transparent)]
    Api(#[from] ApiFailure),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("too many messages wait to be answered")]
    Crowded,
}

#[derive(Deserialize)]
struct SyncAnswer {
    next_cursor: String,
    has_more: i64,
    #[serde(default)]
    msg_list: Vec<Box<RawValue>>,
}

impl WecomPuller {
    /// Runs until the task is dropped.
    pub(super) async fn run(&self, lease_holder: &LeaseHolder, dispatcher: &TurnDispatcher) {
        loop {
            let lease = lease_holder.acquired().await;
            match self.pull_due(&lease, dispatcher).await {
                Ok(()) => {}
                Err(StoreError::LeaseLost) => tracing::warn!("another process may pull now"),
                Err(error) => tracing::warn!(%error, "it cannot be seen which accounts are due"),
            }
            tokio::select! {
                () = self.noticed.notified() => {}
                () = tokio::time::sleep(self.second.mul_f64(LOOK_EVERY)) => {}
            }
        }
    }

    /// Finds out which accounts there are, so that a lost notice of any is made good.
    pub(super) async fn watch_accounts(&self, lease_holder: &LeaseHolder) {
        loop {
            let lease = lease_holder.acquired().await;
            if let Err(error) = self.know_accounts(&lease).await {
                tracing::debug!(%error, "the accounts of WeCom cannot be listed");
            }
            tokio::time::sleep(self.second * LISTED_EVERY).await;
        }
    }

    async fn know_accounts(&self, lease: &Lease) -> Result<(), PullError> {
        let body = json!({ "offset": 0, "limit": 100 });
        let answer = self.post(lease, "/cgi-bin/kf/account/list", &body).await?;
        let listed = answer["account_list"].as_array();
        let ids = listed
            .into_iter()
            .flatten()
            .filter_map(|account| account["open_kfid"].as_str())
            .filter(|id| is_account(id))
            .map(str::to_owned);
        let pulls = self.tokens.store.pulls();
        Ok(pulls
            .know(lease, &self.tokens.channel, ids.collect(), clock::now())
            .await?)
    }

    async fn pull_due(&self, lease: &Lease, dispatcher: &TurnDispatcher) -> Result<(), StoreError> {
        let pulls = self.tokens.store.pulls();
        let polled = clock::now().before(self.second * POLLED_EVERY);
        let due = pulls
            .due(&self.tokens.channel, polled, MOST_ACCOUNTS)
            .await?;
        let ready: Vec<PullSource> = due
            .into_iter()
            .filter(|source| self.is_ready(&source.source))
            .collect();
        for some in ready.chunks(AT_ONCE) {
            let mut pulling = Vec::with_capacity(some.len());
            for source in some {
                pulling.push(self.pull_and_note(lease, source, dispatcher));
            }
            for outcome in join_all(pulling).await {
                outcome?;
            }
        }
        Ok(())
    }

    fn is_ready(&self, source: &str) -> bool {
        let failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
        failing
            .get(source)
            .is_none_or(|(_, again)| *again <= Instant::now())
    }

    /// Pulls an account, and notes what came of it.
    async fn pull_and_note(
        &self,
        lease: &Lease,
        source: &PullSource,
        dispatcher: &TurnDispatcher,
    ) -> Result<(), StoreError> {
        let outcome = self.pull(lease, source, dispatcher).await;
        self.tokens.metrics.pulled(outcome.is_ok());
        {
            let mut failing = self.failing.lock().unwrap_or_else(PoisonError::into_inner);
            match &outcome {
                Ok(()) => drop(failing.remove(&source.source)),
                Err(_) => {
                    let (failures, again) = failing
                        .entry(source.source.clone())
                        .or_insert((0, Instant::now()));
                    *failures = failures.saturating_add(1);
                    let pause = (1 << failures.saturating_sub(1).min(16)).min(MAX_PAUSE);
                    *again = Instant::now() + self.second * pause;
                }
            }
        }
        match outcome {
            Ok(()) => self.tokens.note_access(lease, None).await,
            Err(PullError::Api(failure)) => {
                tracing::warn!(error = %failure, account = source.source, "messages cannot be pulled; trying again");
                self.tokens.note_access(lease, Some(&failure)).await
            }
            Err(PullError::Store(error)) => Err(error),
            Err(error @ PullError::Crowded) => {
                tracing::warn!(%error, "nothing is pulled meanwhile");
                Ok(())
            }
        }
    }

    async fn pull(
        &self,
        lease: &Lease,
        source: &PullSource,
        dispatcher: &TurnDispatcher,
    ) -> Result<(), PullError> {
        let (store, channel) = (&self.tokens.store, &self.tokens.channel);
        let mut cursor = source.cursor.clone();
        let since = match source.new_since {
            Some(known) => known.before(HISTORY_BEFORE),
            None => Timestamp(i64::MIN),
        };
        loop {
            if store.inbox().count_of(channel).await? >= MOST_WAITING {
                return Err(PullError::Crowded);
            }
            let answer = self.fetch(lease, source, cursor.as_deref()).await?;
            let has_more = answer.has_more != 0 && cursor.as_ref() != Some(&answer.next_cursor);
            let mut page = self.page(lease, source, since, &answer).await?;
            page.noticed = (!has_more).then_some(source.noticed);
            cursor = Some(page.cursor.clone());
            let place = (channel.as_str(), source.source.as_str());
            let new = store
                .pulls()
                .accept(lease, place, page, clock::now())
                .await?;
            new.into_iter().for_each(|one| dispatcher.enqueue(one));
            if !has_more {
                return Ok(());
            }
        }
    }

    async fn fetch(
        &self,
        lease: &Lease,
        source: &PullSource,
        cursor: Option<&str>,
    ) -> Result<SyncAnswer, PullError> {
        let mut body = json!({
            "cursor": cursor.unwrap_or_default(), "open_kfid": source.source, "limit": PAGE,
        });
        let is_fresh = source.noticed_at > clock::now().before(TOKEN_LASTS);
        if is_fresh && !source.token.is_empty() {
            body["token"] = json!(source.token);
        }
        let path = "/cgi-bin/kf/sync_msg";
        let mut answer = self.post(lease, path, &body).await;
        if let Err(ApiFailure::Refused {
            code: NOTICE_TOKEN, ..
        }) = &answer
        {
            body["token"] = json!("");
            answer = self.post(lease, path, &body).await;
        }
        // the texts of messages are kept as they are
        let answer = answer?.to_string();
        Ok(serde_json::from_str(&answer).map_err(|_| ApiFailure::Unreadable)?)
    }

    async fn post(&self, lease: &Lease, path: &str, body: &Value) -> Result<Value, ApiFailure> {
        let api = &self.tokens.api;
        let post = |token: AccessToken| async move { api.post(path, &token, body, PATIENCE).await };
        self.tokens.call(lease, post).await
    }

    /// What of a page goes into the inbox. While people serve an asker, what they write is not for the
    /// bot.
    async fn page(
        &self,
        lease: &Lease,
        source: &PullSource,
        since: Timestamp,
        answer: &SyncAnswer,
    ) -> Result<PulledPage, PullError> {
        let mut page = PulledPage {
            cursor: answer.next_cursor.clone(),
            method: super::call::SEND.to_owned(),
            ..PulledPage::default()
        };
        let mut served: HashMap<String, bool> = HashMap::new();
        // one lookup that fails is enough: the others would hang as well
        let mut can_ask = true;
        for raw in &answer.msg_list {
            let payload = raw.get();
            let read = match payload.len() > MAX_MESSAGE_BYTES {
                true => Err("it is too long".to_owned()),
                false => message::read(&source.source, payload).map_err(|error| error.to_string()),
            };
            let found = match read {
                Ok(Some(found)) if found.sent >= since => found,
                Ok(_) => continue,
                Err(reason) => {
                    tracing::warn!(
                        reason,
                        "a message of WeCom could not be read and was set aside"
                    );
                    page.messages.push(self.unreadable(payload, reason));
                    continue;
                }
            };
            let name = found.conversation.as_str();
            if let WecomDeed::Served(is_served) = found.deed {
                served.insert(name.to_owned(), is_served);
                page.served.push((name.to_owned(), is_served));
                // a hand-over to people here is given back by a turn, which says so
                if !is_served && self.has_handover(name).await? {
                    page.messages.extend(self.taken(&found, payload));
                }
                continue;
            }
            if found.deed.is_message() {
                let is_served = match served.get(name) {
                    Some(known) => *known,
                    None => self.ask_if_served(lease, &found, &mut can_ask).await?,
                };
                served.insert(name.to_owned(), is_served);
                if is_served {
                    continue;
                }
            }
            page.messages.extend(self.taken(&found, payload));
        }
        Ok(page)
    }

    /// `None`: nobody can be welcomed any more.
    fn taken(&self, found: &WecomMessage, payload: &str) -> Option<PulledMessage> {
        let is_entered = matches!(found.deed, WecomDeed::Entered { .. });
        if is_entered && expires(found.sent) < clock::now() {
            return None;
        }
        let is_message = found.deed.is_message();
        Some(PulledMessage {
            update: self.update(payload, found.conversation.as_str()),
            credit: is_message.then(|| credit_after(self.credit, found.sent)),
            unreadable: None,
        })
    }

    fn unreadable(&self, payload: &str, reason: String) -> PulledMessage {
        let mut kept = payload.to_owned();
        kept.truncate(payload.floor_char_boundary(MAX_MESSAGE_BYTES));
        PulledMessage {
            update: DeliveredUpdate {
                payload: kept,
                ..self.update(payload, "")
            },
            credit: None,
            unreadable: Some(reason),
        }
    }

    fn update(&self, payload: &str, conversation: &str) -> DeliveredUpdate {
        DeliveredUpdate {
            channel: self.tokens.channel.clone(),
            update: message::update_id(payload),
            conversation: conversation.to_owned(),
            payload: payload.to_owned(),
            at: clock::now(),
        }
    }

    /// Whether people of the company serve an asker, as far as is known; what is known for long is
    /// asked again, as the event of the end may have been lost.
    async fn ask_if_served(
        &self,
        lease: &Lease,
        found: &WecomMessage,
        can_ask: &mut bool,
    ) -> Result<bool, PullError> {
        let (pulls, name) = (self.tokens.store.pulls(), found.conversation.as_str());
        let Some(since) = pulls.served_since(name).await? else {
            return Ok(false);
        };
        let now = clock::now();
        let asked_after = self.second * u32::try_from(SERVED_FOR.as_secs()).unwrap_or(u32::MAX);
        if !*can_ask || since > now.before(asked_after) {
            return Ok(true);
        }
        match session_state(&self.tokens, lease, &found.conversation).await {
            Ok(state) => {
                let is_served = is_served(state);
                pulls.note_served(lease, name, is_served, now).await?;
                Ok(is_served)
            }
            // nothing is known anew: the bot stays silent, and the next message asks again
            Err(error) => {
                tracing::warn!(%error, "whether people serve an asker cannot be asked");
                *can_ask = false;
                Ok(true)
            }
        }
    }

    async fn has_handover(&self, conversation: &str) -> Result<bool, StoreError> {
        let handover = self.tokens.store.handovers().of(conversation).await?;
        Ok(handover.is_some_and(|handover| handover.open))
    }
}

/// In which state a session is, as the platform numbers them.
pub(super) async fn session_state(
    tokens: &TokenKeeper,
    lease: &Lease,
    conversation: &wenlu_core::model::ConversationId,
) -> Result<i64, ApiFailure> {
    let place = super::call::AskerInWecom::of(conversation).ok_or(ApiFailure::Unreadable)?;
    let body = json!({ "open_kfid": place.account, "external_userid": place.asker });
    let (path, body) = ("/cgi-bin/kf/service_state/get", &body);
    let api = &tokens.api;
    let post = |token: AccessToken| async move { api.post(path, &token, body, PATIENCE).await };
    let answer = tokens.call(lease, post).await?;
    answer["service_state"]
        .as_i64()
        .ok_or(ApiFailure::Unreadable)
}
