//! Places in a text, and edits of them. In: a text, byte ranges. Out: lines, quoted values, the edited text.
//! Must not know: what the text says.

use std::ops::Range;
use wenlu_core::knowledge::intent_template::GAP_COMMENT;

/// A byte range of a text, and its replacement.
pub(super) type TextEdit = (Range<usize>, String);

/// The whole line of `span`, including the guidance comment above it; a comment behind it is left.
pub(super) fn line_of(text: &str, span: &Range<usize>) -> Range<usize> {
    let piece = |range: Range<usize>| text.get(range).unwrap_or_default();
    let start = piece(0..span.start).rfind('\n').map_or(0, |at| at + 1);
    let end = line_end(text, span.end);
    let comment = piece(span.end..end).find('#').map(|at| span.end + at);
    let above = piece(0..start).trim_end_matches(['\r', '\n']);
    let start = above.strip_suffix(GAP_COMMENT).map_or(start, str::len);
    start..comment.unwrap_or(end)
}

/// The end of the line at byte `at`, including its line break.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text.get(at..)
        .and_then(|rest| rest.find('\n'))
        .map_or(text.len(), |end| at + end + 1)
}

/// The text without its byte order mark, and how long that is.
pub(super) fn without_mark(text: &str) -> (&str, usize) {
    text.strip_prefix('\u{feff}')
        .map_or((text, 0), |rest| (rest, text.len() - rest.len()))
}

/// A text as TOML writes it.
pub(super) fn quoted(text: &str) -> String {
    toml::Value::from(text.trim()).to_string()
}

/// `text` with all `edits` applied; they must not overlap.
pub(super) fn replaced(text: &str, mut edits: Vec<TextEdit>) -> String {
    edits.sort_by_key(|(span, _)| (span.start, span.end));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (span, new) in edits {
        out += text.get(at..span.start).unwrap_or_default();
        out += &new;
        at = span.end;
    }
    out + text.get(at..).unwrap_or_default()
}
