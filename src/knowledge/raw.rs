//! Data files as they were written, each text with its span. In: tables whose form `parse` has
//! checked. Out: raw values. Must not know: other files.

use super::parse::{self, Text, list, number, text, texts};
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// `intents/<id>.toml`
#[derive(Debug, Default)]
pub struct RawIntent {
    pub id: String,
    pub file: String,
    /// Its TOML syntax is wrong: what seems to be missing may be there.
    pub broken: bool,
    /// There is any mistake of syntax or form: then no advice is given.
    pub bad: bool,
    pub title: Option<Text>,
    pub title_en: Option<Text>,
    pub label: Option<Text>,
    pub parent: Option<Text>,
    pub action: Option<Text>,
    /// The span of `menu = true`.
    pub menu: Option<Range<usize>>,
    /// The span of `gap = true`.
    pub gap: Option<Range<usize>>,
    pub related: Vec<Text>,
    pub examples: Vec<Text>,
    pub not: Vec<Text>,
    pub keywords: Vec<RawKeyword>,
    pub follow_ups: Vec<(Text, Text)>,
    pub tests: Vec<RawTest>,
}

#[derive(Debug)]
pub struct RawKeyword {
    pub written: Text,
    pub any: Vec<Text>,
    pub with: Vec<Text>,
    pub weight: f64,
}

#[derive(Debug)]
pub struct RawTest {
    pub say: Text,
    pub here: bool,
    pub wants: Option<String>,
}

/// `intents/lexicon.toml`
#[derive(Debug, Default)]
pub struct RawLexicon {
    pub words: Vec<Text>,
    pub generic: Vec<Text>,
    pub filler: Vec<Text>,
    pub synonyms: Vec<Vec<Text>>,
}

impl RawIntent {
    /// Reads the table of the file `file`.
    pub fn read(id: &str, file: &str, parsed: &parse::Parsed) -> Self {
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
            follow_ups: subtable(table, "follow_up").map(parse::pairs).unwrap_or_default(),
            tests: list(table, "test").filter_map(|v| test(v.get_ref().as_table()?)).collect(),
        }
    }

    /// The span for diagnostics about the intent as a whole: its title, else the beginning of the
    /// file.
    pub fn place(&self) -> Range<usize> {
        self.title.as_ref().map_or(0..0, |title| title.span.clone())
    }
}

impl RawLexicon {
    pub fn read(table: &DeTable) -> Self {
        let group =
            |v: &Spanned<DeValue>| v.get_ref().as_array().map(|g| g.iter().filter_map(parse::as_text).collect());
        Self {
            words: texts(table, "words"),
            generic: texts(table, "generic"),
            filler: texts(table, "filler"),
            synonyms: list(table, "synonyms").filter_map(group).collect(),
        }
    }
}

fn flag(table: &DeTable, name: &str) -> Option<Range<usize>> {
    let (key, value) = table.get_key_value(name)?;
    value.get_ref().as_bool()?.then(|| key.span().start..value.span().end)
}

fn subtable<'a, 't>(table: &'a DeTable<'t>, name: &str) -> Option<&'a DeTable<'t>> {
    table.get(name)?.get_ref().as_table()
}

fn keyword(value: &Spanned<DeValue>) -> Option<RawKeyword> {
    match value.get_ref() {
        DeValue::String(_) => {
            let written = parse::as_text(value)?;
            let mut parts =
                written.value.split('+').map(|p| Text { value: p.trim().to_owned(), span: written.span.clone() });
            let any = parts.next().into_iter().collect();
            Some(RawKeyword { any, with: parts.collect(), weight: 1.0, written })
        }
        DeValue::Table(table) => {
            let (any, with) = (texts(table, "any"), texts(table, "with"));
            // items of the wrong type have been reported
            if any.is_empty() && !table.get("any")?.get_ref().as_array()?.is_empty() {
                return None;
            }
            let one_of = any.iter().map(|t| t.value.as_str()).collect::<Vec<_>>().join("/");
            let all = with.iter().map(|t| format!(" + {}", t.value)).collect::<String>();
            let written = Text { value: one_of + &all, span: value.span() };
            Some(RawKeyword { any, with, weight: weight(table), written })
        }
        _ => None,
    }
}

fn weight(table: &DeTable) -> f64 {
    table.get("weight").and_then(|v| number(v.get_ref())).unwrap_or(1.0)
}

fn test(table: &DeTable) -> Option<RawTest> {
    Some(RawTest {
        say: text(table, "say")?,
        here: table.get("here").and_then(|v| v.get_ref().as_bool()).unwrap_or(true),
        wants: text(table, "wants").map(|t| t.value),
    })
}
