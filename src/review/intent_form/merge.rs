//! Brings together what two people wrote at the same time. In: the form as it was opened, as the files
//! say now, and as it was typed. Out: the form with both changes, and the fields in which they disagree:
//! there what was typed stays, and what the files say now is told. Must not know: files, HTML.

use super::form::{IntentForm, SectionRow, TestRow};
use super::problem::FormField;
use crate::review::merge::{has_conflict, merge};
use wenlu_core::model::Lang;

/// A field in which two people disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormConflict {
    pub field: FormField,
    /// What the files say now.
    pub now: String,
}

/// The merged form, and where the two disagree.
pub fn merge_forms(
    base: &IntentForm,
    now: &IntentForm,
    typed: &IntentForm,
) -> (IntentForm, Vec<FormConflict>) {
    let mut all = FormMerge(Vec::new());
    let mut line = |field, part: fn(&IntentForm) -> &String| {
        all.text(field, [part(base), part(now), part(typed)])
    };
    let title = line(FormField::Title, |form| &form.title);
    let title_en = line(FormField::TitleEn, |form| &form.title_en);
    let parent = line(FormField::Parent, |form| &form.parent);
    let action = line(FormField::Action, |form| &form.action);
    let mut list = |field, part: fn(&IntentForm) -> &Vec<String>| {
        let joined = [base, now, typed].map(|form| part(form).join("\n"));
        let merged = all.text(field, [&joined[0], &joined[1], &joined[2]]);
        merged.lines().map(str::to_owned).collect::<Vec<_>>()
    };
    let examples = list(FormField::Examples, |form| &form.examples);
    let not = list(FormField::Not, |form| &form.not);
    let keywords = list(FormField::Keywords, |form| &form.keywords);
    let related = list(FormField::Related, |form| &form.related);
    let follow_ups = list(FormField::FollowUps, |form| &form.follow_ups);
    let sections = all.sections(base, now, typed);
    let tests = all.tests(base, now, typed);
    let mut replies = std::collections::BTreeMap::new();
    for lang in Lang::ALL {
        let three = [base, now, typed].map(|form| form.reply(lang).to_owned());
        let merged = all.text(FormField::Reply(lang), [&three[0], &three[1], &three[2]]);
        if !merged.is_empty() {
            replies.insert(lang, merged);
        }
    }
    let merged = IntentForm {
        title,
        title_en,
        parent,
        examples,
        not,
        keywords,
        related,
        follow_ups,
        action,
        sections,
        tests,
        replies,
    };
    (merged, all.0)
}

struct FormMerge(Vec<FormConflict>);

impl FormMerge {
    /// Line by line; where the same lines were changed, what was typed.
    fn text(&mut self, field: FormField, [base, now, typed]: [&String; 3]) -> String {
        let ended = |text: &String| format!("{text}\n");
        let three = [ended(base), ended(now), ended(typed)];
        let merged = merge(Some(&three[0]), Some(&three[1]), Some(&three[2]));
        let merged = merged.unwrap_or_default();
        if !has_conflict(&merged) {
            return merged.trim_end_matches('\n').to_owned();
        }
        self.0.push(FormConflict {
            field,
            now: now.clone(),
        });
        typed.clone()
    }

    fn sections(
        &mut self,
        base: &IntentForm,
        now: &IntentForm,
        typed: &IntentForm,
    ) -> Vec<SectionRow> {
        let find = |form: &IntentForm, id: &str| -> Option<SectionRow> {
            let found = form
                .sections
                .iter()
                .find(|row| row.id == id && !id.is_empty());
            found.cloned()
        };
        let mut rows: Vec<SectionRow> = Vec::new();
        for row in &typed.sections {
            let was = find(base, &row.id).unwrap_or_default();
            let is = find(now, &row.id).unwrap_or_else(|| was.clone());
            let three = [&was, &is, row].map(|row| row.examples.join("\n"));
            let examples = self.text(FormField::Sections, [&three[0], &three[1], &three[2]]);
            let title = if row.title == was.title {
                &is.title
            } else {
                &row.title
            };
            rows.push(SectionRow {
                id: row.id.clone(),
                title: title.clone(),
                examples: examples.lines().map(str::to_owned).collect(),
            });
        }
        let is_new = |row: &&SectionRow| {
            find(base, &row.id).is_none() && typed.sections.iter().all(|own| own.id != row.id)
        };
        rows.extend(now.sections.iter().filter(is_new).cloned());
        rows
    }

    fn tests(&mut self, base: &IntentForm, now: &IntentForm, typed: &IntentForm) -> Vec<TestRow> {
        let lines = |form: &IntentForm| {
            let rows = form.tests.iter();
            rows.map(|row| format!("{}\t{}", row.say, row.expects))
                .collect::<Vec<_>>()
                .join("\n")
        };
        let three = [base, now, typed].map(lines);
        let merged = self.text(FormField::Tests, [&three[0], &three[1], &three[2]]);
        let rows = merged.lines().filter_map(|line| line.split_once('\t'));
        rows.map(|(say, expects)| TestRow {
            say: say.to_owned(),
            expects: expects.to_owned(),
        })
        .collect()
    }
}
