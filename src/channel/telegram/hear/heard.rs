//! What can be heard. In: nothing; out: plain values. Must not know: JSON.

use crate::message::{ConversationId, Lang, Timestamp};
use serde::Deserialize;

/// The bot itself, as getMe names it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Me {
    pub id: i64,
    /// Without `@`.
    pub username: String,
}

/// One update, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heard {
    /// `update_id`.
    pub update: i64,
    pub event: Event,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Somebody did something in a private chat or, addressed to the bot, in a group.
    Asker(Scene, What),
    /// Somebody did something in the operators' group: whole, and addressed to anyone.
    Operator(Scene, What),
    Inline(Inline),
    Nothing(Reason),
}

/// Who did it, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scene {
    /// `telegram:<chat>` in private; `telegram:<chat>.<thread or 0>.<user>` in a group, where each talks to the bot alone.
    pub conversation: ConversationId,
    pub chat: i64,
    pub kind: ChatKind,
    /// The forum topic in which to answer; `None` outside forums and in their general topic.
    pub thread: Option<i32>,
    /// A negative one is the chat in whose name somebody wrote: an anonymous administrator, or the owner of a channel.
    pub user: i64,
    /// As the user is called in Telegram. Comes from outside: escape it before showing it.
    pub name: String,
    /// Without `@`.
    pub username: Option<String>,
    pub lang: Lang,
    /// The message that was written or edited, or the one whose button was pressed. `None` where there is none, or where
    /// it can no longer be reached.
    pub message: Option<i32>,
    /// The message that this one answers, in the same chat.
    pub reply_to: Option<i32>,
    /// When it was done; `None` for a press, of which Telegram does not say when it was.
    pub at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatKind {
    Private,
    Group,
    Supergroup,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// `rest` is what stands behind it; behind /start, the payload of the link that led here.
    Command {
        command: Command,
        rest: String,
    },
    /// To an asker's bot without the mention of it; empty where there was nothing but the mention.
    Text(String),
    /// The new text of a message that was edited, or its new caption.
    Edited(String),
    Attachment(Attachment),
    Press {
        /// For answerCallbackQuery.
        callback: String,
        data: String,
        /// When the message with the button was sent, if it can still be reached.
        sent: Option<Timestamp>,
    },
    /// In private: from now on nothing can be sent; and again it can.
    Blocked,
    Unblocked,
    /// The bot was taken out of a group, or put into it.
    Removed,
    Added,
    /// The group goes on as the supergroup `to`; said in the old chat.
    MigratedTo(i64),
    /// The supergroup was the group `from`; said in the new chat.
    MigratedFrom(i64),
    /// A notice of Telegram's by the field that tells it: `new_chat_members`, `forum_topic_closed`, …
    Service(&'static str),
}

/// What the bot is told with a slash, in private or addressed to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    Start,
    Help,
    Menu,
    Human,
    Done,
}

/// What came in place of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub kind: Media,
    /// Without the mention of the bot, as in [`What::Text`].
    pub caption: Option<String>,
    /// Shared by the messages of an album.
    pub album: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    Photo,
    Video,
    Animation,
    Voice,
    Audio,
    Document,
    Sticker,
    Location,
    Contact,
    Poll,
    Other,
}

/// `@bot 问题` typed in any chat.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inline {
    /// For answerInlineQuery.
    pub id: String,
    pub query: String,
    pub offset: String,
    pub user: i64,
    pub lang: Lang,
}

/// Why an update asks for nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Written by another bot.
    OtherBot,
    /// Written by the bot itself, or through its inline mode.
    Own,
    Channel,
    /// A post of the linked channel, copied into the group by Telegram.
    AutomaticForward,
    /// In a group, to somebody else; or a command for another bot.
    NotAddressed,
    /// An edit that left no text, such as a live location that moved.
    EditWithoutText,
    /// A change of the bot's rights.
    Rights,
    UnknownKind,
}
