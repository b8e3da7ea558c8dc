//! WeCom's customer service (企业微信 微信客服). In: notices that an account has messages, which are
//! pulled. Out: messages in the outbox, or people in WeCom who take an asker. Must not know: intents,
//! scores, SQL, the settings.
//!
//! A notice passes [`webhook`] (the route) and [`callback`] (is it genuine) and is kept; [`puller`]
//! fetches what it announces, which [`message`] reads, into the inbox; [`worker`] has it answered, and
//! [`answer`] makes calls of that. Calls leave through the line as [`line_dialect`] has them;
//! [`call_fate`] says what becomes of those that are not taken. One process pulls and sends for all.

mod answer;
mod call;
mod call_fate;
mod callback;
mod check;
mod codes;
mod config;
mod courier;
mod draw;
mod line_dialect;
mod message;
mod pace;
mod puller;
mod run;
mod webhook;
mod worker;

pub(crate) use check::{CallbackProbe, CompanyReport, KfAccount};
pub(crate) use config::{WecomConfig, WecomPeople};
pub use draw::WECOM_TEXT_LIMIT;
pub(crate) use run::WecomChannel;

/// Whether a text is a message that an account's messages hold, and that concerns an asker.
pub fn is_pulled_message(account: &str, text: &str) -> bool {
    message::read(account, text).is_ok_and(|message| message.is_some())
}
