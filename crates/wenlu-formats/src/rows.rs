//! TSV and CSV. In: rows of utterance and intent. Out: a filled builder; `none` is out of scope.
//! Must not know: data files.

use super::builder::ImportBuilder;
use super::input::ImportFile;
use super::{ImportError, ImportLocation, excerpt};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ColumnSeparator {
    Tab,
    Comma,
}

/// Names of the columns that a header line may use.
const TEXT: [&str; 5] = ["utterance", "text", "query", "sentence", "example"];
const LABEL: [&str; 3] = ["intent", "label", "category"];

pub(crate) fn read(
    files: &[ImportFile],
    separator: ColumnSeparator,
    draft: &mut ImportBuilder,
) -> Result<(), ImportError> {
    for ImportFile { name, text } in files {
        let rows = match separator {
            ColumnSeparator::Tab => tabs(text),
            ColumnSeparator::Comma => commas(name, text)?,
        };
        let mut columns = (0, 1);
        for (at, row) in rows.iter().enumerate() {
            match header(&row.fields).filter(|_| at == 0) {
                Some(named) => columns = named,
                None => row.add(columns, name, draft)?,
            }
            if row.fields.len() > 2 {
                draft.note_counted(
                    ImportLocation::line(name, row.line),
                    "除句子和意图以外的列没有带过来",
                );
            }
        }
    }
    Ok(())
}

struct UtteranceRow {
    line: usize,
    fields: Vec<String>,
}

impl UtteranceRow {
    fn add(
        &self,
        (text, label): (usize, usize),
        file: &str,
        draft: &mut ImportBuilder,
    ) -> Result<(), ImportError> {
        let place = ImportLocation::line(file, self.line);
        let field = |at: usize| self.fields.get(at).map(String::as_str).unwrap_or_default();
        if self.fields.len() < 2 {
            return Err(place.problem("这一行只有一列；要写成 句子、意图 两列"));
        }
        let mut labels = field(label)
            .split('|')
            .map(str::trim)
            .filter(|label| !label.is_empty());
        let Some(first) = labels.next() else {
            return Err(place.problem("没有写意图；不属于任何意图的写 none"));
        };
        let more: Vec<&str> = labels.collect();
        if !more.is_empty() {
            let note = format!(
                "{}有几个意图，只归入第一个：{first}，没有归入 {}",
                excerpt(field(text)),
                more.join("、")
            );
            draft.note(place.clone(), &note);
        }
        draft.example(first, field(text), place);
        Ok(())
    }
}

/// Indexes of text and label, if this is a header line.
fn header(fields: &[String]) -> Option<(usize, usize)> {
    let find = |names: &[&str]| {
        fields
            .iter()
            .position(|f| names.contains(&f.trim().to_lowercase().as_str()))
    };
    Some((find(&TEXT)?, find(&LABEL)?))
}

fn tabs(text: &str) -> Vec<UtteranceRow> {
    let lines = text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.is_empty());
    lines
        .map(|(at, line)| UtteranceRow {
            line: at + 1,
            fields: line.split('\t').map(str::to_owned).collect(),
        })
        .collect()
}

fn commas(name: &str, text: &str) -> Result<Vec<UtteranceRow>, ImportError> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
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
            rows.push(UtteranceRow {
                line,
                fields: record.iter().map(str::to_owned).collect(),
            });
        }
    }
}
