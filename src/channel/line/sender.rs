//! Sends the calls of the outbox. In: the outbox. Out: calls of a service, in order within a chat.
//! Must not know: what a call says.
//!
//! One process sends for all, and each chat gets one call at a time. A call in flight when the
//! process is killed may or may not have been made, and is made again. So a kill repeats at most
//! one message per chat, and loses none. A chat whose calls fail does not delay others.

use super::dialect::{CallAsSent, LineDialect};
use super::in_flight::CallsInFlight;
use super::lease_holder::LeaseHolder;
use super::rate_limit::SendRateLimiter;
use crate::clock;
use crate::store::records::{OutboxHead, UndeliveredReason};
use crate::store::{Lease, StoreError};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Number of chats whose first call is read at once.
const CALL_HEADS: i64 = 200;
/// How often the outbox is checked for calls of other processes, in seconds.
const LOOK_EVERY: f64 = 0.25;
/// Calls that are older than this many milliseconds get fewer attempts: nobody waits for them any
/// more.
const OLD_AFTER_MILLIS: i64 = 24 * 3_600_000;
const MAX_ATTEMPTS_OF_OLD: i64 = 5;

pub(in crate::channel) struct LineSender<D: LineDialect> {
    pub dialect: Arc<D>,
    pub lease_holder: LeaseHolder,
    /// When the process must have stopped; `None`: it is not stopping.
    pub stop: watch::Receiver<Option<Instant>>,
}

/// The state of the sender.
pub(super) struct SendState<D: LineDialect> {
    rate_limiter: SendRateLimiter<D::Rates>,
    epoch: Option<Lease>,
    /// No call is sent before this time.
    pub not_before: Instant,
    /// When calls that belong to no chat may be retried, by call id.
    pub again: HashMap<i64, Instant>,
    /// Number of failures in a row to reach the service.
    pub unreached: u32,
}

impl<D: LineDialect> LineSender<D> {
    /// Sends the calls of a channel, as [`run`](LineSender::run) does, while this process holds the
    /// lease for it.
    pub(in crate::channel) async fn send(
        dialect: D,
        lease: Duration,
        stop: watch::Receiver<Option<Instant>>,
    ) {
        let (store, name) = (dialect.store().clone(), dialect.channel());
        let sender = LineSender {
            lease_holder: LeaseHolder::start(store, format!("send {name}"), lease),
            dialect: Arc::new(dialect),
            stop,
        };
        sender.run().await;
        sender.lease_holder.release().await;
    }

    /// Runs until it is told to stop; then until every call in flight is recorded, and the outbox
    /// is empty or the time is too short for another call.
    pub(in crate::channel) async fn run(&self) {
        let mut stop = self.stop.clone();
        let mut new_calls = self.dialect.store().outbox().watch();
        let mut flights = CallsInFlight::default();
        let mut round = SendState::new(self.dialect.rates());
        loop {
            // `None`: nothing is begun; what is in flight still lands
            let lease = self.lease_holder.current();
            if lease.is_some() && round.epoch != lease {
                round = SendState {
                    epoch: lease.clone(),
                    ..SendState::new(self.dialect.rates())
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
        round: &mut SendState<D>,
        flights: &mut CallsInFlight<D>,
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
        let outbox = self.dialect.store().outbox();
        let heads = outbox
            .heads(self.dialect.channel(), clock::now(), CALL_HEADS)
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
        round: &mut SendState<D>,
        flights: &mut CallsInFlight<D>,
    ) -> Result<(), StoreError> {
        let (now, policy) = (clock::now(), self.dialect.policy());
        round.again.remove(&head.id);
        if let Some(reason) = &head.gone {
            return self.dialect.set_aside(lease, &head, reason, now).await;
        }
        if head.expires.is_some_and(|expires| expires < now) {
            let late = UndeliveredReason::Expired;
            return self.dialect.set_aside(lease, &head, &late, now).await;
        }
        let meaning = self.dialect.meaning(&head);
        let prepared = self.dialect.prepare(lease, &head, &meaning, now).await?;
        let Some(CallAsSent { payload, messages }) = prepared else {
            return Ok(());
        };
        for _ in 0..messages {
            round.rate_limiter.spend(chat(&head), Instant::now());
        }
        let most = if now.0.saturating_sub(head.at.0) > OLD_AFTER_MILLIS {
            policy.max_attempts.min(MAX_ATTEMPTS_OF_OLD)
        } else {
            policy.max_attempts
        };
        let is_last = head.attempts + 1 >= most;
        flights.launch(
            self.dialect.clone(),
            (lease.clone(), head, meaning),
            payload,
            policy.call_timeout,
            is_last,
        );
        Ok(())
    }

    /// Whether the remaining time is too short for another call.
    fn is_over(&self) -> bool {
        self.stop
            .borrow()
            .is_some_and(|end| Instant::now() + self.dialect.policy().call_timeout >= end)
    }

    /// The pause after this many failures in a row: 1 s, 2 s, 4 s and so on, at most `max` seconds.
    pub(super) fn pause(&self, failures: u32, max: u32) -> Duration {
        self.seconds(f64::from(
            (1 << failures.saturating_sub(1).min(16)).min(max),
        ))
    }

    pub(super) fn seconds(&self, count: f64) -> Duration {
        self.dialect.policy().second.mul_f64(count)
    }
}

impl<D: LineDialect> SendState<D> {
    fn new(rates: D::Rates) -> Self {
        let now = Instant::now();
        SendState {
            rate_limiter: SendRateLimiter::new(rates, now),
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

fn chat(head: &OutboxHead) -> Option<&str> {
    (!head.chat.is_empty()).then_some(&head.chat)
}
