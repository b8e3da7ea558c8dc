//! Conversion of calls for the outbox. In: a [`BotApiCall`] and its chat. Out: a [`NewCall`], and
//! back. Must not know: when it is made.

use super::calls::Call;
use crate::message::Timestamp;
use crate::store::records::NewCall;
use serde::{Deserialize, Serialize};

/// What follows from the result of a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    #[default]
    Nothing,
    /// It created the topic of a conversation in the operators' group.
    Topic,
    /// It told the operators about a conversation: they may reply to it. It is sent to the
    /// conversation's topic, or as a reply to its card.
    Tell,
    /// If the message to edit is gone, this call is made instead.
    Instead { method: String, payload: String },
}

impl After {
    /// An unknown value, written by another version, counts as `Nothing`.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub fn instead(call: &Call) -> Self {
        After::Instead { method: call.method.to_owned(), payload: call.payload.to_string() }
    }
}

/// `chat`: the chat in whose order the call is made; `None` if it belongs to none.
pub fn outgoing(channel: &str, chat: Option<i64>, conversation: &str, call: &Call, after: &After) -> NewCall {
    NewCall {
        channel: channel.to_owned(),
        chat: chat.unwrap_or(0),
        conversation: conversation.to_owned(),
        method: call.method.to_owned(),
        payload: call.payload.to_string(),
        after: serde_json::to_string(after).unwrap_or_default(),
        expires: None,
    }
}

/// A call that is dropped if it is not sent before `expires`.
pub fn fleeting(channel: &str, conversation: &str, call: &Call, expires: Timestamp) -> NewCall {
    NewCall { expires: Some(expires), ..outgoing(channel, None, conversation, call, &After::Nothing) }
}
