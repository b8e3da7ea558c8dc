//! What a call that was made leaves behind. In: the call, and the Bot API's answer to it. Out: a
//! [`CallReceipt`]. Must not know: when a call is made.

use super::new_call::OnSent;
use crate::store::records::{CallReceipt, OutboxHead};
use serde_json::Value;
use wenlu_core::model::Timestamp;

pub(super) fn sent_as(
    head: &OutboxHead,
    after: OnSent,
    result: &Value,
    at: Timestamp,
) -> CallReceipt {
    let receipt = |chat: String| CallReceipt {
        chat,
        at,
        handover: Some(head.conversation.clone()),
        ..CallReceipt::default()
    };
    match after {
        OnSent::Topic => CallReceipt {
            thread: result.get("message_thread_id").and_then(id),
            ..receipt(head.chat.clone())
        },
        OnSent::Tell => CallReceipt {
            messages: message_ids(result),
            ..receipt(head.chat.clone())
        },
        OnSent::Brought { group, messages } => CallReceipt {
            brought: pairs(&messages, message_ids(result)),
            ..receipt(group.to_string())
        },
        OnSent::Nothing | OnSent::Instead { .. } | OnSent::Amend { .. } => CallReceipt::default(),
    }
}

/// An id as the store has it.
fn id(value: &Value) -> Option<String> {
    value.as_i64().map(|number| number.to_string())
}

/// The ids of the messages that a call sent.
fn message_ids(result: &Value) -> Vec<String> {
    let sent = match result {
        Value::Array(sent) => sent.as_slice(),
        one => std::slice::from_ref(one),
    };
    sent.iter()
        .filter_map(|message| id(message.get("message_id")?))
        .collect()
}

/// Each message with its copy. Without a copy of each it is unknown which is whose.
fn pairs(messages: &[i32], copies: Vec<String>) -> Vec<(String, String)> {
    if messages.len() != copies.len() {
        return vec![];
    }
    messages.iter().map(i32::to_string).zip(copies).collect()
}
