//! Sends the calls of the outbox. In: the outbox. Out: calls of the Bot API, in order within a
//! chat. Must not know: what a call says.
//!
//! One process sends for all, and each chat gets one call at a time. A call in flight when the
//! process is killed may or may not have been made, and is made again. So a kill repeats at most
//! one message per chat, and loses none. A chat whose calls fail does not delay others.

use super::client::BotApiClient;
use super::in_flight::CallsInFlight;
use super::lease_holder::LeaseHolder;
use super::new_call::OnSent;
use super::operator_group::OperatorGroup;
use super::rate_limit::{BotApiLimits, SendRateLimiter};
use crate::clock;
use crate::store::records::{OutboxHead, UndeliveredReason};
use crate::store::{Lease, Store, StoreError};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;
use wenlu_core::model::Timestamp;

/// Number of chats whose first call is read at once.
const CALL_HEADS: i64 = 200;
/// Timeout of a call. Shorter than the default grace period, so that the shutdown aborts no call.
const CALL_TIMEOUT: Duration = Duration::from_secs(8);
/// How often the outbox is checked for calls of other processes, in units of
/// [`BotApiLimits::second`].
const LOOK_EVERY: f64 = 0.25;
/// The longest pause while the Bot API cannot be reached, in seconds.
const MAX_PAUSE: u32 = 32;
/// Maximum attempts of a call; it is tried further if the Bot API as a whole fails.
const MAX_ATTEMPTS: i64 = 20;
/// Calls that are older than this many milliseconds get fewer attempts: nobody waits for them any
/// more.
const OLD_AFTER_MILLIS: i64 = 24 * 3_600_000;
const MAX_ATTEMPTS_OF_OLD: i64 = 5;

pub(super) struct OutboxSender {
    pub store: Store,
    pub client: Arc<BotApiClient>,
    pub lease_holder: LeaseHolder,
    pub channel: String,
    /// The operators' group, if one is set.
    pub group: Option<Arc<OperatorGroup>>,
    pub limits: BotApiLimits,
    /// When the process must have stopped; `None`: it is not stopping.
    pub stop: watch::Receiver<Option<Instant>>,
}

/// The state of the sender.
pub(super) struct SendState {
    pub rate_limiter: SendRateLimiter,
    epoch: Option<Lease>,
    /// No call is sent before this time.
    pub not_before: Instant,
    /// When calls that belong to no chat may be retried, by call id.
    pub again: HashMap<i64, Instant>,
    /// Number of failures in a row to reach the Bot API.
    pub unreached: u32,
}

