//! Records the outcome of a call. In: the call, and the Bot API's answer to it. Out: the changed
//! outbox, and how long the sender has to wait. Must not know: which call is next, or when it is
//! made.

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
                let receipt = sent_as(head, after, result, now);
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
            FailureAction::Elsewhere(to) => {
                let moved = ChatChange::Moved {
                    from: head.chat,
                    to,
                };
                self.store
                    .chats()
                    .change(lease, &self.channel, moved, now)
                    .await
            }
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
            return self
                .store
                .outbox()
                .mark_undeliverable(lease, head, &reason, None, now)
                .await;
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

fn sent_as(head: &OutboxHead, after: &OnSent, result: &Value, at: Timestamp) -> CallReceipt {
    let number = |name: &str| result.get(name).and_then(Value::as_i64);
    let about = || Some(head.conversation.clone());
    match after {
        OnSent::Topic => CallReceipt {
            chat: head.chat,
            at,
            handover: about(),
            message: None,
            thread: number("message_thread_id"),
        },
        OnSent::Tell => CallReceipt {
            chat: head.chat,
            at,
            handover: about(),
            message: number("message_id"),
            thread: None,
        },
        OnSent::Nothing | OnSent::Instead { .. } => CallReceipt::default(),
    }
}
