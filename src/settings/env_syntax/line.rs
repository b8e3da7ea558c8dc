//! The lines of a `.env` file. In: its text. Out: the variables that they set, and those that cannot
//! be read. Must not know: how a value is written, which is in [`super::value`].

use super::{EnvLine, EnvMistake, FORM, NAME, WIDE_EQUALS};
use std::collections::HashMap;

/// Reads a text from its start to its end.
pub(super) struct EnvReader<'t, F> {
    pub(super) rest: &'t str,
    /// The number of the line that `rest` begins in, from 1.
    pub(super) line: usize,
    /// The first invalid part of the value. Reading goes on, because the end of the value is clear.
    pub(super) wrong: Option<&'static str>,
    /// The variables that the file has set so far.
    pub(super) set: HashMap<String, String>,
    pub(super) environment: F,
}

/// Why a line sets no variable.
struct EnvLineError {
    name: Option<String>,
    reason: &'static str,
    /// Whether the whole value and the end of its line have been read.
    is_whole: bool,
}

fn unreadable(name: Option<String>, reason: &'static str) -> EnvLineError {
    EnvLineError {
        name,
        reason,
        is_whole: false,
    }
}

impl<'t, F: Fn(&str) -> Option<String>> EnvReader<'t, F> {
    pub(super) fn new(text: &'t str, environment: F) -> Self {
        EnvReader {
            rest: text,
            line: 1,
            wrong: None,
            set: HashMap::new(),
            environment,
        }
    }

    /// Reads all lines.
    pub(super) fn read(mut self) -> (Vec<EnvLine>, Vec<EnvMistake>) {
        let (mut lines, mut mistakes) = (Vec::new(), Vec::new());
        while !self.rest.is_empty() {
            let (start, line) = (self.rest, self.line);
            match self.read_line() {
                Ok(Some((name, value))) => {
                    self.set.insert(name.clone(), value.clone());
                    lines.push(EnvLine { name, value, line });
                }
                Ok(None) => {}
                Err(EnvLineError {
                    name,
                    reason,
                    is_whole,
                }) => {
                    mistakes.push(EnvMistake { name, line, reason });
                    if !is_whole {
                        // an unintended quote may have swallowed the lines up to the next quote
                        (self.rest, self.line) = (start, line);
                        self.skip_line();
                    }
                }
            }
        }
        (lines, mistakes)
    }

    /// The variable that the line sets; `None` for a blank line or a comment.
    fn read_line(&mut self) -> Result<Option<(String, String)>, EnvLineError> {
        self.skip_blanks();
        if self.at_end() {
            self.skip_line();
            return Ok(None);
        }
        let mut name = self.name()?;
        self.skip_blanks();
        if name == "export" && !self.rest.starts_with('=') {
            name = self.name()?;
            self.skip_blanks();
        }
        match self.take() {
            Some('=') => {}
            Some('＝') => return Err(unreadable(Some(name), WIDE_EQUALS)),
            _ => return Err(unreadable(None, FORM)),
        }
        self.skip_blanks();
        self.wrong = None;
        let value = match self.value() {
            Ok(value) => value,
            Err(reason) => return Err(unreadable(Some(name), reason)),
        };
        self.skip_line();
        match self.wrong.take() {
            None => Ok(Some((name, value))),
            Some(reason) => Err(EnvLineError {
                name: Some(name),
                reason,
                is_whole: true,
            }),
        }
    }

    fn name(&mut self) -> Result<String, EnvLineError> {
        let end = self
            .rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
        let is_set = rest
            .trim_start_matches([' ', '\t'])
            .starts_with(['=', '＝']);
        if is_name && (is_set || name == "export") {
            self.rest = rest;
            return Ok(name.to_owned());
        }
        // `WENLU-ROOT=…` is a bad name; `hello world` is no setting at all
        let reason = if self.this_line().contains(['=', '＝']) {
            NAME
        } else {
            FORM
        };
        Err(unreadable(None, reason))
    }

    /// Whether nothing but a comment is left of the line.
    pub(super) fn at_end(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with(['\n', '#'])
    }

    pub(super) fn take(&mut self) -> Option<char> {
        let mut rest = self.rest.chars();
        let next = rest.next()?;
        self.rest = rest.as_str();
        self.line += usize::from(next == '\n');
        Some(next)
    }

    fn this_line(&self) -> &str {
        self.rest.split('\n').next().unwrap_or_default()
    }

    pub(super) fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
    }

    fn skip_line(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        self.line += 1;
    }
}
