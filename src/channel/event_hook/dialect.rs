//! Events of the outbox, as the line delivers them. In: an event. Out: a request to the receiver,
//! and what its failure means for the line. Must not know: when an event is delivered, what it
//! says.
//!
//! Whatever is no 2xx is tried again, as receivers refuse for many reasons that pass (a secret that
//! is being changed, a route that is being deployed); only 410 says that it never helps.

use super::event_id;
use super::receiver::{DeliveryFailure, EventReceiver};
use crate::channel::line::{CallAsSent, LineDialect, LinePolicy, NextStep, SendRates, TokenRate};
use crate::store::records::{OutboxHead, UndeliveredReason};
use crate::store::{Lease, Store, StoreError};
use std::time::Duration;
use wenlu_core::model::Timestamp;

const CALL_TIMEOUT: Duration = Duration::from_secs(8);
/// The longest pause of a conversation, in seconds.
const MAX_PAUSE: u32 = 60;

pub(in crate::channel) struct EventDialect {
    /// As the outbox names it.
    pub channel: &'static str,
    pub store: Store,
    pub receiver: EventReceiver,
}

/// How fast events are delivered: what waited for long must not press the receiver down.
#[derive(Clone, Copy, Debug)]
pub(in crate::channel) struct EventRates;

impl SendRates for EventRates {
    fn over_all(self) -> TokenRate {
        TokenRate {
            every: Duration::from_millis(5),
            burst: 50,
        }
    }

    fn chat(self, _chat: &str) -> TokenRate {
        TokenRate {
            every: Duration::from_millis(50),
            burst: 10,
        }
    }
}

impl LineDialect for EventDialect {
    const SERVICE: &'static str = "the receiver of events";
    type Payload = String;
    /// The event's id.
    type Meaning = String;
    type Answer = ();
    type Failure = DeliveryFailure;
    type Rates = EventRates;

    fn store(&self) -> &Store {
        &self.store
    }

    fn channel(&self) -> &str {
        self.channel
    }

    fn policy(&self) -> LinePolicy {
        LinePolicy {
            second: Duration::from_secs(1),
            call_timeout: CALL_TIMEOUT,
            max_pause: MAX_PAUSE,
            max_attempts: self.receiver.attempts,
        }
    }

    fn rates(&self) -> EventRates {
        EventRates
    }

    fn meaning(&self, head: &OutboxHead) -> String {
        event_id(head)
    }

    async fn prepare(
        &self,
        _lease: &Lease,
        head: &OutboxHead,
        _id: &String,
        _now: Timestamp,
    ) -> Result<Option<CallAsSent<String>>, StoreError> {
        Ok(Some(CallAsSent::as_kept(head)))
    }

    async fn call(
        &self,
        head: &OutboxHead,
        payload: &String,
        patience: Duration,
    ) -> Result<(), DeliveryFailure> {
        let id = self.meaning(head);
        self.receiver.deliver(&id, payload, patience).await
    }

    /// A receiver that comes back takes what waited little by little: each event is to have been
    /// tried since, before one counts as never taken.
    async fn takes_others(&self) -> bool {
        let attempts = u32::try_from(self.receiver.attempts).unwrap_or(u32::MAX);
        let longest_pause = 2_u32
            .saturating_pow(attempts.saturating_sub(1))
            .min(MAX_PAUSE);
        let time = Duration::from_secs(longest_pause.into());
        self.receiver.takes_events_for(time)
    }

    fn next_step(&self, failure: &DeliveryFailure) -> NextStep {
        match failure {
            DeliveryFailure::Gone => NextStep::Refuse,
            DeliveryFailure::Busy { wait, .. } => NextStep::WaitAsAsked(*wait),
            DeliveryFailure::Unreached => NextStep::TryAgain { is_unreached: true },
            DeliveryFailure::Timeout | DeliveryFailure::Cut | DeliveryFailure::Status(_) => {
                NextStep::TryAgain {
                    is_unreached: false,
                }
            }
        }
    }

    async fn refuse(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        _id: &String,
        failure: &DeliveryFailure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let reason = UndeliveredReason::Refused(failure.to_string());
        self.set_aside(lease, head, &reason, now).await
    }
}
