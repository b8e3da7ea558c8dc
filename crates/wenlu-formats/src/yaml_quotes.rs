//! Quoted YAML texts that go on in lines which are not indented enough. In: a YAML text. Out: the
//! same with such lines indented. PyYAML and ruamel read them; the standard, and our parser, want
//! more indentation. White space at the beginning of such a line means nothing. Must not know:
//! formats.

/// Deeper than any collection that is accepted.
const INDENT: &str =
    "                                                                                ";

/// The text with the continuation lines of its quoted scalars indented; `None` if it has none.
pub(super) fn indent_continuations(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    let mut found = false;
    let mut quote: Option<char> = None;
    // the indentation of the line that began a block of plain lines
    let mut block: Option<usize> = None;
    for line in text.split_inclusive('\n') {
        let indent = line.len() - line.trim_start_matches(' ').len();
        let is_blank = line.trim().is_empty();
        if quote.is_some() {
            found = true;
            if !is_blank {
                out += INDENT;
            }
            out += line;
            quote = open_quote(line, quote);
            continue;
        }
        out += line;
        if block.is_some_and(|outer| is_blank || indent > outer) {
            continue;
        }
        block = begins_block(line).then_some(indent);
        if block.is_none() {
            quote = open_quote(line, None);
        }
    }
    found.then_some(out)
}

/// `key: |`, `- >-` and the like: the lines below are no YAML.
fn begins_block(line: &str) -> bool {
    let last = line.split_whitespace().next_back().unwrap_or_default();
    let mut marks = last.chars();
    matches!(marks.next(), Some('|' | '>'))
        && marks.all(|c| matches!(c, '+' | '-') || c.is_ascii_digit())
}

/// The quote that is open at the end of the line, if `open` was at its beginning.
fn open_quote(line: &str, mut open: Option<char>) -> Option<char> {
    let (mut before, mut sign) = (' ', None);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match open {
            Some('"') if c == '\\' => {
                chars.next();
            }
            // doubled, it stands for itself
            Some('\'') if c == '\'' && chars.peek() == Some(&'\'') => {
                chars.next();
            }
            Some(quote) if c == quote => open = None,
            Some(_) => {}
            None if c == '#' && before.is_whitespace() => return None,
            None if matches!(c, '"' | '\'') && is_start(sign) => open = Some(c),
            None => {}
        }
        before = c;
        if !c.is_whitespace() {
            sign = Some(c);
        }
    }
    open
}

/// Whether a value may begin behind this character, spaces between them left out.
fn is_start(sign: Option<char>) -> bool {
    sign.is_none_or(|sign| matches!(sign, ':' | '-' | '[' | '{' | ','))
}
