//! JSON records as a table. In: JSON lines, a list of objects, or an object with one such list. Out:
//! a sheet whose columns are the fields, in the order in which they come. Must not know: what the
//! columns mean.

use super::sheet::{SheetRow, TableSheet};
use crate::input::ImportFile;
use crate::node::{DataNode, DataValue};
use crate::{ImportError, ImportLocation, json};

pub(super) fn sheet(file: &ImportFile) -> Result<TableSheet, ImportError> {
    let (records, how) = match json::parse(&file.text) {
        Ok(root) => match list(&root) {
            Some(records) => (records.to_vec(), "JSON"),
            None if !root.pairs().is_empty() => (vec![root], "JSON"),
            None => return Err(root.wrong_kind(&file.name, "要是一组有名字的字段，或者它们的列表")),
        },
        Err(fault) => (lines(file, fault.of(&file.name))?, "JSON 行"),
    };
    let mut names: Vec<String> = Vec::new();
    for (name, _) in records.iter().flat_map(DataNode::pairs) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    let row = |record: &DataNode| SheetRow {
        line: record.line,
        cells: names
            .iter()
            .map(|name| record.get(name).map_or_else(String::new, cell))
            .collect(),
    };
    let mut rows: Vec<SheetRow> = records.iter().map(row).collect();
    rows.insert(
        0,
        SheetRow {
            line: records.first().map_or(0, |first| first.line),
            cells: names,
        },
    );
    Ok(TableSheet {
        name: file.name.clone(),
        how: format!("{how}，{}", file.encoding),
        rows,
        has_written_breaks: false,
    })
}

/// What stands for a group of fields in a cell.
pub(super) const NESTED: &str = "{…}";

/// The records of a file that is one JSON value.
pub(crate) fn list(root: &DataNode) -> Option<&[DataNode]> {
    let is_records = |node: &&DataNode| {
        !node.items().is_empty() && node.items().iter().all(|item| !item.pairs().is_empty())
    };
    if is_records(&root) {
        return Some(root.items());
    }
    let mut lists = root.pairs().iter().map(|(_, node)| node).filter(is_records);
    match (lists.next(), lists.next()) {
        (Some(only), None) => Some(only.items()),
        _ => None,
    }
}

fn lines(file: &ImportFile, fault: ImportError) -> Result<Vec<DataNode>, ImportError> {
    let mut records = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let Ok(mut record) = json::parse(line) else {
            // no line could be read: then it is no file of lines, and the first error tells more
            let place = ImportLocation::line(&file.name, at + 1);
            return Err(match records.is_empty() {
                true => fault,
                false => place.problem("这一行不是 JSON"),
            });
        };
        if record.pairs().is_empty() {
            let place = ImportLocation::line(&file.name, at + 1);
            let fault = record.wrong_kind(&file.name, "每一行要是一组字段");
            return Err(ImportError { place, ..fault });
        }
        record.line = at + 1;
        records.push(record);
    }
    match records.is_empty() {
        true => Err(fault),
        false => Ok(records),
    }
}

/// A value as a cell: a list of texts as a JSON list.
fn cell(node: &DataNode) -> String {
    match &node.value {
        DataValue::Text(text) => text.clone(),
        DataValue::Other(word) => word.clone(),
        DataValue::Empty => String::new(),
        DataValue::List(items) => {
            let texts: Vec<&str> = items
                .iter()
                .filter_map(|item| item.text().or(item.text_of("text")))
                .collect();
            match texts.len() == items.len() && !texts.is_empty() {
                true => serde_json::json!(texts).to_string(),
                false => String::new(),
            }
        }
        DataValue::Map(pairs) => match pairs.is_empty() {
            true => String::new(),
            false => NESTED.to_owned(),
        },
    }
}
