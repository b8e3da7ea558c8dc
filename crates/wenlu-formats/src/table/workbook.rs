//! Workbooks: XLSX, XLS and ODS. In: the bytes of a file. Out: its visible sheets that are not empty;
//! cells that were merged each have the value, dates and times as people write them. Bounded: what would unfold to more than a text may is
//! refused before it is unfolded. Must not know: what columns mean.

use super::sheet::{SheetRow, TableSheet};
use crate::input::{WorkbookFile, limited};
use crate::{ImportError, ImportLocation};
use calamine::{
    Data, Dimensions, ExcelDateTime, Reader, SheetVisible, Sheets, Xlsx, open_workbook_auto_from_rs,
};
use std::collections::HashMap;
use std::io::Cursor;

/// Most cells of a sheet, empty ones between the others included.
const MOST_CELLS: usize = 2_000_000;
const MOST_SHEETS: usize = 100;
const MOST_MERGED: usize = 20_000;
/// Most columns of a sheet.
const WIDEST: usize = 256;

/// The sheets of a workbook.
pub(super) struct WorkbookSheets {
    pub read: Vec<TableSheet>,
    /// Names of sheets that somebody hid.
    pub hidden: Vec<String>,
}

pub(super) fn sheets(book: &WorkbookFile) -> Result<WorkbookSheets, ImportError> {
    unfolds(book)?;
    let place = || ImportLocation::file(&book.name);
    let bad = |error: String| {
        let help = "可能坏了，请在 Excel 或 WPS 里打开，另存一次";
        place().problem(format!("表格读不出来，{help}（{error}）"))
    };
    let cursor = Cursor::new(book.bytes.as_slice());
    let mut opened = open_workbook_auto_from_rs(cursor).map_err(|error| bad(error.to_string()))?;
    let all = opened.sheets_metadata().iter();
    let (mut names, mut hidden): (Vec<_>, Vec<_>) = all
        .map(|sheet| (sheet.name.clone(), sheet.visible))
        .partition(|(_, visible)| *visible == SheetVisible::Visible);
    if names.len() > MOST_SHEETS {
        return Err(place().problem(format!("工作表超过 {MOST_SHEETS} 张")));
    }
    if names.is_empty() {
        names = std::mem::take(&mut hidden);
    }
    let only = |pairs: Vec<(String, SheetVisible)>| pairs.into_iter().map(|(name, _)| name);
    let (names, hidden): (Vec<String>, Vec<String>) =
        (only(names).collect(), only(hidden).collect());
    let mut found = Vec::new();
    for name in &names {
        let rows = match &mut opened {
            Sheets::Xlsx(book) => xlsx_rows(book, name).map_err(&bad)?,
            other => other
                .worksheet_range(name)
                .map_err(|error| bad(error.to_string()))
                .map(|range| {
                    let first = range.start().map_or(0, |(row, _)| row as usize);
                    let left = range.start().map_or(0, |(_, column)| column as usize);
                    let rows = range.rows().enumerate();
                    rows.map(|(at, cells)| SheetRow {
                        line: first + at + 1,
                        cells: padded(left, cells.iter().map(text)),
                    })
                    .collect::<Vec<_>>()
                })?,
        };
        let rows: Vec<SheetRow> = rows.into_iter().filter(|row| row.width() > 0).collect();
        if !rows.is_empty() {
            found.push(TableSheet {
                name: match names.len() {
                    1 => book.name.clone(),
                    _ => format!("{}#{name}", book.name),
                },
                how: kind(&opened).to_owned(),
                rows,
                has_written_breaks: false,
            });
        }
    }
    match found.is_empty() {
        true => Err(place().problem("表格是空的")),
        false => Ok(WorkbookSheets {
            read: found,
            hidden,
        }),
    }
}

fn kind<R>(book: &Sheets<R>) -> &'static str {
    match book {
        Sheets::Xls(_) => "XLS",
        Sheets::Xlsx(_) => "XLSX",
        Sheets::Xlsb(_) => "XLSB",
        Sheets::Ods(_) => "ODS",
    }
}

/// Refuses an archive of which a part unfolds to more than a file may be.
fn unfolds(book: &WorkbookFile) -> Result<(), ImportError> {
    if !book.bytes.starts_with(b"PK") {
        return Ok(());
    }
    let bad = |error: zip::result::ZipError| {
        ImportLocation::file(&book.name).problem(format!("表格读不出来：{error}"))
    };
    let cursor = Cursor::new(book.bytes.as_slice());
    let mut archive = zip::ZipArchive::new(cursor).map_err(bad)?;
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(bad)?;
        let name = entry.name().map_err(bad)?.into_owned();
        let is_media = name.contains("media/") || name.contains("Pictures/");
        if !is_media {
            let part = limited(entry, &book.name)?;
            if name == "content.xml" {
                repeats(book, &part)?;
            }
        }
    }
    Ok(())
}

