//! The form of an intent as a browser sends it. In: fields, of which some come more than once. Out: a
//! [`SentForm`]; what is too long is told by [`SentForm::too_much`]. Must not know: HTML, files.

use crate::admin::pages::actions::{SentFields, sent_field};
use crate::review::intent_form::{
    FormField, FormProblem, IntentForm, SectionRow, TestRow, lines_of, one_line,
};
use std::collections::BTreeMap;
use wenlu_core::model::Lang;

/// The most lines of a list, characters of a line, and bytes of a reply.
const MOST_LINES: usize = 5_000;
const MOST_CHARS: usize = 1_000;
pub(super) const MOST_REPLY: usize = 64 * 1_024;

/// Which button was pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum FormAct {
    /// To see it, or to get more empty rows.
    #[default]
    Look,
    Save,
}

#[derive(Clone, Debug, Default)]
pub(super) struct SentForm {
    /// The intent that it was opened with; `None`: a new one.
    pub known: Option<String>,
    /// As it was typed; empty: by the title.
    pub id: String,
    /// The form as it was when it was opened.
    pub base: IntentForm,
    pub form: IntentForm,
    pub act: FormAct,
}

impl SentForm {
    /// The form as it is opened.
    pub(super) fn opened(id: &str, form: &IntentForm) -> Self {
        SentForm {
            known: Some(id.to_owned()).filter(|id| !id.is_empty()),
            id: id.to_owned(),
            base: form.clone(),
            form: form.clone(),
            act: FormAct::Look,
        }
    }

    /// `None` if our page cannot have sent it.
    pub(super) fn read(fields: &SentFields) -> Option<Self> {
        let get = |name: &str| sent_field(fields, name);
        let known = Some(get("known").to_owned()).filter(|id| !id.is_empty());
        let base = match get("base") {
            "" => IntentForm::default(),
            base => serde_json::from_str(base).ok()?,
        };
        let list = |name: &str| lines_of(get(name));
        let replies = Lang::ALL.into_iter().filter_map(|lang| {
            let typed = raw_field(fields, &format!("reply_{}", lang.tag()))?;
            let text = crate::review::intent_form::field_text(typed);
            (!text.is_empty()).then_some((lang, text))
        });
        Some(SentForm {
            known,
            id: one_line(get("id")),
            base,
            form: IntentForm {
                title: one_line(get("title")),
                title_en: one_line(get("title_en")),
                parent: get("parent").to_owned(),
                examples: list("examples"),
                not: list("not"),
                keywords: list("keywords"),
                related: list("related"),
                follow_ups: list("follow_ups"),
                action: get("action").to_owned(),
                sections: sections(fields),
                tests: tests(fields),
                replies: replies.collect::<BTreeMap<_, _>>(),
            },
            act: match get("act") {
                "save" => FormAct::Save,
                _ => FormAct::Look,
            },
        })
    }

    /// What is longer than a data file should be.
    pub(super) fn too_much(&self) -> Vec<FormProblem> {
        let form = &self.form;
        let mut all = Vec::new();
        for (field, lines) in [
            (FormField::Examples, &form.examples),
            (FormField::Not, &form.not),
            (FormField::Keywords, &form.keywords),
            (FormField::Related, &form.related),
            (FormField::FollowUps, &form.follow_ups),
        ] {
            if lines.len() > MOST_LINES {
                let words = format!("最多 {MOST_LINES} 行，现在有 {} 行", lines.len());
                all.push(FormProblem::at(field, words));
            }
            if let Some(long) = lines.iter().find(|line| is_long(line)) {
                all.push(FormProblem::at(field, long_line(long)));
            }
        }
        for row in &form.tests {
            if is_long(&row.say) {
                all.push(FormProblem::at(FormField::Tests, long_line(&row.say)));
            }
        }
        for (lang, reply) in &form.replies {
            if reply.len() > MOST_REPLY {
                let words = "太长了：答复最多两万字，长的内容请分成几个意图";
                all.push(FormProblem::at(FormField::Reply(*lang), words));
            }
        }
        all
    }
}

fn is_long(line: &str) -> bool {
    line.chars().nth(MOST_CHARS).is_some()
}

fn long_line(line: &str) -> String {
    let begin: String = line.chars().take(20).collect();
    format!("“{begin}…”太长了：一行是一句话，最多 {MOST_CHARS} 个字")
}

/// As it was typed, with the spaces around it.
fn raw_field<'f>(fields: &'f SentFields, name: &str) -> Option<&'f str> {
    let found = fields.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| value.as_str())
}

/// All values of fields of that name, in order.
fn values<'f>(fields: &'f SentFields, name: &'f str) -> impl Iterator<Item = &'f str> {
    let named = fields.iter().filter(move |(key, _)| key == name);
    named.map(|(_, value)| value.as_str())
}

/// Rows in which nothing is typed are left out.
fn sections(fields: &SentFields) -> Vec<SectionRow> {
    let ids = values(fields, "section_id");
    let titles = values(fields, "section_title");
    let rows = ids.zip(titles).zip(values(fields, "section_examples"));
    rows.map(|((id, title), examples)| SectionRow {
        id: id.to_owned(),
        title: one_line(title),
        examples: lines_of(examples),
    })
    .filter(|row| *row != SectionRow::default())
    .collect()
}

fn tests(fields: &SentFields) -> Vec<TestRow> {
    let rows = values(fields, "test_say").zip(values(fields, "test_expects"));
    rows.map(|(say, expects)| TestRow {
        say: one_line(say),
        expects: one_line(expects),
    })
    .filter(|row| !row.say.is_empty())
    .collect()
}
