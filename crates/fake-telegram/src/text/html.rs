//! `parse_mode` HTML. In: what the bot wrote. Out: the text without its tags and the entities they stood for, or the
//! Bot API's words for what is wrong with them.

use super::{Built, link};

const TAGS: [(&str, &str); 16] = [
    ("b", "bold"),
    ("strong", "bold"),
    ("i", "italic"),
    ("em", "italic"),
    ("u", "underline"),
    ("ins", "underline"),
    ("s", "strikethrough"),
    ("strike", "strikethrough"),
    ("del", "strikethrough"),
    ("span", "spoiler"),
    ("tg-spoiler", "spoiler"),
    ("blockquote", "blockquote"),
    ("code", "code"),
    ("pre", "pre"),
    ("a", "text_link"),
    ("tg-emoji", "custom_emoji"),
];

/// A tag that waits for its end.
struct Open {
    name: String,
    /// The address of a link, the language of a code, the class of a span.
    argument: String,
    /// Where it began, in UTF-16 units and in bytes of the text so far.
    units: usize,
    bytes: usize,
}

struct Cursor<'a> {
    source: &'a str,
    at: usize,
}

pub(super) fn parse(source: &str) -> Result<Built, String> {
    let mut cursor = Cursor { source, at: 0 };
    let mut built = Built::default();
    let mut open: Vec<Open> = Vec::new();
    while let Some(next) = cursor.rest().chars().next() {
        match next {
            '<' if cursor.rest().starts_with("</") => cursor.end_tag(&mut open, &mut built)?,
            '<' => {
                let (name, argument) = cursor.start_tag()?;
                open.push(Open {
                    name,
                    argument,
                    units: built.units,
                    bytes: built.text.len(),
                });
            }
            '&' => built.push(cursor.reference()?),
            other => {
                built.push(other);
                cursor.at += other.len_utf8();
            }
        }
    }
    match open.last() {
        Some(tag) => Err(format!(
            "Can't find end tag corresponding to start tag \"{}\"",
            tag.name
        )),
        None => Ok(built),
    }
}

