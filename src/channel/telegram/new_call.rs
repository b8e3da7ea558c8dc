//! Conversion of calls for the outbox. In: a [`BotApiCall`] and its chat. Out: a [`NewCall`], and
//! back. Must not know: when it is made.

use super::calls::BotApiCall;
use crate::store::records::OutboxCall;
use serde::{Deserialize, Serialize};
use wenlu_core::model::Timestamp;

/// What follows from the result of a call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum OnSent {
    #[default]
    Nothing,
    /// It created the topic of a conversation in the operators' group.
    Topic,
    /// It told the operators about a conversation: they may reply to it. It is sent to the
    /// conversation's topic, or as a reply to its card.
    Tell,
    /// It brought an operator's messages to the asker: what they become there is noted, and the
    /// operator hears if it fails.
    Brought { group: i64, messages: Vec<i32> },
    /// It edits what the asker got of an operator's message, which is known once that was sent. If
    /// the asker got nothing, or cannot be shown the edit, this call is made instead.
    Amend {
        group: i64,
        message: i32,
        method: String,
        payload: String,
    },
    /// If the message to edit is gone, this call is made instead.
    Instead { method: String, payload: String },
}

impl OnSent {
    /// An unknown value, written by another version, counts as `Nothing`.
    pub(super) fn read(text: &str) -> Self {
        serde_json::from_str(text).unwrap_or_default()
    }

    pub(super) fn instead(call: &BotApiCall) -> Self {
        OnSent::Instead {
            method: call.method.to_owned(),
            payload: call.payload.to_string(),
        }
    }

    /// `instead` is made if `message` of the operators' `group` cannot be amended.
    pub(super) fn amend(group: i64, message: i32, instead: &BotApiCall) -> Self {
        OnSent::Amend {
            group,
            message,
            method: instead.method.to_owned(),
            payload: instead.payload.to_string(),
        }
    }
}

/// `chat`: the chat in whose order the call is made; `None` if it belongs to none.
pub(super) fn new_call(
    channel: &str,
    chat: Option<i64>,
    conversation: &str,
    call: &BotApiCall,
    after: &OnSent,
) -> OutboxCall {
    OutboxCall {
        channel: channel.to_owned(),
        chat: chat.map_or_else(String::new, |chat| chat.to_string()),
        conversation: conversation.to_owned(),
        method: call.method.to_owned(),
        payload: call.payload.to_string(),
        after: serde_json::to_string(after).unwrap_or_default(),
        expires: None,
    }
}

/// A call that is dropped if it is not sent before `expires`.
pub(super) fn expiring_call(
    channel: &str,
    conversation: &str,
    call: &BotApiCall,
    expires: Timestamp,
) -> OutboxCall {
    OutboxCall {
        expires: Some(expires),
        ..new_call(channel, None, conversation, call, &OnSent::Nothing)
    }
}
