//! The sender. In: the outbox. Out: calls of the Bot API, in order within a chat. Must not know: what a call says.
//!
//! One process sends for all, and one call at a time: a call that is on its way when the process is killed may or may not
//! have been made, and is made again. So a kill costs one message twice at most, and never one that is missing.

use super::calls;
use super::client::Client;
use super::failure::{Failure, Next};
use super::html::Part;
use super::keeper::Keeper;
use super::outgoing::{After, outgoing};
use super::pace::{Limits, Pace};
use crate::channel::clock;
use crate::message::Timestamp;
use crate::store::records::{CallHead, ChatChange, Effects, SentAs};
use crate::store::{Lease, Store, StoreError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Chats whose first call is looked at in one go.
const HEADS: i64 = 200;
/// How long one call may take. Less than a process has to stop in by default: a call is never broken off.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often is looked for calls that another process put into the outbox, in units of a second.
const LOOK_EVERY: f64 = 0.25;
/// The longest pause while the Bot API cannot be reached, in seconds.
const LONGEST_PAUSE: u32 = 32;
/// How long is waited for an operator to mend what no waiting mends, in seconds.
const OPERATOR_PAUSE: u32 = 30;

pub struct Sender {
    pub store: Store,
    pub client: Arc<Client>,
    pub keeper: Keeper,
    pub channel: String,
    /// The operators' group, where there is one.
    pub group: Option<i64>,
    pub limits: Limits,
    /// When the process is to have stopped; `None`: it goes on.
    pub stop: watch::Receiver<Option<Instant>>,
}

/// How the sending goes.
struct Round {
    pace: Pace,
    epoch: Option<Lease>,
    /// Nothing is sent before.
    not_before: Instant,
    /// Calls in a row that did not get through.
    troubles: u32,
}

impl Sender {
    /// Until it is told to stop: then it goes on while there is something to send that can be over in time.
    pub async fn run(&self) {
        let mut stop = self.stop.clone();
        let mut new_calls = self.store.new_calls();
        let mut round = Round::new(self.limits);
        loop {
            let lease = tokio::select! {
                lease = self.keeper.acquired() => lease,
                _ = stop.wait_for(Option::is_some) => match self.keeper.current() {
                    Some(lease) => lease,
                    None => return,
                },
            };
            if round.epoch.as_ref() != Some(&lease) {
                round = Round { epoch: Some(lease.clone()), ..Round::new(self.limits) };
            }
            new_calls.mark_unchanged();
            let wait = match self.send_what_is_ready(&lease, &mut round).await {
                Ok(wait) => wait,
                Err(StoreError::Fenced) => {
                    tracing::warn!("another process may send now");
                    self.seconds(LOOK_EVERY)
                }
                Err(error) => {
                    tracing::error!(%error, "the outbox cannot be read or written; trying again");
                    self.seconds(1.0)
                }
            };
            if self.is_over() || !wait.is_zero() && stop.borrow().is_some() {
                return;
            }
            tokio::select! {
                _ = new_calls.changed() => {}
                () = tokio::time::sleep(wait) => {}
                _ = stop.wait_for(Option::is_some) => {}
            }
        }
    }

    /// The first call of every chat that may be written to, once; then how long there is nothing to do.
    async fn send_what_is_ready(&self, lease: &Lease, round: &mut Round) -> Result<Duration, StoreError> {
        let heads = self.store.call_heads(&self.channel, clock::now(), HEADS).await?;
        let mut sent = false;
        let mut earliest = Instant::now() + self.seconds(LOOK_EVERY);
        for head in &heads {
            let ready = round.ready_at(head);
            if ready > Instant::now() {
                earliest = earliest.min(ready);
                continue;
            }
            if self.is_over() {
                return Ok(Duration::ZERO);
            }
            if self.keeper.current().as_ref() != Some(lease) {
                return Err(StoreError::Fenced);
            }
            self.send(lease, head, round).await?;
            sent = true;
        }
        Ok(if sent { Duration::ZERO } else { earliest.saturating_duration_since(Instant::now()) })
    }

    async fn send(&self, lease: &Lease, head: &CallHead, round: &mut Round) -> Result<(), StoreError> {
        let now = clock::now();
        if let Some(reason) = &head.gone {
            return self.store.undeliverable(lease, head, reason, None, now).await;
        }
        if head.expires.is_some_and(|expires| expires < now) {
            return self.store.undeliverable(lease, head, "too late", None, now).await;
        }
        let after = After::read(&head.after);
        let payload = self.payload(head, &after).await?;
        round.pace.spend(chat(head), Instant::now());
        match self.client.call(&head.method, &payload, PATIENCE).await {
            Ok(result) => {
                round.troubles = 0;
                self.store.sent(lease, head.id, meaning(head, &after, &result, now)).await
            }
            Err(failure) => self.failed(lease, head, after, failure, round).await,
        }
    }

    /// The call as it is made now: its chat may have moved, and where operators are told of a conversation is known only
    /// after the first call about it.
    async fn payload(&self, head: &CallHead, after: &After) -> Result<Value, StoreError> {
        let mut payload: Value = serde_json::from_str(&head.payload)?;
        if head.chat != 0 {
            payload["chat_id"] = json!(head.chat);
        }
        if *after == After::Tell
            && let Some(handover) = self.store.handover(&head.conversation).await?
        {
            match (handover.thread, handover.card) {
                (Some(thread), _) => payload["message_thread_id"] = json!(thread),
                (None, Some(card)) => {
                    payload["reply_parameters"] = json!({ "message_id": card, "allow_sending_without_reply": true });
                }
                (None, None) => {}
            }
        }
        Ok(payload)
    }

    async fn failed(
        &self,
        lease: &Lease,
        head: &CallHead,
        after: After,
        failure: Failure,
        round: &mut Round,
    ) -> Result<(), StoreError> {
        let now = clock::now();
        match failure.next() {
            Next::Done => self.store.sent(lease, head.id, SentAs::default()).await,
            Next::Elsewhere(to) => {
                let moved = ChatChange::Moved { from: head.chat, to };
                self.store.chat_changed(lease, &self.channel, moved, now).await
            }
            Next::After(wait) => {
                let wait = self.seconds(wait.as_secs_f64());
                tracing::debug!(chat = head.chat, millis = wait.as_millis(), "asked to wait");
                if head.chat == 0 {
                    round.not_before = Instant::now() + wait;
                    return Ok(());
                }
                // a little later than told: clocks differ
                let ready = later(now, wait + Duration::from_millis(5));
                self.store.postpone(lease, &self.channel, head, ready).await
            }
            Next::Backoff => {
                round.troubles = round.troubles.saturating_add(1);
                let wait = self.pause(round.troubles);
                round.not_before = Instant::now() + wait;
                let millis = wait.as_millis();
                tracing::warn!(error = %failure, method = head.method, millis, "a call did not get through; trying again");
                // where it is this one alone that never gets through, the other chats go first
                let own = self.pause(u32::try_from(head.attempts).unwrap_or(u32::MAX).saturating_add(1));
                self.store.postpone(lease, &self.channel, head, later(now, own)).await
            }
            Next::Operator => {
                round.not_before = Instant::now() + self.seconds(f64::from(OPERATOR_PAUSE));
                tracing::error!(error = %failure, "nothing can be sent until this is mended; it is kept meanwhile");
                Ok(())
            }
            Next::Never => self.never(lease, head, after, &failure, now).await,
        }
    }

    /// A call that would fail again: recorded, with what it means for others.
    async fn never(
        &self,
        lease: &Lease,
        head: &CallHead,
        after: After,
        failure: &Failure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let reason = failure.to_string();
        match (failure, after) {
            (Failure::Gone(_) | Failure::ChatNotFound, _) if head.chat != 0 => {
                tracing::info!(chat = head.chat, reason, "a chat cannot be written to any more");
                let gone = ChatChange::Gone { chat: head.chat, reason };
                self.store.chat_changed(lease, &self.channel, gone, now).await?;
                self.warn_operators(head, now).await
            }
            // no forum: its conversations are told by cards
            (_, After::Topic) => self.store.sent(lease, head.id, SentAs::default()).await,
            (Failure::ThreadNotFound | Failure::TopicClosed, After::Tell) => {
                self.store.forget_topic(lease, &head.conversation).await
            }
            (Failure::MessageNotFound | Failure::CantBeEdited, After::Instead { method, payload }) => {
                self.store.undeliverable(lease, head, &reason, Some((method, payload)), now).await
            }
            (Failure::QueryTooOld, _) => self.store.undeliverable(lease, head, &reason, None, now).await,
            _ => {
                tracing::warn!(reason, method = head.method, "a call can never succeed and was given up");
                self.store.undeliverable(lease, head, &reason, None, now).await
            }
        }
    }

    /// A person who talks to somebody who does not hear it should know.
    async fn warn_operators(&self, head: &CallHead, now: Timestamp) -> Result<(), StoreError> {
        let Some(group) = self.group.filter(|group| *group != head.chat) else { return Ok(()) };
        if !self.store.handover(&head.conversation).await?.is_some_and(|handover| handover.open) {
            return Ok(());
        }
        let html = "⚠️ 客人停用了机器人，消息送不到了。".to_owned();
        let part = Part { html, keyboard: vec![], preview: false };
        let call = calls::send_message(calls::Place { chat: group, thread: None }, None, &part);
        let calls = vec![outgoing(&self.channel, Some(group), &head.conversation, &call, &After::Tell)];
        self.store.put(&head.conversation, Effects { calls, ..Effects::default() }, now).await
    }

    /// Whether a call that begins now might last too long.
    fn is_over(&self) -> bool {
        self.stop.borrow().is_some_and(|end| Instant::now() + PATIENCE >= end)
    }

    /// After so many failures in a row: 1 s, 2 s, 4 s and so on.
    fn pause(&self, failures: u32) -> Duration {
        self.seconds(f64::from((1 << failures.saturating_sub(1).min(6)).min(LONGEST_PAUSE)))
    }

    fn seconds(&self, count: f64) -> Duration {
        self.limits.second.mul_f64(count)
    }
}

impl Round {
    fn new(limits: Limits) -> Self {
        let now = Instant::now();
        Round { pace: Pace::new(limits, now), epoch: None, not_before: now, troubles: 0 }
    }

    fn ready_at(&self, head: &CallHead) -> Instant {
        self.pace.ready_at(chat(head)).max(self.not_before)
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
}

fn chat(head: &CallHead) -> Option<i64> {
    (head.chat != 0).then_some(head.chat)
}

fn meaning(head: &CallHead, after: &After, result: &Value, at: Timestamp) -> SentAs {
    let number = |name: &str| result.get(name).and_then(Value::as_i64);
    let about = || Some(head.conversation.clone());
    match after {
        After::Topic => {
            SentAs { chat: head.chat, at, handover: about(), message: None, thread: number("message_thread_id") }
        }
        After::Tell => SentAs { chat: head.chat, at, handover: about(), message: number("message_id"), thread: None },
        After::Nothing | After::Instead { .. } => SentAs::default(),
    }
}
