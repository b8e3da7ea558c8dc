//! Parses updates. In: the JSON of an update, and who the bot is. Out: [`ParsedUpdate`]: who did
//! what where, or why there is nothing to do. Must not know: conversations, replies, the store.

mod address;
mod heard;
mod wire;

pub use heard::*;

use crate::message::{ConversationId, Lang, Timestamp};
use serde::Deserialize;
use wire::{Chat, Message, Update, User};

/// An update that cannot be parsed. It is to be set aside and confirmed: else Telegram would
/// deliver it again for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("update {}: unreadable at column {column}", update.map_or("without number".to_owned(), |id| id.to_string()))]
pub struct Unreadable {
    /// Its `update_id`, if that can be found.
    pub update: Option<i64>,
    /// The column of the error in the JSON, from 1. The text there is not included: it may be a
    /// person's message.
    pub column: usize,
}

/// Parses one update. `operators` is the chat id of the operators' group.
pub fn hear(raw: &str, me: &Me, operators: Option<i64>) -> Result<Heard, Unreadable> {
    let unreadable = |error: serde_json::Error| Unreadable { update: update_id(raw), column: error.column() };
    let update: Update = serde_json::from_str(raw).map_err(unreadable)?;
    let number = update.update_id;
    let event = Ear { me, operators }.event(update).unwrap_or_else(Event::Nothing);
    Ok(Heard { update: number, event })
}

/// The id of an update, even if the rest of its JSON is invalid.
pub fn update_id(raw: &str) -> Option<i64> {
    #[derive(Deserialize)]
    struct Numbered {
        update_id: i64,
    }
    if let Ok(Numbered { update_id }) = serde_json::from_str(raw) {
        return Some(update_id);
    }
    // inside a JSON string the quotes would be escaped
    let (_, rest) = raw.split_once("\"update_id\"")?;
    let digits = rest.trim_start().strip_prefix(':')?.trim_start();
    digits.get(..digits.find(|c: char| !c.is_ascii_digit())?)?.parse().ok()
}

struct Ear<'a> {
    me: &'a Me,
    operators: Option<i64>,
}

impl Ear<'_> {
    fn event(&self, update: Update) -> Result<Event, Reason> {
        match update {
            Update { message: Some(message), .. } => self.message(&message, false),
            Update { edited_message: Some(message), .. } => self.message(&message, true),
            Update { callback_query: Some(press), .. } => self.press(press),
            Update { inline_query: Some(inline), .. } => Ok(Event::Inline(Inline {
                user: inline.from.id,
                lang: lang(&inline.from),
                id: inline.id,
                query: inline.query,
                offset: inline.offset,
            })),
            Update { my_chat_member: Some(change), .. } => self.membership(&change),
            Update { channel_post: Some(_), .. } | Update { edited_channel_post: Some(_), .. } => Err(Reason::Channel),
            _ => Err(Reason::UnknownKind),
        }
    }

    fn message(&self, message: &Message, is_edit: bool) -> Result<Event, Reason> {
        let kind = message.chat.kind()?;
        let scene = Scene {
            message: Some(message.message_id),
            reply_to: message.answered().map(|answered| answered.message_id),
            at: Some(timestamp(message.edit_date.unwrap_or(message.date))),
            ..scene(message.chat.id, kind, message.topic(), &self.author(message)?)?
        };
        if let Some(notice) = message.notice() {
            return Ok(self.at(scene, notice));
        }
        let what = match self.is_operators(scene.chat) {
            true => address::whole(message, self.me)?,
            false => address::to_bot(message, self.me, kind == ChatKind::Private)?,
        };
        let what = if is_edit { What::Edited(edited(message, what).ok_or(Reason::EditWithoutText)?) } else { what };
        Ok(self.at(scene, what))
    }

    /// The author of a message: a user, or a chat in whose name a user writes.
    fn author<'m>(&self, message: &'m Message) -> Result<Author<'m>, Reason> {
        if message.is_automatic_forward {
            return Err(Reason::AutomaticForward);
        }
        let author = Author {
            user: message.from.as_ref(),
            in_name_of: message.sender_chat.as_ref(),
            signature: message.author_signature.as_deref(),
        };
        // a migration counts, whoever caused it
        if message.migrate_to_chat_id.or(message.migrate_from_chat_id).is_some() {
            return Ok(author);
        }
        let is_own = |user: &Option<User>| user.as_ref().is_some_and(|user| user.id == self.me.id);
        if is_own(&message.from) || is_own(&message.via_bot) {
            return Err(Reason::Own);
        }
        match author {
            // `user` is then a placeholder bot of Telegram's, the same for all such messages
            Author { in_name_of: Some(_), .. } => Ok(author),
            Author { user: Some(user), .. } if user.is_bot => Err(Reason::OtherBot),
            Author { user: Some(_), .. } => Ok(author),
            Author { user: None, .. } => Err(Reason::UnknownKind),
        }
    }

    fn press(&self, press: wire::Press) -> Result<Event, Reason> {
        // a button under an inline result belongs to no chat of the bot: it is answered in the
        // private chat of the user
        let private = Chat::private(press.from.id);
        let chat = press.message.as_ref().map_or(&private, |message| &message.chat);
        let reachable = press.message.as_ref().filter(|message| message.date > 0);
        let scene = Scene {
            message: reachable.map(|message| message.message_id),
            ..scene(chat.id, chat.kind()?, reachable.and_then(Message::topic), &Author::themselves(&press.from))?
        };
        let sent = reachable.map(|message| timestamp(message.date));
        Ok(self.at(scene, What::Press { callback: press.id, data: press.data.unwrap_or_default(), sent }))
    }

    fn membership(&self, change: &wire::Membership) -> Result<Event, Reason> {
        let kind = change.chat.kind()?;
        let what = match (kind, change.old_chat_member.is_in(), change.new_chat_member.is_in()) {
            (ChatKind::Private, true, false) => What::Blocked,
            (ChatKind::Private, false, true) => What::Unblocked,
            (_, true, false) => What::Removed,
            (_, false, true) => What::Added,
            _ => return Err(Reason::Rights),
        };
        let scene = scene(change.chat.id, kind, None, &Author::themselves(&change.from))?;
        Ok(self.at(Scene { at: Some(timestamp(change.date)), ..scene }, what))
    }

    fn at(&self, scene: Scene, what: What) -> Event {
        match self.is_operators(scene.chat) {
            true => Event::Operator(scene, what),
            false => Event::Asker(scene, what),
        }
    }

    fn is_operators(&self, chat: i64) -> bool {
        self.operators == Some(chat)
    }
}

