//! `parse_mode` MarkdownV2. In: what the bot wrote. Out: the text without its marks and the entities they stood for, or
//! the Bot API's words for what is wrong with them. Custom emoji and expandable quotations are not read: their marks
//! count as unescaped.

use super::{Built, link};

const RESERVED: &str = "_*[]()~`>#+-=|{}.!";

/// What may stand around text: the mark, the kind of its entity, and its name in a refusal. The longer mark first.
const MARKS: [(&str, &str, &str); 8] = [
    ("```", "pre", "Pre"),
    ("__", "underline", "Underline"),
    ("||", "spoiler", "Spoiler"),
    ("`", "code", "Code"),
    ("_", "italic", "Italic"),
    ("*", "bold", "Bold"),
    ("~", "strikethrough", "Strikethrough"),
    ("[", "text_link", "TextUrl"),
];

/// A mark that waits for its end.
struct Open {
    mark: usize,
    language: Option<String>,
    /// Where it began: UTF-16 units and bytes of the text so far, bytes of the source.
    units: usize,
    bytes: usize,
    source: usize,
}

struct Parser<'a> {
    source: &'a str,
    at: usize,
    built: Built,
    open: Vec<Open>,
    /// Where a quotation began, in UTF-16 units.
    quote: Option<usize>,
}

pub(super) fn parse(source: &str) -> Result<Built, String> {
    let mut parser = Parser {
        source,
        at: 0,
        built: Built::default(),
        open: Vec::new(),
        quote: None,
    };
    while let Some(next) = parser.rest().chars().next() {
        parser.step(next)?;
    }
    parser.end_quote();
    match parser.open.last() {
        Some(open) => Err(format!(
            "Can't find end of {} entity at byte offset {}",
            MARKS[open.mark].2, open.source
        )),
        None => Ok(parser.built),
    }
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn push(&mut self, next: char) {
        self.built.push(next);
        self.at += next.len_utf8();
    }

    fn step(&mut self, next: char) -> Result<(), String> {
        let line_begins = self.at == 0 || self.source[..self.at].ends_with('\n');
        let within = self.open.last().map_or("", |open| MARKS[open.mark].1);
        if next == '\\'
            && self.rest()[1..].starts_with(|escaped: char| matches!(escaped, '\u{1}'..='\u{7e}'))
        {
            self.at += 1;
            self.push(char::from(self.source.as_bytes()[self.at]));
        } else if within == "code" || within == "pre" {
            let mark = if within == "code" { "`" } else { "```" };
            if self.rest().starts_with(mark) {
                self.close()?
            } else {
                self.push(next)
            }
        } else if next == '>' && line_begins {
            self.at += 1;
            self.quote.get_or_insert(self.built.units);
        } else if next == '\n' {
            self.push(next);
            if !self.rest().starts_with('>') {
                self.end_quote();
            }
        } else if !RESERVED.contains(next) {
            self.push(next);
        } else {
            self.mark(next, within)?;
        }
        Ok(())
    }

    fn mark(&mut self, next: char, within: &str) -> Result<(), String> {
        if next == ']' && within == "text_link" {
            return self.close();
        }
        let Some(mark) = MARKS
            .iter()
            .position(|(mark, ..)| self.rest().starts_with(mark))
        else {
            return Err(format!(
                "Character '{next}' is reserved and must be escaped with the preceding '\\'"
            ));
        };
        if MARKS[mark].1 == within && within != "text_link" {
            return self.close();
        }
        let (units, bytes, source) = (self.built.units, self.built.text.len(), self.at);
        self.at += MARKS[mark].0.len();
        let mut language = None;
        if MARKS[mark].1 == "pre" {
            let word = self
                .rest()
                .split(|end: char| end.is_whitespace() || end == '`')
                .next()
                .unwrap_or_default();
            if !word.is_empty() && self.rest()[word.len()..].starts_with('\n') {
                language = Some(word.to_owned());
                self.at += word.len();
            }
            self.at += usize::from(self.rest().starts_with('\n'));
        }
        self.open.push(Open {
            mark,
            language,
            units,
            bytes,
            source,
        });
        Ok(())
    }

    fn close(&mut self) -> Result<(), String> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let (mark, kind, _) = MARKS[open.mark];
        self.at += mark.len();
        if kind != "text_link" {
            self.built
                .mark(kind, open.units, |entity| entity.language = open.language);
            return Ok(());
        }
        let address = self
            .address()?
            .unwrap_or_else(|| self.built.text[open.bytes..].to_owned());
        if let Some(url) = link(&address) {
            self.built
                .mark(kind, open.units, |entity| entity.url = Some(url));
        }
        Ok(())
    }

    /// `(address)` behind a link's text.
    fn address(&mut self) -> Result<Option<String>, String> {
        if !self.rest().starts_with('(') {
            return Ok(None);
        }
        self.at += 1;
        let begin = self.at;
        let (mut address, mut escaped) = (String::new(), false);
        for next in self.rest().chars() {
            self.at += next.len_utf8();
            match next {
                '\\' if !escaped => escaped = true,
                ')' if !escaped => return Ok(Some(address)),
                _ => {
                    escaped = false;
                    address.push(next);
                }
            }
        }
        Err(format!("Can't find end of a URL at byte offset {begin}"))
    }

    fn end_quote(&mut self) {
        if let Some(begin) = self.quote.take() {
            self.built.mark("blockquote", begin, |_| {});
        }
    }
}
