//! Telegram. In: updates of the Bot API. Out: what an asker or an operator did, and the calls that answer it. Must not
//! know: intents, scores, SQL. The only module with teloxide-core and reqwest.
//!
//! An update passes [`intake`] (committed to the inbox, then acknowledged), [`worker`] (a turn of its conversation, in
//! order) and [`sender`] (the calls of the outbox, in order within a chat). [`switchboard`] puts people through.

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
