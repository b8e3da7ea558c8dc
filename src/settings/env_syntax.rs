//! The syntax of a `.env` file. In: its bytes, and the environment for `$NAME`. Out: names, values
//! and lines; and mistakes with their line, never with the value, which may be a secret. Must not
//! know: what the names mean.
//!
//! A line is `NAME=value`, `export NAME=value`, or a comment. `'…'` is literal; in `"…"` and
//! without quotes `\` escapes, and `$NAME` and `${NAME}` are replaced. A value that begins with a
//! quote may span several lines; a quote within a word, as in `it's`, does not reach into the next
//! line. A line that cannot be read does not affect other lines. A byte order mark and `\r\n`, as
//! written by Windows editors, are accepted.

use std::collections::HashMap;

/// A variable, and the number of the line that sets it, from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvLine {
    pub name: String,
    pub value: String,
    pub line: usize,
}

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvMistake {
    /// `None` if not even the name could be read.
    pub name: Option<String>,
    pub line: usize,
    pub reason: &'static str,
}

const FORM: &str = "每行写成 NAME=值，注释放在 # 后面 / each line is NAME=value, or a comment after #";
const NAME: &str =
    "名字只能有英文字母、数字和 _，不能以数字开头 / a name has letters, digits and _, and does not begin with a digit";
const WIDE_EQUALS: &str = "等号要用半角的 = / the equals sign must be =";
const WIDE_QUOTES: &str = "引号要用半角的 ' 或 \" / quotes must be ' or \"";
const OPEN_QUOTE: &str = "引号没有结束 / the quote is not closed";
const AFTER_VALUE: &str = "值后面还有别的内容；值里有空格就放进引号，注释前面加空格和 # / more text after the value: put a value with spaces into quotes";
const ESCAPE: &str = "\\ 后面只能是 \\ ' \" $ n 或空格；放进单引号就原样保留 / an unknown escape: put the value into '…' to keep it as it is";
const UNSET: &str = "$ 后面的变量没有设置；放进单引号就原样保留 / $ names a variable that is not set: put the value into '…' to keep it as it is";
const NOT_UTF8: &str = "不是 UTF-8 编码，请另存为 UTF-8 / not UTF-8: save the file as UTF-8";

/// Parses the file `bytes`. `environment` gives the value of `$NAME`; names that it does not know
/// are looked up among the file's earlier lines.
pub fn read(bytes: &[u8], environment: impl Fn(&str) -> Option<String>) -> (Vec<EnvLine>, Vec<EnvMistake>) {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.replace("\r\n", "\n"),
        Err(error) => {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
            return (Vec::new(), vec![EnvMistake { name: None, line, reason: NOT_UTF8 }]);
        }
    };
    let mut reader = FileReader { rest: &text, line: 1, wrong: None, set: HashMap::new(), environment };
    let (mut lines, mut mistakes) = (Vec::new(), Vec::new());
    while !reader.rest.is_empty() {
        let (start, line) = (reader.rest, reader.line);
        match reader.line() {
            Ok(Some((name, value))) => {
                reader.set.insert(name.clone(), value.clone());
                lines.push(EnvLine { name, value, line });
            }
            Ok(None) => {}
            Err(LineError { name, reason, is_whole }) => {
                mistakes.push(EnvMistake { name, line, reason });
                if !is_whole {
                    // an unintended quote may have swallowed the lines up to the next quote
                    (reader.rest, reader.line) = (start, line);
                    reader.skip_line();
                }
            }
        }
    }
    (lines, mistakes)
}

struct FileReader<'t, F> {
    rest: &'t str,
    line: usize,
    /// The first invalid part of the value. Reading goes on, because the end of the value is clear.
    wrong: Option<&'static str>,
    /// The variables that the file has set so far.
    set: HashMap<String, String>,
    environment: F,
}

/// Why a line sets no variable.
struct LineError {
    name: Option<String>,
    reason: &'static str,
    /// Whether the whole value and the end of its line have been read.
    is_whole: bool,
}

fn unreadable(name: Option<String>, reason: &'static str) -> LineError {
    LineError { name, reason, is_whole: false }
}

