//! Signed events for servers of the team. In: events of the outbox. Out: requests to the address that
//! is set, signed as Standard Webhooks has them, until they are taken. Must not know: what an event
//! says, who made it.
//!
//! [`dialect`] is how the line delivers them, to the [`receiver`], by [`signature`].

mod dialect;
mod receiver;
mod signature;

pub(in crate::channel) use dialect::EventDialect;
pub(in crate::channel) use receiver::EventReceiver;

use crate::clock;
use crate::hash::hex;
use crate::secret::BridgeSecret;
use crate::store::records::{OutboxCall, OutboxHead};
use serde_json::{Value, json};
use url::Url;
use wenlu_core::model::Timestamp;

/// Where events are delivered.
#[derive(Clone, Debug)]
pub(crate) struct EventHook {
    pub url: Url,
    /// The present secret, then the one before it; each signs.
    pub secrets: Vec<BridgeSecret>,
    /// How often an event is tried that is not taken while others are.
    pub attempts: i64,
}

/// Why events cannot be delivered from this machine.
#[derive(Debug, thiserror::Error)]
#[error("no HTTPS on this machine: {0}")]
pub struct EventHookError(String);

/// Whose an event is.
pub(in crate::channel) struct EventPlace<'a> {
    pub channel: &'a str,
    /// Events of one chat are delivered in order.
    pub chat: String,
    pub conversation: &'a str,
}

/// An event with an id of its own, by which its receiver knows a repeated delivery. `kept`: after so
/// many milliseconds it is not delivered any more.
pub(in crate::channel) fn new_event(
    place: EventPlace<'_>,
    kind: &str,
    data: &Value,
    kept: i64,
) -> OutboxCall {
    let now = clock::now();
    let body = json!({ "type": kind, "timestamp": rfc3339(now), "data": data });
    OutboxCall {
        channel: place.channel.to_owned(),
        chat: place.chat,
        conversation: place.conversation.to_owned(),
        method: kind.to_owned(),
        payload: body.to_string(),
        after: json!(new_event_id()).to_string(),
        expires: Some(Timestamp(now.0.saturating_add(kept))),
    }
}

pub(in crate::channel) fn new_event_id() -> String {
    let mut random = [0u8; 16];
    // without random bytes no other secret could be created either
    getrandom::fill(&mut random).expect("the system has random bytes");
    format!("msg_{}", hex(&random))
}

/// The id that a call of the outbox was given.
pub(in crate::channel) fn event_id(head: &OutboxHead) -> String {
    serde_json::from_str(&head.after).unwrap_or_else(|_| format!("msg_{}", head.id))
}

pub(in crate::channel) fn rfc3339(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}
