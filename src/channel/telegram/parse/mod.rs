//! Parses updates. In: the JSON of an update, and who the bot is. Out: [`ParsedUpdate`]: who did
//! what where, or why there is nothing to do. Must not know: conversations, replies, the store.

mod address;
mod update;
mod wire;

pub use update::*;

use super::conversation;
use serde::Deserialize;
use wenlu_core::model::{Lang, Timestamp};
use wire::{WireChat, WireMessage, WireUpdate, WireUser};

/// An update that cannot be parsed. It is to be set aside and confirmed: else Telegram would
/// deliver it again for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("update {}: unreadable at column {column}", update.map_or("without number".to_owned(), |id| id.to_string()))]
pub struct UnreadableUpdate {
    /// Its `update_id`, if that can be found.
    pub update: Option<i64>,
    /// The column of the error in the JSON, from 1. The text there is not included: it may be a
    /// person's message.
    pub column: usize,
}

/// Parses one update. `operators` are the chat ids of the operators' group: two after it moved.
pub fn parse_update(
    raw: &str,
    me: &BotIdentity,
    operators: &[i64],
) -> Result<ParsedUpdate, UnreadableUpdate> {
    let unreadable = |error: serde_json::Error| UnreadableUpdate {
        update: update_id(raw),
        column: error.column(),
    };
    let update: WireUpdate = serde_json::from_str(raw).map_err(unreadable)?;
    let number = update.update_id;
    let event = UpdateParser { me, operators }
        .event(update)
        .unwrap_or_else(UpdateEvent::Nothing);
    Ok(ParsedUpdate {
        update: number,
        event,
    })
}

/// The id of an update, even if the rest of its JSON is invalid.
pub fn update_id(raw: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct UpdateNumber {
        update_id: i64,
    }
    if let Ok(UpdateNumber { update_id }) = serde_json::from_str(raw) {
        return Some(update_id);
    }
    // inside a JSON string the quotes would be escaped
    let (_, rest) = raw.split_once("\"update_id\"")?;
    let digits = rest.trim_start().strip_prefix(':')?.trim_start();
    digits
        .get(..digits.find(|c: char| !c.is_ascii_digit())?)?
        .parse()
        .ok()
}

/// For so long people can edit a message; later, Telegram reports it as edited for a reaction and the
/// like.
const EDITABLE_SECONDS: i64 = 48 * 3_600;

struct UpdateParser<'a> {
    me: &'a BotIdentity,
    operators: &'a [i64],
}