/// Refuses an OpenDocument sheet that repeats a row or a cell with content too often.
fn repeats(book: &WorkbookFile, content: &[u8]) -> Result<(), ImportError> {
    let content = String::from_utf8_lossy(content);
    let mut sum = 0usize;
    for part in content.split("<table:table-").skip(1) {
        let (tag, rest) = part.split_once('>').unwrap_or((part, ""));
        let is_cell = tag.starts_with("cell") && !tag.ends_with('/');
        let times = tag
            .split("number-columns-repeated=\"")
            .nth(1)
            .and_then(|number| number.split('"').next()?.parse::<usize>().ok());
        if is_cell && rest.starts_with('<') {
            sum += times.unwrap_or(1);
        }
        let rows = tag
            .split("number-rows-repeated=\"")
            .nth(1)
            .and_then(|number| number.split('"').next()?.parse::<usize>().ok());
        // empty rows at the end are repeated up to the last possible one
        let has_content = rest
            .split("</table:table-row>")
            .next()
            .is_some_and(|row| row.contains("<text:p"));
        if let Some(rows) = rows.filter(|_| tag.starts_with("row") && has_content) {
            sum += rows;
        }
    }
    match sum > MOST_CELLS {
        true => Err(too_many(book)),
        false => Ok(()),
    }
}

fn too_many(book: &WorkbookFile) -> ImportError {
    ImportLocation::file(&book.name).problem(format!("单元格超过 {MOST_CELLS} 个"))
}

/// The rows of a sheet, cell by cell: its declared size may be anything.
fn xlsx_rows(book: &mut Xlsx<Cursor<&[u8]>>, name: &str) -> Result<Vec<SheetRow>, String> {
    let mut cells: Vec<((u32, u32), String)> = Vec::new();
    {
        let mut reader = book
            .worksheet_cells_reader(name)
            .map_err(|error| error.to_string())?;
        while let Some(cell) = reader.next_cell().map_err(|error| error.to_string())? {
            let value = text(&Data::from(cell.get_value().clone()));
            if !value.is_empty() {
                cells.push((cell.get_position(), value));
            }
            if cells.len() > MOST_CELLS {
                return Err(format!("单元格超过 {MOST_CELLS} 个"));
            }
        }
    }
    let merged = book.merge_cells_by_sheet_name(name).ok();
    fill_merged(&mut cells, &merged.unwrap_or_default());
    cells.sort();
    cells.dedup_by_key(|(place, _)| *place);
    let mut rows: Vec<SheetRow> = Vec::new();
    let mut size = 0;
    for ((row, column), value) in cells {
        let line = row as usize + 1;
        if rows.last().is_none_or(|last| last.line != line) {
            rows.push(SheetRow {
                line,
                cells: Vec::new(),
            });
        }
        // a cell in the 16,384th column is a stray one: its row is refused for its width
        if let Some(last) = rows.last_mut() {
            let at = (column as usize).min(WIDEST - 1);
            size += (at + 1).saturating_sub(last.cells.len());
            if size > MOST_CELLS {
                return Err(format!("单元格超过 {MOST_CELLS} 个"));
            }
            last.cells
                .resize(last.cells.len().max(at + 1), String::new());
            if let Some(cell) = last.cells.get_mut(at) {
                *cell = value;
            }
        }
    }
    Ok(rows)
}

/// Downwards, each of the merged cells has the value of the first.
fn fill_merged(cells: &mut Vec<((u32, u32), String)>, merged: &[Dimensions]) {
    const LONGEST: u32 = 1_000;
    let values: HashMap<(u32, u32), String> = cells.iter().cloned().collect();
    for area in merged.iter().take(MOST_MERGED) {
        let Some(value) = values.get(&area.start) else {
            continue;
        };
        let last = area.end.0.min(area.start.0.saturating_add(LONGEST));
        if cells.len() + (last - area.start.0.min(last)) as usize > MOST_CELLS {
            return;
        }
        cells.extend((area.start.0 + 1..=last).map(|row| ((row, area.start.1), value.clone())));
    }
}

fn padded(left: usize, cells: impl Iterator<Item = String>) -> Vec<String> {
    std::iter::repeat_n(String::new(), left)
        .chain(cells)
        .collect()
}

