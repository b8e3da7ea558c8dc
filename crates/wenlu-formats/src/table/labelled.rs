//! Rows of an utterance and its intent. In: a sheet with its plan. Out: examples, or the row that is
//! none; a filled builder. `none` is out of scope. Must not know: replies.

use super::columns::ColumnPlan;
use super::roles::ColumnRole;
use super::sheet::{SheetRow, TableSheet};
use crate::builder::ImportBuilder;
use crate::{ImportError, ImportLocation, LossKind, excerpt};

/// An utterance and its intent.
pub(super) struct LabelledRow<'t> {
    place: ImportLocation,
    text: &'t str,
    label: &'t str,
    /// Further intents, of which nothing comes.
    more: Vec<&'t str>,
    category: &'t str,
}

/// Reads all rows; an error if one has no intent.
pub(super) fn read<'t>(
    sheet: &TableSheet,
    rows: &'t [SheetRow],
    plan: &ColumnPlan,
) -> Result<Vec<LabelledRow<'t>>, ImportError> {
    let text = plan.at(ColumnRole::Question).unwrap_or(0);
    let label = plan.at(ColumnRole::Intent).unwrap_or(1);
    let category = plan.at(ColumnRole::Category);
    let read_row = |row: &'t SheetRow| {
        let place = ImportLocation::line(&sheet.name, row.line);
        if row.cells.len() < 2 {
            return Err(place.problem("这一行只有一列；要写成 句子、意图 两列"));
        }
        let mut labels = row
            .cell(label)
            .split('|')
            .map(str::trim)
            .filter(|label| !label.is_empty());
        let Some(first) = labels.next() else {
            let what = format!("第 {} 列没有写意图；不属于任何意图的写 none", label + 1);
            return Err(place.problem(what));
        };
        Ok(LabelledRow {
            place,
            text: row.cell(text),
            label: first,
            more: labels.collect(),
            category: category.map_or("", |at| row.cell(at)),
        })
    };
    rows.iter().map(read_row).collect()
}

pub(super) fn add(rows: Vec<LabelledRow>, draft: &mut ImportBuilder) {
    for row in rows {
        let (text, label) = (row.text, row.label);
        if !row.more.is_empty() {
            let note = format!(
                "{}有几个意图，只归入第一个：{label}，没有归入 {}",
                excerpt(text),
                row.more.join("、")
            );
            draft.note(LossKind::Ambiguous, row.place.clone(), &note);
        }
        draft.example(label, text, row.place.clone());
        draft.category(label, row.category, row.place);
    }
}
