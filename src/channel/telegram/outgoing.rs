//! Calls on their way into the outbox. In: a [`Call`] and whom it is for. Out: a [`NewCall`], and back. Must not know: when
//! it is made.

use super::calls::Call;
use crate::message::Timestamp;
use crate::store::records::NewCall;
use serde::{Deserialize, Serialize};

/// What the result of a call means.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    #[default]
    Nothing,
    /// It made the topic of the operators' group in which its conversation is told.
    Topic,
    /// It told the operators about its conversation: they may reply to it. It goes into the topic, or below the card.
    Tell,
    /// If the message to edit is gone, this call is made instead.
    Instead { method: String, payload: String },
}

impl After {
    /// One that this version does not know means nothing to it.
    pub fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub fn instead(call: &Call) -> Self {
        After::Instead { method: call.method.to_owned(), payload: call.payload.to_string() }
    }
}

/// `chat`: whose order it keeps; `None` for a call that belongs to no chat.
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

/// A call that is of no use later than `expires`.
pub fn fleeting(channel: &str, conversation: &str, call: &Call, expires: Timestamp) -> NewCall {
    NewCall { expires: Some(expires), ..outgoing(channel, None, conversation, call, &After::Nothing) }
}
