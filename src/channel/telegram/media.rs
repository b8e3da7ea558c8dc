//! Messages that are not text. In: chat and messages. Out: a [`MediaRef`], by which they are copied
//! to another chat, and back; the kind that the bot knows.

use super::parse::{ChatContext, MediaAttachment, MediaKind};
use crate::people::MediaRef;
use wenlu_core::model::AttachmentKind;

/// Where a picture, a voice message and the like stands, or the pictures of an album.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MediaMessage {
    pub chat: i64,
    /// In rising order; at least one.
    pub messages: Vec<i32>,
}

impl MediaMessage {
    /// `None` if the message is no longer accessible.
    pub(super) fn of(scene: &ChatContext, attachment: &MediaAttachment) -> Option<Self> {
        let rest = attachment.rest.iter().map(|part| part.message);
        let mut messages: Vec<i32> = std::iter::once(scene.message?).chain(rest).collect();
        messages.sort_unstable();
        Some(MediaMessage {
            chat: scene.chat,
            messages,
        })
    }

    /// `<chat>:<message>,<message>…`
    pub(super) fn to_ref(&self) -> MediaRef {
        let messages: Vec<String> = self.messages.iter().map(i32::to_string).collect();
        MediaRef::new(format!("{}:{}", self.chat, messages.join(",")))
    }

    /// `None` if it is not a message of Telegram's.
    pub(super) fn read(media: &MediaRef) -> Option<Self> {
        let (chat, messages) = media.as_str().split_once(':')?;
        let messages = messages.split(',').map(|message| message.parse().ok());
        Some(MediaMessage {
            chat: chat.parse().ok()?,
            messages: messages.collect::<Option<_>>()?,
        })
    }
}

/// What the bot calls this kind of media.
pub(super) fn attachment_kind(media: MediaKind) -> AttachmentKind {
    match media {
        MediaKind::Photo => AttachmentKind::Photo,
        MediaKind::Video | MediaKind::Animation => AttachmentKind::Video,
        MediaKind::Voice => AttachmentKind::Voice,
        MediaKind::Audio => AttachmentKind::Audio,
        MediaKind::Document => AttachmentKind::Document,
        MediaKind::Sticker => AttachmentKind::Sticker,
        MediaKind::Location => AttachmentKind::Location,
        MediaKind::Contact => AttachmentKind::Contact,
        MediaKind::Poll | MediaKind::Other => AttachmentKind::Other,
    }
}
