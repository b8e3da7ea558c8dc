//! A call as the outbox keeps it. In: what is to be done for an asker. Out: a row of the outbox, and
//! back; a path and a body of the platform's API. Must not know: when it is made, what is answered.

use super::config::{CHANNEL, channel_of};
use super::draw::WecomPart;
use crate::hash::stable_number;
use crate::store::records::{OutboxCall, OutboxHead};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use wenlu_core::model::{ConversationId, Timestamp};

/// The call that sends a message, in the outbox and in the platform's address.
pub(super) const SEND: &str = "kf/send_msg";
const WELCOME: &str = "kf/send_msg_on_event";
const TRANS: &str = "kf/service_state/trans";

/// The states of a session, as the platform numbers them.
const QUEUED: i64 = 2;
const SERVED: i64 = 3;

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub(super) enum WecomCall {
    /// A message is sent.
    Send {
        /// Its id, where it was sent before under this one and may have arrived.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        msgid: Option<String>,
        #[serde(flatten)]
        part: WecomPart,
    },
    /// An asker who opened the conversation is welcomed, which their code allows once.
    Welcome {
        code: String,
        #[serde(flatten)]
        part: WecomPart,
    },
    /// The asker is handed to people of the company.
    Trans {
        /// Who is asked, the first one first; nobody: the asker is put into the queue.
        servicers: Vec<String>,
        /// What the asker is told if nobody can take them.
        otherwise: Vec<WecomPart>,
    },
}

impl WecomCall {
    /// `None` if another version wrote it in another form.
    pub(super) fn read(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }

    pub(super) fn send(part: WecomPart) -> Self {
        WecomCall::Send { msgid: None, part }
    }

    /// The call for the asker of a conversation; `expires`: after which time it is not made.
    pub(super) fn to(
        &self,
        corp: &str,
        conversation: &ConversationId,
        expires: Option<Timestamp>,
    ) -> OutboxCall {
        OutboxCall {
            channel: channel_of(corp),
            chat: conversation.as_str().to_owned(),
            conversation: conversation.as_str().to_owned(),
            method: self.method().to_owned(),
            payload: self.payload(),
            after: "null".to_owned(),
            expires,
        }
    }

    pub(super) fn payload(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    pub(super) fn method(&self) -> &'static str {
        match self {
            WecomCall::Send { .. } => SEND,
            WecomCall::Welcome { .. } => WELCOME,
            WecomCall::Trans { .. } => TRANS,
        }
    }

    /// Whether an operator wrote what it says.
    pub(super) fn is_from_person(&self) -> bool {
        match self {
            WecomCall::Send { part, .. } => part.is_from_person,
            _ => false,
        }
    }

    /// The same call for a later time, under the id that it was made with.
    pub(super) fn with_id(&self, head: &OutboxHead) -> Self {
        match self {
            WecomCall::Send { msgid, part } => WecomCall::Send {
                msgid: Some(msgid.clone().unwrap_or_else(|| own_id(head))),
                part: part.clone(),
            },
            other => other.clone(),
        }
    }

    /// What is posted.
    pub(super) fn body(&self, head: &OutboxHead, place: &AskerInWecom<'_>) -> Value {
        match self {
            WecomCall::Send { msgid, part } => {
                let id = msgid.clone().unwrap_or_else(|| own_id(head));
                let mut body = content(part, &id);
                body["touser"] = json!(place.asker);
                body["open_kfid"] = json!(place.account);
                body
            }
            WecomCall::Welcome { code, part } => {
                let mut body = content(part, &own_id(head));
                body["code"] = json!(code);
                body
            }
            WecomCall::Trans { servicers, .. } => {
                let mut body = json!({
                    "open_kfid": place.account,
                    "external_userid": place.asker,
                    "service_state": QUEUED,
                });
                if let Some(servicer) = servicers.first() {
                    body["service_state"] = json!(SERVED);
                    body["servicer_userid"] = json!(servicer);
                }
                body
            }
        }
    }
}

/// Whether a session in this state is in the hands of people, or waits for them.
pub(super) fn is_served(state: i64) -> bool {
    matches!(state, QUEUED | SERVED)
}

fn content(part: &WecomPart, id: &str) -> Value {
    if part.items.is_empty() {
        return json!({ "msgid": id, "msgtype": "text", "text": { "content": part.text } });
    }
    let items = part
        .items
        .iter()
        .map(|(id, label)| json!({ "type": "click", "click": { "id": id, "content": label } }));
    let list: Vec<Value> = items.collect();
    json!({ "msgid": id, "msgtype": "msgmenu", "msgmenu": { "head_content": part.text, "list": list } })
}

/// The message's id at the platform, derived from its row: a call that is made again has the same, and
/// is refused if it was taken. At most 32 hexadecimal digits, which the platform takes.
fn own_id(head: &OutboxHead) -> String {
    let at = head.at.0.to_be_bytes();
    let parts = [head.conversation.as_bytes(), &at, head.payload.as_bytes()];
    format!("{:x}{:016x}", head.id, stable_number("wecom msgid", &parts))
}

/// An asker, as an account of the company knows them.
#[derive(Clone, Copy, Debug)]
pub(super) struct AskerInWecom<'a> {
    pub account: &'a str,
    pub asker: &'a str,
}

impl<'a> AskerInWecom<'a> {
    /// `None` for an asker of another channel.
    pub(super) fn of(conversation: &'a ConversationId) -> Option<Self> {
        if conversation.channel() != CHANNEL {
            return None;
        }
        let (account, asker) = conversation.name().split_once(':')?;
        Some(AskerInWecom { account, asker })
    }
}
