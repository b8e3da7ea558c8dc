//! Rows of a question and its answer. In: a sheet with its plan. Out: a filled builder. Rows with
//! the same answer are one intent, named by its first question; a row without a question goes on
//! with the one above it. Must not know: how an answer is written.

mod answers;

use super::cells::{ANSWERED, ASKED, most_begin, without_mark};
use super::columns::ColumnPlan;
use super::records::NESTED;
use super::roles::ColumnRole;
use super::sheet::{SheetRow, TableSheet};
use super::wordings::WordingStyle;
use crate::builder::ImportBuilder;
use crate::own_table::{OUT_OF_SCOPE_ROW, OWN_COLUMNS, OwnColumn, OwnRow, section_lines};
use crate::{ImportLocation, LossKind, excerpt};
use std::collections::HashMap;
use wenlu_core::eval::NONE_LABEL;
use wenlu_core::model::Lang;
use wenlu_core::text::normalize::normalize;

pub(super) fn read(
    sheet: &TableSheet,
    rows: &[SheetRow],
    plan: &ColumnPlan,
    draft: &mut ImportBuilder,
) -> Vec<String> {
    let mut reader = QuestionReader::new(sheet, rows, plan, draft);
    for row in rows.iter().filter(|row| !row.is_blank()) {
        reader.row(row);
    }
    let with_style = reader.styles.iter();
    let shown = with_style.filter_map(|(at, style)| style.shown(&plan.name(*at)));
    let joined = (reader.joined > 0)
        .then(|| format!("{} 行的答案和前面的一样，并进同一个意图", reader.joined));
    shown.chain(joined).collect()
}

/// A table of ours has `'` before what a spreadsheet would take for a formula.
fn unescaped(row: &SheetRow) -> SheetRow {
    let plain = |cell: &String| cell.strip_prefix('\'').unwrap_or(cell).to_owned();
    SheetRow {
        line: row.line,
        cells: row.cells.iter().map(plain).collect(),
    }
}

struct QuestionReader<'t, 'd> {
    sheet: &'t TableSheet,
    plan: &'t ColumnPlan,
    draft: &'d mut ImportBuilder,
    /// Columns of questions, the standard one first, and how their cells are written.
    styles: Vec<(usize, WordingStyle)>,
    /// Columns whose cells begin with a mark that is no part of them.
    marked: Vec<(usize, &'static [&'static str])>,
    /// How many rows joined an intent for the sake of their answer.
    joined: usize,
    /// Answer → label.
    by_answer: HashMap<String, String>,
    /// The last answer of each intent.
    answered: HashMap<(String, Lang), String>,
    /// Normalised title → label.
    by_title: HashMap<String, String>,
    above: Option<String>,
}

impl<'t, 'd> QuestionReader<'t, 'd> {
    fn new(
        sheet: &'t TableSheet,
        rows: &'t [SheetRow],
        plan: &'t ColumnPlan,
        draft: &'d mut ImportBuilder,
    ) -> Self {
        let style = |at: usize, is_list: bool| {
            let cells = rows.iter().map(|row| row.cell(at));
            let style = match plan.is_ours() {
                true => WordingStyle::lines(),
                false => WordingStyle::of(&plan.name(at), cells, is_list),
            };
            (at, style)
        };
        let widest = rows.iter().map(SheetRow::width).max().unwrap_or(0);
        let beyond = match plan.goes_on() {
            true => 3..widest,
            false => 0..0,
        };
        let styles = plan
            .all(ColumnRole::Question)
            .map(|at| style(at, false))
            .chain(plan.all(ColumnRole::Similar).map(|at| style(at, true)))
            .chain(beyond.map(|at| style(at, true)))
            .collect();
        Self {
            sheet,
            plan,
            draft,
            styles,
            marked: marked(rows, plan),
            joined: 0,
            by_answer: HashMap::new(),
            answered: HashMap::new(),
            by_title: HashMap::new(),
            above: None,
        }
    }

    fn row(&mut self, row: &SheetRow) {
        let place = ImportLocation::line(&self.sheet.name, row.line);
        let plain = match self.plan.is_ours() {
            true => unescaped(row),
            false => self.unmarked(row, &place),
        };
        let row = &plain;
        let wordings: Vec<String> = self
            .styles
            .iter()
            .flat_map(|(at, style)| style.split(row.cell(*at)))
            .collect();
        let answer = self.answer(row, ColumnRole::Answer);
        if self.is_off(row, &place) {
            let name = wordings
                .first()
                .map(|text| excerpt(text))
                .unwrap_or_default();
            let note = format!("{name}是停用的，没有带过来");
            return self.draft.note(LossKind::Disabled, place, &note);
        }
        let Some(label) = self.label(row, &wordings, &answer, &place) else {
            return;
        };
        if !answer.is_empty() && label != NONE_LABEL {
            self.reply(&label, Lang::Zh, &answer, &place);
        }
        if !self.plan.is_ours() {
            self.english(row, &label, &place);
        }
        for text in &wordings {
            self.draft.example(&label, text, place.clone());
        }
        let title = self
            .plan
            .at(ColumnRole::Title)
            .map(|at| row.cell(at).trim());
        if let Some(title) = title.filter(|_| wordings.is_empty() && !self.plan.is_ours()) {
            self.draft.example(&label, title, place.clone());
        }
        if self.plan.is_ours() {
            let own = self.own_row(row);
            self.ours(&own, &label, &place);
            self.draft.own_row(own);
        }
        if let Some(at) = self.plan.at(ColumnRole::Category) {
            self.draft.category(&label, row.cell(at), place);
        }
        self.above = Some(label);
    }

