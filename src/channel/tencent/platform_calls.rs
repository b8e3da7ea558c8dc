//! What becomes of calls to either platform that are not delivered. In: the call, and why. Out: it is
//! given up, alone or with all that waits for its asker; the operator who wrote it is told. Must not
//! know: which platform it is, when a call is made.

use super::token_keeper::TokenKeeper;
use crate::channel::line::LineDialect;
use crate::http::SentOutcome;
use crate::people::DeliveryTrouble;
use crate::store::records::{ChatChange, OutboxHead, TurnEffects, UndeliveredReason};
use crate::store::{Lease, StoreError};
use crate::turn::Bot;
use std::future::Future;
use wenlu_core::model::{ConversationId, Timestamp};

/// A platform, as far as its calls to askers are concerned.
pub(in crate::channel) trait PlatformCalls: LineDialect {
    fn bot(&self) -> &Bot;

    fn tokens(&self) -> &TokenKeeper;

    /// Whether an operator wrote what a call says.
    fn is_from_person(call: &Self::Meaning) -> bool;

    /// Gives a call up.
    fn drop_call(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        reason: &UndeliveredReason,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move {
            let trouble = match reason {
                UndeliveredReason::Blocked => DeliveryTrouble::AskerGone,
                _ => DeliveryTrouble::Refused,
            };
            let told = self.told_of(head, trouble, now).await?;
            let outbox = self.store().outbox();
            outbox.replace(lease, head, Some(reason), told, now).await?;
            self.tokens().metrics.sent(SentOutcome::Refused);
            Ok(())
        }
    }

    /// The asker or the account is there no more: all that waits for them is given up.
    fn part_with(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        async move {
            let reason = UndeliveredReason::Blocked;
            let gone = ChatChange::Gone {
                chat: head.chat.clone(),
                reason: reason.clone(),
            };
            let chats = self.store().chats();
            chats.change(lease, self.channel(), gone, now).await?;
            self.drop_call(lease, head, &reason, now).await
        }
    }

    /// What tells an operator what became of their words.
    fn told_of(
        &self,
        head: &OutboxHead,
        trouble: DeliveryTrouble,
        now: Timestamp,
    ) -> impl Future<Output = Result<TurnEffects, StoreError>> + Send {
        async move {
            let is_persons = Self::is_from_person(&self.meaning(head));
            match ConversationId::parse(&head.conversation) {
                Ok(conversation) if is_persons => {
                    let name = format!("call {}", head.id);
                    let told = (trouble, name.as_str());
                    self.bot().tell_of_trouble(&conversation, told, now).await
                }
                _ => Ok(TurnEffects::default()),
            }
        }
    }
}
