//! What becomes of a call for an asker in WeCom that is not made, or was. In: the call, and why. Out:
//! it waits for the asker's next message, becomes another, or is given up; the operator who wrote it
//! is told. Must not know: when a call is made.

use super::call::{WecomCall, is_served};
use super::draw::WecomPart;
use super::line_dialect::WecomDialect;
use super::puller::session_state;
use crate::channel::line::{LineDialect, NextStep};
use crate::channel::tencent::{ApiFailure, PlatformCalls, RefusalMeaning, TokenKeeper};
use crate::http::SentOutcome;
use crate::people::DeliveryTrouble;
use crate::store::records::{OutboxHead, TurnEffects, UndeliveredReason};
use crate::store::{Lease, StoreError};
use crate::turn::Bot;
use wenlu_core::model::{ConversationId, Timestamp};

/// The most messages that wait for one asker.
const MAX_WAITING: i64 = 20;

impl PlatformCalls for WecomDialect {
    fn bot(&self) -> &Bot {
        &self.bot
    }

    fn tokens(&self) -> &TokenKeeper {
        &self.tokens
    }

    fn is_from_person(call: &Option<WecomCall>) -> bool {
        call.as_ref().is_some_and(WecomCall::is_from_person)
    }
}

impl WecomDialect {
    /// Counts what became of a call, and notes what it says of the others.
    pub(super) async fn note_outcome(
        &self,
        head: &OutboxHead,
        lease: &Lease,
        outcome: &Result<(), ApiFailure>,
    ) -> Result<(), StoreError> {
        let metrics = &self.tokens.metrics;
        let call = self.meaning(head);
        match outcome {
            Ok(()) => {
                if let Some(WecomCall::Trans { .. }) = call {
                    let pulls = self.store().pulls();
                    let conversation = &head.conversation;
                    pulls
                        .note_served(lease, conversation, true, self.now())
                        .await?;
                } else {
                    metrics.sent(SentOutcome::Sent);
                }
            }
            Err(failure) if failure.meaning() == Some(RefusalMeaning::Repeated) => {
                metrics.sent(SentOutcome::Sent);
            }
            Err(failure) => {
                if self.next_step(failure) != NextStep::Refuse {
                    metrics.sent(SentOutcome::Failed);
                }
                if failure.has_not_arrived() {
                    self.store().credits().give_back(lease, head).await?;
                }
            }
        }
        let failure = outcome.as_ref().err();
        let failure = failure.filter(|one| one.meaning() != Some(RefusalMeaning::Repeated));
        self.tokens.note_access(lease, failure).await
    }

    /// The asker's next message brings it along; the operator who wrote it is told.
    pub(super) async fn let_wait(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        call: &WecomCall,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let told = self.told_of(head, DeliveryTrouble::Waits, now).await?;
        let kept = call.with_id(head).payload();
        let outbox = self.store().outbox();
        let waits = outbox
            .let_wait(lease, head, kept, (told, MAX_WAITING), now)
            .await?;
        if waits {
            self.tokens.metrics.sent(SentOutcome::Waits);
        }
        Ok(())
    }

    /// The platform takes no more for this asker until their next message.
    pub(super) async fn exhaust(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        call: &WecomCall,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if !matches!(call, WecomCall::Send { .. }) {
            return self
                .drop_call(lease, head, &UndeliveredReason::Expired, now)
                .await;
        }
        let credits = self.store().credits();
        credits.exhaust(lease, &head.conversation).await?;
        self.let_wait(lease, head, call, now).await
    }

    /// The session is one in which nothing can be sent: people in WeCom serve the asker, or it ended.
    /// What the bot says then is of no use; what an operator said waits.
    pub(super) async fn keep_for_end(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        call: &WecomCall,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Ok(conversation) = ConversationId::parse(&head.conversation) else {
            return Ok(());
        };
        let state = session_state(&self.tokens, lease, &conversation).await;
        if state.is_ok_and(is_served) {
            let pulls = self.store().pulls();
            pulls
                .note_served(lease, &head.conversation, true, now)
                .await?;
            if !call.is_from_person() {
                let reason =
                    UndeliveredReason::Refused("people in WeCom serve the asker".to_owned());
                return self.drop_call(lease, head, &reason, now).await;
            }
        }
        self.exhaust(lease, head, call, now).await
    }

    /// The next one is asked to take the asker, or the asker is told that nobody can.
    pub(super) async fn ask_another(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        (servicers, otherwise): (&[String], &[WecomPart]),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Ok(conversation) = ConversationId::parse(&head.conversation) else {
            return Ok(());
        };
        let rest = servicers.get(1..).unwrap_or_default();
        let next = match rest.is_empty() {
            false => vec![WecomCall::Trans {
                servicers: rest.to_vec(),
                otherwise: otherwise.to_vec(),
            }],
            true => otherwise.iter().cloned().map(WecomCall::send).collect(),
        };
        let calls = next
            .iter()
            .map(|call| call.to(&self.corp, &conversation, None));
        let effects = TurnEffects {
            calls: calls.collect(),
            ..TurnEffects::default()
        };
        let outbox = self.store().outbox();
        outbox.replace(lease, head, None, effects, now).await
    }
}
