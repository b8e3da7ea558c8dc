//! CSV, TSV and what spreadsheets make of them. In: the text of a file. Out: a sheet. The separator
//! is the one with which the first row has names of columns, else the one that all rows agree on.
//! Must not know: what columns mean.

use super::header::{DEEPEST_HEADER, names_columns};
use super::sheet::{Separator, SheetRow, TableSheet};
use crate::input::{ImportFile, ends};
use crate::{ImportError, ImportLocation};

impl Separator {
    fn byte(self) -> u8 {
        match self {
            Separator::Tab => b'\t',
            Separator::Comma => b',',
            Separator::Semicolon => b';',
        }
    }

    fn name(self) -> &'static str {
        match self {
            Separator::Tab => "制表符分隔",
            Separator::Comma => "逗号分隔",
            Separator::Semicolon => "分号分隔",
        }
    }
}

pub(super) fn sheet(file: &ImportFile, said: Option<Separator>) -> Result<TableSheet, ImportError> {
    let (named, text, skipped) = excel_line(&file.text);
    let SeparatedTable {
        separator,
        mut rows,
        has_written_breaks,
    } = match named.or(said) {
        Some(separator) => read(&file.name, text, separator)?,
        None => choose(file, text)?,
    };
    rows.iter_mut().for_each(|row| row.line += skipped);
    let kind = match separator {
        Separator::Tab => "TSV",
        _ => "CSV",
    };
    Ok(TableSheet {
        name: file.name.clone(),
        how: format!("{kind}，{}，{}", file.encoding, separator.name()),
        rows,
        has_written_breaks,
    })
}

/// Excel's first line `sep=;`, the rest, and how many lines that leaves out.
fn excel_line(text: &str) -> (Option<Separator>, &str, usize) {
    let (first, rest) = text.split_once('\n').unwrap_or((text, ""));
    let named = match first.trim_end_matches('\r') {
        "sep=;" => Separator::Semicolon,
        "sep=," => Separator::Comma,
        "sep=\t" => Separator::Tab,
        _ => return (None, text, 0),
    };
    (Some(named), rest, 1)
}

/// A text read with one separator.
struct SeparatedTable {
    separator: Separator,
    rows: Vec<SheetRow>,
    has_written_breaks: bool,
}

fn read(name: &str, text: &str, separator: Separator) -> Result<SeparatedTable, ImportError> {
    let (rows, has_written_breaks) = match separator {
        Separator::Tab => tabs(name, text)?,
        _ => (quoted(name, text, separator)?, false),
    };
    Ok(SeparatedTable {
        separator,
        rows,
        has_written_breaks,
    })
}

fn choose(file: &ImportFile, text: &str) -> Result<SeparatedTable, ImportError> {
    let by_name = match ends(&file.name, &["tsv"]) {
        true => Separator::Tab,
        false => Separator::Comma,
    };
    let mut candidates = [Separator::Comma, Separator::Semicolon, Separator::Tab];
    candidates.sort_by_key(|separator| *separator != by_name);
    let mut tables = Vec::new();
    for separator in candidates {
        let Ok(table) = read(&file.name, text, separator) else {
            continue;
        };
        if table.rows.iter().take(DEEPEST_HEADER).any(names_columns) {
            return Ok(table);
        }
        tables.push(table);
    }
    let is_even = |table: &SeparatedTable| {
        let width = table.rows.first().map_or(0, |row| row.cells.len());
        width > 1 && table.rows.iter().all(|row| row.cells.len() == width)
    };
    let is_some = |table: &SeparatedTable| table.rows.iter().any(|row| row.cells.len() > 1);
    let even = tables.iter().position(is_even);
    match even.or_else(|| tables.iter().position(is_some)) {
        Some(at) => Ok(tables.swap_remove(at)),
        None => read(&file.name, text, Separator::Comma),
    }
}

/// Tabs between cells: as they stand, or with Excel's quotes where the cells hold line breaks or
/// doubled quotes.
fn tabs(name: &str, text: &str) -> Result<(Vec<SheetRow>, bool), ImportError> {
    let raw = raw_lines(text);
    let width = raw.first().map_or(0, |row| row.cells.len());
    let is_even = raw.iter().all(|row| row.cells.len() == width);
    let is_doubled = |cell: &String| {
        let inner = cell
            .strip_prefix('"')
            .and_then(|cell| cell.strip_suffix('"'));
        inner.is_some_and(|inner| inner.contains("\"\""))
    };
    let has_doubled = raw.iter().flat_map(|row| &row.cells).any(is_doubled);
    let opens = raw
        .iter()
        .flat_map(|row| &row.cells)
        .any(|cell| cell.starts_with('"'));
    if opens
        && (!is_even || has_doubled)
        && let Ok(rows) = quoted(name, text, Separator::Tab)
    {
        let width = rows.first().map_or(0, |row| row.cells.len());
        if has_doubled || rows.iter().all(|row| row.cells.len() == width) {
            return Ok((rows, false));
        }
    }
    Ok((raw, true))
}

fn raw_lines(text: &str) -> Vec<SheetRow> {
    let lines = text.lines().enumerate();
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(at, line)| SheetRow {
            line: at + 1,
            cells: line.split('\t').map(str::to_owned).collect(),
        })
        .collect()
}

fn quoted(name: &str, text: &str, separator: Separator) -> Result<Vec<SheetRow>, ImportError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator.byte())
        .from_reader(text.as_bytes());
    let mut rows = Vec::new();
    let mut record = csv::StringRecord::new();
    loop {
        let (line, start) = (
            reader.position().line() as usize,
            reader.position().byte() as usize,
        );
        let more = reader.read_record(&mut record);
        if !more.map_err(|error| {
            ImportLocation::line(name, line).problem(format!("CSV 写错了：{error}"))
        })? {
            return Ok(rows);
        }
        let line = record.position().map_or(line, |at| at.line() as usize);
        let written = text
            .get(start..reader.position().byte() as usize)
            .unwrap_or_default();
        // an unclosed quote would swallow the following rows
        if written.matches('"').count() % 2 == 1 {
            return Err(ImportLocation::line(name, line).problem("从这一行开始，引号没有成对"));
        }
        if record.iter().any(|field| !field.is_empty()) {
            rows.push(SheetRow {
                line,
                cells: record.iter().map(str::to_owned).collect(),
            });
        }
    }
}
