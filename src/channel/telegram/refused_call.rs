//! Gives up calls that can never succeed. In: the call, and why the Bot API refused it. Out: the
//! changed outbox, and what the refusal means for a chat or a hand-over. Must not know: which calls
//! are tried again.

use super::conversation::is_small_group;
use super::failure::CallFailure;
use super::html;
use super::new_call::OnSent;
use super::operator_notes::OperatorNote;
use super::outbox_dialect::{OutboxDialect, id_number};
use crate::channel::line::LineDialect;
use crate::store::records::{
    CallReceipt, ChatChange, OutboxCall, OutboxHead, TurnEffects, UndeliveredReason,
};
use crate::store::{Lease, StoreError};
use serde_json::Value;
use wenlu_core::model::Timestamp;

impl OutboxDialect {
    /// Gives up a call that would fail again, and records what that means for its chat or its
    /// hand-over.
    pub(super) async fn give_up(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        after: &OnSent,
        failure: &CallFailure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let outbox = self.store.outbox();
        let instead = match (failure, after) {
            (CallFailure::Gone(_) | CallFailure::ChatNotFound, _) if !head.chat.is_empty() => {
                return self.lose_chat(lease, head, failure, now).await;
            }
            (CallFailure::BadMarkup, _) if let Some(plain) = without_markup(&head.payload)? => {
                tracing::warn!(
                    method = head.method,
                    "marked-up text was refused; it is sent as plain text"
                );
                return outbox.rewrite(lease, head.id, plain).await;
            }
            // the group is no forum: its conversations are shown as cards
            (_, OnSent::Topic) => {
                let receipt = CallReceipt::default();
                return outbox.mark_sent(lease, head.id, receipt).await;
            }
            (CallFailure::ThreadNotFound | CallFailure::TopicClosed, OnSent::Tell) => {
                let handovers = self.store.handovers();
                return handovers.forget_topic(lease, &head.conversation).await;
            }
            (
                CallFailure::MessageNotFound | CallFailure::CantBeEdited,
                OnSent::Instead { method, payload },
            )
            | (
                _,
                OnSent::Amend {
                    method, payload, ..
                },
            ) => Some((method.clone(), payload.clone())),
            (CallFailure::QueryTooOld, _) => None,
            _ => {
                tracing::warn!(
                    reason = failure.to_string(),
                    method = head.method,
                    "a call can never succeed and was given up"
                );
                None
            }
        };
        let reason = UndeliveredReason::Refused(failure.to_string());
        if instead.is_none() {
            return self.set_aside(lease, head, &reason, now).await;
        }
        outbox
            .mark_undeliverable(lease, head, &reason, instead, now)
            .await
    }

    /// A chat of the call moved. Only small groups move: a private chat is called elsewhere because the
    /// message to copy stood in such a group, where it cannot be found any more.
    pub(super) async fn follow(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        to: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !id_number(&head.chat).is_some_and(is_small_group) {
            let reason = UndeliveredReason::Refused("the message to copy has moved".to_owned());
            return self.set_aside(lease, head, &reason, now).await;
        }
        let moved = ChatChange::Moved {
            from: head.chat.clone(),
            to: to.to_string(),
        };
        self.store
            .chats()
            .change(lease, &self.channel, moved, now)
            .await
    }

    /// Tells an operator whose message the call was to bring that it is not made any more. Before the
    /// call is removed: a kill in between tells it twice rather than never.
    pub(super) async fn tell_of_loss(
        &self,
        head: &OutboxHead,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if let OnSent::Brought { group, messages } = OnSent::read(&head.after) {
            let note = match head.gone {
                Some(_) => OperatorNote::Blocked,
                None => OperatorNote::Refused,
            };
            let about = (group, messages.first().copied());
            let call = note.reply_in(&self.channel, about, &head.conversation);
            self.tell(head, call, now).await?;
        }
        Ok(())
    }

    async fn tell(
        &self,
        head: &OutboxHead,
        call: OutboxCall,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let effects = TurnEffects {
            calls: vec![call],
            ..TurnEffects::default()
        };
        self.store
            .outbox()
            .add(&head.conversation, effects, now)
            .await
    }

    /// Records that the chat of a call cannot be written to any more.
    async fn lose_chat(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        failure: &CallFailure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        tracing::info!(
            chat = head.chat,
            reason = failure.to_string(),
            "a chat cannot be written to any more"
        );
        let gone = ChatChange::Gone {
            chat: head.chat.clone(),
            reason: UndeliveredReason::Refused(failure.to_string()),
        };
        self.store
            .chats()
            .change(lease, &self.channel, gone, now)
            .await?;
        match self
            .group
            .as_ref()
            .filter(|group| id_number(&head.chat).is_some_and(|chat| group.is(chat)))
        {
            Some(group) => group.refresh().await,
            // the call stays, and its operator is told when it is set aside
            None if matches!(OnSent::read(&head.after), OnSent::Brought { .. }) => Ok(()),
            None => self.warn_operators(head, now).await,
        }
    }

    /// Tells the operators that the asker of an open hand-over no longer receives messages.
    async fn warn_operators(&self, head: &OutboxHead, now: Timestamp) -> Result<(), StoreError> {
        let Some(group) = self.group.as_ref().map(|group| group.configured_chat()) else {
            return Ok(());
        };
        let handover = self.store.handovers().of(&head.conversation).await?;
        if !handover.is_some_and(|handover| handover.open) {
            return Ok(());
        }
        let gone =
            OperatorNote::AskerGone.reply_in(&self.channel, (group, None), &head.conversation);
        self.tell(head, gone, now).await
    }
}

/// The call with plain text; `None` if it has no markup that could be removed.
fn without_markup(payload: &str) -> Result<Option<String>, StoreError> {
    let mut payload: Value = serde_json::from_str(payload)?;
    let Some(fields) = payload.as_object_mut() else {
        return Ok(None);
    };
    if fields.remove("parse_mode").is_none() {
        return Ok(None);
    }
    if let Some(Value::String(text)) = fields.get_mut("text") {
        *text = html::strip_tags(text);
    }
    Ok(Some(payload.to_string()))
}
