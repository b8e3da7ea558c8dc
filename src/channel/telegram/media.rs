//! Messages that are not text. In: chat and message. Out: a [`MediaRef`], by which they are copied
//! to another chat, and back; the kind that the bot knows.

use super::parse::{ChatContext, MediaKind};
use crate::people::MediaRef;
use wenlu_core::model::AttachmentKind;

/// Where a picture, a voice message and the like stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct MediaMessage {
    pub chat: i64,
    pub message: i32,
}

impl MediaMessage {
    /// `None` if the message is no longer accessible.
    pub(super) fn of(scene: &ChatContext) -> Option<Self> {
        Some(MediaMessage {
            chat: scene.chat,
            message: scene.message?,
        })
    }

    pub(super) fn to_ref(self) -> MediaRef {
        MediaRef::new(format!("{}:{}", self.chat, self.message))
    }

    /// `None` if it is not a message of Telegram's.
    pub(super) fn read(media: &MediaRef) -> Option<Self> {
        let (chat, message) = media.as_str().split_once(':')?;
        Some(MediaMessage {
            chat: chat.parse().ok()?,
            message: message.parse().ok()?,
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
