//! What makes a table doubtful. In: rows and the plan of their columns. Out: the refusal, with row
//! and column. Must not know: what is done with the cells.

use super::columns::ColumnPlan;
use super::roles::ColumnRole;
use super::sheet::{SheetRow, TableSheet};
use super::signs::{is_asked, is_label_column};
use crate::{ImportError, ImportLocation, excerpt};

/// No row may have a cell beside the columns that have names: a comma without quotes makes one.
pub(super) fn widths(
    sheet: &TableSheet,
    rows: &[SheetRow],
    plan: &ColumnPlan,
) -> Result<(), ImportError> {
    let Some(width) = plan.width().filter(|_| !plan.goes_on()) else {
        return Ok(());
    };
    let Some(row) = rows.iter().find(|row| row.width() > width) else {
        return Ok(());
    };
    let help = match sheet.how.contains("分隔") {
        true => "句子里有分隔符时，要给那一格加上英文双引号",
        false => "请删掉它，或者给那一列写上表头",
    };
    let place = ImportLocation::line(&sheet.name, row.line);
    Err(place.problem(format!(
        "第 {} 列 {} 在表头以外：表头有 {width} 列，这一行有 {} 列。{help} / the row is wider than the header",
        width + 1,
        excerpt(row.cell(width)),
        row.width(),
    )))
}

/// No row may be a mark of a merge that nobody finished.
pub(super) fn conflicts(sheet: &TableSheet) -> Result<(), ImportError> {
    let is_mark = |row: &&SheetRow| {
        let first = row.cell(0);
        let opens = |line: &str| line.starts_with("<<<<<<< ");
        row.cells.iter().flat_map(|cell| cell.lines()).any(opens)
            || first.starts_with(">>>>>>> ")
            || first.starts_with("||||||| ")
            || first.trim_end() == "=======" && row.width() == 1
    };
    let Some(row) = sheet.rows.iter().find(is_mark) else {
        return Ok(());
    };
    let place = ImportLocation::line(&sheet.name, row.line);
    Err(place.problem(format!(
        "这一行是合并冲突的记号 {}：同一处有两种写法。请先留下一种，删掉 <<<<<<<、=======、>>>>>>> 这几行 / \
         a merge conflict was left in the table",
        excerpt(row.cell(0)),
    )))
}

/// Questions under “answer” and answers under “question”, or sentences under “intent”.
pub(super) fn swapped(
    sheet: &TableSheet,
    rows: &[SheetRow],
    plan: &ColumnPlan,
) -> Result<(), ImportError> {
    let Some(asks) = plan.at(ColumnRole::Question) else {
        return Ok(());
    };
    let answers = plan.at(ColumnRole::Answer);
    let Some(other) = answers.or(plan.at(ColumnRole::Intent)) else {
        return Ok(());
    };
    let full = || {
        rows.iter().filter(move |row| {
            !row.cell(asks).trim().is_empty() && !row.cell(other).trim().is_empty()
        })
    };
    let is_swapped = match answers {
        Some(_) => answers_ask(full(), asks, other),
        None => {
            let column = |at: usize| full().map(move |row| row.cell(at));
            is_label_column(column(asks)) && !is_label_column(column(other))
        }
    };
    let Some(row) = full()
        .next()
        .filter(|_| is_swapped && full().nth(1).is_some())
    else {
        return Ok(());
    };
    let (first, second) = (plan.name(asks), plan.name(other));
    let fixed = match answers {
        Some(_) => "answer",
        None => "intent",
    };
    let place = ImportLocation::line(&sheet.name, row.line);
    Err(place.problem(format!(
        "第 {} 列“{first}”和第 {} 列“{second}”好像写反了：{} 对着 {}。请改表头；没有写反就用 --columns question={},{fixed}={} \
         / the columns seem to be swapped",
        asks + 1,
        other + 1,
        excerpt(row.cell(asks)),
        excerpt(row.cell(other)),
        asks + 1,
        other + 1,
    )))
}

fn answers_ask<'r>(
    rows: impl Iterator<Item = &'r SheetRow> + Clone,
    asks: usize,
    answers: usize,
) -> bool {
    let share = |at: usize| {
        let (mut asked, mut all) = (0, 0);
        for row in rows.clone() {
            all += 1;
            asked += usize::from(is_asked(row.cell(at)));
        }
        asked as f32 / f32::max(all as f32, 1.0)
    };
    let length =
        |at: usize| -> usize { rows.clone().map(|row| row.cell(at).chars().count()).sum() };
    share(answers) >= 0.6 && share(asks) <= 0.2 && length(asks) > length(answers)
}

#[cfg(test)]
mod tests {
    use crate::{ImportOptions, import_bytes};

    #[test]
    fn a_merge_that_nobody_finished_is_refused_with_its_row() {
        let table = "问题,答案\n怎么退款,点退款\n<<<<<<< HEAD\n退款多久,三天\n=======\n退款多久,五天\n>>>>>>> x\n";
        for (text, row) in [
            (table.to_owned(), 3),
            (table.replace("<<<<<<< HEAD\n", ""), 4),
            (table.replace(',', "\t"), 3),
            (
                "问题,答案\n怎么退款,\"点退款\n<<<<<<< HEAD\n三天\"\n".to_owned(),
                2,
            ),
        ] {
            let fault = import_bytes("faq.csv", text.into_bytes(), ImportOptions::default());
            let fault = fault.unwrap_err();
            assert!(fault.what.contains("合并冲突"), "{fault}");
            assert_eq!(fault.place.line, row);
        }
        let plain = "问题,答案\n怎么分隔,=======\n怎么引用,>>>>>>> 这样\n";
        import_bytes("faq.csv", plain.into(), ImportOptions::default()).unwrap();
    }
}
