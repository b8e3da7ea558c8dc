//! Whether a message is addressed to the bot, and what it says. In: a message. Out: [`UpdateKind`].
//! Must not know: who wrote it, or when.

use super::wire::{Entity, Message};
use super::{Command, Me, Reason, What};
use std::ops::Range;

const COMMANDS: &[(&str, Command)] = &[
    ("start", Command::Start),
    ("help", Command::Help),
    ("menu", Command::Menu),
    ("human", Command::Human),
    ("done", Command::Done),
];

/// What a message says to the bot. In a group only messages count that mention the bot, reply to
/// it, or are a command that it knows.
pub fn to_bot(message: &Message, me: &Me, is_private: bool) -> Result<What, Reason> {
    let (said, entities) = written(message);
    let mentions = mentions(said, entities, me);
    let answers_bot = message.answered().and_then(|m| m.from.as_ref()).is_some_and(|user| user.id == me.id);
    let is_addressed = is_private || answers_bot || !mentions.is_empty();
    let text = without(said, &mentions);
    if message.text.is_none() {
        let caption = message.caption.is_some().then_some(text);
        return is_addressed.then(|| What::Attachment(message.attachment(caption))).ok_or(Reason::NotAddressed);
    }
    match slash(said, me) {
        Slash::Known(command, rest) => Ok(What::Command { command, rest: rest.to_owned() }),
        Slash::ForOther => Err(Reason::NotAddressed),
        Slash::Unknown { to_bot } if is_addressed || to_bot => Ok(What::Text(text)),
        Slash::Not if is_addressed => Ok(What::Text(text)),
        _ => Err(Reason::NotAddressed),
    }
}

/// What a message says, whoever it is addressed to, mentions included.
pub fn whole(message: &Message, me: &Me) -> Result<What, Reason> {
    let Some(text) = &message.text else {
        return Ok(What::Attachment(message.attachment(message.caption.clone())));
    };
    match slash(text, me) {
        Slash::Known(command, rest) => Ok(What::Command { command, rest: rest.to_owned() }),
        Slash::ForOther => Err(Reason::NotAddressed),
        _ => Ok(What::Text(text.clone())),
    }
}

enum Slash<'t> {
    Known(Command, &'t str),
    Unknown {
        to_bot: bool,
    },
    /// `/cmd@other_bot`.
    ForOther,
    Not,
}

/// Parses a command: a slash and a name, optionally `@` and a bot, then white space or the end.
fn slash<'t>(text: &'t str, me: &Me) -> Slash<'t> {
    let Some(line) = text.strip_prefix('/') else { return Slash::Not };
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    let (head, rest) = line.split_at(end);
    let (name, bot) = head.split_once('@').map_or((head, None), |(name, bot)| (name, Some(bot)));
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Slash::Not;
    }
    if bot.is_some_and(|bot| !bot.eq_ignore_ascii_case(&me.username)) {
        return Slash::ForOther;
    }
    let known = COMMANDS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    known.map_or(Slash::Unknown { to_bot: bot.is_some() }, |(_, command)| Slash::Known(*command, rest.trim()))
}

/// The text of a message, or its caption.
fn written(message: &Message) -> (&str, &[Entity]) {
    match &message.text {
        Some(text) => (text, &message.entities),
        None => (message.caption.as_deref().unwrap_or_default(), &message.caption_entities),
    }
}

/// The byte ranges of mentions of the bot, in order.
fn mentions(text: &str, entities: &[Entity], me: &Me) -> Vec<Range<usize>> {
    let names_bot = |entity: &Entity, said: &str| match entity.kind.as_str() {
        "mention" => said.strip_prefix('@').is_some_and(|name| name.eq_ignore_ascii_case(&me.username)),
        "text_mention" => entity.user.as_ref().is_some_and(|user| user.id == me.id),
        // `/cmd@bot` of an unknown command
        "bot_command" => said.split_once('@').is_some_and(|(_, name)| name.eq_ignore_ascii_case(&me.username)),
        _ => false,
    };
    let found = entities.iter().filter_map(|entity| {
        let range = bytes(text, entity)?;
        let said = text.get(range.clone())?;
        let at = if entity.kind == "bot_command" { said.find('@')? } else { 0 };
        names_bot(entity, said).then_some(range.start + at..range.end)
    });
    let mut found: Vec<Range<usize>> = found.collect();
    found.sort_by_key(|range| range.start);
    found
}

/// The byte range of an entity; `None` if it does not lie on character boundaries of the text.
fn bytes(text: &str, entity: &Entity) -> Option<Range<usize>> {
    let byte = |unit: usize| {
        let mut units = 0;
        for (at, c) in text.char_indices() {
            if units >= unit {
                return (units == unit).then_some(at);
            }
            units += c.len_utf16();
        }
        (units == unit).then_some(text.len())
    };
    Some(byte(entity.offset)?..byte(entity.offset.checked_add(entity.length)?)?)
}

/// The text without the mentions, and with one space at most in the place of each.
fn without(text: &str, mentions: &[Range<usize>]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for mention in mentions {
        kept.push_str(text.get(from..mention.start).unwrap_or_default());
        from = from.max(mention.end);
        if kept.ends_with(char::is_whitespace) {
            let rest = text.get(from..).unwrap_or_default();
            from = text.len() - rest.trim_start_matches(' ').len();
        }
    }
    kept.push_str(text.get(from..).unwrap_or_default());
    kept.trim().to_owned()
}
