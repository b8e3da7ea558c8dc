//! Data files as they were written, each text with its span. In: tables whose form `parse` has
//! checked. Out: raw values. Must not know: other files.

use super::parse::{self, SpannedText, list, number, text, texts};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// `intents/<id>.toml`
#[derive(Debug, Default)]
pub struct RawIntent {
    /// The file's name without `.toml`.
    pub id: String,
    /// The file's path.
    pub file: String,
    /// Its TOML syntax is wrong: what seems to be missing may be there.
    pub broken: bool,
    /// There is any mistake of syntax or form: then no advice is given.
    pub bad: bool,
    /// As in [`Intent::title`](super::Intent::title).
    pub title: Option<SpannedText>,
    /// As in [`Intent::title_en`](super::Intent::title_en).
    pub title_en: Option<SpannedText>,
    /// As in [`Intent::label`](super::Intent::label).
    pub label: Option<SpannedText>,
    /// As in [`Intent::parent`](super::Intent::parent).
    pub parent: Option<SpannedText>,
    /// The name of an [`IntentAction`](super::IntentAction).
    pub action: Option<SpannedText>,
    /// The span of `menu = true`.
    pub menu: Option<Range<usize>>,
    /// The span of `gap = true`.
    pub gap: Option<Range<usize>>,
    /// As in [`Intent::related`](super::Intent::related).
    pub related: Vec<SpannedText>,
    /// As in [`Intent::examples`](super::Intent::examples).
    pub examples: Vec<SpannedText>,
    /// As in [`Intent::not`](super::Intent::not).
    pub not: Vec<SpannedText>,
    /// As in [`Intent::keywords`](super::Intent::keywords).
    pub keywords: Vec<RawKeyword>,
    /// Phrases, each with `#section` or `intent.md#section`: those of `[follow_up]`, then the
    /// examples of each `[section.…]`.
    pub follow_ups: Vec<(SpannedText, SpannedText)>,
    /// As in [`Intent::tests`](super::Intent::tests).
    pub tests: Vec<RawTest>,
}

/// A keyword as it stands in its file, taken apart.
#[derive(Debug)]
pub struct RawKeyword {
    /// The whole keyword.
    pub written: SpannedText,
    /// Alternatives: one must occur.
    pub any: Vec<SpannedText>,
    /// All of these must occur.
    pub with: Vec<SpannedText>,
    /// As in [`Keyword::weight`](super::Keyword::weight).
    pub weight: f64,
}

/// A `[[test]]` as it stands in its file.
#[derive(Debug)]
pub struct RawTest {
    /// The message.
    pub say: SpannedText,
    /// Whether this intent must answer it.
    pub here: bool,
    /// The name of the expected decision.
    pub wants: Option<String>,
    /// `#section`, which must be shown first; `#`: the head of the reply.
    pub shows: Option<SpannedText>,
}

/// `intents/lexicon.toml`
#[derive(Debug, Default)]
pub(crate) struct RawLexicon {
    pub words: Vec<SpannedText>,
    pub generic: Vec<SpannedText>,
    pub filler: Vec<SpannedText>,
    pub synonyms: Vec<Vec<SpannedText>>,
    pub keep_simplified: Vec<SpannedText>,
    pub elsewhere: Vec<SpannedText>,
}

impl RawIntent {
    /// Reads the table of the file `file`.
    pub fn read(id: &str, file: &str, parsed: &parse::ParsedTable) -> Self {
        let table = &parsed.table;
        Self {
            id: id.to_owned(),
            file: file.to_owned(),
            broken: parsed.broken,
            bad: parsed.bad,
            title: text(table, "title"),
            title_en: text(table, "title_en"),
            label: text(table, "label"),
            parent: text(table, "parent"),
            action: text(table, "action"),
            menu: flag(table, "menu"),
            gap: flag(table, "gap"),
            related: texts(table, "related"),
            examples: texts(table, "examples"),
            not: texts(table, "not"),
            keywords: list(table, "keywords").filter_map(keyword).collect(),
            follow_ups: subtable(table, "follow_up")
                .map(parse::pairs)
                .into_iter()
                .flatten()
                .chain(section_examples(table))
                .collect(),
            tests: list(table, "test")
                .filter_map(|v| test(v.get_ref().as_table()?))
                .collect(),
        }
    }

