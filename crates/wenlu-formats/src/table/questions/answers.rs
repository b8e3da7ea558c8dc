//! The answers of a row. In: a row with its plan. Out: the replies of its intent in the builder, in
//! Chinese and English; whether the row is switched off. Must not know: which intent a row belongs to.

use super::QuestionReader;
use crate::reply::ReplySyntax;
use crate::table::cells::{is_no_answer, is_off};
use crate::table::roles::ColumnRole;
use crate::table::sheet::SheetRow;
use crate::table::wordings::json_list;
use crate::wechat::LINE_BREAK;
use crate::{ImportLocation, LossKind, excerpt};
use wenlu_core::eval::NONE_LABEL;
use wenlu_core::model::Lang;

impl QuestionReader<'_, '_> {
    pub(super) fn reply(&mut self, label: &str, lang: Lang, answer: &str, place: &ImportLocation) {
        let syntax = match self.plan.is_ours() {
            true => ReplySyntax::Ours,
            false => ReplySyntax::Cell,
        };
        let last = self
            .answered
            .insert((label.to_owned(), lang), answer.to_owned());
        // the same answer again is no further reply
        if last.is_some_and(|last| last == answer) {
            return;
        }
        // WeChat's platform sends one of several at random
        let all: Vec<String> = match json_list(answer).filter(|_| !self.plan.is_ours()) {
            Some(list) => list,
            None if self.plan.is_wechat() => answer.split("##").map(str::to_owned).collect(),
            None => vec![answer.to_owned()],
        };
        for one in all.iter().filter(|one| !one.trim().is_empty()) {
            self.draft.reply(label, lang, one, syntax, place.clone());
        }
    }

    /// The English twin of a row of another table, and what must not come to it.
    pub(super) fn english(&mut self, row: &SheetRow, label: &str, place: &ImportLocation) {
        let cell = |role| self.plan.at(role).map_or("", |at| row.cell(at)).trim();
        let (title, not) = (cell(ColumnRole::TitleEn), cell(ColumnRole::Not));
        let not: Vec<String> = not
            .split(['\n', ';', '；'])
            .map(str::trim)
            .map(str::to_owned)
            .collect();
        let title = Some(title.to_owned()).filter(|title| !title.is_empty());
        let answer = self.answer(row, ColumnRole::AnswerEn);
        self.draft.with_topic(label, |topic| {
            topic.title_en = topic.title_en.take().or(title);
            topic
                .not
                .extend(not.into_iter().filter(|text| !text.is_empty()));
        });
        if !answer.is_empty() && label != NONE_LABEL {
            self.reply(label, Lang::En, &answer, place);
        }
    }

    pub(super) fn answer(&self, row: &SheetRow, role: ColumnRole) -> String {
        let cell = self.plan.at(role).map_or("", |at| row.cell(at)).trim();
        let cell = match is_no_answer(cell) && !self.plan.is_ours() {
            true => "",
            false => cell,
        };
        match () {
            () if self.plan.is_wechat() => cell.replace(LINE_BREAK, "\n"),
            () if self.sheet.has_written_breaks => {
                cell.replace("\\r\\n", "\n").replace("\\n", "\n")
            }
            () => cell.replace("\r\n", "\n"),
        }
    }

    /// Whether the row is switched off in the other system.
    pub(super) fn is_off(&mut self, row: &SheetRow, place: &ImportLocation) -> bool {
        let (disabled, enabled) = (ColumnRole::Disabled, ColumnRole::Enabled);
        for (role, asks_on) in [(disabled, false), (enabled, true)] {
            let Some(at) = self.plan.at(role) else {
                continue;
            };
            let cell = row.cell(at);
            match is_off(cell, asks_on) {
                Some(true) => return true,
                Some(false) => {}
                None => {
                    let name = self.plan.name(at);
                    let note = format!(
                        "“{name}”的 {} 看不出是不是停用，按启用带了过来",
                        excerpt(cell)
                    );
                    self.draft
                        .note_counted(LossKind::Field, place.clone(), &note);
                }
            }
        }
        false
    }
}