impl<F: Fn(&str) -> Option<String>> FileReader<'_, F> {
    /// The variable that the line sets; `None` for a blank line or a comment.
    fn line(&mut self) -> Result<Option<(String, String)>, LineError> {
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
        match self.value() {
            Ok(value) => {
                self.skip_line();
                match self.wrong.take() {
                    None => Ok(Some((name, value))),
                    Some(reason) => Err(LineError { name: Some(name), reason, is_whole: true }),
                }
            }
            Err(reason) => Err(unreadable(Some(name), reason)),
        }
    }

    fn name(&mut self) -> Result<String, LineError> {
        let end = self.rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'));
        let (name, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        if name.is_empty() || name.starts_with(|c: char| !(c.is_ascii_alphabetic() || c == '_')) {
            return Err(unreadable(None, if self.this_line().contains(['=', '＝']) { NAME } else { FORM }));
        }
        // `WENLU-ROOT=…` is a bad name; `hello world` is no setting at all
        if !rest.trim_start_matches([' ', '\t']).starts_with(['=', '＝']) && name != "export" {
            return Err(unreadable(None, if self.this_line().contains(['=', '＝']) { NAME } else { FORM }));
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn value(&mut self) -> Result<String, &'static str> {
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
                    return if self.at_end() { Ok(value) } else { Err(AFTER_VALUE) };
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
        let end = inner.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(inner.len());
        let (name, rest) = inner.split_at(end);
        if name.is_empty() || name.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        self.rest = if closes { rest.strip_prefix('}')? } else { rest };
        Some(name.to_owned())
    }

    fn stands_for(&self, name: &str) -> Option<String> {
        (self.environment)(name).or_else(|| self.set.get(name).cloned())
    }

    /// Whether nothing but a comment is left of the line.
    fn at_end(&self) -> bool {
        self.rest.is_empty() || self.rest.starts_with(['\n', '#'])
    }

    fn take(&mut self) -> Option<char> {
        let mut rest = self.rest.chars();
        let next = rest.next()?;
        self.rest = rest.as_str();
        self.line += usize::from(next == '\n');
        Some(next)
    }

    fn this_line(&self) -> &str {
        self.rest.split('\n').next().unwrap_or_default()
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\r']);
    }

    fn skip_line(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        self.line += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String, usize)> {
        let (lines, mistakes) = read(text.as_bytes(), |name| (name == "HOME").then(|| "/home/me".to_owned()));
        assert_eq!(mistakes, [], "{text:?}");
        lines.into_iter().map(|line| (line.name, line.value, line.line)).collect()
    }

    #[test]
    fn every_way_to_write_a_value() {
        for (text, value) in [
            ("A=0.7", "0.7"),
            ("\u{feff}A=0.7\r\n", "0.7"),
            ("  export A = 0.7  # so", "0.7"),
            ("A='it is # $HOME \\ so'   # so", "it is # $HOME \\ so"),
            ("A=\"Mon-Fri 09:00, \\\"now\\\" \\$5\" # so", "Mon-Fri 09:00, \"now\" $5"),
            ("A=", ""),
            ("A= # nothing", ""),
            ("A=''", ""),
            ("A=a#b", "a#b"),
            ("A=a'b c'\"d\"", "ab cd"),
            ("A=sqlite://${HOME}/w.db", "sqlite:///home/me/w.db"),
            ("A=$HOME/知识", "/home/me/知识"),
            ("A=5$", "5$"),
            ("A=\"one\r\ntwo\"", "one\ntwo"),
            ("A=a=b", "a=b"),
        ] {
            let found = values(text);
            assert_eq!(
                found.iter().map(|(n, v, _)| (n.as_str(), v.as_str())).collect::<Vec<_>>(),
                [("A", value)],
                "{text:?}"
            );
        }
    }

    #[test]
    fn lines_are_counted() {
        let found = values("# one\r\n\r\nA=1\nexport=2\nB=\"x\ny\"\n\nC='\n'$A\nD=4");
        let lines: Vec<_> = found.iter().map(|(name, value, line)| (name.as_str(), value.as_str(), *line)).collect();
        assert_eq!(lines, [("A", "1", 3), ("export", "2", 4), ("B", "x\ny", 5), ("C", "\n1", 8), ("D", "4", 10)]);
    }

    #[test]
    fn what_is_wrong_with_a_line() {
        for (text, line, reason) in [
            ("A=1\nhello world", 2, FORM),
            ("A=1\nTOKEN hunter2", 2, FORM),
            ("WENLU-ROOT=x", 1, NAME),
            ("1A=x", 1, NAME),
            ("根=x", 1, NAME),
            ("A＝1", 1, WIDE_EQUALS),
            ("A=“x”", 1, WIDE_QUOTES),
            ("A=1\n\nB='x\nC=1\n", 3, OPEN_QUOTE),
            ("B=\"x\nC=1\n", 1, OPEN_QUOTE),
            ("B=it's\nA=1\n# that's all\n", 1, OPEN_QUOTE),
            ("B=5\"\nA=1\nC=\"x\"\n", 1, OPEN_QUOTE),
            ("B='x\nA=1\nC='y'\n", 1, OPEN_QUOTE),
            ("B='x\nA=1\nC='y z'\n", 1, AFTER_VALUE),
            ("B=C:\\bot\\\nA=1\n", 1, ESCAPE),
            ("B=x\\\nA=1\n", 1, ESCAPE),
            ("B=\"one\n\\two $none\nthree\"\nA=1\n", 1, ESCAPE),
            ("A=one two", 1, AFTER_VALUE),
            ("A='one' two", 1, AFTER_VALUE),
            ("A=C:\\bot", 1, ESCAPE),
            ("A=pa$word", 1, UNSET),
        ] {
            let (lines, mistakes) = read(text.as_bytes(), |_| None);
            let found: Vec<_> = mistakes.iter().map(|mistake| (mistake.line, mistake.reason)).collect();
            assert_eq!(found, [(line, reason)], "{text:?}");
            // the lines around it are still read
            assert_eq!(lines.iter().any(|line| line.name == "A"), text.contains("A=1\n"), "{text:?}");
        }
        let (_, mistakes) = read(b"A=1\nB=\xff\n", |_| None);
        assert_eq!((mistakes[0].line, mistakes[0].reason), (2, NOT_UTF8));
    }
}
