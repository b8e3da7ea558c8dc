//! What happened, for a test to look at. In: each call, delivery and message as it happens. Out: lists, counts and
//! transcripts. It decides nothing.

use super::failure::Outcome;
use super::faults::Fault;
use super::message::Message;
use super::params::Params;
use super::queue::Queue;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

#[derive(Default)]
pub struct Record {
    /// Every call with a valid token, in the order of arrival.
    pub calls: Vec<Call>,
    /// Every update for the bot, and what became of it.
    pub updates: Queue,
    /// How many calls of `getUpdates` found nothing and waited.
    pub waits: usize,
    /// Every chat's messages, the bot's and the users', in order.
    pub chats: BTreeMap<i64, Vec<Message>>,
    /// Every request to the bot's webhook, in the order of their ends.
    pub deliveries: Vec<Delivery>,
    /// Buttons that were pressed, by the query's identifier.
    pub callbacks: BTreeMap<String, Callback>,
    /// Inline queries, by identifier.
    pub inline: BTreeMap<String, Inline>,
    /// Sends that did not wait for a `retry_after` to pass.
    pub early: Vec<EarlySend>,
}

#[derive(Clone, Debug)]
pub struct Call {
    /// As the bot spelt it.
    pub method: String,
    pub params: Params,
    /// Seconds since the start.
    pub at: f64,
    /// When it was answered, or the bot went away.
    pub ended: Option<f64>,
    /// How it was made to go wrong.
    pub fault: Option<Fault>,
    /// What it came to; `None` while it runs, and for good when it never took effect.
    pub outcome: Option<Outcome>,
}

#[derive(Clone, Debug)]
pub struct Delivery {
    pub update: u32,
    /// Seconds since the start.
    pub began: f64,
    pub ended: f64,
    pub answer: Answered,
}

/// What a webhook said to a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answered {
    Status(u16),
    /// Nobody listens there.
    Unreachable,
    /// The connection ended without an answer.
    Closed,
    /// No answer within the read timeout.
    Timeout,
}

#[derive(Clone, Debug)]
pub struct Callback {
    pub user: i64,
    pub data: String,
    /// Seconds since the start.
    pub at: f64,
    pub answer: Option<Notice>,
}

/// What the user sees for a pressed button.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub text: String,
    /// In a window of its own instead of a line at the top.
    pub alert: bool,
}

#[derive(Clone, Debug)]
pub struct Inline {
    pub user: i64,
    pub query: String,
    pub at: f64,
    /// The list of results, once there is one.
    pub results: Option<Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct EarlySend {
    pub method: String,
    pub chat: i64,
    /// How many seconds were left.
    pub left: f64,
}

impl Record {
    /// A chat's messages; none in a chat where nobody said anything.
    pub fn chat(&self, chat: i64) -> &[Message] {
        self.chats.get(&chat).map_or(&[], Vec::as_slice)
    }

    /// The bot's messages that a chat still shows.
    pub fn replies(&self, chat: i64) -> impl DoubleEndedIterator<Item = &Message> {
        self.chat(chat)
            .iter()
            .filter(|message| message.ours && !message.deleted)
    }

    pub fn message(&self, chat: i64, id: i32) -> Option<&Message> {
        self.chat(chat)
            .iter()
            .find(|message| message.id == id && !message.deleted)
    }

    /// The calls of one method, however it was spelt.
    pub fn calls(&self, method: &str) -> impl Iterator<Item = &Call> {
        self.calls
            .iter()
            .filter(move |call| call.method.eq_ignore_ascii_case(method))
    }

    pub fn count(&self, method: &str) -> usize {
        self.calls(method).count()
    }

    /// A chat as its users see it, a message after the other.
    pub fn transcript(&self, chat: i64) -> String {
        self.chat(chat)
            .iter()
            .map(|message| message.line() + "\n")
            .collect()
    }
}

impl Call {
    /// Whether the server did what was asked, whatever the bot heard of it.
    pub fn took_effect(&self) -> bool {
        matches!(self.outcome, Some(Ok(_)))
    }
}

impl Display for Record {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for call in &self.calls {
            let params = serde_json::to_string(&call.params.0).map_err(|_| fmt::Error)?;
            write!(f, "{:8.2} {} {params}", call.at, call.method)?;
            match &call.outcome {
                Some(Ok(_)) => write!(f, " ok")?,
                Some(Err(failure)) => write!(f, " {}", failure.description)?,
                None => write!(f, " no effect")?,
            }
            match call.fault {
                Some(fault) => writeln!(f, ", {fault:?}")?,
                None => writeln!(f)?,
            }
        }
        for update in self.updates.log.values() {
            writeln!(f, "update {} {:?}: {}", update.id, update.fate, update.body)?;
        }
        for delivery in &self.deliveries {
            writeln!(
                f,
                "{:8.2} update {}: {:?}",
                delivery.began, delivery.update, delivery.answer
            )?;
        }
        for Callback {
            user,
            data,
            at,
            answer,
        } in self.callbacks.values()
        {
            writeln!(f, "{at:8.2} {user} pressed {data}: {answer:?}")?;
        }
        for Inline {
            user,
            query,
            at,
            results,
        } in self.inline.values()
        {
            writeln!(f, "{at:8.2} {user} asked {query} inline: {results:?}")?;
        }
        for early in &self.early {
            writeln!(
                f,
                "early: {} to {}, {:.2} s left",
                early.method, early.chat, early.left
            )?;
        }
        for chat in self.chats.keys() {
            writeln!(f, "chat {chat}\n{}", self.transcript(*chat))?;
        }
        Ok(())
    }
}
