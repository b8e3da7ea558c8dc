//! Mistakes for people to read. In: diagnostics and the texts that they quote. Out: each with its line
//! and caret, or how many there are of each code. Must not know: what the files mean.

use super::code::{Code, Severity};
use super::entry::{Diagnostic, FileTexts, SourceLocation, level_name};
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use std::collections::BTreeMap;
use std::ops::Range;

/// All diagnostics for a person to read, each with its line and caret; beyond 200 only their
/// number.
pub fn render<'a>(
    list: impl IntoIterator<Item = &'a Diagnostic>,
    texts: &FileTexts,
    color: bool,
) -> String {
    let list: Vec<&Diagnostic> = list.into_iter().collect();
    let renderer = if color {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let mut out = String::new();
    for diagnostic in list.iter().take(SHOWN) {
        out += &renderer.render(&[group(diagnostic, texts)]);
        out += "\n\n";
    }
    if list.len() > SHOWN {
        out += &format!(
            "……还有 {} 处没有列出；先改好上面的，再检查一次。\n",
            list.len() - SHOWN
        );
    }
    out
}

/// How many there are of each code, on one line: `W207 few-examples ×12, W208 no-near-misses ×3`.
pub fn count_by_code(list: &[Diagnostic]) -> String {
    let by_code = by_code(list);
    let counts = by_code
        .iter()
        .map(|(code, all)| format!("{} {} ×{}", code.id(), code.slug(), all.len()));
    counts.collect::<Vec<_>>().join(", ")
}

/// The diagnostics by code.
pub fn by_code<'a>(
    list: impl IntoIterator<Item = &'a Diagnostic>,
) -> BTreeMap<Code, Vec<&'a Diagnostic>> {
    let mut all: BTreeMap<Code, Vec<&Diagnostic>> = BTreeMap::new();
    for diagnostic in list {
        all.entry(diagnostic.code).or_default().push(diagnostic);
    }
    all
}

/// More than a person reads at once; `--json` has all of them.
const SHOWN: usize = 200;
/// A longer line is not quoted: the caret would be far to the right, and a file of one line would
/// be quoted whole.
const LONGEST_LINE: usize = 2000;

fn group<'a>(diagnostic: &'a Diagnostic, texts: &'a FileTexts) -> annotate_snippets::Group<'a> {
    let level = match diagnostic.code.severity() {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let title = level
        .with_name(level_name(diagnostic.code))
        .primary_title(diagnostic.message.as_str());
    let id = format!("{} {}", diagnostic.code.id(), diagnostic.code.slug());
    let mut group = quote(
        title.id(id).elements(None::<Origin<'a>>),
        &diagnostic.place,
        &diagnostic.label,
        true,
        texts,
    );
    for (place, label) in &diagnostic.others {
        group = quote(group, place, label, false, texts);
    }
    match &diagnostic.help {
        Some(help) => group.element(Level::HELP.with_name("帮助").message(help.as_str())),
        None => group,
    }
}

/// Adds the line of `place` with its caret. Only one line of source is passed, so that a long file
/// costs nothing.
fn quote<'a>(
    group: annotate_snippets::Group<'a>,
    place: &'a SourceLocation,
    label: &'a str,
    primary: bool,
    texts: &'a FileTexts,
) -> annotate_snippets::Group<'a> {
    let (line, span) = texts
        .get(&place.file)
        .map_or(("", 0..0), |text| line_of(text, &place.span));
    if line.is_empty() || line.len() > LONGEST_LINE {
        let origin = Origin::path(place.file.as_str())
            .line(place.line)
            .char_column(place.column);
        return group.element(origin);
    }
    let kind = if primary {
        AnnotationKind::Primary
    } else {
        AnnotationKind::Context
    };
    let annotation = kind.span(span).label((!label.is_empty()).then_some(label));
    group.element(
        Snippet::source(line)
            .path(place.file.as_str())
            .line_start(place.line)
            .annotation(annotation),
    )
}

/// The line in which `span` begins, and the span within it.
fn line_of<'t>(text: &'t str, span: &Range<usize>) -> (&'t str, Range<usize>) {
    let (before, after) = text.split_at(text.floor_char_boundary(span.start));
    let start = before.rfind('\n').map_or(0, |at| at + 1);
    let end = after
        .find(['\n', '\r'])
        .map_or(text.len(), |at| before.len() + at);
    let line = text.get(start..end).unwrap_or_default();
    let from = (before.len() - start).min(line.len());
    (
        line,
        from..span.end.saturating_sub(start).clamp(from, line.len()),
    )
}
