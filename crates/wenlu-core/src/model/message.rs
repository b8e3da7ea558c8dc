//! What channels and dialogue exchange: plain values without any vendor's types or rendering. A
//! channel draws a [`Reply`] in its own way.

use super::{Lang, Timestamp};
use crate::reply::{ReplyBlock, ReplyStep};
use serde::{Deserialize, Serialize};

/// One event in a conversation: the asker did something, a colleague did, or a time-out passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// What happened.
    pub body: IncomingBody,
    /// When it happened.
    pub at: Timestamp,
}

/// What happened in a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IncomingBody {
    /// The conversation was opened: greet, and show the hot topics.
    Start {
        /// The asker's language, as far as the channel knows it.
        lang: Lang,
    },
    /// Typed text, unchanged.
    Text(String),
    /// The `data` of a [`Button`] that was shown earlier.
    Button(String),
    /// The asker chose this intent, by its id, elsewhere than under a reply.
    ShowIntent(String),
    /// The asker wants the list of topics.
    Topics,
    /// The asker wants a person.
    Human,
    /// The asker asks what the bot can do.
    Help,
    /// An attachment without text.
    Attachment(AttachmentKind),
    /// A colleague wrote this to the asker; for media it is the caption, or
    /// [`AttachmentKind::bracketed`].
    FromPerson(String),
    /// A colleague takes the conversation over: the bot is silent.
    Taken,
    /// The colleague is gone while the asker waits: another one is awaited.
    Released,
    /// The hand-over ends: the bot answers again instead of a person.
    Handback(HandbackReason),
}

/// What kind of attachment came without text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttachmentKind {
    /// A picture.
    Photo,
    /// A video.
    Video,
    /// A recorded voice message.
    Voice,
    /// A piece of music, or another sound file.
    Audio,
    /// A file.
    Document,
    /// A sticker.
    Sticker,
    /// A place on the map.
    Location,
    /// Somebody's contact card.
    Contact,
    /// Anything else.
    Other,
}

impl AttachmentKind {
    /// Its name within a sentence: 图片, pictures.
    pub fn name(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            AttachmentKind::Photo => ("图片", "pictures"),
            AttachmentKind::Video => ("视频", "videos"),
            AttachmentKind::Voice => ("语音", "voice messages"),
            AttachmentKind::Audio => ("音频", "audio files"),
            AttachmentKind::Document => ("文件", "files"),
            AttachmentKind::Sticker => ("表情", "stickers"),
            AttachmentKind::Location => ("位置", "locations"),
            AttachmentKind::Contact => ("名片", "contact cards"),
            AttachmentKind::Other => ("这种消息", "messages of this kind"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Its stand-in in texts for colleagues: `［图片］`.
    pub fn bracketed(self) -> String {
        match self {
            AttachmentKind::Other => "［其他消息］".to_owned(),
            _ => format!("［{}］", self.name(Lang::Zh)),
        }
    }
}

/// Why a hand-over ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandbackReason {
    /// The person ended it.
    Done,
    /// The person ended it, and says that it is solved: the asker is asked whether it is.
    Solved,
    /// Nobody wrote for a set time.
    Silence,
    /// The asker asked for the bot.
    Asker,
    /// The people cannot be notified.
    Unreachable,
}

impl IncomingBody {
    /// Whether the asker caused it.
    pub fn is_from_asker(&self) -> bool {
        !matches!(
            self,
            IncomingBody::FromPerson(_)
                | IncomingBody::Taken
                | IncomingBody::Released
                | IncomingBody::Handback(
                    HandbackReason::Done
                        | HandbackReason::Solved
                        | HandbackReason::Silence
                        | HandbackReason::Unreachable
                )
        )
    }
}

/// One message to the asker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The language that it is written in.
    pub lang: Lang,
    /// Shown before the steps.
    pub blocks: Vec<ReplyBlock>,
    /// All steps of this reply; empty where it has none.
    pub steps: Vec<ReplyStep>,
    /// Index of the one step to show now; `None`: show all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<usize>,
    /// Shown after the steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<ReplyBlock>,
    /// Choices in the order in which they are numbered: typing `1` means the first button of the
    /// turn's replies.
    pub buttons: Vec<Button>,
    /// Written by a colleague, not by the bot.
    #[serde(default, skip_serializing_if = "is_false")]
    pub from_person: bool,
    /// A picture or a file that comes with it. The blocks stand for it where it cannot be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<MessageFile>,
}

/// A picture or a file in a conversation. What is in it is fetched by its id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFile {
    /// Whoever knows it may see the file.
    pub id: String,
    /// `image/png`, `image/jpeg` or `application/pdf`.
    pub media_type: String,
    /// What it is called when it is saved.
    pub name: String,
    /// In bytes.
    pub size: i64,
    /// In pixels; 0 for what is no picture.
    pub width: u32,
    /// In pixels; 0 for what is no picture.
    pub height: u32,
}

impl MessageFile {
    /// What kind of attachment it is.
    pub fn kind(&self) -> AttachmentKind {
        match self.width {
            0 => AttachmentKind::Document,
            _ => AttachmentKind::Photo,
        }
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// A choice under a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    /// The text on it.
    pub label: String,
    /// At most 64 bytes, the smallest limit of the chat services. Opaque to channels, except for
    /// the part before the first colon, which says where a button belongs: `p` moves through the
    /// steps, `yes` and `no` are feedback, `rate` says whether a person solved it, `i` asks a
    /// question.
    pub data: String,
}