impl<'a> Cursor<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let taken = &rest[..rest.find(|next| !wanted(next)).unwrap_or(rest.len())];
        self.at += taken.len();
        taken
    }

    fn skip_space(&mut self) {
        self.take_while(is_space);
    }

    fn start_tag(&mut self) -> Result<(String, String), String> {
        let begin = self.at;
        self.at += 1;
        let name = self
            .take_while(|next| !is_space(next) && next != '>')
            .to_lowercase();
        if self.peek().is_none() {
            return Err(format!("Unclosed start tag at byte offset {begin}"));
        }
        if !TAGS.iter().any(|(tag, _)| *tag == name) {
            return Err(format!(
                "Unsupported start tag \"{name}\" at byte offset {begin}"
            ));
        }
        let mut argument = String::new();
        loop {
            self.skip_space();
            if self.peek() == Some('>') {
                self.at += 1;
                break;
            }
            let (attribute, value) = self.attribute(&name, begin)?;
            let kept = match (name.as_str(), attribute) {
                ("a", "href") | ("tg-emoji", "emoji-id") => Some(value.as_str()),
                ("code", "class") => value.strip_prefix("language-"),
                ("span", "class") => value.strip_prefix("tg-"),
                _ => None,
            };
            argument = kept.map_or(argument, str::to_owned);
        }
        if name == "span" && argument != "spoiler" {
            return Err(format!(
                "Tag \"span\" must have class \"tg-spoiler\" at byte offset {begin}"
            ));
        }
        Ok((name, argument))
    }

    fn attribute(&mut self, tag: &str, begin: usize) -> Result<(&'a str, String), String> {
        let name = self.take_while(|next| !is_space(next) && !"=>/\"'".contains(next));
        if name.is_empty() {
            return Err(format!(
                "Empty attribute name in the tag \"{tag}\" at byte offset {begin}"
            ));
        }
        self.skip_space();
        if self.peek() != Some('=') {
            return match self.peek() {
                None => Err(format!(
                    "Unclosed start tag \"{tag}\" at byte offset {begin}"
                )),
                Some(_) => Ok((name, String::new())),
            };
        }
        self.at += 1;
        self.skip_space();
        let quote = match self.peek() {
            None => {
                return Err(format!(
                    "Unclosed start tag \"{tag}\" at byte offset {begin}"
                ));
            }
            Some(quote @ ('"' | '\'')) => quote,
            Some(_) => return self.bare_value().map(|value| (name, value)),
        };
        self.at += 1;
        let mut value = String::new();
        loop {
            match self.peek() {
                None => return Err(format!("Unclosed start tag at byte offset {begin}")),
                Some(end) if end == quote => break,
                Some('&') => value.push(self.reference()?),
                Some(other) => {
                    value.push(other);
                    self.at += other.len_utf8();
                }
            }
        }
        self.at += 1;
        Ok((name, value))
    }

    fn bare_value(&mut self) -> Result<String, String> {
        let begin = self.at;
        let value = self
            .take_while(|next| next.is_ascii_alphanumeric() || ".-".contains(next))
            .to_lowercase();
        match self.peek() {
            Some(next) if next == '>' || is_space(next) => Ok(value),
            _ => Err(format!(
                "Unexpected end of name token at byte offset {begin}"
            )),
        }
    }

    fn end_tag(&mut self, open: &mut Vec<Open>, built: &mut Built) -> Result<(), String> {
        let begin = self.at;
        let Some(tag) = open.pop() else {
            return Err(format!("Unexpected end tag at byte offset {begin}"));
        };
        self.at += 2;
        let name = self
            .take_while(|next| !is_space(next) && next != '>')
            .to_lowercase();
        self.skip_space();
        if self.peek() != Some('>') {
            return Err(format!("Unclosed end tag at byte offset {begin}"));
        }
        self.at += 1;
        if !name.is_empty() && name != tag.name {
            let expected = &tag.name;
            return Err(format!(
                "Unmatched end tag at byte offset {begin}, expected \"</{expected}>\", found \"</{name}>\""
            ));
        }
        close(tag, built);
        Ok(())
    }

    /// `&lt;` and the like; an ampersand that begins none stands for itself.
    fn reference(&mut self) -> Result<char, String> {
        let rest = &self.rest()[1..];
        let name_end = rest
            .find(|next: char| !next.is_ascii_alphanumeric() && next != '#')
            .unwrap_or(rest.len());
        let name = &rest[..name_end];
        let number = match name.strip_prefix('#') {
            Some(digits) => match digits.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok(),
                None => digits.parse().ok(),
            },
            None => [("lt", '<'), ("gt", '>'), ("amp", '&'), ("quot", '"')]
                .iter()
                .find_map(|(known, character)| (*known == name).then_some(u32::from(*character))),
        };
        let Some(number) = number.filter(|number| (1..0x0010_ffff).contains(number)) else {
            self.at += 1;
            return Ok('&');
        };
        self.at += 1 + name_end + usize::from(rest[name_end..].starts_with(';'));
        char::from_u32(number).ok_or_else(|| {
            "Text contains invalid Unicode characters after decoding HTML entities, check for unmatched surrogate code \
             units"
                .to_owned()
        })
    }
}

fn close(tag: Open, built: &mut Built) {
    let kind = TAGS
        .iter()
        .find(|(name, _)| *name == tag.name)
        .map_or("", |(_, kind)| kind);
    match kind {
        "text_link" => {
            let address = if tag.argument.is_empty() {
                built.text[tag.bytes..].to_owned()
            } else {
                tag.argument
            };
            if let Some(url) = link(&address) {
                built.mark(kind, tag.units, |entity| entity.url = Some(url));
            }
        }
        // Only bots that bought a name may send them; for all others the emoji in the text is what stays.
        "custom_emoji" => {}
        "pre" if built.same_span(tag.units, "code") => {
            let language = built.entities.pop().and_then(|code| code.language);
            built.mark(kind, tag.units, |entity| entity.language = language);
        }
        _ => built.mark(kind, tag.units, |entity| {
            entity.language = (kind == "code" && !tag.argument.is_empty()).then_some(tag.argument);
        }),
    }
}

fn is_space(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\r' | '\n' | '\0' | '\u{b}')
}
