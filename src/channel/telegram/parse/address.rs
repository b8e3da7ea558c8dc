//! Whether a message is addressed to the bot, and what it says. In: a message. Out: [`UpdateKind`].
//! Must not know: who wrote it, or when.

use super::wire::{WireEntity, WireMessage};
use super::{BotIdentity, IgnoreReason, SlashCommand, UpdateKind};
use std::ops::Range;

const COMMANDS: [SlashCommand; 5] = [
    SlashCommand::Start,
    SlashCommand::Help,
    SlashCommand::Menu,
    SlashCommand::Human,
    SlashCommand::Done,
];

/// What a message says to the bot. In a group only messages count that mention the bot, reply to
/// it, or are a command that it knows.
pub(super) fn message_to_bot(
    message: &WireMessage,
    me: &BotIdentity,
    is_private: bool,
) -> Result<UpdateKind, IgnoreReason> {
    let (said, entities) = written(message);
    let mentions = mentions(said, entities, me);
    let answers_bot = message
        .answered()
        .and_then(|m| m.from.as_ref())
        .is_some_and(|user| user.id == me.id);
    let is_addressed = is_private || answers_bot || !mentions.is_empty();
    let text = without(said, &mentions);
    if message.text.is_none() {
        let caption = message.caption.is_some().then_some(text);
        return is_addressed
            .then(|| UpdateKind::Attachment(message.attachment(caption)))
            .ok_or(IgnoreReason::NotAddressed);
    }
    match slash(said, me) {
        SlashParse::Known(command, rest) => Ok(UpdateKind::Command {
            command,
            rest: rest.to_owned(),
        }),
        SlashParse::ForOther => Err(IgnoreReason::NotAddressed),
        SlashParse::Unknown { to_bot, .. } if is_addressed || to_bot => Ok(UpdateKind::Text(text)),
        SlashParse::Not if is_addressed => Ok(UpdateKind::Text(text)),
        _ => Err(IgnoreReason::NotAddressed),
    }
}

/// What a message says, whoever it is addressed to, mentions included.
pub(super) fn message_to_anyone(
    message: &WireMessage,
    me: &BotIdentity,
) -> Result<UpdateKind, IgnoreReason> {
    let Some(text) = &message.text else {
        return Ok(UpdateKind::Attachment(
            message.attachment(message.caption.clone()),
        ));
    };
    match slash(text, me) {
        SlashParse::Known(command, rest) => Ok(UpdateKind::Command {
            command,
            rest: rest.to_owned(),
        }),
        SlashParse::ForOther => Err(IgnoreReason::NotAddressed),
        SlashParse::Unknown { name, .. } => Ok(UpdateKind::UnknownCommand(name.to_owned())),
        SlashParse::Not => Ok(UpdateKind::Text(text.clone())),
    }
}

enum SlashParse<'t> {
    Known(SlashCommand, &'t str),
    Unknown {
        name: &'t str,
        to_bot: bool,
    },
    /// `/cmd@other_bot`.
    ForOther,
    Not,
}

/// Parses a command: a slash and a name, optionally `@` and a bot, then white space or the end. A
/// Chinese keyboard gives a wide slash.
fn slash<'t>(text: &'t str, me: &BotIdentity) -> SlashParse<'t> {
    let Some(line) = text.strip_prefix(['/', '／']) else {
        return SlashParse::Not;
    };
    let end = line.find(char::is_whitespace).unwrap_or(line.len());
    let (head, rest) = line.split_at(end);
    let (name, bot) = head
        .split_once('@')
        .map_or((head, None), |(name, bot)| (name, Some(bot)));
    if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return SlashParse::Not;
    }
    if bot.is_some_and(|bot| !bot.eq_ignore_ascii_case(&me.username)) {
        return SlashParse::ForOther;
    }
    let known = COMMANDS
        .iter()
        .find(|known| known.name().eq_ignore_ascii_case(name));
    known.map_or(
        SlashParse::Unknown {
            name,
            to_bot: bot.is_some(),
        },
        |command| SlashParse::Known(*command, rest.trim()),
    )
}

/// The text of a message, or its caption.
fn written(message: &WireMessage) -> (&str, &[WireEntity]) {
    match &message.text {
        Some(text) => (text, &message.entities),
        None => (
            message.caption.as_deref().unwrap_or_default(),
            &message.caption_entities,
        ),
    }
}

/// The byte ranges of mentions of the bot, in order.
fn mentions(text: &str, entities: &[WireEntity], me: &BotIdentity) -> Vec<Range<usize>> {
    let names_bot = |entity: &WireEntity, said: &str| match entity.kind.as_str() {
        "mention" => said
            .strip_prefix('@')
            .is_some_and(|name| name.eq_ignore_ascii_case(&me.username)),
        "text_mention" => entity.user.as_ref().is_some_and(|user| user.id == me.id),
        // `/cmd@bot` of an unknown command
        "bot_command" => said
            .split_once('@')
            .is_some_and(|(_, name)| name.eq_ignore_ascii_case(&me.username)),
        _ => false,
    };
    let found = entities.iter().filter_map(|entity| {
        let range = bytes(text, entity)?;
        let said = text.get(range.clone())?;
        let at = if entity.kind == "bot_command" {
            said.find('@')?
        } else {
            0
        };
        names_bot(entity, said).then_some(range.start + at..range.end)
    });
    let mut found: Vec<Range<usize>> = found.collect();
    found.sort_by_key(|range| range.start);
    found
}

/// The byte range of an entity; `None` if it does not lie on character boundaries of the text.
fn bytes(text: &str, entity: &WireEntity) -> Option<Range<usize>> {
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
