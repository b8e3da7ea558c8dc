//! Records the outcome of a call. In: the call, and the Bot API's answer to it. Out: the changed
//! outbox, and how long the sender has to wait. Must not know: which call is next, or when it is
//! made.

use super::calls;
use super::failure::{Failure, Next};
use super::flights::Landed;
use super::html::{self, Part};
use super::outgoing::{After, outgoing};
use super::sender::{Round, Sender};
use crate::channel::clock;
use crate::message::Timestamp;
use crate::store::outbox::SET_ASIDE;
use crate::store::records::{CallHead, ChatChange, Effects, SentAs};
use crate::store::{Lease, StoreError};
use serde_json::Value;
use std::time::{Duration, Instant};

/// Seconds until a call is tried again that only an operator can repair (token, address, webhook).
const OPERATOR_PAUSE: u32 = 30;

impl Sender {
    /// Removes the call from the outbox, schedules its retry, or gives it up.
    pub(super) async fn record(&self, landed: &Landed, round: &mut Round) -> Result<(), StoreError> {
        let Landed { lease, head, after, outcome, .. } = landed;
        let now = clock::now();
        let failure = match outcome {
            Ok(result) => {
                round.unreached = 0;
                return self.store.sent(lease, head.id, meaning(head, after, result, now)).await;
            }
            Err(failure) => failure,
        };
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
                // a little longer than demanded: clocks differ
                let ready = later(now, wait + Duration::from_millis(5));
                self.store.postpone(lease, &self.channel, head, ready, false).await
            }
            Next::Backoff => self.try_again(landed, failure, round, now).await,
            Next::Operator => {
                round.not_before = Instant::now() + self.seconds(f64::from(OPERATOR_PAUSE));
                tracing::error!(error = %failure, "nothing can be sent until this is mended; it is kept meanwhile");
                Ok(())
            }
            Next::Never => self.never(lease, head, after, failure, now).await,
        }
    }

    /// Schedules a retry, with growing pauses. If the Bot API is not reached at all, all calls wait
    /// and no attempt is counted; else only the chat of this call waits, for a limited number of
    /// attempts.
    async fn try_again(
        &self,
        landed: &Landed,
        failure: &Failure,
        round: &mut Round,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Landed { lease, head, .. } = landed;
        let attempts = head.attempts + 1;
        if failure.is_unreached() {
            if round.not_before <= Instant::now() {
                round.unreached = round.unreached.saturating_add(1);
                let wait = self.pause(round.unreached);
                round.not_before = Instant::now() + wait;
                let millis = wait.as_millis();
                tracing::warn!(error = %failure, millis, "the Bot API is not reached; trying again");
            }
            return Ok(());
        }
        round.unreached = 0;
        if landed.is_last {
            tracing::error!(
                chat = head.chat, error = %failure, method = head.method, attempts,
                "a call was set aside: it fails while others are made"
            );
            let reason = format!("{SET_ASIDE}{attempts} attempts: {failure}");
            return self.store.undeliverable(lease, head, &reason, None, now).await;
        }
        // once per call; if it never succeeds, that is logged when it is given up
        if head.attempts == 0 {
            tracing::warn!(error = %failure, chat = head.chat, method = head.method, "a call failed; trying again");
        }
        let own = self.pause(u32::try_from(attempts).unwrap_or(u32::MAX));
        if head.chat == 0 {
            round.again.insert(head.id, Instant::now() + own);
        }
        self.store.postpone(lease, &self.channel, head, later(now, own), true).await
    }

    /// Gives up a call that would fail again, and records what that means for its chat or its
    /// hand-over.
    async fn never(
        &self,
        lease: &Lease,
        head: &CallHead,
        after: &After,
        failure: &Failure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let reason = failure.to_string();
        match (failure, after) {
            (Failure::Gone(_) | Failure::ChatNotFound, _) if head.chat != 0 => {
                tracing::info!(chat = head.chat, reason, "a chat cannot be written to any more");
                let gone = ChatChange::Gone { chat: head.chat, reason };
                self.store.chat_changed(lease, &self.channel, gone, now).await?;
                match self.group.as_ref().filter(|group| group.is(head.chat)) {
                    Some(group) => group.look().await,
                    None => self.warn_operators(head, now).await,
                }
            }
            (Failure::BadMarkup, _) if let Some(plain) = without_markup(&head.payload)? => {
                tracing::warn!(method = head.method, "marked-up text was refused; it is sent as plain text");
                self.store.rewrite(lease, head.id, plain).await
            }
            // the group is no forum: its conversations are shown as cards
            (_, After::Topic) => self.store.sent(lease, head.id, SentAs::default()).await,
            (Failure::ThreadNotFound | Failure::TopicClosed, After::Tell) => {
                self.store.forget_topic(lease, &head.conversation).await
            }
            (Failure::MessageNotFound | Failure::CantBeEdited, After::Instead { method, payload }) => {
                self.store.undeliverable(lease, head, &reason, Some((method.clone(), payload.clone())), now).await
            }
            (Failure::QueryTooOld, _) => self.store.undeliverable(lease, head, &reason, None, now).await,
            _ => {
                tracing::warn!(reason, method = head.method, "a call can never succeed and was given up");
                self.store.undeliverable(lease, head, &reason, None, now).await
            }
        }
    }

    /// Tells the operators that the asker of an open hand-over no longer receives messages.
    async fn warn_operators(&self, head: &CallHead, now: Timestamp) -> Result<(), StoreError> {
        let Some(group) = self.group.as_ref().map(|group| group.set()) else { return Ok(()) };
        if !self.store.handover(&head.conversation).await?.is_some_and(|handover| handover.open) {
            return Ok(());
        }
        let html = "⚠️ 客人停用了机器人，消息送不到了。".to_owned();
        let part = Part { html, keyboard: vec![], preview: false };
        let call = calls::send_message(calls::Place { chat: group, thread: None }, None, &part);
        let calls = vec![outgoing(&self.channel, Some(group), &head.conversation, &call, &After::Tell)];
        self.store.put(&head.conversation, Effects { calls, ..Effects::default() }, now).await
    }
}

/// The call with plain text; `None` if it has no markup that could be removed.
fn without_markup(payload: &str) -> Result<Option<String>, StoreError> {
    let mut payload: Value = serde_json::from_str(payload)?;
    let Some(fields) = payload.as_object_mut() else { return Ok(None) };
    if fields.remove("parse_mode").is_none() {
        return Ok(None);
    }
    if let Some(Value::String(text)) = fields.get_mut("text") {
        *text = html::without_tags(text);
    }
    Ok(Some(payload.to_string()))
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    Timestamp(now.0.saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)))
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
