//! Rows of an utterance and its intent. In: a sheet with its plan. Out: a filled builder; `none` is
//! out of scope. Must not know: replies.

use super::columns::ColumnPlan;
use super::roles::ColumnRole;
use super::sheet::{SheetRow, TableSheet};
use crate::builder::ImportBuilder;
use crate::{ImportError, ImportLocation, LossKind, excerpt};

pub(super) fn read(
    sheet: &TableSheet,
    rows: &[SheetRow],
    plan: &ColumnPlan,
    draft: &mut ImportBuilder,
) -> Result<Vec<String>, ImportError> {
    let text = plan.at(ColumnRole::Question).unwrap_or(0);
    let label = plan.at(ColumnRole::Intent).unwrap_or(1);
    for row in rows {
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
        let more: Vec<&str> = labels.collect();
        if !more.is_empty() {
            let note = format!(
                "{}有几个意图，只归入第一个：{first}，没有归入 {}",
                excerpt(row.cell(text)),
                more.join("、")
            );
            draft.note(LossKind::Ambiguous, place.clone(), &note);
        }
        draft.example(first, row.cell(text), place);
    }
    Ok(Vec::new())
}
