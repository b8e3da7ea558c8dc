//! Records the outcome of a call. In: the call, and the Bot API's answer to it. Out: the changed
//! outbox, and how long the sender has to wait. Must not know: which call is next, or when it is
//! made.

use super::conversation::is_small_group;
use super::failure::{CallFailure, FailureAction};
use super::in_flight::FinishedCall;
use super::new_call::OnSent;
use super::sender::{OutboxSender, SendState};
use crate::clock;
use crate::store::records::{CallReceipt, ChatChange, OutboxHead, UndeliveredReason};
use crate::store::{Lease, StoreError};
use serde_json::Value;
use std::time::{Duration, Instant};
use wenlu_core::model::Timestamp;

/// Seconds until a call is tried again that only an operator can repair (token, address, webhook).
const OPERATOR_PAUSE: u32 = 30;

impl OutboxSender {
    /// Removes the call from the outbox, schedules its retry, or gives it up.
    pub(super) async fn record(
        &self,
        landed: &FinishedCall,
        round: &mut SendState,
    ) -> Result<(), StoreError> {
        let FinishedCall {
            lease,
            head,
            after,
            outcome,
            ..
        } = landed;
        let now = clock::now();
        let failure = match outcome {
            Ok(result) => {
                round.unreached = 0;
                let receipt = sent_as(head, after.clone(), result, now);
                return self.store.outbox().mark_sent(lease, head.id, receipt).await;
            }
            Err(failure) => failure,
        };
        match failure.action() {
            FailureAction::Done => {
                self.store
                    .outbox()
                    .mark_sent(lease, head.id, CallReceipt::default())
                    .await
            }
            FailureAction::Elsewhere(to) => self.follow(lease, head, to, now).await,
            FailureAction::After(wait) => self.wait_as_asked(lease, head, wait, round, now).await,
            FailureAction::Backoff => self.try_again(landed, failure, round, now).await,
            FailureAction::Operator => {
                round.not_before = Instant::now() + self.seconds(f64::from(OPERATOR_PAUSE));
                tracing::error!(error = %failure, "nothing can be sent until this is mended; it is kept meanwhile");
                Ok(())
            }
            FailureAction::Never => self.give_up(lease, head, after, failure, now).await,
        }
    }

    /// A chat of the call moved. Only small groups move: a private chat is called elsewhere because the
    /// message to copy stood in such a group, where it cannot be found any more.
    async fn follow(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        to: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !is_small_group(head.chat) {
            let reason = UndeliveredReason::Refused("the message to copy has moved".to_owned());
            return self.set_aside(lease, head, &reason, now).await;
        }
        let moved = ChatChange::Moved {
            from: head.chat,
            to,
        };
        self.store
            .chats()
            .change(lease, &self.channel, moved, now)
            .await
    }

    /// Waits as long as the Bot API demands: the chat of the call, or all chats if it has none.
    async fn wait_as_asked(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        wait: Duration,
        round: &mut SendState,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let wait = self.seconds(wait.as_secs_f64());
        tracing::debug!(chat = head.chat, millis = wait.as_millis(), "asked to wait");
        if head.chat == 0 {
            round.not_before = Instant::now() + wait;
            return Ok(());
        }
        // a little longer than demanded: clocks differ
        let ready = later(now, wait + Duration::from_millis(5));
        self.store
            .outbox()
            .postpone(lease, &self.channel, head, ready, false)
            .await
    }

    /// Schedules a retry, with growing pauses. If the Bot API is not reached at all, all calls wait
    /// and no attempt is counted; else only the chat of this call waits, for a limited number of
    /// attempts.
    async fn try_again(
        &self,
        landed: &FinishedCall,
        failure: &CallFailure,
        round: &mut SendState,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let FinishedCall { lease, head, .. } = landed;
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
            let reason = UndeliveredReason::GivenUp {
                attempts,
                failure: failure.to_string(),
            };
            return self.set_aside(lease, head, &reason, now).await;
        }
        // once per call; if it never succeeds, that is logged when it is given up
        if head.attempts == 0 {
            tracing::warn!(error = %failure, chat = head.chat, method = head.method, "a call failed; trying again");
        }
        let own = self.pause(u32::try_from(attempts).unwrap_or(u32::MAX));
        if head.chat == 0 {
            round.again.insert(head.id, Instant::now() + own);
        }
        self.store
            .outbox()
            .postpone(lease, &self.channel, head, later(now, own), true)
            .await
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    Timestamp(
        now.0
            .saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)),
    )
}

fn sent_as(head: &OutboxHead, after: OnSent, result: &Value, at: Timestamp) -> CallReceipt {
    let receipt = |chat| CallReceipt {
        chat,
        at,
        handover: Some(head.conversation.clone()),
        ..CallReceipt::default()
    };
    match after {
        OnSent::Topic => CallReceipt {
            thread: result.get("message_thread_id").and_then(Value::as_i64),
            ..receipt(head.chat)
        },
        OnSent::Tell => CallReceipt {
            messages: message_ids(result),
            ..receipt(head.chat)
        },
        OnSent::Brought { group, messages } => CallReceipt {
            brought: pairs(&messages, message_ids(result)),
            ..receipt(group)
        },
        OnSent::Nothing | OnSent::Instead { .. } | OnSent::Amend { .. } => CallReceipt::default(),
    }
}

/// The ids of the messages that a call sent.
fn message_ids(result: &Value) -> Vec<i64> {
    let sent = match result {
        Value::Array(sent) => sent.as_slice(),
        one => std::slice::from_ref(one),
    };
    sent.iter()
        .filter_map(|message| message.get("message_id")?.as_i64())
        .collect()
}

/// Each message with its copy. Without a copy of each it is unknown which is whose.
fn pairs(messages: &[i32], copies: Vec<i64>) -> Vec<(i64, i64)> {
    if messages.len() != copies.len() {
        return vec![];
    }
    messages
        .iter()
        .map(|own| i64::from(*own))
        .zip(copies)
        .collect()
}
