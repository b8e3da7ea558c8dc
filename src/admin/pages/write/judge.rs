//! What comes of a form that was sent. In: the data files as they are now, and the form. Out: the change
//! that it makes, what is wrong at which field, and what somebody else has changed meanwhile. Must not
//! know: HTML, who sends it.

use super::sent::{FormAct, SentForm};
use crate::review::change::ChangeSet;
use crate::review::edit::EditError;
use crate::review::intent_form::{
    FormConflict, FormField, FormProblem, FormTarget, OpenedForm, free_id, merge_forms, plan_form,
    problems_of, read_form,
};
use wenlu_core::knowledge::files::{DataFiles, reserved_meaning};

/// A form, and what is to be said about it.
#[derive(Clone, Debug, Default)]
pub(super) struct JudgedForm {
    pub sent: SentForm,
    /// The intent as it is now.
    pub opened: OpenedForm,
    pub problems: Vec<FormProblem>,
    pub conflicts: Vec<FormConflict>,
    /// What is said above the form.
    pub notes: Vec<&'static str>,
    /// `None` if there is nothing to change, or no way to.
    pub change: Option<ChangeSet>,
}

impl JudgedForm {
    pub(super) fn is_good(&self) -> bool {
        self.problems.is_empty() && self.conflicts.is_empty()
    }
}

pub(super) fn judge(files: &DataFiles, sent: SentForm) -> JudgedForm {
    let mut judged = JudgedForm {
        problems: sent.too_much(),
        sent,
        ..JudgedForm::default()
    };
    if !judged.problems.is_empty() || !judged.brought_up_to_date(files) {
        return judged;
    }
    let target = judged.target(files);
    let mut typed = judged.sent.form.clone();
    if typed.title.is_empty() {
        // what else is wrong is told as well
        typed.title = "标题".to_owned();
    }
    match plan_form(files, &target, &typed) {
        Err(error) => judged.problems.push(edit_problem(&error)),
        Ok(planned) => {
            let after = planned.change.applied_to(files);
            judged.problems = problems_of(&after, &target.id, &planned.opened, &planned.form);
            match planned.change.is_empty() {
                true if judged.sent.act == FormAct::Look => {}
                true => judged.notes.push("没有改动，所以没有起草。"),
                false => judged.change = Some(planned.change),
            }
        }
    }
    if judged.sent.form.title.is_empty() {
        let words = "请写标题：它是按钮上的文字";
        let problem = FormProblem::at(FormField::Title, words);
        judged.problems.insert(0, problem);
    } else if judged.sent.id.is_empty() {
        judged.sent.id = target.id;
    }
    judged
}

impl JudgedForm {
    /// Brings what was typed together with what the files say now. `false` if that cannot be.
    fn brought_up_to_date(&mut self, files: &DataFiles) -> bool {
        let Some(known) = self.sent.known.clone() else {
            return true;
        };
        match read_form(files, &known) {
            Ok(opened) => {
                if opened.form != self.sent.base {
                    let (base, typed) = (&self.sent.base, &self.sent.form);
                    let (merged, conflicts) = merge_forms(base, &opened.form, typed);
                    self.notes.push(match conflicts.is_empty() {
                        true => "这期间有人改过这个意图，他的改动已经并进来了。",
                        false => "这期间有人改过同样的地方：您写的都还在，他写的标在下面。",
                    });
                    self.conflicts = conflicts;
                    self.sent.form = merged;
                    self.sent.base = opened.form.clone();
                }
                self.opened = opened;
                true
            }
            Err(EditError::NoIntent(_)) => {
                self.notes
                    .push("这期间有人删掉了这个意图。您写的都还在；再存一次，就按它新建一个。");
                self.problems.push(FormProblem::at(
                    FormField::Id,
                    format!("意图 {known} 已经不在了；要重新建，再存一次"),
                ));
                self.sent.known = None;
                false
            }
            Err(error) => {
                self.problems.push(edit_problem(&error));
                false
            }
        }
    }

    fn target(&self, files: &DataFiles) -> FormTarget {
        let known = self.sent.known.clone();
        let id = match (self.sent.id.as_str(), &known) {
            ("", Some(known)) => known.clone(),
            ("", None) => free_id(files, &self.sent.form.title),
            (id, _) => id.to_owned(),
        };
        FormTarget { known, id }
    }
}

fn edit_problem(error: &EditError) -> FormProblem {
    let at_id = |words: String| FormProblem::at(FormField::Id, words);
    match error {
        EditError::BadId(id) => at_id(match reserved_meaning(id) {
            Some(meaning) => format!("“{id}”是保留的名字：{meaning}。请换一个"),
            None => "名字用小写英文字母、数字和 -，最多 48 个，例如 refund-time".to_owned(),
        }),
        EditError::Exists(path) => at_id(format!("已经有 {path} 了，请换一个名字")),
        EditError::NotToml(path) | EditError::NotAList { path, .. } => FormProblem::at(
            FormField::Whole,
            format!("{path} 现在有误，不能在表格里改；请先改好那个文件，您写的还在这里"),
        ),
        other => FormProblem::at(FormField::Whole, other.to_string()),
    }
}
