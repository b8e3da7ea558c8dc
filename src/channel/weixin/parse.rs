//! Reads what was delivered. In: the fields of a message or an event. Out: a [`WeixinMessage`]: who
//! did what, and its durable id. Must not know: intents, what is answered.

use super::config::{CHANNEL, CreditKind, WeixinAccountKind};
use crate::channel::tencent::MessageFields;
use crate::hash::stable_number;
use wenlu_core::model::{AttachmentKind, ConversationId, MessageId};
use wenlu_core::text::safe;

/// One delivered message or event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WeixinMessage {
    /// `weixin:<account>:<openid>`.
    pub conversation: ConversationId,
    /// The same for each delivery of this message.
    pub id: MessageId,
    /// The asker's OpenID.
    pub asker: String,
    /// The account's own name, `gh_…`: whom the asker wrote to.
    pub account: String,
    /// Seconds since 1970, as it was delivered; the answer bears the same.
    pub created: u64,
    pub deed: WeixinDeed,
}

/// What the asker did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum WeixinDeed {
    Typed(String),
    Sent(AttachmentKind),
    /// Followed the account, scanned a code or opened the service; the payload says which code or
    /// page, if any.
    Opened(String),
    /// Pressed a button of the account's menu with this key.
    Pressed(String),
    /// A person took the asker in the platform's own service tool, or is done.
    Served(bool),
    /// No longer follows: the platform demands that all data of the asker is deleted.
    Left,
    /// Nothing that is answered, or that is known; the platform's name of it.
    Other(String),
}

impl WeixinDeed {
    /// Whether it is a message, and no event.
    pub(super) fn is_message(&self) -> bool {
        matches!(self, WeixinDeed::Typed(_) | WeixinDeed::Sent(_))
    }

    /// What the platform lets an account of this kind send after it.
    pub(super) fn credit(&self, kind: WeixinAccountKind) -> Option<CreditKind> {
        match (self, kind) {
            (WeixinDeed::Typed(_) | WeixinDeed::Sent(_), _) => Some(CreditKind::Message),
            (WeixinDeed::Opened(_), WeixinAccountKind::MiniProgram) => Some(CreditKind::Enter),
            (WeixinDeed::Opened(_) | WeixinDeed::Pressed(_), _) => Some(CreditKind::Event),
            (WeixinDeed::Served(_) | WeixinDeed::Left | WeixinDeed::Other(_), _) => None,
        }
    }
}

/// Why something delivered is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum WeixinMessageError {
    #[error("it lacks {0}")]
    Missing(&'static str),
    #[error("its FromUserName is no OpenID")]
    Asker,
}

/// Reads a message to the account `appid`.
pub(super) fn read(
    appid: &str,
    fields: &MessageFields,
) -> Result<WeixinMessage, WeixinMessageError> {
    let field = |name| fields.text(name).ok_or(WeixinMessageError::Missing(name));
    let asker = field("FromUserName")?;
    let conversation = ConversationId::in_channel(CHANNEL, &format!("{appid}:{asker}"));
    let kind = field("MsgType")?;
    Ok(WeixinMessage {
        conversation: conversation.map_err(|_| WeixinMessageError::Asker)?,
        id: id(asker, kind, fields),
        asker: asker.to_owned(),
        account: field("ToUserName")?.to_owned(),
        created: fields
            .text("CreateTime")
            .and_then(|time| time.trim().parse().ok())
            .unwrap_or_default(),
        deed: deed(kind, fields),
    })
}

/// A message has an id of its own; an event is known by who did what when, and with what: two events
/// of one second may differ in the key alone.
fn id(asker: &str, kind: &str, fields: &MessageFields) -> MessageId {
    let get = |name| fields.text(name).unwrap_or_default();
    let named = match fields.text("MsgId") {
        Some(id) => format!("m.{id}"),
        None => format!(
            "e.{asker}.{}.{}.{}",
            get("CreateTime"),
            get("Event"),
            digest([get("EventKey"), get("SessionFrom")])
        ),
    };
    let parts = [
        asker,
        kind,
        get("CreateTime"),
        get("Event"),
        get("EventKey"),
        get("MsgId"),
        get("Content"),
    ];
    MessageId::parse(&named)
        .or_else(|_| MessageId::parse(&format!("h.{}", digest(parts))))
        .unwrap_or_else(|_| unreachable!("hexadecimal digits are an id"))
}

fn digest<const N: usize>(parts: [&str; N]) -> String {
    format!(
        "{:x}",
        stable_number("weixin event", &parts.map(str::as_bytes))
    )
}

fn deed(kind: &str, fields: &MessageFields) -> WeixinDeed {
    let sent = |kind| WeixinDeed::Sent(kind);
    match kind {
        "text" => WeixinDeed::Typed(typed(fields.get("Content"))),
        // recognition is being withdrawn: mostly there is none
        "voice" => match fields.text("Recognition") {
            Some(heard) => WeixinDeed::Typed(typed(Some(heard))),
            None => sent(AttachmentKind::Voice),
        },
        "image" => sent(AttachmentKind::Photo),
        "video" | "shortvideo" => sent(AttachmentKind::Video),
        "location" => sent(AttachmentKind::Location),
        "file" => sent(AttachmentKind::Document),
        "link" | "miniprogrampage" => sent(AttachmentKind::Other),
        "event" => event(fields),
        other => WeixinDeed::Other(other.to_owned()),
    }
}

fn typed(text: Option<&str>) -> String {
    safe::without_control_chars(text.unwrap_or_default())
}

fn event(fields: &MessageFields) -> WeixinDeed {
    let key = fields.text("EventKey").unwrap_or_default();
    match fields.text("Event").unwrap_or_default() {
        "subscribe" => WeixinDeed::Opened(key.strip_prefix("qrscene_").unwrap_or(key).to_owned()),
        "SCAN" => WeixinDeed::Opened(key.to_owned()),
        "CLICK" => WeixinDeed::Pressed(key.to_owned()),
        "unsubscribe" => WeixinDeed::Left,
        // one colleague gives the asker to another: somebody serves them still
        "kf_create_session" | "kf_switch_session" => WeixinDeed::Served(true),
        "kf_close_session" => WeixinDeed::Served(false),
        "user_enter_tempsession" => {
            WeixinDeed::Opened(fields.text("SessionFrom").unwrap_or_default().to_owned())
        }
        other => WeixinDeed::Other(other.to_owned()),
    }
}
