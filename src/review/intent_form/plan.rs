//! Changes the data files so that they say what a form says. In: the files, which intent, and the form.
//! Out: the [`ChangeSet`]; comments, order and all that the form does not show stay. Must not know:
//! whether it is a good idea (`problem` and the preview say so).

use super::follow_up_rows;
use super::form::{IntentForm, OpenedForm, SectionRow};
use super::keyword_line::{KEYWORDS, TEXTS};
use super::named_sections::with_named_sections;
use super::read::{intent_path, read_form, reply_path};
use super::reply_text::{self};
use super::test_rows;
use crate::review::change::{ChangeSet, FileChange};
use crate::review::edit::{
    EditError, GapAnswer, align_list, answer_gap, edited, has_schema, set_text,
};
use wenlu_core::knowledge::IntentKind;
use wenlu_core::knowledge::files::{DataFiles, is_intent_id, reserved_meaning};
use wenlu_core::model::Lang;
use wenlu_core::text::slug::slug;

/// Which intent a form is of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FormTarget {
    /// The intent that exists; `None`: a new one.
    pub known: Option<String>,
    /// The id that it is to have. Only a gap that is written out may get another.
    pub id: String,
}

/// What comes of a form.
#[derive(Clone, Debug)]
pub struct PlannedForm {
    /// Without files if the form says what the files say.
    pub change: ChangeSet,
    /// The intent as it was, or as it begins.
    pub opened: OpenedForm,
    /// The form with what it left open: the ids of sections.
    pub form: IntentForm,
}

/// What it takes to make the files say what the form says.
pub fn plan_form(
    files: &DataFiles,
    target: &FormTarget,
    typed: &IntentForm,
) -> Result<PlannedForm, EditError> {
    let form = with_named_sections(files, target, typed);
    let wanted = &form;
    let (mut draft, opened, summary) = match &target.known {
        None => begun(files, &target.id, wanted)?,
        Some(known) => known_intent(files, known, &target.id, wanted)?,
    };
    let id = target.id.as_str();
    let path = intent_path(id);
    let before = draft
        .text(&path)
        .ok_or_else(|| EditError::NotToml(path.clone()))?;
    let after = intent_text(&path, before, &opened.form, wanted)?;
    draft = draft.with([(path.as_str(), Some(after.as_str()))]);
    for lang in Lang::ALL {
        let path = reply_path(id, lang);
        let titles = (reply_title(&opened.form, lang), reply_title(wanted, lang));
        let before = draft.text(&path);
        let after = match wanted.reply(lang) {
            // a file that says nothing is not taken away by a form in which nothing was done
            "" if opened.form.reply(lang).is_empty() => before.map(str::to_owned),
            "" => None,
            body => Some(reply_text::with_body(before, body, titles)),
        };
        draft = draft.with([(path.as_str(), after.as_deref())]);
    }
    let changed = draft.differing(files).into_iter().map(|path| FileChange {
        path: path.to_owned(),
        before: files.text(path).map(str::to_owned),
        after: draft.text(path).map(str::to_owned),
    });
    let change = ChangeSet {
        files: changed.collect(),
        summary,
    };
    Ok(PlannedForm {
        change,
        opened,
        form,
    })
}

/// The files to begin with, the form that they have, and what is done in one line.
type PlanStart = (DataFiles, OpenedForm, String);

fn begun(files: &DataFiles, id: &str, wanted: &IntentForm) -> Result<PlanStart, EditError> {
    let path = intent_path(id);
    if !is_intent_id(id) {
        return Err(EditError::BadId(id.to_owned()));
    }
    if files.entries.contains_key(&path) {
        return Err(EditError::Exists(path));
    }
    let schema = match has_schema(files) {
        true => "#:schema ../schema/intent.schema.json\n",
        false => "",
    };
    let text = format!("{schema}title = \"\"\n");
    let draft = files.with([(path.as_str(), Some(text.as_str()))]);
    let summary = format!("新建意图「{}」", wanted.title);
    Ok((draft, OpenedForm::default(), summary))
}

