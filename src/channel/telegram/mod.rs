//! Telegram. In: updates of the Bot API. Out: what an asker or an operator did, and the calls that
//! answer it. Must not know: intents, scores, SQL.
//!
//! An update passes [`inbox_writer`] (committed to the inbox, then acknowledged), [`worker`]
//! (answered in the order of its conversation) and the line (calls of the outbox, in order within a
//! chat, as [`outbox_dialect`] has them). [`notice_calls`] tells the operators of hand-overs.

mod album;
mod answer_calls;
mod asker_turn;
mod call_receipt;
pub mod calls;
pub mod client;
mod config;
mod conversation;
mod courier;
mod edit_key;
pub mod failure;
mod file_calls;
mod file_fetch;
mod file_intake;
pub mod html;
mod inbox_writer;
mod inline_query;
mod intake_outcome;
mod media;
mod new_call;
mod notice_calls;
mod offered_file;
mod operator_group;
mod operator_notes;
mod operator_turn;
mod outbox_dialect;
pub mod parse;
mod poller;
pub mod probe;
pub mod rate_limit;
mod refused_call;
mod run;
mod setup;
mod upkeep;
mod webhook;
mod worker;

pub(crate) use config::{TelegramConfig, WebhookConfig};
pub use run::{TelegramChannel, TelegramError};
