//! The table of the whole knowledge as a file. In: rows. Out: CSV with the mark by which Excel knows
//! UTF-8, or XLSX. Must not know: data files.

use super::cell::is_formula;
use super::own_table::{OWN_COLUMNS, OwnColumn, OwnRow};
use rust_xlsxwriter::{Format, FormatAlign, Workbook};

/// Longest text that Excel keeps in a cell, in UTF-16 units.
const LONGEST_CELL: usize = 32_767;

/// Which columns the rows need.
fn columns(rows: &[OwnRow]) -> Vec<OwnColumn> {
    let is_needed = |column: &OwnColumn| {
        column.is_always_there() || rows.iter().any(|row| !row.cell(*column).is_empty())
    };
    OWN_COLUMNS.into_iter().filter(is_needed).collect()
}

fn cell(row: &OwnRow, column: OwnColumn) -> String {
    match column {
        OwnColumn::Check => row.check(),
        _ => row.cell(column).to_owned(),
    }
}

pub(crate) fn csv(rows: &[OwnRow]) -> Result<Vec<u8>, csv::Error> {
    let columns = columns(rows);
    // what Excel needs to take the text for UTF-8
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer("\u{feff}".as_bytes().to_vec());
    writer.write_record(columns.iter().map(|column| column.name()))?;
    for row in rows {
        writer.write_record(columns.iter().map(|column| {
            let cell = cell(row, *column);
            match is_formula(&cell) || cell.starts_with('\'') {
                true => format!("'{cell}"),
                false => cell,
            }
        }))?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}

/// Cells that are too long for Excel are cut off with a note.
pub(crate) fn xlsx(
    rows: &[OwnRow],
    notes: &mut Vec<String>,
) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    let columns = columns(rows);
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let wrapped = Format::new().set_text_wrap().set_align(FormatAlign::Top);
    let sheet = book.add_worksheet();
    sheet.set_name("问答")?;
    sheet.set_freeze_panes(1, 0)?;
    for (at, column) in (0u16..).zip(&columns) {
        sheet.set_column_width(at, width(*column))?;
        sheet.write_with_format(0, at, column.name(), &bold)?;
    }
    for (line, row) in (1u32..).zip(rows) {
        for (at, column) in (0u16..).zip(&columns) {
            let mut cell = cell(row, *column);
            if cell.starts_with('\'') {
                cell.insert(0, '\'');
            }
            if cell.encode_utf16().count() > LONGEST_CELL {
                let (id, name) = (row.cell(OwnColumn::Id), column.name());
                notes.push(format!("{id} 的{name}比 Excel 的一格能放的还长，没有写出"));
                continue;
            }
            sheet.write_string_with_format(line, at, &cell, &wrapped)?;
        }
    }
    book.save_to_buffer()
}

fn width(column: OwnColumn) -> f64 {
    match column {
        OwnColumn::Questions | OwnColumn::Sections | OwnColumn::Not => 36.0,
        OwnColumn::Answer | OwnColumn::AnswerEn => 60.0,
        OwnColumn::Title | OwnColumn::TitleEn => 28.0,
        _ => 14.0,
    }
}
