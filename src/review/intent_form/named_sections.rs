//! What a form leaves open about sections: their ids. In: the data files, and the form as it was typed. Out:
//! the form in which each section has an id, in every language the same. Must not know: how files are
//! changed.

use super::form::{IntentForm, TestRow};
use super::plan::FormTarget;
use super::read::{read_form, section_rows};
use super::section_ids::{headings, retitled, with_ids};
use std::collections::BTreeMap;
use wenlu_core::knowledge::IntentKind;
use wenlu_core::knowledge::files::DataFiles;
use wenlu_core::model::Lang;

/// The form with an id for each section of a reply that was typed, titles that were changed in the
/// list of sections, and each new row with the id of the section that it names. A gap's tests expect
/// an answer once there is one.
pub(super) fn with_named_sections(
    files: &DataFiles,
    target: &FormTarget,
    typed: &IntentForm,
) -> IntentForm {
    let known = target.known.as_deref();
    let known = known.and_then(|id| read_form(files, id).ok());
    let kind = known.as_ref().map(|known| known.kind);
    let was = known.map(|known| known.form).unwrap_or_default();
    let mut form = typed.clone();
    retitle(&mut form, &was);
    for lang in Lang::ALL {
        if form.reply(lang) == was.reply(lang) {
            continue;
        }
        let others = form.replies.iter().filter(|(other, _)| **other != lang);
        let like: Vec<_> = others.flat_map(|(_, reply)| headings(reply)).collect();
        if let Some(reply) = form.replies.get_mut(&lang) {
            *reply = with_ids(reply, &like);
        }
    }
    let present = section_rows(&form);
    for row in form.sections.iter_mut().filter(|row| row.id.is_empty()) {
        let named = present.iter().find(|one| one.title == row.title);
        row.id = named.map(|one| one.id.clone()).unwrap_or_default();
    }
    if kind == Some(IntentKind::Gap) && form.has_reply() {
        form.tests.iter_mut().for_each(expect_an_answer);
    }
    form
}

/// Sections whose title was changed in the list of sections get it in the reply.
fn retitle(form: &mut IntentForm, was: &IntentForm) {
    for row in form.sections.iter().filter(|row| !row.id.is_empty()) {
        let before = was.sections.iter().find(|one| one.id == row.id);
        let changed = before.filter(|one| one.title != row.title && !row.title.is_empty());
        if let Some(before) = changed {
            retitle_one(&mut form.replies, &row.id, (&before.title, &row.title));
        }
    }
}

/// In the first language that has it, whose title the list shows.
fn retitle_one(replies: &mut BTreeMap<Lang, String>, id: &str, (was, title): (&str, &str)) {
    let shows = |reply: &&mut String| {
        let mut all = headings(reply).into_iter();
        all.any(|one| one.id() == id && one.title == was)
    };
    if let Some(reply) = replies.values_mut().find(shows) {
        *reply = retitled(reply, id, title);
    }
}

fn expect_an_answer(test: &mut TestRow) {
    if test.expects == "unknown" {
        test.expects = "answer".to_owned();
    }
}