impl UpdateParser<'_> {
    fn event(&self, update: WireUpdate) -> Result<UpdateEvent, IgnoreReason> {
        match update {
            WireUpdate {
                message: Some(message),
                ..
            } => self.message(&message, false),
            WireUpdate {
                edited_message: Some(message),
                ..
            } => self.message(&message, true),
            WireUpdate {
                callback_query: Some(press),
                ..
            } => self.press(press),
            WireUpdate {
                inline_query: Some(inline),
                ..
            } => Ok(UpdateEvent::Inline(InlineQuery {
                user: inline.from.id,
                lang: lang(&inline.from),
                id: inline.id,
                query: inline.query,
                offset: inline.offset,
            })),
            WireUpdate {
                my_chat_member: Some(change),
                ..
            } => self.membership(&change),
            WireUpdate {
                channel_post: Some(_),
                ..
            }
            | WireUpdate {
                edited_channel_post: Some(_),
                ..
            } => Err(IgnoreReason::Channel),
            _ => Err(IgnoreReason::UnknownKind),
        }
    }

    fn message(&self, message: &WireMessage, is_edit: bool) -> Result<UpdateEvent, IgnoreReason> {
        let kind = message.chat.kind()?;
        let scene = ChatContext {
            message: Some(message.message_id),
            reply_to: message.answered().map(|answered| answered.message_id),
            is_to_bot: message.is_to(self.me.id),
            at: Some(timestamp(message.edit_date.unwrap_or(message.date))),
            ..chat_context(
                message.chat.id,
                kind,
                message.topic(),
                &self.author(message)?,
            )?
        };
        if let Some(notice) = message.notice() {
            return Ok(self.notice(scene, notice));
        }
        let edited_at = message.edit_date.unwrap_or(message.date);
        if is_edit && edited_at.saturating_sub(message.date) > EDITABLE_SECONDS {
            return Err(IgnoreReason::EditTooLate);
        }
        let what = match self.is_operators(scene.chat) {
            true => address::message_to_anyone(message, self.me)?,
            false => address::message_to_bot(message, self.me, kind == ChatKind::Private)?,
        };
        let what = if is_edit {
            UpdateKind::Edited {
                text: edited(message, what).ok_or(IgnoreReason::EditWithoutText)?,
                is_caption: message.text.is_none(),
            }
        } else {
            what
        };
        Ok(self.at(scene, what))
    }

    /// The author of a message: a user, or a chat in whose name a user writes.
    fn author<'m>(&self, message: &'m WireMessage) -> Result<MessageAuthor<'m>, IgnoreReason> {
        if message.is_automatic_forward {
            return Err(IgnoreReason::AutomaticForward);
        }
        let author = MessageAuthor {
            user: message.from.as_ref(),
            in_name_of: message.sender_chat.as_ref(),
            signature: message.author_signature.as_deref(),
        };
        // a migration counts, whoever caused it
        if message
            .migrate_to_chat_id
            .or(message.migrate_from_chat_id)
            .is_some()
        {
            return Ok(author);
        }
        let is_own =
            |user: &Option<WireUser>| user.as_ref().is_some_and(|user| user.id == self.me.id);
        if is_own(&message.from) || is_own(&message.via_bot) {
            return Err(IgnoreReason::Own);
        }
        match author {
            // `user` is then a placeholder bot of Telegram's, the same for all such messages
            MessageAuthor {
                in_name_of: Some(_),
                ..
            } => Ok(author),
            MessageAuthor {
                user: Some(user), ..
            } if user.is_bot => Err(IgnoreReason::OtherBot),
            MessageAuthor { user: Some(_), .. } => Ok(author),
            MessageAuthor { user: None, .. } => Err(IgnoreReason::UnknownKind),
        }
    }

    fn press(&self, press: wire::WireCallbackQuery) -> Result<UpdateEvent, IgnoreReason> {
        // a button under an inline result belongs to no chat of the bot: it is answered in the
        // private chat of the user
        let private = WireChat::private(press.from.id);
        let chat = press
            .message
            .as_ref()
            .map_or(&private, |message| &message.chat);
        let reachable = press.message.as_ref().filter(|message| message.date > 0);
        let scene = ChatContext {
            message: reachable.map(|message| message.message_id),
            ..chat_context(
                chat.id,
                chat.kind()?,
                reachable.and_then(WireMessage::topic),
                &MessageAuthor::themselves(&press.from),
            )?
        };
        let sent = reachable.map(|message| timestamp(message.date));
        Ok(self.at(
            scene,
            UpdateKind::Press {
                callback: press.id,
                data: press.data.unwrap_or_default(),
                sent,
            },
        ))
    }

    fn membership(&self, change: &wire::WireMembership) -> Result<UpdateEvent, IgnoreReason> {
        let kind = change.chat.kind()?;
        let what = match (
            kind,
            change.old_chat_member.is_in(),
            change.new_chat_member.is_in(),
        ) {
            (ChatKind::Private, true, false) => UpdateKind::Blocked,
            (ChatKind::Private, false, true) => UpdateKind::Unblocked,
            (_, true, false) => UpdateKind::Removed,
            (_, false, true) => UpdateKind::Added,
            _ => return Err(IgnoreReason::Rights),
        };
        let scene = chat_context(
            change.chat.id,
            kind,
            None,
            &MessageAuthor::themselves(&change.from),
        )?;
        Ok(self.at(
            ChatContext {
                at: Some(timestamp(change.date)),
                ..scene
            },
            what,
        ))
    }

    /// What a service message tells. A group that moved is the operators' by its old id too.
    fn notice(&self, scene: ChatContext, notice: UpdateKind) -> UpdateEvent {
        match notice {
            UpdateKind::MigratedFrom(from) if self.is_operators(from) => {
                UpdateEvent::Operator(scene, notice)
            }
            _ => self.at(scene, notice),
        }
    }

    fn at(&self, scene: ChatContext, what: UpdateKind) -> UpdateEvent {
        match self.is_operators(scene.chat) {
            true => UpdateEvent::Operator(scene, what),
            false => UpdateEvent::Asker(scene, what),
        }
    }

    fn is_operators(&self, chat: i64) -> bool {
        self.operators.contains(&chat)
    }
}

#[derive(Clone, Copy)]
struct MessageAuthor<'m> {
    user: Option<&'m WireUser>,
    in_name_of: Option<&'m WireChat>,
    signature: Option<&'m str>,
}

impl<'m> MessageAuthor<'m> {
    fn themselves(user: &'m WireUser) -> Self {
        MessageAuthor {
            user: Some(user),
            in_name_of: None,
            signature: None,
        }
    }

    fn id(&self) -> i64 {
        self.in_name_of
            .map(|chat| chat.id)
            .or(self.user.map(|user| user.id))
            .unwrap_or_default()
    }

    fn name(&self) -> String {
        match self.in_name_of {
            Some(chat) => self
                .signature
                .or(chat.title.as_deref())
                .unwrap_or_default()
                .to_owned(),
            None => self.user.map(WireUser::full_name).unwrap_or_default(),
        }
    }
}

/// The context of an action, without message and time.
fn chat_context(
    chat: i64,
    kind: ChatKind,
    thread: Option<i32>,
    author: &MessageAuthor,
) -> Result<ChatContext, IgnoreReason> {
    let user = author.id();
    let conversation = match kind {
        ChatKind::Private => conversation::in_private(chat),
        _ => conversation::in_group(chat, thread, user),
    };
    Ok(ChatContext {
        conversation,
        chat,
        kind,
        thread,
        user,
        name: author.name(),
        username: author
            .user
            .filter(|_| author.in_name_of.is_none())
            .and_then(|user| user.username.clone()),
        lang: author.user.map_or(Lang::Zh, lang),
        message: None,
        reply_to: None,
        is_to_bot: false,
        at: None,
    })
}

/// The text of an edited message. A command is not executed again.
fn edited(message: &WireMessage, what: UpdateKind) -> Option<String> {
    match what {
        UpdateKind::Text(text) => Some(text),
        UpdateKind::Attachment(attachment) => attachment.caption,
        UpdateKind::Command { .. } | UpdateKind::UnknownCommand(_) => message.text.clone(),
        _ => None,
    }
}

fn lang(user: &WireUser) -> Lang {
    let code = user.language_code.as_deref().unwrap_or_default();
    if code
        .get(..2)
        .is_some_and(|tag| tag.eq_ignore_ascii_case("en"))
    {
        Lang::En
    } else {
        Lang::Zh
    }
}

/// Converts Telegram's seconds.
fn timestamp(seconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(1000))
}
