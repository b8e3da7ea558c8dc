//! Telegram. In: updates of the Bot API. Out: what an asker or an operator did, and the calls that
//! answer it. Must not know: intents, scores, SQL.
//!
//! An update passes [`inbox_writer`] (committed to the inbox, then acknowledged), [`worker`]
//! (answered in the order of its conversation) and [`sender`] (calls of the outbox, in order within
//! a chat). [`operator_notifier`] tells the operators of hand-overs.

mod aftermath;
pub mod calls;
pub mod client;
mod deliver;
pub mod failure;
mod flights;
mod group;
pub mod hear;
pub mod html;
mod intake;
mod keeper;
mod outgoing;
pub mod pace;
mod poller;
mod run;
mod sender;
mod switchboard;
pub mod token;
mod webhook;
mod worker;

pub use run::{Telegram, TelegramError, Timing};
pub use switchboard::Switchboard;