    /// The span for diagnostics about the intent as a whole: its title, else the beginning of the
    /// file.
    pub fn place(&self) -> Range<usize> {
        self.title.as_ref().map_or(0..0, |title| title.span.clone())
    }
}

impl RawLexicon {
    pub(crate) fn read(table: &DeTable) -> Self {
        let group = |v: &Spanned<DeValue>| {
            v.get_ref()
                .as_array()
                .map(|g| g.iter().filter_map(parse::as_text).collect())
        };
        Self {
            words: texts(table, "words"),
            generic: texts(table, "generic"),
            filler: texts(table, "filler"),
            synonyms: list(table, "synonyms").filter_map(group).collect(),
            keep_simplified: texts(table, "keep_simplified"),
            elsewhere: texts(table, "elsewhere"),
        }
    }
}

fn flag(table: &DeTable, name: &str) -> Option<Range<usize>> {
    let (key, value) = table.get_key_value(name)?;
    value
        .get_ref()
        .as_bool()?
        .then(|| key.span().start..value.span().end)
}

fn subtable<'a, 't>(table: &'a DeTable<'t>, name: &str) -> Option<&'a DeTable<'t>> {
    table.get(name)?.get_ref().as_table()
}

/// The examples of each `[section.<id>]`, with `#id` at the place of the id, in the order of the
/// file.
fn section_examples(table: &DeTable) -> Vec<(SpannedText, SpannedText)> {
    let sections = subtable(table, "section").into_iter().flatten();
    let mut pairs: Vec<_> = sections
        .filter_map(|(id, section)| Some((id, section.get_ref().as_table()?)))
        .flat_map(|(id, section)| {
            let target = SpannedText {
                value: format!("#{}", id.get_ref().trim()),
                span: id.span(),
            };
            texts(section, "examples")
                .into_iter()
                .map(move |example| (example, target.clone()))
        })
        .collect();
    pairs.sort_by_key(|(example, _)| example.span.start);
    pairs
}

fn keyword(value: &Spanned<DeValue>) -> Option<RawKeyword> {
    match value.get_ref() {
        DeValue::String(_) => {
            let written = parse::as_text(value)?;
            let mut parts = written.value.split('+').map(|p| SpannedText {
                value: p.trim().to_owned(),
                span: written.span.clone(),
            });
            let any = parts.next().into_iter().collect();
            Some(RawKeyword {
                any,
                with: parts.collect(),
                weight: 1.0,
                written,
            })
        }
        DeValue::Table(table) => {
            let (any, with) = (texts(table, "any"), texts(table, "with"));
            // items of the wrong type have been reported
            if any.is_empty() && !table.get("any")?.get_ref().as_array()?.is_empty() {
                return None;
            }
            let one_of = any
                .iter()
                .map(|t| t.value.as_str())
                .collect::<Vec<_>>()
                .join("/");
            let all = with
                .iter()
                .map(|t| format!(" + {}", t.value))
                .collect::<String>();
            let written = SpannedText {
                value: one_of + &all,
                span: value.span(),
            };
            Some(RawKeyword {
                any,
                with,
                weight: weight(table),
                written,
            })
        }
        _ => None,
    }
}

fn weight(table: &DeTable) -> f64 {
    table
        .get("weight")
        .and_then(|v| number(v.get_ref()))
        .unwrap_or(1.0)
}

fn test(table: &DeTable) -> Option<RawTest> {
    Some(RawTest {
        say: text(table, "say")?,
        here: table
            .get("here")
            .and_then(|v| v.get_ref().as_bool())
            .unwrap_or(true),
        wants: text(table, "wants").map(|t| t.value),
        shows: text(table, "shows"),
    })
}
