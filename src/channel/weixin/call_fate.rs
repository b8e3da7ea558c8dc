//! What becomes of a customer-service message that is not delivered. In: the call, and why. Out: it
//! waits for the asker's next message, or is given up; the operator who wrote it is told; all
//! processes know whether anything can be sent. Must not know: when a call is made.

use super::api_failure::ApiFailure;
use super::line_dialect::WeixinDialect;
use super::send_call::SendCall;
use crate::channel::line::{LineDialect, NextStep};
use crate::clock;
use crate::http::metrics::SentOutcome;
use crate::people::DeliveryTrouble;
use crate::store::records::{ChatChange, OutboxHead, TurnEffects, UndeliveredReason};
use crate::store::service_access::SendingFaultKind;
use crate::store::{Lease, StoreError};
use std::sync::atomic::Ordering::Relaxed;
use wenlu_core::model::{ConversationId, Timestamp};

impl WeixinDialect {
    /// Counts what became of a call, and notes what it says of the others.
    pub(super) async fn note_outcome(
        &self,
        head: &OutboxHead,
        lease: &Lease,
        outcome: &Result<(), ApiFailure>,
    ) -> Result<(), StoreError> {
        let metrics = &self.tokens.metrics;
        match outcome {
            Ok(()) => metrics.weixin_sent(SentOutcome::Sent),
            Err(failure) => {
                if self.next_step(failure) != NextStep::Refuse {
                    metrics.weixin_sent(SentOutcome::Failed);
                }
                if failure.has_not_arrived() {
                    let credits = self.store().credits();
                    credits.give_back(lease, head).await?;
                }
            }
        }
        self.note_access(lease, outcome.as_ref().err()).await
    }

    /// Notes whether anything can be sent, for all processes. `failure`: of a call that was just
    /// made.
    pub(super) async fn note_access(
        &self,
        lease: &Lease,
        failure: Option<&ApiFailure>,
    ) -> Result<(), StoreError> {
        let fault = match failure {
            None => None,
            Some(failure) => match failure.fault() {
                Some(fault) => Some(fault),
                None if self.tokens.api.health().is_reachable() => return Ok(()),
                None => Some((SendingFaultKind::Unreachable, failure.to_string())),
            },
        };
        let is_stopped = fault.is_some();
        if !is_stopped && !self.may_be_stopped.load(Relaxed) {
            return Ok(());
        }
        let access = self.store().service_access();
        access
            .note_fault(lease, self.channel(), fault, clock::now())
            .await?;
        self.may_be_stopped.store(is_stopped, Relaxed);
        Ok(())
    }

    /// The asker's next message brings it along; the operator who wrote it is told.
    pub(super) async fn let_wait(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        call: &SendCall,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let told = self
            .told_of(head, Some(call), DeliveryTrouble::Waits, now)
            .await?;
        let effects = TurnEffects {
            pushes: vec![serde_json::to_string(&call.part)?],
            ..told
        };
        self.store()
            .outbox()
            .replace(lease, head, None, effects, now)
            .await?;
        self.tokens.metrics.weixin_sent(SentOutcome::Waits);
        Ok(())
    }

    pub(super) async fn drop_call(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        reason: &UndeliveredReason,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let trouble = match reason {
            UndeliveredReason::Blocked => DeliveryTrouble::AskerGone,
            _ => DeliveryTrouble::Refused,
        };
        let call = self.meaning(head);
        let effects = self.told_of(head, call.as_ref(), trouble, now).await?;
        self.store()
            .outbox()
            .replace(lease, head, Some(reason), effects, now)
            .await?;
        self.tokens.metrics.weixin_sent(SentOutcome::Refused);
        Ok(())
    }

    /// The asker does not follow the account any more: all that waits for them is given up.
    pub(super) async fn part_with(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let reason = UndeliveredReason::Blocked;
        let gone = ChatChange::Gone {
            chat: head.chat,
            reason: reason.clone(),
        };
        let chats = self.store().chats();
        chats.change(lease, self.channel(), gone, now).await?;
        self.drop_call(lease, head, &reason, now).await
    }

    /// What tells an operator what became of their words.
    async fn told_of(
        &self,
        head: &OutboxHead,
        call: Option<&SendCall>,
        trouble: DeliveryTrouble,
        now: Timestamp,
    ) -> Result<TurnEffects, StoreError> {
        let is_persons = call.is_some_and(|call| call.part.is_from_person);
        match ConversationId::parse(&head.conversation) {
            Ok(conversation) if is_persons => {
                let name = format!("call {}", head.id);
                self.bot
                    .tell_of_trouble(&conversation, (trouble, &name), now)
                    .await
            }
            _ => Ok(TurnEffects::default()),
        }
    }
}