impl OutboxSender {
    /// Runs until it is told to stop; then until every call in flight is recorded, and the outbox
    /// is empty or the time is too short for another call.
    pub(super) async fn run(&self) {
        let mut stop = self.stop.clone();
        let mut new_calls = self.store.outbox().watch();
        let (mut round, mut flights) = (SendState::new(self.limits), CallsInFlight::default());
        loop {
            // `None`: nothing is begun; what is in flight still lands
            let lease = self.lease_holder.current();
            if lease.is_some() && round.epoch != lease {
                round = SendState {
                    epoch: lease.clone(),
                    ..SendState::new(self.limits)
                };
            }
            new_calls.mark_unchanged();
            let wait = match self
                .send_what_is_ready(lease.as_ref(), &mut round, &mut flights)
                .await
            {
                Ok(wait) => wait,
                Err(StoreError::LeaseLost) => {
                    tracing::warn!("another process may send now");
                    self.seconds(LOOK_EVERY)
                }
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read or written; trying again");
                    self.seconds(1.0)
                }
            };
            let end = *stop.borrow();
            let is_done = flights.is_empty() && (self.is_over() || !wait.is_zero());
            if end.is_some_and(|end| is_done || Instant::now() >= end) {
                return;
            }
            // waits for the calls in flight
            let wait = if self.is_over() {
                self.seconds(LOOK_EVERY)
            } else {
                wait
            };
            tokio::select! {
                () = flights.wait_for_one() => {}
                _ = self.lease_holder.acquired(), if lease.is_none() => {}
                _ = new_calls.changed() => {}
                () = tokio::time::sleep(wait) => {}
                _ = stop.wait_for(Option::is_some), if end.is_none() => {}
            }
        }
    }

    /// Records finished calls and, under a lease, starts the first call of every chat that may be
    /// written to. Returns how long to wait until there may be more to do.
    async fn send_what_is_ready(
        &self,
        lease: Option<&Lease>,
        round: &mut SendState,
        flights: &mut CallsInFlight,
    ) -> Result<Duration, StoreError> {
        while let Some(landed) = flights.oldest_finished() {
            match self.record(landed, round).await {
                // the process that holds the lease now finds the call in the outbox
                Ok(()) | Err(StoreError::LeaseLost) => flights.mark_recorded(),
                Err(error) => return Err(error),
            }
        }
        let Some(lease) = lease else {
            return Ok(self.seconds(LOOK_EVERY));
        };
        let heads = self
            .store
            .outbox()
            .heads(&self.channel, clock::now(), CALL_HEADS)
            .await?;
        let mut begun = false;
        let mut earliest = Instant::now() + self.seconds(LOOK_EVERY);
        for head in heads
            .into_iter()
            .filter(|head| !flights.is_busy(head))
            .collect::<Vec<_>>()
        {
            let ready = round.ready_at(&head);
            if ready > Instant::now() {
                earliest = earliest.min(ready);
                continue;
            }
            if self.is_over() || flights.is_full() {
                break;
            }
            if self.lease_holder.current().as_ref() != Some(lease) {
                return Err(StoreError::LeaseLost);
            }
            self.begin(lease, head, round, flights).await?;
            begun = true;
        }
        Ok(if begun {
            Duration::ZERO
        } else {
            earliest.saturating_duration_since(Instant::now())
        })
    }

    async fn begin(
        &self,
        lease: &Lease,
        head: OutboxHead,
        round: &mut SendState,
        flights: &mut CallsInFlight,
    ) -> Result<(), StoreError> {
        let now = clock::now();
        round.again.remove(&head.id);
        if let Some(reason) = &head.gone {
            return self.set_aside(lease, &head, reason, now).await;
        }
        if head.expires.is_some_and(|expires| expires < now) {
            let late = UndeliveredReason::Expired;
            return self.set_aside(lease, &head, &late, now).await;
        }
        let after = OnSent::read(&head.after);
        let Some(payload) = self.payload(lease, &head, &after, now).await? else {
            return Ok(());
        };
        for _ in 0..messages(&payload) {
            round.rate_limiter.spend(chat(&head), Instant::now());
        }
        let most = if now.0.saturating_sub(head.at.0) > OLD_AFTER_MILLIS {
            MAX_ATTEMPTS_OF_OLD
        } else {
            MAX_ATTEMPTS
        };
        let is_last = head.attempts + 1 >= most;
        flights.launch(
            self.client.clone(),
            (lease.clone(), head, after),
            payload,
            CALL_TIMEOUT,
            is_last,
        );
        Ok(())
    }

    /// The payload as it is sent now: the chat may have a new id, and the topic or card of a
    /// conversation, and the message to amend, are known only after the calls before it. `None`:
    /// the asker never got what it amends, so that the other call takes its place.
    async fn payload(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        after: &OnSent,
        now: Timestamp,
    ) -> Result<Option<Value>, StoreError> {
        let mut payload: Value = serde_json::from_str(&head.payload)?;
        if let OnSent::Amend {
            group,
            message,
            method,
            payload: anew,
        } = after
        {
            let handovers = self.store.handovers();
            let Some(shown) = handovers.brought_as(*group, i64::from(*message)).await? else {
                let unknown = UndeliveredReason::Refused("never sent".to_owned());
                let anew = Some((method.clone(), anew.clone()));
                let outbox = self.store.outbox();
                outbox
                    .mark_undeliverable(lease, head, &unknown, anew, now)
                    .await?;
                return Ok(None);
            };
            payload["message_id"] = json!(shown);
        }
        if head.chat != 0 {
            payload["chat_id"] = json!(head.chat);
        }
        if *after == OnSent::Tell
            && let Some(handover) = self.store.handovers().of(&head.conversation).await?
        {
            match (handover.thread, handover.card) {
                (Some(thread), _) => payload["message_thread_id"] = json!(thread),
                (None, Some(card)) if payload.get("reply_parameters").is_none() => {
                    payload["reply_parameters"] =
                        json!({ "message_id": card, "allow_sending_without_reply": true });
                }
                (None, _) => {}
            }
        }
        Ok(Some(payload))
    }

    /// Whether the remaining time is too short for another call.
    fn is_over(&self) -> bool {
        self.stop
            .borrow()
            .is_some_and(|end| Instant::now() + CALL_TIMEOUT >= end)
    }

    /// The pause after this many failures in a row: 1 s, 2 s, 4 s and so on.
    pub(super) fn pause(&self, failures: u32) -> Duration {
        self.seconds(f64::from(
            (1 << failures.saturating_sub(1).min(6)).min(MAX_PAUSE),
        ))
    }

    pub(super) fn seconds(&self, count: f64) -> Duration {
        self.limits.second.mul_f64(count)
    }
}

impl SendState {
    fn new(limits: BotApiLimits) -> Self {
        let now = Instant::now();
        SendState {
            rate_limiter: SendRateLimiter::new(limits, now),
            epoch: None,
            not_before: now,
            again: HashMap::new(),
            unreached: 0,
        }
    }

    fn ready_at(&self, head: &OutboxHead) -> Instant {
        let ready = self.rate_limiter.ready_at(chat(head)).max(self.not_before);
        self.again
            .get(&head.id)
            .map_or(ready, |again| ready.max(*again))
    }
}

/// How many messages a call sends, as Telegram counts them.
fn messages(payload: &Value) -> usize {
    payload
        .get("message_ids")
        .and_then(Value::as_array)
        .map_or(1, Vec::len)
}

fn chat(head: &OutboxHead) -> Option<i64> {
    (head.chat != 0).then_some(head.chat)
}
