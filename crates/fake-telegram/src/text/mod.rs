//! The text of a message. In: what a method was given (text, parse mode, entities). Out: the text and the entities that
//! a user sees, or the refusal. The rules are those of the Bot API server, in its order.

mod found;
mod html;
mod markdown;
mod tidy;

pub(crate) use found::find;

use super::failure::Failure;
use serde::{Deserialize, Serialize};

/// How many code points a message may have once its entities are parsed.
const LONGEST: usize = 4_096;
/// How many entities a message may have; further ones are dropped without a word.
const MOST_ENTITIES: usize = 100;

/// Offsets and lengths count UTF-16 units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    #[serde(rename = "type")]
    pub kind: String,
    pub offset: usize,
    pub length: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Text as a user sees it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Formatted {
    pub text: String,
    pub entities: Vec<Entity>,
}

impl Entity {
    pub fn end(&self) -> usize {
        self.offset + self.length
    }
}

/// What a bot's text becomes.
pub(crate) fn format(
    text: &str,
    mode: Option<&str>,
    entities: Option<&str>,
) -> Result<Formatted, Failure> {
    if text.is_empty() {
        return Err(Failure::bad("message text is empty"));
    }
    let cannot = |reason: String| Failure::bad(format!("can't parse entities: {reason}"));
    let built = match mode.map(str::to_lowercase).as_deref() {
        None => Built {
            text: text.to_owned(),
            units: units(text),
            entities: listed(text, entities)?,
        },
        Some("html") => html::parse(text).map_err(cannot)?,
        Some("markdownv2") => markdown::parse(text).map_err(cannot)?,
        Some(_) => return Err(Failure::bad("unsupported parse_mode")),
    };
    let mut formatted = tidy::tidy(&built.text, built.entities);
    if formatted.text.is_empty() {
        return Err(Failure::bad("text must be non-empty"));
    }
    if formatted.text.chars().count() > LONGEST {
        return Err(Failure::bad("message is too long"));
    }
    formatted.entities.truncate(MOST_ENTITIES);
    let found = find(&formatted.text, &formatted.entities);
    formatted.entities.extend(found);
    sort(&mut formatted.entities);
    Ok(formatted)
}

/// The length of a text in UTF-16 units.
pub(crate) fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// What a link's address becomes; an address that is none leaves the text without a link.
fn link(address: &str) -> Option<String> {
    let address = address.trim();
    let full = if address.contains("://") {
        address.to_owned()
    } else {
        format!("http://{address}")
    };
    let url = reqwest::Url::parse(&full).ok()?;
    let named = url
        .host_str()
        .is_some_and(|host| host.contains('.') || host.starts_with('['));
    (["http", "https"].contains(&url.scheme()) && named).then(|| url.to_string())
}

/// `entities` as a list, each of which must lie on the text.
fn listed(text: &str, entities: Option<&str>) -> Result<Vec<Entity>, Failure> {
    let Some(json) = entities else {
        return Ok(Vec::new());
    };
    let entities: Vec<Entity> =
        serde_json::from_str(json).map_err(|_| Failure::bad("can't parse entities JSON object"))?;
    for entity in &entities {
        let (begin, end) = (entity.offset, entity.end());
        if end > units(text) {
            let reason =
                format!("entity beginning at UTF-16 offset {begin} ends after the end of the text");
            return Err(Failure::bad(format!(
                "{reason} at UTF-16 offset {}",
                units(text)
            )));
        }
        if byte_at(text, begin).is_none() {
            return Err(Failure::bad(format!(
                "entity begins in a middle of a UTF-16 symbol at UTF-16 offset {begin}"
            )));
        }
        if byte_at(text, end).is_none() {
            let reason = format!(
                "entity beginning at UTF-16 offset {begin} ends in a middle of a UTF-16 symbol"
            );
            return Err(Failure::bad(format!("{reason} at UTF-16 offset {end}")));
        }
    }
    Ok(entities)
}

/// Where in bytes a UTF-16 offset is; `None` in the middle of a character and behind the end.
pub(crate) fn byte_at(text: &str, offset: usize) -> Option<usize> {
    let mut passed = 0;
    let ends = [text.len()];
    text.char_indices()
        .map(|(at, next)| (at, next.len_utf16()))
        .chain(ends.map(|end| (end, 0)))
        .find_map(|(at, width)| {
            let here = passed;
            passed += width;
            (here == offset).then_some(at)
        })
}

/// By their beginnings, the outer one first.
fn sort(entities: &mut [Entity]) {
    entities.sort_by_key(|entity| (entity.offset, std::cmp::Reverse(entity.length)));
}

/// A text in the making.
#[derive(Debug, Default)]
struct Built {
    text: String,
    /// Its length in UTF-16 units.
    units: usize,
    entities: Vec<Entity>,
}

impl Built {
    fn push(&mut self, next: char) {
        self.text.push(next);
        self.units += next.len_utf16();
    }

    /// An entity from `offset` to here; none around nothing.
    fn mark(&mut self, kind: &str, offset: usize, detail: impl FnOnce(&mut Entity)) {
        if self.units > offset {
            let mut entity = Entity {
                kind: kind.to_owned(),
                offset,
                length: self.units - offset,
                ..Entity::default()
            };
            detail(&mut entity);
            self.entities.push(entity);
        }
    }

    /// Whether the last entity is of this kind, names a language, and spans all from `offset` to here.
    fn same_span(&self, offset: usize, kind: &str) -> bool {
        let last = self.entities.last();
        last.is_some_and(|it| {
            it.kind == kind
                && it.language.is_some()
                && (it.offset, it.end()) == (offset, self.units)
        })
    }
}
