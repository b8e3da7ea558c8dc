//! What the Bot API does to every text, whoever formatted it. In: text and entities. Out: without the characters that
//! it does not let through, without white space around it, and without entities that code cannot hold.

use super::{Entity, Formatted, sort, units};

pub(super) fn tidy(text: &str, entities: Vec<Entity>) -> Formatted {
    let mut clean = String::with_capacity(text.len());
    // where each UTF-16 unit of the old text is in the new one
    let mut moved = Vec::with_capacity(text.len() + 1);
    let mut length = 0;
    for next in text.chars() {
        moved.extend(std::iter::repeat_n(length, next.len_utf16()));
        if let Some(kept) = kept(next) {
            clean.push(kept);
            length += kept.len_utf16();
        }
    }
    moved.push(length);
    let mut entities: Vec<Entity> = entities
        .into_iter()
        .map(|entity| {
            let (offset, end) = (moved[entity.offset], moved[entity.end()]);
            Entity {
                offset,
                length: end - offset,
                ..entity
            }
        })
        .collect();
    sort(&mut entities);
    bare_code(&mut entities);
    let mut formatted = trim(&clean, entities);
    formatted.entities.retain(|entity| entity.length > 0);
    formatted
}

/// Control characters become spaces, CR is dropped, and so are the line separators and marks of direction.
fn kept(next: char) -> Option<char> {
    match next {
        '\r' | '\u{2028}'..='\u{202e}' => None,
        '\n' => Some('\n'),
        '\0'..='\u{1f}' => Some(' '),
        _ => Some(next),
    }
}

/// Code holds no other entities: what stands in it is dropped.
fn bare_code(entities: &mut Vec<Entity>) {
    let is_code = |entity: &Entity| entity.kind == "code" || entity.kind == "pre";
    let codes: Vec<Entity> = entities
        .iter()
        .filter(|entity| is_code(entity))
        .cloned()
        .collect();
    let within =
        |outer: &Entity, inner: &Entity| outer.offset <= inner.offset && inner.end() <= outer.end();
    entities.retain(|entity| is_code(entity) || !codes.iter().any(|code| within(code, entity)));
}

/// Without white space at the end, and at the beginning up to the first entity.
fn trim(text: &str, mut entities: Vec<Entity>) -> Formatted {
    let text = text.trim_end_matches([' ', '\n']);
    let end = units(text);
    for entity in &mut entities {
        entity.offset = entity.offset.min(end);
        entity.length = entity.end().min(end) - entity.offset;
    }
    let first = entities
        .iter()
        .find(|entity| entity.length > 0)
        .map_or(usize::MAX, |entity| entity.offset);
    let blank = text
        .bytes()
        .take(first)
        .take_while(|byte| b" \n".contains(byte))
        .count();
    for entity in &mut entities {
        entity.offset = entity.offset.saturating_sub(blank);
    }
    Formatted {
        text: text[blank..].to_owned(),
        entities,
    }
}
