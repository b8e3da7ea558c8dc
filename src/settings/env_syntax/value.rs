//! The values of a `.env` file: quotes, escapes and variables. In: a reader after the `=`. Out: the
//! value, or why it cannot be read. Must not know: the line's name.

use super::line::EnvReader;
use super::{AFTER_VALUE, ESCAPE, OPEN_QUOTE, UNSET, WIDE_QUOTES};

impl<F: Fn(&str) -> Option<String>> EnvReader<'_, F> {
    /// The value, up to the end of its line or a comment.
    pub(super) fn value(&mut self) -> Result<String, &'static str> {
        let mut value = String::new();
        if self.rest.starts_with(['“', '”', '‘', '’', '＂', '＇']) {
            return Err(WIDE_QUOTES);
        }
        // `NAME= # comment` sets an empty value
        if self.at_end() {
            return Ok(value);
        }
        let mut is_first = true;
        loop {
            match self.rest.chars().next() {
                None | Some('\n') => return Ok(value),
                Some(c) if c == ' ' || c == '\t' => {
                    self.skip_blanks();
                    return if self.at_end() {
                        Ok(value)
                    } else {
                        Err(AFTER_VALUE)
                    };
                }
                Some('\'') => self.single_quoted(&mut value, is_first)?,
                Some('"') => self.double_quoted(&mut value, is_first)?,
                Some(_) => self.piece(&mut value),
            }
            is_first = false;
        }
    }

    fn single_quoted(&mut self, value: &mut String, over_lines: bool) -> Result<(), &'static str> {
        self.take();
        let end = self.rest.find('\'').ok_or(OPEN_QUOTE)?;
        let (inner, rest) = self.rest.split_at(end);
        if inner.contains('\n') && !over_lines {
            return Err(OPEN_QUOTE);
        }
        value.push_str(inner);
        self.line += inner.matches('\n').count();
        self.rest = rest;
        self.take();
        Ok(())
    }

    fn double_quoted(&mut self, value: &mut String, over_lines: bool) -> Result<(), &'static str> {
        self.take();
        while !self.rest.starts_with('"') {
            if self.rest.is_empty() || self.rest.starts_with('\n') && !over_lines {
                return Err(OPEN_QUOTE);
            }
            self.piece(value);
        }
        self.take();
        Ok(())
    }

    /// Reads a character outside single quotes, an escape or a variable. Invalid ones are noted and
    /// skipped.
    fn piece(&mut self, value: &mut String) {
        match self.take() {
            Some('\\') => match self.rest.chars().next() {
                Some(c @ ('\\' | '\'' | '"' | '$' | ' ' | 'n')) => {
                    self.take();
                    value.push(if c == 'n' { '\n' } else { c });
                }
                // the next character is not part of the escape, least of all a line break
                _ => self.note(ESCAPE),
            },
            Some('$') => match self.variable() {
                Some(name) => match self.stands_for(&name) {
                    Some(text) => value.push_str(&text),
                    None => self.note(UNSET),
                },
                None => value.push('$'),
            },
            Some(c) => value.push(c),
            None => {}
        }
    }

    fn note(&mut self, reason: &'static str) {
        self.wrong.get_or_insert(reason);
    }

    /// The name after a `$`; `None` if the `$` stands for itself.
    fn variable(&mut self) -> Option<String> {
        let (inner, closes) = match self.rest.strip_prefix('{') {
            Some(inner) => (inner, true),
            None => (self.rest, false),
        };
        let end = inner
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
            .unwrap_or(inner.len());
        let (name, rest) = inner.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.rest = if closes {
            rest.strip_prefix('}')?
        } else {
            rest
        };
        Some(name.to_owned())
    }

    fn stands_for(&self, name: &str) -> Option<String> {
        (self.environment)(name).or_else(|| self.set.get(name).cloned())
    }
}