/// A cell as a person sees it.
fn text(cell: &Data) -> String {
    match cell {
        Data::Empty => String::new(),
        Data::String(text) => text.replace("\r\n", "\n").replace("_x000D_", ""),
        Data::Float(number) if number.fract() == 0.0 && number.abs() < 1e15 => {
            format!("{number:.0}")
        }
        Data::Bool(is_so) => is_so.to_string().to_uppercase(),
        Data::DateTime(moment) => moment_text(moment),
        Data::DateTimeIso(moment) => moment.replace('T', " "),
        // the formula failed: there is nothing to read
        Data::Error(_) => String::new(),
        other => other.to_string(),
    }
}

/// A date, a time, or both; a span of time in hours and minutes.
fn moment_text(moment: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let seconds = match second {
        0 => String::new(),
        second => format!(":{second:02}"),
    };
    if moment.is_duration() {
        let hours = (moment.as_f64() * 24.0 + 1e-6).floor();
        return format!("{hours:.0}:{minute:02}{seconds}");
    }
    let time = format!("{hour:02}:{minute:02}{seconds}");
    let date = format!("{year}-{month:02}-{day:02}");
    match (moment.as_f64() < 1.0, time.as_str()) {
        (true, _) => time,
        (false, "00:00") => date,
        (false, _) => format!("{date} {time}"),
    }
}

#[cfg(test)]
mod tests {
    use crate::{ImportOptions, ImportedKnowledge, import_bytes};
    use std::io::{Cursor, Write};

    fn imported(name: &str, bytes: Vec<u8>) -> ImportedKnowledge {
        import_bytes(name, bytes, ImportOptions::default()).unwrap()
    }

    /// A sheet of OpenDocument, with a cell of two paragraphs and one that is repeated.
    fn open_document() -> Vec<u8> {
        let cell = |text: &str| {
            format!(
                "<table:table-cell office:value-type=\"string\"><text:p>{}</text:p></table:table-cell>",
                text.replace('\n', "</text:p><text:p>")
            )
        };
        let rows: String = [
            ["问题", "答案"],
            ["退款多久到账", "一般 1-3 天\n原路退回"],
            ["怎么开票", "在订单里申请"],
        ]
        .iter()
        .map(|row| {
            format!(
                "<table:table-row>{}</table:table-row>",
                row.map(cell).concat()
            )
        })
        .collect();
        let content = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content \
             xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
             xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
             xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" office:version=\"1.2\"><office:body>\
             <office:spreadsheet><table:table table:name=\"问答\">{rows}</table:table></office:spreadsheet>\
             </office:body></office:document-content>"
        );
        let kind = "application/vnd.oasis.opendocument.spreadsheet";
        let manifest = format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><manifest:manifest \
             xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><manifest:file-entry \
             manifest:full-path=\"/\" manifest:media-type=\"{kind}\"/></manifest:manifest>"
        );
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in [
            ("mimetype", kind),
            ("content.xml", &content),
            ("META-INF/manifest.xml", &manifest),
        ] {
            let stored = zip::write::SimpleFileOptions::default()
                .compression_method(zip::CompressionMethod::Stored);
            archive.start_file(name, stored).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn a_sheet_of_open_document_is_a_table() {
        let imported = imported("faq.ods", open_document());
        assert_eq!((imported.intents, imported.replies), (2, 2));
        let reply = &imported.files["content/zh/tui-kuan-duo-jiu-dao-zhang.md"];
        assert!(reply.ends_with("一般 1-3 天\\\n原路退回\n"), "{reply}");
        let why = imported.found.unwrap().why.concat();
        assert!(why.contains("ODS"), "{why}");
    }

    /// The file was written by xlwt, as BIFF8: three rows, a number, a date.
    #[test]
    fn a_sheet_of_old_excel_is_a_table() {
        let bytes = include_bytes!("../../../../tests/fixtures/import-workbook/faq.xls");
        let imported = imported("faq.xls", bytes.to_vec());
        assert_eq!((imported.intents, imported.examples), (3, 4));
        for (id, said) in [
            ("tui-kuan-duo-jiu-dao-zhang", "一般 1-3 天\\\n原路退回\n"),
            ("re-xian-duo-shao", "4001234567\n"),
            ("na-tian-kai-ye", "2026-05-01\n"),
        ] {
            let reply = &imported.files[&format!("content/zh/{id}.md")];
            assert!(reply.ends_with(said), "{id}: {reply}");
        }
        let why = imported.found.unwrap().why.concat();
        assert!(why.contains("XLS，") || why.contains("XLS）"), "{why}");
    }
}
