//! The JSON of updates, as far as it is used. In: text. Out: plain structs. Must not know: what
//! follows from them.
//!
//! teloxide's types are not used: with them a whole message fails to parse because of one kind of
//! entity, button or member that Telegram added later. These structs ignore what is not needed.

use super::{Attachment, ChatKind, Media, Reason, What};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub struct Update {
    pub update_id: i64,
    pub message: Option<Message>,
    pub edited_message: Option<Message>,
    pub callback_query: Option<Press>,
    pub inline_query: Option<Query>,
    pub my_chat_member: Option<Membership>,
    pub channel_post: Option<IgnoredAny>,
    pub edited_channel_post: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub struct Message {
    pub message_id: i32,
    pub message_thread_id: Option<i32>,
    #[serde(default)]
    pub is_topic_message: bool,
    pub from: Option<User>,
    pub sender_chat: Option<Chat>,
    pub author_signature: Option<String>,
    /// Seconds; 0 if the message is no longer accessible.
    pub date: i64,
    pub edit_date: Option<i64>,
    pub chat: Chat,
    pub via_bot: Option<User>,
    #[serde(default)]
    pub is_automatic_forward: bool,
    pub reply_to_message: Option<Answered>,
    pub text: Option<String>,
    #[serde(default)]
    pub entities: Vec<Entity>,
    pub caption: Option<String>,
    #[serde(default)]
    pub caption_entities: Vec<Entity>,
    pub media_group_id: Option<String>,
    pub migrate_to_chat_id: Option<i64>,
    pub migrate_from_chat_id: Option<i64>,
    /// All other fields: their names tell attachments and service messages.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// The message that another one replies to.
#[derive(Deserialize)]
pub struct Answered {
    pub message_id: i32,
    pub from: Option<User>,
}

#[derive(Deserialize)]
pub struct User {
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
pub struct Chat {
    pub id: i64,
    #[serde(rename = "type")]
    kind: String,
    pub title: Option<String>,
}

/// Offset and length in UTF-16 units.
#[derive(Deserialize)]
pub struct Entity {
    #[serde(rename = "type")]
    pub kind: String,
    pub offset: usize,
    pub length: usize,
    pub user: Option<User>,
}

#[derive(Deserialize)]
pub struct Press {
    pub id: String,
    pub from: User,
    pub message: Option<Message>,
    pub data: Option<String>,
}

#[derive(Deserialize)]
pub struct Query {
    pub id: String,
    pub from: User,
    pub query: String,
    #[serde(default)]
    pub offset: String,
}

#[derive(Deserialize)]
pub struct Membership {
    pub chat: Chat,
    pub from: User,
    pub date: i64,
    pub old_chat_member: Member,
    pub new_chat_member: Member,
}

#[derive(Deserialize)]
pub struct Member {
    status: String,
    #[serde(default)]
    is_member: bool,
}

/// For old clients, a message repeats newer kinds as older ones: an animation also has `document`,
/// a venue `location`. The first match counts.
const ATTACHMENTS: &[(&str, Media)] = &[
    ("animation", Media::Animation),
    ("venue", Media::Location),
    ("location", Media::Location),
    ("photo", Media::Photo),
    ("video", Media::Video),
    ("video_note", Media::Video),
    ("voice", Media::Voice),
    ("audio", Media::Audio),
    ("document", Media::Document),
    ("sticker", Media::Sticker),
    ("contact", Media::Contact),
    ("poll", Media::Poll),
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

impl Message {
    /// The forum topic. Outside forums `message_thread_id` names a thread of replies, to which
    /// nothing can be sent.
    pub fn topic(&self) -> Option<i32> {
        self.message_thread_id.filter(|_| self.is_topic_message)
    }

    /// The message that this one replies to. In a topic, every message without a reply refers to
    /// the message that opened the topic: that is ignored.
    pub fn answered(&self) -> Option<&Answered> {
        self.reply_to_message.as_ref().filter(|answered| self.topic() != Some(answered.message_id))
    }

    /// The event that a service message tells; `None` for messages that somebody wrote.
    pub fn notice(&self) -> Option<What> {
        if let Some(to) = self.migrate_to_chat_id {
            return Some(What::MigratedTo(to));
        }
        if let Some(from) = self.migrate_from_chat_id {
            return Some(What::MigratedFrom(from));
        }
        NOTICES.iter().find(|name| self.rest.contains_key(**name)).map(|name| What::Service(name))
    }

    /// The content of a message without text. Unknown kinds count as well: a person may have sent
    /// it and waits for an answer.
    pub fn attachment(&self, caption: Option<String>) -> Attachment {
        let known = ATTACHMENTS.iter().find(|(name, _)| self.rest.contains_key(*name));
        let kind = known.map_or(Media::Other, |(_, kind)| *kind);
        Attachment { kind, caption, album: self.media_group_id.clone() }
    }
}

impl Chat {
    pub fn private(user: i64) -> Self {
        Chat { id: user, kind: "private".to_owned(), title: None }
    }

    pub fn kind(&self) -> Result<ChatKind, Reason> {
        match self.kind.as_str() {
            "private" => Ok(ChatKind::Private),
            "group" => Ok(ChatKind::Group),
            "supergroup" => Ok(ChatKind::Supergroup),
            "channel" => Err(Reason::Channel),
            _ => Err(Reason::UnknownKind),
        }
    }
}

impl User {
    pub fn full_name(&self) -> String {
        match self.last_name.as_deref() {
            Some(last) if !last.is_empty() => format!("{} {last}", self.first_name),
            _ => self.first_name.clone(),
        }
    }
}

impl Member {
    /// Whether the bot is in the chat; in a private chat, whether it may write.
    pub fn is_in(&self) -> bool {
        match self.status.as_str() {
            "left" | "kicked" => false,
            "restricted" => self.is_member,
            _ => true,
        }
    }
}