#[derive(Clone, Copy)]
struct Author<'m> {
    user: Option<&'m User>,
    in_name_of: Option<&'m Chat>,
    signature: Option<&'m str>,
}

impl<'m> Author<'m> {
    fn themselves(user: &'m User) -> Self {
        Author { user: Some(user), in_name_of: None, signature: None }
    }

    fn id(&self) -> i64 {
        self.in_name_of.map(|chat| chat.id).or(self.user.map(|user| user.id)).unwrap_or_default()
    }

    fn name(&self) -> String {
        match self.in_name_of {
            Some(chat) => self.signature.or(chat.title.as_deref()).unwrap_or_default().to_owned(),
            None => self.user.map(User::full_name).unwrap_or_default(),
        }
    }
}

/// The context of an action, without message and time.
fn scene(chat: i64, kind: ChatKind, thread: Option<i32>, author: &Author) -> Result<Scene, Reason> {
    let user = author.id();
    let conversation = match kind {
        ChatKind::Private => format!("telegram:{chat}"),
        _ => format!("telegram:{chat}.{}.{user}", thread.unwrap_or(0)),
    };
    Ok(Scene {
        // numbers always make a valid id
        conversation: ConversationId::parse(&conversation).map_err(|_| Reason::UnknownKind)?,
        chat,
        kind,
        thread,
        user,
        name: author.name(),
        username: author.user.filter(|_| author.in_name_of.is_none()).and_then(|user| user.username.clone()),
        lang: author.user.map_or(Lang::Zh, lang),
        message: None,
        reply_to: None,
        at: None,
    })
}

/// The text of an edited message. A command is not executed again.
fn edited(message: &Message, what: What) -> Option<String> {
    match what {
        What::Text(text) => Some(text),
        What::Attachment(attachment) => attachment.caption,
        What::Command { .. } => message.text.clone(),
        _ => None,
    }
}

fn lang(user: &User) -> Lang {
    let code = user.language_code.as_deref().unwrap_or_default();
    if code.get(..2).is_some_and(|tag| tag.eq_ignore_ascii_case("en")) { Lang::En } else { Lang::Zh }
}

/// Converts Telegram's seconds.
fn timestamp(seconds: i64) -> Timestamp {
    Timestamp(seconds.saturating_mul(1000))
}
