//! Records the outcome of a call. In: the call, and the service's answer to it. Out: the changed
//! outbox, and how long the sender has to wait. Must not know: which call is next, or when it is
//! made.

use super::dialect::{LineDialect, NextStep};
use super::in_flight::FinishedCall;
use super::sender::{LineSender, SendState};
use crate::clock;
use crate::store::records::{CallReceipt, OutboxHead, UndeliveredReason};
use crate::store::{Lease, StoreError};
use std::time::{Duration, Instant};
use wenlu_core::model::Timestamp;

/// Seconds until a call is tried again that only an operator can repair.
const OPERATOR_PAUSE: u32 = 30;
/// The longest pause while the service cannot be reached, in seconds.
const MAX_UNREACHED_PAUSE: u32 = 32;

impl<D: LineDialect> LineSender<D> {
    /// Removes the call from the outbox, schedules its retry, or gives it up.
    pub(super) async fn record(
        &self,
        landed: &FinishedCall<D>,
        round: &mut SendState<D>,
    ) -> Result<(), StoreError> {
        let FinishedCall {
            lease,
            head,
            meaning,
            outcome,
            ..
        } = landed;
        let (now, outbox) = (clock::now(), self.dialect.store().outbox());
        let failure = match outcome {
            Ok(answer) => {
                round.unreached = 0;
                let receipt = self.dialect.receipt(head, meaning, answer, now);
                return outbox.mark_sent(lease, head.id, receipt).await;
            }
            Err(failure) => failure,
        };
        match self.dialect.next_step(failure) {
            NextStep::Done => {
                let receipt = CallReceipt::default();
                outbox.mark_sent(lease, head.id, receipt).await
            }
            NextStep::WaitAsAsked(wait) => self.wait_as_asked(lease, head, wait, round, now).await,
            NextStep::PauseAll(wait) => {
                round.not_before = Instant::now() + self.seconds(wait.as_secs_f64());
                tracing::warn!(error = %failure, seconds = wait.as_secs(), "nothing more is taken now; it is kept meanwhile");
                Ok(())
            }
            NextStep::TryAgain { is_unreached: true } => {
                self.wait_for_service(failure, round);
                Ok(())
            }
            NextStep::TryAgain {
                is_unreached: false,
            } => self.try_again(landed, failure, round, now).await,
            NextStep::AwaitOperator => {
                round.not_before = Instant::now() + self.seconds(f64::from(OPERATOR_PAUSE));
                tracing::error!(error = %failure, "nothing can be sent until this is mended; it is kept meanwhile");
                Ok(())
            }
            NextStep::Refuse => {
                self.dialect
                    .refuse(lease, head, meaning, failure, now)
                    .await
            }
        }
    }

    /// Waits as long as the service demands: the chat of the call, or all chats if it has none.
    async fn wait_as_asked(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        wait: Duration,
        round: &mut SendState<D>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let wait = self.seconds(wait.as_secs_f64());
        tracing::debug!(call = head.id, millis = wait.as_millis(), "asked to wait");
        if head.chat.is_empty() {
            round.not_before = Instant::now() + wait;
            return Ok(());
        }
        // a little longer than demanded: clocks differ
        let ready = later(now, wait + Duration::from_millis(5));
        self.postpone(lease, head, ready, false).await
    }

    /// The service is not reached: all calls wait, with growing pauses, and no attempt is counted.
    fn wait_for_service(&self, failure: &D::Failure, round: &mut SendState<D>) {
        if round.not_before > Instant::now() {
            return;
        }
        round.unreached = round.unreached.saturating_add(1);
        let wait = self.pause(round.unreached, MAX_UNREACHED_PAUSE);
        round.not_before = Instant::now() + wait;
        let millis = wait.as_millis();
        tracing::warn!(error = %failure, millis, "{} is not reached; trying again", D::SERVICE);
    }

    /// Schedules a retry, with growing pauses: only the chat of this call waits, for a limited
    /// number of attempts.
    async fn try_again(
        &self,
        landed: &FinishedCall<D>,
        failure: &D::Failure,
        round: &mut SendState<D>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let FinishedCall { lease, head, .. } = landed;
        let attempts = head.attempts + 1;
        round.unreached = 0;
        if landed.is_last {
            tracing::error!(
                call = head.id, error = %failure, method = head.method, attempts,
                "a call was set aside: it fails while others are made"
            );
            let reason = UndeliveredReason::GivenUp {
                attempts,
                failure: failure.to_string(),
            };
            return self.dialect.set_aside(lease, head, &reason, now).await;
        }
        // once per call; if it never succeeds, that is logged when it is given up
        if head.attempts == 0 {
            tracing::warn!(error = %failure, chat = head.chat, method = head.method, "a call failed; trying again");
        }
        let failures = u32::try_from(attempts).unwrap_or(u32::MAX);
        let own = self.pause(failures, self.dialect.policy().max_pause);
        if head.chat.is_empty() {
            round.again.insert(head.id, Instant::now() + own);
        }
        self.postpone(lease, head, later(now, own), true).await
    }

    async fn postpone(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        ready: Timestamp,
        counts: bool,
    ) -> Result<(), StoreError> {
        let outbox = self.dialect.store().outbox();
        outbox
            .postpone(lease, self.dialect.channel(), head, ready, counts)
            .await
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    Timestamp(
        now.0
            .saturating_add(i64::try_from(wait.as_millis()).unwrap_or(i64::MAX)),
    )
}
