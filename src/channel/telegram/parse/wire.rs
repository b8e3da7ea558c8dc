//! The JSON of updates, as far as it is used. In: text. Out: plain structs. Must not know: what
//! follows from them.
//!
//! teloxide's types are not used: with them a whole message fails to parse because of one kind of
//! entity, button or member that Telegram added later. These structs ignore what is not needed.

use super::{ChatKind, IgnoreReason, MediaAttachment, MediaKind, UpdateKind};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub(super) struct WireUpdate {
    pub update_id: i64,
    pub message: Option<WireMessage>,
    pub edited_message: Option<WireMessage>,
    pub callback_query: Option<WireCallbackQuery>,
    pub inline_query: Option<WireInlineQuery>,
    pub my_chat_member: Option<WireMembership>,
    pub channel_post: Option<IgnoredAny>,
    pub edited_channel_post: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct WireMessage {
    pub message_id: i32,
    pub message_thread_id: Option<i32>,
    #[serde(default)]
    pub is_topic_message: bool,
    pub from: Option<WireUser>,
    pub sender_chat: Option<WireChat>,
    pub author_signature: Option<String>,
    /// Seconds; 0 if the message is no longer accessible.
    pub date: i64,
    pub edit_date: Option<i64>,
    pub chat: WireChat,
    pub via_bot: Option<WireUser>,
    #[serde(default)]
    pub is_automatic_forward: bool,
    pub reply_to_message: Option<WireRepliedMessage>,
    pub text: Option<String>,
    #[serde(default)]
    pub entities: Vec<WireEntity>,
    pub caption: Option<String>,
    #[serde(default)]
    pub caption_entities: Vec<WireEntity>,
    pub media_group_id: Option<String>,
    pub migrate_to_chat_id: Option<i64>,
    pub migrate_from_chat_id: Option<i64>,
    /// All other fields: their names tell attachments and service messages.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The message that another one replies to.
#[derive(Deserialize)]
pub(super) struct WireRepliedMessage {
    pub message_id: i32,
    pub from: Option<WireUser>,
}

#[derive(Deserialize)]
pub(super) struct WireUser {
    pub id: i64,
    #[serde(default)]
    pub is_bot: bool,
    #[serde(default)]
    pub first_name: String,
    pub last_name: Option<String>,
    pub username: Option<String>,
    pub language_code: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct WireChat {
    pub id: i64,
    #[serde(rename = "type")]
    kind: String,
    pub title: Option<String>,
}

/// Offset and length in UTF-16 units.
#[derive(Deserialize)]
pub(super) struct WireEntity {
    #[serde(rename = "type")]
    pub kind: String,
    pub offset: usize,
    pub length: usize,
    pub user: Option<WireUser>,
}

#[derive(Deserialize)]
pub(super) struct WireCallbackQuery {
    pub id: String,
    pub from: WireUser,
    pub message: Option<WireMessage>,
    pub data: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct WireInlineQuery {
    pub id: String,
    pub from: WireUser,
    pub query: String,
    #[serde(default)]
    pub offset: String,
}

#[derive(Deserialize)]
pub(super) struct WireMembership {
    pub chat: WireChat,
    pub from: WireUser,
    pub date: i64,
    pub old_chat_member: WireChatMember,
    pub new_chat_member: WireChatMember,
}

#[derive(Deserialize)]
pub(super) struct WireChatMember {
    status: String,
    #[serde(default)]
    is_member: bool,
}

/// For old clients, a message repeats newer kinds as older ones: an animation also has `document`,
/// a venue `location`. The first match counts.
const ATTACHMENTS: &[(&str, MediaKind)] = &[
    ("animation", MediaKind::Animation),
    ("venue", MediaKind::Location),
    ("location", MediaKind::Location),
    ("photo", MediaKind::Photo),
    ("video", MediaKind::Video),
    ("video_note", MediaKind::Video),
    ("voice", MediaKind::Voice),
    ("audio", MediaKind::Audio),
    ("document", MediaKind::Document),
    ("sticker", MediaKind::Sticker),
    ("contact", MediaKind::Contact),
    ("poll", MediaKind::Poll),
];

/// The fields of service messages, which nobody wrote.
const NOTICES: &[&str] = &[
    "new_chat_members",
    "left_chat_member",
    "chat_owner_left",
    "chat_owner_changed",
    "new_chat_title",
    "new_chat_photo",
    "delete_chat_photo",
    "group_chat_created",
    "supergroup_chat_created",
    "channel_chat_created",
    "message_auto_delete_timer_changed",
    "pinned_message",
    "successful_payment",
    "refunded_payment",
    "users_shared",
    "chat_shared",
    "gift",
    "unique_gift",
    "gift_upgrade_sent",
    "connected_website",
    "write_access_allowed",
    "passport_data",
    "proximity_alert_triggered",
    "boost_added",
    "chat_background_set",
    "checklist_tasks_done",
    "checklist_tasks_added",
    "direct_message_price_changed",
    "forum_topic_created",
    "forum_topic_edited",
    "forum_topic_closed",
    "forum_topic_reopened",
    "general_forum_topic_hidden",
    "general_forum_topic_unhidden",
    "giveaway_created",
    "giveaway_winners",
    "giveaway_completed",
    "paid_message_price_changed",
    "suggested_post_approved",
    "suggested_post_approval_failed",
    "suggested_post_declined",
    "suggested_post_paid",
    "suggested_post_refunded",
    "video_chat_scheduled",
    "video_chat_started",
    "video_chat_ended",
    "video_chat_participants_invited",
    "web_app_data",
];

impl WireMessage {
    /// The forum topic. Outside forums `message_thread_id` names a thread of replies, to which
    /// nothing can be sent.
    pub(super) fn topic(&self) -> Option<i32> {
        self.message_thread_id.filter(|_| self.is_topic_message)
    }

    /// The message that this one replies to. In a topic, every message without a reply refers to
    /// the message that opened the topic: that is ignored.
    pub(super) fn answered(&self) -> Option<&WireRepliedMessage> {
        self.reply_to_message
            .as_ref()
            .filter(|answered| self.topic() != Some(answered.message_id))
    }

    /// Whether it replies to a message of this user or stands in a topic that this user opened: both
    /// are told alike.
    pub(super) fn is_to(&self, user: i64) -> bool {
        let replied = self.reply_to_message.as_ref();
        replied
            .and_then(|replied| replied.from.as_ref())
            .is_some_and(|from| from.id == user)
    }

    /// The event that a service message tells; `None` for messages that somebody wrote.
    pub(super) fn notice(&self) -> Option<UpdateKind> {
        if let Some(to) = self.migrate_to_chat_id {
            return Some(UpdateKind::MigratedTo(to));
        }
        if let Some(from) = self.migrate_from_chat_id {
            return Some(UpdateKind::MigratedFrom(from));
        }
        NOTICES
            .iter()
            .find(|name| self.rest.contains_key(**name))
            .map(|name| UpdateKind::Service(name))
    }

    /// The content of a message without text. Unknown kinds count as well: a person may have sent
    /// it and waits for an answer.
    pub(super) fn attachment(&self, caption: Option<String>) -> MediaAttachment {
        let known = ATTACHMENTS
            .iter()
            .find(|(name, _)| self.rest.contains_key(*name));
        let kind = known.map_or(MediaKind::Other, |(_, kind)| *kind);
        MediaAttachment {
            kind,
            caption,
            album: self.media_group_id.clone(),
            rest: vec![],
        }
    }
}

impl WireChat {
    pub(super) fn private(user: i64) -> Self {
        WireChat {
            id: user,
            kind: "private".to_owned(),
            title: None,
        }
    }

    pub(super) fn kind(&self) -> Result<ChatKind, IgnoreReason> {
        match self.kind.as_str() {
            "private" => Ok(ChatKind::Private),
            "group" => Ok(ChatKind::Group),
            "supergroup" => Ok(ChatKind::Supergroup),
            "channel" => Err(IgnoreReason::Channel),
            _ => Err(IgnoreReason::UnknownKind),
        }
    }
}

impl WireUser {
    pub(super) fn full_name(&self) -> String {
        match self.last_name.as_deref() {
            Some(last) if !last.is_empty() => format!("{} {last}", self.first_name),
            _ => self.first_name.clone(),
        }
    }
}

impl WireChatMember {
    /// Whether the bot is in the chat; in a private chat, whether it may write.
    pub(super) fn is_in(&self) -> bool {
        match self.status.as_str() {
            "left" | "kicked" => false,
            "restricted" => self.is_member,
            _ => true,
        }
    }
}
