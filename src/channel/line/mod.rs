//! The durable line: how the calls of any channel leave. In: the outbox, and what the channel says
//! of its calls as a [`LineDialect`]. Out: calls, in order within a chat, made by the one process
//! that holds the lease. Must not know: any service, what a call says.
//!
//! A call passes [`sender`] (which is next, and when), [`in_flight`] (it is made) and
//! [`call_outcome`] (what came of it is recorded).

mod call_outcome;
mod dialect;
mod dispatcher;
mod in_flight;
mod lease_holder;
mod rate_limit;
mod sender;

pub(in crate::channel) use dialect::{CallAsSent, LineDialect, LinePolicy, NextStep};
pub(in crate::channel) use dispatcher::TurnDispatcher;
pub(in crate::channel) use lease_holder::LeaseHolder;
#[cfg(test)]
pub(in crate::channel) use rate_limit::SendRateLimiter;
pub(in crate::channel) use rate_limit::{SendRates, TokenRate};
pub(in crate::channel) use sender::LineSender;
