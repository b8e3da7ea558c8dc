//! The types of parsed updates. In: nothing; out: plain values. Must not know: JSON.

use serde::Deserialize;
use wenlu_core::model::{ConversationId, Lang, Timestamp};

/// The bot itself, as returned by getMe.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct BotIdentity {
    pub id: i64,
    /// Without `@`.
    pub username: String,
}

/// A parsed update.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedUpdate {
    /// `update_id`.
    pub update: i64,
    pub event: UpdateEvent,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateEvent {
    /// An action in a private chat or, addressed to the bot, in a group.
    Asker(ChatContext, UpdateKind),
    /// An action in the operators' group, whoever it is addressed to.
    Operator(ChatContext, UpdateKind),
    Inline(InlineQuery),
    Nothing(IgnoreReason),
}

/// Who acted, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChatContext {
    /// `telegram:<chat>` in private chats; `telegram:<chat>.<thread or 0>.<user>` in groups, where
    /// each member has a conversation of their own.
    pub conversation: ConversationId,
    pub chat: i64,
    pub kind: ChatKind,
    /// The forum topic to answer in; `None` outside forums and in the general topic.
    pub thread: Option<i32>,
    /// If negative, the chat in whose name somebody wrote: an anonymous administrator, or the owner
    /// of a channel.
    pub user: i64,
    /// The display name in Telegram. Untrusted: escape it before showing it.
    pub name: String,
    /// Without `@`.
    pub username: Option<String>,
    pub lang: Lang,
    /// The message that was written or edited, or whose button was pressed. `None` if there is none
    /// or it is no longer accessible.
    pub message: Option<i32>,
    /// The message that this one replies to, in the same chat.
    pub reply_to: Option<i32>,
    /// Whether it replies to a message of the bot, or stands in a topic that the bot opened.
    pub is_to_bot: bool,
    /// When it happened; `None` for a button press, for which Telegram does not tell.
    pub at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChatKind {
    Private,
    Group,
    Supergroup,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateKind {
    /// `rest` is the text after the command; after /start, the payload of the deep link.
    Command {
        command: SlashCommand,
        rest: String,
    },
    /// For an asker, without the mention of the bot; empty if there was only the mention.
    Text(String),
    /// The new text of an edited message.
    Edited {
        text: String,
        /// Whether it is the caption of a picture or the like.
        is_caption: bool,
    },
    /// In the operators' group, a command that the bot does not know, without its slash.
    UnknownCommand(String),
    Attachment(MediaAttachment),
    Press {
        /// The id for answerCallbackQuery.
        callback: String,
        data: String,
        /// When the message with the button was sent, if it is still accessible.
        sent: Option<Timestamp>,
    },
    /// A private chat: the user blocked or unblocked the bot.
    Blocked,
    Unblocked,
    /// The bot was removed from a group, or added to it.
    Removed,
    Added,
    /// The group became the supergroup with this id; told in the old chat.
    MigratedTo(i64),
    /// The supergroup was the group with this id; told in the new chat.
    MigratedFrom(i64),
    /// A service message, named by its field: `new_chat_members`, `forum_topic_closed`, …
    Service(&'static str),
}

/// Commands with a slash, in private chats or addressed to the bot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlashCommand {
    Start,
    Help,
    Menu,
    Human,
    Done,
}

impl SlashCommand {
    /// As people type it, without the slash.
    pub fn name(self) -> &'static str {
        match self {
            SlashCommand::Start => "start",
            SlashCommand::Help => "help",
            SlashCommand::Menu => "menu",
            SlashCommand::Human => "human",
            SlashCommand::Done => "done",
        }
    }
}

/// Content other than text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaAttachment {
    pub kind: MediaKind,
    /// Without the mention of the bot, as in [`UpdateKind::Text`].
    pub caption: Option<String>,
    /// The id that the messages of an album share.
    pub album: Option<String>,
    /// The other messages of the album, as far as they have been gathered.
    pub rest: Vec<AlbumPart>,
}

/// Another message of an album.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlbumPart {
    pub message: i32,
    pub caption: Option<String>,
}

impl MediaAttachment {
    /// What stands below its pictures; `None` if nothing does.
    pub fn text(&self) -> Option<String> {
        let rest = self.rest.iter().map(|part| &part.caption);
        let said: Vec<&str> = std::iter::once(&self.caption)
            .chain(rest)
            .flatten()
            .map(String::as_str)
            .collect();
        (!said.is_empty()).then(|| said.join("\n"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MediaKind {
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
pub struct InlineQuery {
    /// The id for answerInlineQuery.
    pub id: String,
    pub query: String,
    pub offset: String,
    pub user: i64,
    pub lang: Lang,
}

/// Why an update needs no action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IgnoreReason {
    /// Written by another bot.
    OtherBot,
    /// Written by the bot itself, or through its inline mode.
    Own,
    Channel,
    /// A post of the linked channel that Telegram copied into the group.
    AutomaticForward,
    /// In a group and not addressed to the bot, or a command for another bot.
    NotAddressed,
    /// An edit without text, such as a live location that moved.
    EditWithoutText,
    /// Reported as edited when nobody can edit it any more, such as for a reaction.
    EditTooLate,
    /// A change of the bot's rights.
    Rights,
    UnknownKind,
}
