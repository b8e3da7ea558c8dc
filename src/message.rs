//! What channels and dialogue exchange: plain values without any vendor's types or rendering. A
//! channel draws a [`Reply`] in its own way.

use crate::reply::{Block, Step};
use serde::{Deserialize, Serialize};

/// Milliseconds since 1970-01-01 UTC. Passed in as a value: nothing below the channels reads a
/// clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

/// Identifies one conversation: `web:4f0c…`, `terminal:…`. 1 to 128 bytes of letters, digits and
/// `: _ - .`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ConversationId(String);

/// Identifies one message within its conversation. Chosen by the client; a retry carries the same
/// one. Same alphabet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MessageId(String);

/// Why an id was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    #[error("an id needs at least one character")]
    Empty,
    #[error("an id has at most 128 bytes")]
    TooLong,
    #[error("an id is made of letters, digits and `: _ - .`")]
    Alphabet,
}

fn parse_id(text: &str) -> Result<String, BadId> {
    match text {
        "" => Err(BadId::Empty),
        _ if text.len() > 128 => Err(BadId::TooLong),
        _ if text.bytes().all(|b| b.is_ascii_alphanumeric() || b":_-.".contains(&b)) => Ok(text.to_owned()),
        _ => Err(BadId::Alphabet),
    }
}

impl ConversationId {
    /// The only constructor. Fails if the id is empty, too long or has other characters.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        parse_id(text).map(Self)
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl MessageId {
    /// The only constructor. Fails if the id is empty, too long or has other characters.
    pub fn parse(text: &str) -> Result<Self, BadId> {
        parse_id(text).map(Self)
    }
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Replaces control characters, line breaks excepted, with spaces: they come from pasting and mean
/// nothing, but may break a store or a terminal.
pub fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}

/// The language in which the asker is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lang {
    #[default]
    Zh,
    En,
}

impl Lang {
    pub const ALL: [Lang; 2] = [Lang::Zh, Lang::En];
    /// The folder's name under `content/`, and the BCP 47 primary tag.
    pub fn tag(self) -> &'static str {
        match self {
            Lang::Zh => "zh",
            Lang::En => "en",
        }
    }
}

/// One event in a conversation: the asker did something, a colleague did, or a time-out passed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    pub body: Body,
    pub at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// The conversation was opened: greet, and show the hot topics. `lang`: as far as the channel
    /// knows it.
    Start { lang: Lang },
    /// Typed text, unchanged.
    Text(String),
    /// The `data` of a [`Button`] that was shown earlier.
    Button(String),
    /// The asker asks what the bot can do.
    Help,
    /// An attachment without text.
    Attachment(Attachment),
    /// A colleague wrote this to the asker; for media it is the caption, or
    /// [`AttachmentKind::bracketed`].
    FromPerson(String),
    /// The hand-over ends: the bot answers again instead of a person.
    GiveBack(GiveBack),
}

/// What kind of attachment came without text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attachment {
    Photo,
    Video,
    Voice,
    Audio,
    Document,
    Sticker,
    Location,
    Contact,
    Other,
}

impl Attachment {
    /// Its name within a sentence: 图片, pictures.
    pub fn name(self, lang: Lang) -> &'static str {
        let (zh, en) = match self {
            Attachment::Photo => ("图片", "pictures"),
            Attachment::Video => ("视频", "videos"),
            Attachment::Voice => ("语音", "voice messages"),
            Attachment::Audio => ("音频", "audio files"),
            Attachment::Document => ("文件", "files"),
            Attachment::Sticker => ("表情", "stickers"),
            Attachment::Location => ("位置", "locations"),
            Attachment::Contact => ("名片", "contact cards"),
            Attachment::Other => ("这种消息", "messages of this kind"),
        };
        match lang {
            Lang::Zh => zh,
            Lang::En => en,
        }
    }

    /// Its stand-in in texts for colleagues: `［图片］`.
    pub fn bracketed(self) -> String {
        match self {
            Attachment::Other => "［其他消息］".to_owned(),
            _ => format!("［{}］", self.name(Lang::Zh)),
        }
    }
}

/// Why a hand-over ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GiveBack {
    /// The person ended it.
    Done,
    /// Nobody wrote for a set time.
    Silence,
    /// The asker asked for the bot.
    Asker,
    /// The people cannot be notified.
    Unreachable,
}

impl Body {
    /// Whether the asker caused it.
    pub fn is_from_asker(&self) -> bool {
        !matches!(
            self,
            Body::FromPerson(_) | Body::GiveBack(GiveBack::Done | GiveBack::Silence | GiveBack::Unreachable)
        )
    }
}

/// One message to the asker.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    pub lang: Lang,
    /// Shown before the steps.
    pub blocks: Vec<Block>,
    /// All steps of this reply; empty where it has none.
    pub steps: Vec<Step>,
    /// Index of the one step to show now; `None`: show all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<usize>,
    /// Shown after the steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<Block>,
    /// Choices in the order in which they are numbered: typing `1` means the first button of the
    /// turn's replies.
    pub buttons: Vec<Button>,
    /// Written by a colleague, not by the bot.
    #[serde(default, skip_serializing_if = "is_false")]
    pub from_person: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// A choice under a reply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Button {
    pub label: String,
    /// At most 64 bytes, the smallest limit of the chat services. Opaque to channels, except for
    /// the part before the first colon, which says where a button belongs: `p` moves through the
    /// steps, `yes` and `no` are feedback, `i` asks a question.
    pub data: String,
}
