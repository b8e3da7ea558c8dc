//! What a channel says of its calls. In: a call of the outbox, or its failure. Out: how it is made,
//! and what follows. Must not know: when a call is made.

use super::rate_limit::SendRates;
use crate::store::records::{CallReceipt, OutboxHead, UndeliveredReason};
use crate::store::{Lease, Store, StoreError};
use std::fmt;
use std::future::Future;
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// What the line does about a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::channel) enum NextStep {
    /// Nothing: the wanted state is reached.
    Done,
    /// The channel decides: the same call would fail again.
    Refuse,
    /// The same call is made again after this time; the other calls of its chat wait too, all
    /// others if it has none.
    WaitAsAsked(Duration),
    /// The same call is made again after this time, and no other before.
    PauseAll(Duration),
    /// The same call is made again, with growing pauses.
    TryAgain {
        /// Whether it did not reach the service, so that no other call would.
        is_unreached: bool,
    },
    /// No call succeeds until an operator acts. The outbox is kept.
    AwaitOperator,
}

/// How patient the line is with a service.
#[derive(Clone, Copy, Debug)]
pub(in crate::channel) struct LinePolicy {
    /// The time that pauses call a second; shorter in tests.
    pub second: Duration,
    /// Timeout of a call. Shorter than the default grace period, so that the shutdown aborts no
    /// call.
    pub call_timeout: Duration,
    /// The longest pause of a chat whose calls fail, in seconds.
    pub max_pause: u32,
    /// Maximum attempts of a call; it is tried further if the service as a whole fails.
    pub max_attempts: i64,
}

/// A call as it is made now.
pub(in crate::channel) struct CallAsSent<P> {
    pub payload: P,
    /// How many messages it sends, as the service counts them.
    pub messages: usize,
}

impl CallAsSent<String> {
    /// The call as the outbox keeps it.
    pub(in crate::channel) fn as_kept(head: &OutboxHead) -> Self {
        CallAsSent {
            payload: head.payload.clone(),
            messages: 1,
        }
    }
}

/// A channel, as far as its calls are concerned.
pub(in crate::channel) trait LineDialect: Send + Sync + 'static {
    /// The service, as the log names it.
    const SERVICE: &'static str;
    /// What a call carries.
    type Payload: Send + Sync + 'static;
    /// What the success of a call means.
    type Meaning: Clone + Send + Sync + 'static;
    /// What the service answers to a call that was made.
    type Answer: Send + Sync + 'static;
    type Failure: fmt::Display + Send + Sync + 'static;
    type Rates: SendRates;

    fn store(&self) -> &Store;

    /// The channel, as the outbox names it.
    fn channel(&self) -> &str;

    fn policy(&self) -> LinePolicy;

    fn rates(&self) -> Self::Rates;

    /// What the success of this call means.
    fn meaning(&self, head: &OutboxHead) -> Self::Meaning;

    /// The call as it is made now. `None`: another one takes its place.
    fn prepare(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        meaning: &Self::Meaning,
        now: Timestamp,
    ) -> impl Future<Output = Result<Option<CallAsSent<Self::Payload>>, StoreError>> + Send;

    /// Makes the call, which takes `patience` at most.
    fn call(
        &self,
        head: &OutboxHead,
        payload: &Self::Payload,
        patience: Duration,
    ) -> impl Future<Output = Result<Self::Answer, Self::Failure>> + Send;

    /// Whether the service takes other calls, so that one which fails is itself at fault.
    fn takes_others(&self) -> impl Future<Output = bool> + Send;

    fn next_step(&self, failure: &Self::Failure) -> NextStep;

    /// What is stored when a call was made: nothing, unless the channel has to remember it.
    fn receipt(
        &self,
        _head: &OutboxHead,
        _meaning: &Self::Meaning,
        _answer: &Self::Answer,
        _at: Timestamp,
    ) -> CallReceipt {
        CallReceipt::default()
    }

    /// Does what follows from [`NextStep::Refuse`]: the call leaves the outbox, or becomes another.
    fn refuse(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        meaning: &Self::Meaning,
        failure: &Self::Failure,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Removes a call that is not made any more.
    fn set_aside(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        reason: &UndeliveredReason,
        now: Timestamp,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        let outbox = self.store().outbox();
        outbox.mark_undeliverable(lease, head, reason, None, now)
    }
}
