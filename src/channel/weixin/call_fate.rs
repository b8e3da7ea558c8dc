//! What becomes of a customer-service message that is not delivered. In: the call, and why. Out: it
//! waits for the asker's next message, or is given up; the operator who wrote it is told; all
//! processes know whether anything can be sent. Must not know: when a call is made.

use super::line_dialect::WeixinDialect;
use super::send_call::SendCall;
use crate::channel::line::{LineDialect, NextStep};
use crate::channel::tencent::ApiFailure;
use crate::http::SentOutcome;
use crate::people::DeliveryTrouble;
use crate::store::records::{ChatChange, OutboxHead, TurnEffects, UndeliveredReason};
use crate::store::{Lease, StoreError};
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
            Ok(()) => metrics.sent(SentOutcome::Sent),
            Err(failure) => {
                if self.next_step(failure) != NextStep::Refuse {
                    metrics.sent(SentOutcome::Failed);
                }
                if failure.has_not_arrived() {
                    let credits = self.store().credits();
                    credits.give_back(lease, head).await?;
                }
            }
        }
        self.tokens.note_access(lease, outcome.as_ref().err()).await
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
        self.tokens.metrics.sent(SentOutcome::Waits);
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
        self.tokens.metrics.sent(SentOutcome::Refused);
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
            chat: head.chat.clone(),
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
