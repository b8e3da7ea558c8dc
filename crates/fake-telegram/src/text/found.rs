//! What Telegram marks by itself. In: a text and the entities that it has. Out: the commands, mentions and addresses
//! that stand in the rest of it.

use super::{Entity, units};

/// Commands, mentions and web addresses outside `taken`.
pub(crate) fn find(text: &str, taken: &[Entity]) -> Vec<Entity> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(next) = text[at..].chars().next() {
        let word_before = text[..at].chars().next_back().is_some_and(is_word);
        match recognise(&text[at..], word_before) {
            Some((kind, length)) => {
                let entity = Entity {
                    kind: kind.to_owned(),
                    offset: units(&text[..at]),
                    length,
                    ..Entity::default()
                };
                if !taken.iter().any(|other| overlap(other, &entity)) {
                    found.push(entity);
                }
                at += length;
            }
            None => at += next.len_utf8(),
        }
    }
    found
}

/// The kind and the length of what begins here; all of it is ASCII.
fn recognise(rest: &str, word_before: bool) -> Option<(&'static str, usize)> {
    if word_before {
        return None;
    }
    if rest.starts_with("https://") || rest.starts_with("http://") {
        let end = rest
            .find(|next: char| !next.is_ascii_graphic())
            .unwrap_or(rest.len());
        return Some((
            "url",
            rest[..end]
                .trim_end_matches(['.', ',', ';', ':', '!', '?', ')'])
                .len(),
        ));
    }
    if let Some(name) = rest.strip_prefix('@') {
        let length = word(name);
        return (4..=32)
            .contains(&length)
            .then_some(("mention", 1 + length));
    }
    let command = rest.strip_prefix('/')?;
    let length = word(command);
    let bot = command[length..]
        .strip_prefix('@')
        .map(word)
        .filter(|bot| (3..=32).contains(bot));
    let whole = length + bot.map_or(0, |bot| 1 + bot);
    let ends = !command[whole..].starts_with(|next| next == '/' || is_word(next));
    ((1..=64).contains(&length) && ends).then_some(("bot_command", 1 + whole))
}

fn word(text: &str) -> usize {
    text.find(|next: char| !next.is_ascii_alphanumeric() && next != '_')
        .unwrap_or(text.len())
}

fn is_word(next: char) -> bool {
    next.is_alphanumeric() || "_/<>@".contains(next)
}

fn overlap(left: &Entity, right: &Entity) -> bool {
    left.offset < right.end() && right.offset < left.end()
}