    /// The intent that the row belongs to; `None` if it belongs to none.
    fn label(
        &mut self,
        row: &SheetRow,
        wordings: &[String],
        answer: &str,
        place: &ImportLocation,
    ) -> Option<String> {
        let cell = |role| self.plan.at(role).map(|at| row.cell(at).trim());
        let given = |role| cell(role).filter(|text| !text.is_empty());
        let title = given(ColumnRole::Title).map(str::to_owned);
        let named = given(ColumnRole::Intent).map(str::to_owned);
        let id = given(ColumnRole::Id).filter(|_| self.plan.is_ours());
        if id == Some(OUT_OF_SCOPE_ROW) {
            return Some(NONE_LABEL.to_owned());
        }
        let standard = self
            .plan
            .at(ColumnRole::Question)
            .or(self.plan.at(ColumnRole::Title));
        let goes_on = standard.is_some_and(|at| row.cell(at).trim().is_empty());
        if goes_on && !wordings.is_empty() && answer.is_empty() && self.above.is_some() {
            return self.above.clone();
        }
        let Some(title) = title.or_else(|| wordings.first().cloned()) else {
            if named.is_none() {
                let note = format!("有答案没有问题，没有带过来：{}", excerpt(answer));
                self.draft.note(LossKind::LooseReply, place.clone(), &note);
            }
            return named;
        };
        if let Some(id) = id.map(str::to_owned) {
            return Some(self.with_id(&id, &title, place));
        }
        if let Some(named) = named {
            self.draft.declare_intent(&named, place);
            return Some(named);
        }
        Some(self.titled(title, answer, place))
    }

    /// An intent that is known by its title; rows with the same answer are one.
    fn titled(&mut self, title: String, answer: &str, place: &ImportLocation) -> String {
        let is_named = self.plan.has(ColumnRole::Title);
        let same = (!answer.is_empty() && !is_named)
            .then(|| self.by_answer.get(answer))
            .flatten();
        let normal = normalize(&title);
        let by_title = self.by_title.get(&normal);
        let is_joined = same.is_some() && by_title.is_none();
        let known = same.or(by_title).cloned();
        self.joined += usize::from(is_joined);
        let label = known.unwrap_or_else(|| {
            self.draft.declare_question(&title, place);
            title
        });
        self.by_title.entry(normal).or_insert_with(|| label.clone());
        if !answer.is_empty() {
            let same = self.by_answer.entry(answer.to_owned());
            same.or_insert_with(|| label.clone());
        }
        label
    }

    fn with_id(&mut self, id: &str, title: &str, place: &ImportLocation) -> String {
        self.draft.declare_question(id, place);
        self.draft.title(id, title);
        self.draft
            .with_topic(id, |topic| topic.id = Some(id.to_owned()));
        id.to_owned()
    }

    /// What only a table of ours has.
    fn ours(&mut self, own: &OwnRow, label: &str, place: &ImportLocation) {
        let text = |column| Some(own.cell(column).to_owned()).filter(|cell| !cell.is_empty());
        self.draft.with_topic(label, |topic| {
            topic.kind = own.kind();
            topic.not = own.lines(OwnColumn::Not);
            topic.sections = section_lines(&own.lines(OwnColumn::Sections));
            topic.title_en = text(OwnColumn::TitleEn);
            if let Some(name) = text(OwnColumn::Label) {
                topic.label = name;
                topic.is_titled = false;
            }
        });
        if let Some(english) = text(OwnColumn::AnswerEn) {
            self.reply(label, Lang::En, &english, place);
        }
    }

    /// The row as a row of our own table.
    fn own_row(&self, row: &SheetRow) -> OwnRow {
        let mut own = OwnRow::at(row.line);
        for column in OWN_COLUMNS {
            if let Some(at) = self.plan.at(column.role()) {
                own.set(column, row.cell(at));
            }
        }
        own
    }

    /// The row without what people put before the text of a cell, and without cells that are whole
    /// groups of fields.
    fn unmarked(&mut self, row: &SheetRow, place: &ImportLocation) -> SheetRow {
        let mut plain = row.clone();
        for (at, cell) in plain.cells.iter_mut().enumerate() {
            if cell == NESTED {
                let note = format!("“{}”里是一组字段，没有带过来", self.plan.name(at));
                self.draft
                    .note_counted(LossKind::Field, place.clone(), &note);
                cell.clear();
            }
        }
        for (at, marks) in &self.marked {
            if let Some(cell) = plain.cells.get_mut(*at) {
                let rest = without_mark(cell, marks).to_owned();
                if rest.len() < cell.trim().len() {
                    let note = "格子开头的“问：”“答：”没有带过来";
                    self.draft
                        .note_counted(LossKind::Wording, place.clone(), note);
                }
                *cell = rest;
            }
        }
        plain
    }
}

/// The columns whose cells begin with a mark that is no part of them.
fn marked(rows: &[SheetRow], plan: &ColumnPlan) -> Vec<(usize, &'static [&'static str])> {
    let asks = plan
        .all(ColumnRole::Question)
        .chain(plan.all(ColumnRole::Similar));
    let asks = asks.map(|at| (at, &ASKED[..]));
    let answers = plan.all(ColumnRole::Answer).map(|at| (at, &ANSWERED[..]));
    let is_marked =
        |(at, marks): &(usize, &[&str])| most_begin(rows.iter().map(|row| row.cell(*at)), marks);
    asks.chain(answers).filter(is_marked).collect()
}