fn known_intent(
    files: &DataFiles,
    known: &str,
    id: &str,
    wanted: &IntentForm,
) -> Result<PlanStart, EditError> {
    let opened = read_form(files, known)?;
    if opened.kind != IntentKind::Gap || !wanted.has_reply() {
        if known != id {
            return Err(EditError::BadId(id.to_owned()));
        }
        let summary = format!("修改意图「{}」", wanted.title);
        return Ok((files.clone(), opened, summary));
    }
    let answer = GapAnswer {
        gap: known.to_owned(),
        id: id.to_owned(),
        ..GapAnswer::default()
    };
    let change = answer_gap(files, &answer)?.change;
    let mut draft = change.applied_to(files);
    // its templates give way to what was typed
    for lang in Lang::ALL {
        draft = draft.with([(reply_path(id, lang).as_str(), None)]);
    }
    let opened = read_form(&draft, id)?;
    let summary = format!("给没有资料的话题「{}」写上答复", wanted.title);
    Ok((draft, opened, summary))
}

/// The title of the reply in a language.
fn reply_title(form: &IntentForm, lang: Lang) -> &str {
    match lang {
        Lang::En if !form.title_en.is_empty() => &form.title_en,
        _ => &form.title,
    }
}

/// The text of the intent's file. What the form shows as it is is not touched.
fn intent_text(
    path: &str,
    before: &str,
    now: &IntentForm,
    wanted: &IntentForm,
) -> Result<String, EditError> {
    let mut text = before.to_owned();
    for (field, now, wanted) in [
        ("title", &now.title, &wanted.title),
        ("title_en", &now.title_en, &wanted.title_en),
        ("parent", &now.parent, &wanted.parent),
        ("action", &now.action, &wanted.action),
    ] {
        if now != wanted {
            let value = Some(wanted.as_str()).filter(|text| !text.is_empty());
            text = set_text(path, &text, field, value)?;
        }
    }
    for (field, now, wanted, form) in [
        ("examples", &now.examples, &wanted.examples, &TEXTS),
        ("not", &now.not, &wanted.not, &TEXTS),
        ("keywords", &now.keywords, &wanted.keywords, &KEYWORDS),
        ("related", &now.related, &wanted.related, &TEXTS),
    ] {
        if now != wanted {
            text = align_list(path, &text, &[field], wanted, form)?;
        }
    }
    if now.follow_ups != wanted.follow_ups {
        text = edited(path, &text, |document| {
            follow_up_rows::set_lines(document, path, &wanted.follow_ups)
        })?;
    }
    text = section_text(path, text, now, wanted)?;
    if now.tests != wanted.tests {
        text = edited(path, &text, |document| {
            test_rows::set_rows(document, path, &wanted.tests)
        })?;
    }
    Ok(text)
}

fn section_text(
    path: &str,
    mut text: String,
    now: &IntentForm,
    wanted: &IntentForm,
) -> Result<String, EditError> {
    let known = |id: &str| {
        let found = now.sections.iter().find(|row| row.id == id);
        found.map_or(&[][..], |row| &row.examples)
    };
    let gone = now.sections.iter().filter(|row| {
        let is_it = |own: &SectionRow| own.id == row.id;
        !row.examples.is_empty() && !wanted.sections.iter().any(is_it)
    });
    for row in gone {
        text = align_list(path, &text, &["section", &row.id, "examples"], &[], &TEXTS)?;
    }
    for row in wanted.sections.iter().filter(|row| !row.id.is_empty()) {
        if row.examples != known(&row.id) {
            let field = ["section", row.id.as_str(), "examples"];
            text = align_list(path, &text, &field, &row.examples, &TEXTS)?;
        }
    }
    Ok(text)
}

/// The id that a title gives, with a number where it is taken.
pub fn free_id(files: &DataFiles, title: &str) -> String {
    let name = match slug(title) {
        name if name.is_empty() => "intent".to_owned(),
        name => name,
    };
    let is_free = |id: &String| {
        !files.entries.contains_key(&intent_path(id)) && reserved_meaning(id).is_none()
    };
    let short: String = name.chars().take(44).collect();
    let short = short.trim_end_matches('-');
    let numbered = (2..1000).map(|number| format!("{short}-{number}"));
    std::iter::once(name.clone())
        .chain(numbered)
        .find(is_free)
        .unwrap_or(name)
}
