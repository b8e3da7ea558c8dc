//! Tables: of questions and answers, or of utterances and intents. In: CSV, TSV, workbooks and JSON
//! records, as sheets of cells. Out: a filled builder. What a column means is said by its name or
//! by the caller; a table that says neither, or contradicts itself, is refused with row and column.

mod cells;
pub(crate) mod columns;
mod delimited;
mod doubts;
pub(crate) mod header;
mod labelled;
mod questions;
pub(crate) mod records;
pub(crate) mod roles;
mod sheet;
mod signs;
mod wordings;
mod workbook;

use super::builder::ImportBuilder;
use super::input::{ImportSource, ends};
use super::{ImportError, ImportLocation, LossKind};
use columns::{ColumnPlan, TableColumns};
use roles::ColumnRole;
use sheet::TableSheet;
pub(crate) use sheet::{Separator, SheetRow};

/// How tables are to be read.
#[derive(Clone, Copy, Default)]
pub(crate) struct TableOptions<'o> {
    pub columns: Option<&'o TableColumns>,
    pub separator: Option<Separator>,
}

/// Reads all tables of the source. With several, one that is no table of ours is left out whole.
/// Returns what each was taken for.
pub(crate) fn read(
    source: &ImportSource,
    options: TableOptions,
    draft: &mut ImportBuilder,
) -> Result<Vec<String>, ImportError> {
    let mut sheets = Vec::new();
    let alone = source.files.len() + source.books.len() == 1;
    let mut failed = Vec::new();
    for file in &source.files {
        let read = match is_json(&file.name, &file.text) {
            true => records::sheet(file).map(|sheet| vec![sheet]),
            false => delimited::sheet(file, options.separator).map(|sheet| vec![sheet]),
        };
        match read {
            Ok(read) => sheets.extend(read),
            Err(fault) => failed.push(fault),
        }
    }
    for book in &source.books {
        match workbook::sheets(book) {
            Ok(found) => {
                sheets.extend(found.read);
                for name in found.hidden {
                    let place = ImportLocation::file(&format!("{}#{name}", book.name));
                    draft.note(LossKind::ForeignFile, place, "是隐藏的工作表，没有读取");
                }
            }
            Err(fault) => failed.push(fault),
        }
    }
    let alone = alone && sheets.len() <= 1;
    let mut found = Vec::new();
    for sheet in &sheets {
        match self::sheet(sheet, options, draft) {
            Ok(what) => found.push(what),
            Err(fault) if alone => return Err(fault),
            Err(fault) => failed.push(fault),
        }
    }
    match found.is_empty() {
        true if !failed.is_empty() => return Err(failed.swap_remove(0)),
        _ => failed.into_iter().for_each(|fault| draft.skip(fault)),
    }
    Ok(found)
}

fn is_json(name: &str, text: &str) -> bool {
    ends(name, &["json", "jsonl", "ndjson"])
        || !ends(name, &["csv", "tsv"]) && text.trim_start().starts_with(['{', '['])
}

fn sheet(
    sheet: &TableSheet,
    options: TableOptions,
    draft: &mut ImportBuilder,
) -> Result<String, ImportError> {
    doubts::conflicts(sheet)?;
    let plan = ColumnPlan::of(sheet, options.columns)?;
    let rows = sheet.rows.get(plan.first..).unwrap_or_default();
    doubts::widths(sheet, rows, &plan)?;
    if options.columns.is_none() && !plan.is_ours() {
        doubts::swapped(sheet, rows, &plan)?;
    }
    let labelled = match plan.has(ColumnRole::Answer) || plan.is_ours() {
        true => None,
        false => Some(labelled::read(sheet, rows, &plan)?),
    };
    // nothing fails from here on: of a table that is refused nothing stays
    for row in sheet
        .rows
        .iter()
        .take(plan.heading)
        .filter(|row| !row.is_blank())
    {
        let note = "表头上面的文字没有带过来";
        let place = ImportLocation::line(&sheet.name, row.line);
        draft.note_counted(LossKind::Field, place, note);
    }
    note_unknown(sheet, rows, &plan, draft);
    let marks = match labelled {
        Some(labelled) => {
            labelled::add(labelled, draft);
            Vec::new()
        }
        None => questions::read(sheet, rows, &plan, draft),
    };
    Ok(plan.found(sheet, &marks))
}

/// Notes the columns whose names mean nothing here.
fn note_unknown(
    sheet: &TableSheet,
    rows: &[SheetRow],
    plan: &ColumnPlan,
    draft: &mut ImportBuilder,
) {
    for (at, name) in plan.unknown() {
        for row in rows.iter().filter(|row| !row.cell(at).trim().is_empty()) {
            let place = ImportLocation::line(&sheet.name, row.line);
            let note = format!("“{name}”一列没有带过来");
            draft.note_counted(LossKind::Field, place, &note);
        }
    }
}
