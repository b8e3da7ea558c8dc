//! Fills the form of an intent. In: the data files and an id. Out: the form. Must not know: what is
//! done with it.

use super::follow_up_rows;
use super::form::{IntentForm, OpenedForm, SectionRow, one_line};
use super::keyword_line::{KEYWORDS, TEXTS};
use super::reply_text::{self};
use super::section_ids::headings;
use super::test_rows;
use crate::review::edit::{EditError, LineForm};
use toml_edit::{DocumentMut, Item};
use wenlu_core::knowledge::IntentKind;
use wenlu_core::knowledge::files::{DataFiles, is_intent_id};
use wenlu_core::knowledge::{parse, schema};
use wenlu_core::model::Lang;

/// The path of an intent's file.
pub(super) fn intent_path(id: &str) -> String {
    format!("intents/{id}.toml")
}

/// The path of its reply.
pub(super) fn reply_path(id: &str, lang: Lang) -> String {
    format!("content/{}/{id}.md", lang.tag())
}

/// The form of an existing intent. A file with mistakes of form cannot be shown as one.
pub fn read_form(files: &DataFiles, id: &str) -> Result<OpenedForm, EditError> {
    let path = intent_path(id);
    if !is_intent_id(id) || !files.entries.contains_key(&path) {
        return Err(EditError::NoIntent(id.to_owned()));
    }
    let not_toml = || EditError::NotToml(path.clone());
    let text = files.text(&path).ok_or_else(not_toml)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if parse::parse(&path, text, &schema::INTENT, &mut Vec::new()).bad {
        return Err(not_toml());
    }
    let document: DocumentMut = text.parse().map_err(|_| not_toml())?;
    let word = |name: &str| match document.get(name).and_then(Item::as_str) {
        Some(text) => one_line(text),
        None => String::new(),
    };
    let flag = |name: &str| document.get(name).and_then(Item::as_bool) == Some(true);
    let mut form = IntentForm {
        title: word("title"),
        title_en: word("title_en"),
        parent: word("parent"),
        examples: list(document.get("examples"), &TEXTS),
        not: list(document.get("not"), &TEXTS),
        keywords: list(document.get("keywords"), &KEYWORDS),
        related: list(document.get("related"), &TEXTS),
        follow_ups: follow_up_rows::lines(&document),
        action: word("action"),
        sections: Vec::new(),
        tests: test_rows::rows(&document),
        replies: Lang::ALL
            .into_iter()
            .filter_map(|lang| {
                let file = files.text(&reply_path(id, lang))?;
                Some((lang, reply_text::split_reply(file).1))
            })
            .collect(),
    };
    form.sections = sections(&document, &form);
    Ok(OpenedForm {
        form,
        kind: match (flag("menu"), flag("gap")) {
            (true, _) => IntentKind::Menu,
            (_, true) => IntentKind::Gap,
            _ => IntentKind::Answer,
        },
    })
}

fn list(item: Option<&Item>, form: &LineForm) -> Vec<String> {
    let values = item.and_then(Item::as_array).into_iter().flatten();
    values.map(form.shown).collect()
}

/// The sections of the replies, in their order, then those that only the intent's file names.
fn sections(document: &DocumentMut, form: &IntentForm) -> Vec<SectionRow> {
    let tables = document.get("section").and_then(Item::as_table_like);
    let examples = |id: &str| {
        let table = tables.and_then(|all| all.get(id)?.as_table_like());
        list(table.and_then(|table| table.get("examples")), &TEXTS)
    };
    let mut rows = section_rows(form);
    for (id, _) in tables.into_iter().flat_map(|all| all.iter()) {
        if rows.iter().all(|row| row.id != id) {
            rows.push(SectionRow {
                id: id.to_owned(),
                ..SectionRow::default()
            });
        }
    }
    for row in &mut rows {
        row.examples = examples(&row.id);
    }
    rows
}

/// The sections of the replies, each once, without examples.
pub(super) fn section_rows(form: &IntentForm) -> Vec<SectionRow> {
    let mut rows: Vec<SectionRow> = Vec::new();
    for heading in form.replies.values().flat_map(|reply| headings(reply)) {
        let id = heading.id();
        if rows.iter().all(|row| row.id != id) {
            rows.push(SectionRow {
                id,
                title: heading.title,
                examples: Vec::new(),
            });
        }
    }
    rows
}
