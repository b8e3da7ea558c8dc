//! What becomes of a customer-service message that is not delivered. In: the call, and why. Out: it
//! waits for the asker's next message; all processes know whether anything can be sent. Must not know: when a call is made.

use super::line_dialect::WeixinDialect;
use super::send_call::SendCall;
use crate::channel::line::{LineDialect, NextStep};
use crate::channel::tencent::{ApiFailure, PlatformCalls, TokenKeeper};
use crate::http::SentOutcome;
use crate::people::DeliveryTrouble;
use crate::store::records::{OutboxHead, TurnEffects};
use crate::store::{Lease, StoreError};
use crate::turn::Bot;
use wenlu_core::model::Timestamp;

impl PlatformCalls for WeixinDialect {
    fn bot(&self) -> &Bot {
        &self.bot
    }

    fn tokens(&self) -> &TokenKeeper {
        &self.tokens
    }

    fn is_from_person(call: &Option<SendCall>) -> bool {
        call.as_ref().is_some_and(|call| call.part.is_from_person)
    }
}

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
        let told = self.told_of(head, DeliveryTrouble::Waits, now).await?;
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
}
