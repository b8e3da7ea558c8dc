//! Reads what was pulled. In: a message or an event as the platform has it. Out: a [`WecomMessage`]:
//! who did what, and its durable id. Must not know: intents, what is answered.

use super::config::CHANNEL;
use crate::hash::stable_number;
use serde::Deserialize;
use wenlu_core::model::{AttachmentKind, ConversationId, MessageId, Timestamp};
use wenlu_core::text::safe;

/// Who a message is from, as the platform numbers them.
const FROM_CUSTOMER: i64 = 3;

/// What became of a session, as the platform numbers it.
const SESSION_ENDED: i64 = 3;

/// The longest id of a message that is taken as it is; the platform's have some 50 bytes.
const MAX_ID_BYTES: usize = 128;

/// One message or event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WecomMessage {
    /// `wecom:<account>:<asker>`.
    pub conversation: ConversationId,
    /// The same however often it is pulled.
    pub id: MessageId,
    pub sent: Timestamp,
    pub deed: WecomDeed,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WecomDeed {
    Typed(String),
    /// Tapped an item of a menu: its id, and what it says.
    Tapped {
        id: String,
        text: String,
    },
    Sent(AttachmentKind),
    /// Opened the conversation, and may be welcomed with this code; the payload says from where they
    /// came, if it is known.
    Entered {
        code: String,
        payload: String,
    },
    /// A message that was taken did not reach the asker; why, as the platform numbers it.
    Undelivered {
        why: i64,
    },
    /// A person of the company serves the asker from now on, or no longer.
    Served(bool),
}

impl WecomDeed {
    /// Whether the asker wrote, so that they may be written to.
    pub(super) fn is_message(&self) -> bool {
        matches!(
            self,
            WecomDeed::Typed(_) | WecomDeed::Tapped { .. } | WecomDeed::Sent(_)
        )
    }
}

/// Why something is no message.
#[derive(Debug, thiserror::Error)]
pub(super) enum WecomMessageError {
    #[error("it is not as the platform writes messages")]
    Form,
    #[error("it lacks {0}")]
    Missing(&'static str),
    #[error("its account or its asker has no known form")]
    Asker,
}

#[derive(Deserialize)]
struct RawMessage {
    msgid: String,
    send_time: i64,
    #[serde(default)]
    origin: i64,
    msgtype: String,
    open_kfid: Option<String>,
    external_userid: Option<String>,
    text: Option<RawText>,
    event: Option<RawEvent>,
}

#[derive(Deserialize)]
struct RawText {
    #[serde(default)]
    content: String,
    menu_id: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct RawEvent {
    event_type: String,
    open_kfid: Option<String>,
    external_userid: Option<String>,
    welcome_code: String,
    scene_param: String,
    fail_type: i64,
    change_type: i64,
}

/// Reads a message of the account `account`; `None`: it is nothing that concerns an asker.
pub(super) fn read(
    account: &str,
    payload: &str,
) -> Result<Option<WecomMessage>, WecomMessageError> {
    let raw: RawMessage = serde_json::from_str(payload).map_err(|_| WecomMessageError::Form)?;
    let Some(deed) = deed(&raw)? else {
        return Ok(None);
    };
    let event = raw.event.unwrap_or_default();
    let own = raw.open_kfid.or(event.open_kfid);
    let account = own.as_deref().unwrap_or(account);
    let asker = raw
        .external_userid
        .or(event.external_userid)
        .ok_or(WecomMessageError::Missing("external_userid"))?;
    let conversation = ConversationId::in_channel(CHANNEL, &format!("{account}:{asker}"));
    Ok(Some(WecomMessage {
        conversation: conversation.map_err(|_| WecomMessageError::Asker)?,
        id: message_id(&raw.msgid),
        sent: Timestamp(raw.send_time.saturating_mul(1_000)),
        deed,
    }))
}

/// By what a message is recognised when it is pulled again.
pub(super) fn update_id(payload: &str) -> String {
    #[derive(Deserialize)]
    struct Named {
        msgid: String,
    }
    let named = serde_json::from_str::<Named>(payload);
    match named.map(|named| named.msgid) {
        // as text it goes into a column that takes no zero
        Ok(id) if id.len() <= MAX_ID_BYTES && id.bytes().all(|byte| byte.is_ascii_graphic()) => id,
        _ => format!(
            "h.{:x}",
            stable_number("wecom message", &[payload.as_bytes()])
        ),
    }
}

fn message_id(named: &str) -> MessageId {
    MessageId::parse(&format!("m.{named}"))
        .or_else(|_| {
            let number = stable_number("wecom message id", &[named.as_bytes()]);
            MessageId::parse(&format!("h.{number:x}"))
        })
        .unwrap_or_else(|_| unreachable!("hexadecimal digits are an id"))
}

fn deed(raw: &RawMessage) -> Result<Option<WecomDeed>, WecomMessageError> {
    if raw.msgtype == "event" {
        let event = raw
            .event
            .as_ref()
            .ok_or(WecomMessageError::Missing("event"))?;
        return Ok(happened(event));
    }
    // what people of the company wrote, and what was sent for them
    if raw.origin != FROM_CUSTOMER {
        return Ok(None);
    }
    let kind = match raw.msgtype.as_str() {
        "text" => return typed(raw).map(Some),
        "image" => AttachmentKind::Photo,
        "voice" => AttachmentKind::Voice,
        "video" => AttachmentKind::Video,
        "file" => AttachmentKind::Document,
        "location" => AttachmentKind::Location,
        "business_card" => AttachmentKind::Contact,
        // link, miniprogram, channels, merged_msg …
        _ => AttachmentKind::Other,
    };
    Ok(Some(WecomDeed::Sent(kind)))
}

fn typed(raw: &RawMessage) -> Result<WecomDeed, WecomMessageError> {
    let said = raw
        .text
        .as_ref()
        .ok_or(WecomMessageError::Missing("text"))?;
    let text = safe::without_control_chars(&said.content);
    let tapped = said.menu_id.as_ref().filter(|id| !id.trim().is_empty());
    Ok(match tapped {
        Some(id) => WecomDeed::Tapped {
            id: id.clone(),
            text,
        },
        None => WecomDeed::Typed(text),
    })
}

fn happened(event: &RawEvent) -> Option<WecomDeed> {
    match event.event_type.as_str() {
        // without a code nothing may be said
        "enter_session" if !event.welcome_code.is_empty() => Some(WecomDeed::Entered {
            code: event.welcome_code.clone(),
            payload: event.scene_param.clone(),
        }),
        "msg_send_fail" => Some(WecomDeed::Undelivered {
            why: event.fail_type,
        }),
        "session_status_change" => Some(WecomDeed::Served(event.change_type != SESSION_ENDED)),
        _ => None,
    }
}
