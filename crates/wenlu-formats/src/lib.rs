//! Import and export. In: files in formats of other systems, or knowledge. Out: data files as
//! texts, with a note on everything that was not carried over; or knowledge in another format. Must
//! not know: where the files go, routing.
//!
//! TSV → import → export returns the same rows (text and label). The rows of a label keep their
//! order; labels come sorted by id with `none` last, since data files do not record how labels were
//! interleaved. Lost is only what data files cannot hold, and import notes each case: duplicate
//! sentences (after normalisation), sentences without a letter, white space at the ends of a
//! sentence, further columns, and all but the first of several labels joined by `|`.

#![warn(missing_docs)]
#![warn(unnameable_types)]

mod annotation;
mod blocks;
mod builder;
pub mod cell;
mod dialogflow;
pub mod export;
mod input;
mod json;
mod names;
mod nlpjs;
mod node;
mod qnabot;
mod rasa;
mod reply;
mod rows;
mod writer;
mod yaml;

use builder::ImportBuilder;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use wenlu_core::knowledge::files::{
    DataFiles, FileContent, LoadError, MAX_FILE_BYTES, validate_files,
};

/// What can be imported. The comments are shown as help.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportFormat {
    /// utterance<TAB>intent, with or without a header line; `none` is out of scope, of several intents joined with `|`
    /// the first counts
    Tsv,
    /// The same with commas and quotes
    Csv,
    /// Rasa NLU, 3.1 schema: a YAML file, or the project's folder
    Rasa,
    /// nlp.js corpus: a JSON file, or a folder of them, one a language
    Nlpjs,
    /// Dialogflow ES agent: its exported zip, or the folder
    Dialogflow,
    /// QnABot on AWS: its exported JSON
    Qnabot,
}

/// The result of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedKnowledge {
    /// Path under the knowledge folder → text.
    pub files: BTreeMap<String, String>,
    /// What was left out or changed, for the operator.
    pub notes: Vec<ImportNote>,
    /// Number of intents that were made.
    pub intents: usize,
    /// Number of examples of all intents.
    pub examples: usize,
    /// Number of messages that no intent should answer.
    pub out_of_scope: usize,
}

/// A location in the input; line 0 means the whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportLocation {
    /// The path of the file, as it was given or found under the folder.
    pub file: String,
    /// From 1; 0: the whole file.
    pub line: usize,
}

/// What was left out or changed, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportNote {
    /// The first place.
    #[serde(flatten)]
    pub place: ImportLocation,
    /// What was left out or changed, in one sentence.
    pub note: String,
    /// How often it happened; `place` is the first time.
    pub times: usize,
}

/// Why the import failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {}", one_line(.what))]
pub struct ImportError {
    /// Where it failed.
    pub place: ImportLocation,
    /// What is wrong, in one sentence.
    pub what: String,
}

/// Reads `path`, a file or a folder, and converts it to data files in memory.
///
/// # Errors
///
/// The input cannot be read, is not of this format, or has no labelled example.
pub fn import(format: ImportFormat, path: &Path) -> Result<ImportedKnowledge, ImportError> {
    let endings: &[&str] = match format {
        ImportFormat::Tsv => &["tsv", "txt"],
        ImportFormat::Csv => &["csv"],
        ImportFormat::Rasa => &["yml", "yaml"],
        ImportFormat::Nlpjs | ImportFormat::Dialogflow | ImportFormat::Qnabot => &["json"],
    };
    let input = input::read(path, endings)?;
    let mut draft = ImportBuilder::default();
    match format {
        ImportFormat::Tsv => rows::read(&input.files, rows::ColumnSeparator::Tab, &mut draft)?,
        ImportFormat::Csv => rows::read(&input.files, rows::ColumnSeparator::Comma, &mut draft)?,
        ImportFormat::Rasa => rasa::read(&input.files, &mut draft)?,
        ImportFormat::Nlpjs => nlpjs::read(&input.files, &mut draft)?,
        ImportFormat::Dialogflow => dialogflow::read(&input.files, &mut draft)?,
        ImportFormat::Qnabot => qnabot::read(&input.files, &mut draft)?,
    }
    if !input.skipped.is_empty() {
        draft.note(
            ImportLocation::file(&path.display().to_string()),
            &skipped(&input.skipped),
        );
    }
    let imported = draft.finish();
    if imported.intents == 0 {
        let what = "里面没有一句带意图的例句，没有可以导入的内容".to_owned();
        return Err(ImportError {
            place: ImportLocation::file(&path.display().to_string()),
            what,
        });
    }
    Ok(imported)
}

impl ImportedKnowledge {
    /// Loads the files as the server would. A caller must not write an import that fails here.
    pub fn check(&self) -> Result<(), LoadError> {
        let entry = |text: &String| match text.len() as u64 > MAX_FILE_BYTES {
            true => FileContent::TooLarge,
            false => FileContent::Bytes(Cow::Owned(text.clone().into_bytes())),
        };
        let entries = self
            .files
            .iter()
            .map(|(path, text)| (path.clone(), entry(text)))
            .collect();
        validate_files(&DataFiles {
            has_intents_folder: true,
            entries,
        })
        .map(drop)
    }
}

impl ImportLocation {
    /// The file as a whole.
    pub fn file(file: &str) -> Self {
        Self::line(file, 0)
    }

    /// A line of the file, from 1.
    pub fn line(file: &str, line: usize) -> Self {
        Self {
            file: file.to_owned(),
            line,
        }
    }

    fn problem(self, what: impl Into<String>) -> ImportError {
        ImportError {
            place: self,
            what: what.into(),
        }
    }
}

impl fmt::Display for ImportLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&one_line(&self.file))?;
        if self.line > 0 {
            write!(f, ":{}", self.line)
        } else {
            Ok(())
        }
    }
}

impl fmt::Display for ImportNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, one_line(&self.note))?;
        if self.times > 1 {
            write!(f, "（共 {} 处）", self.times)
        } else {
            Ok(())
        }
    }
}

/// On one line, with control, zero-width and direction-changing characters as spaces.
fn one_line(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if hidden(c) { ' ' } else { c })
        .collect()
}

/// The first 40 characters of a text in quotes, for a note.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 40;
    let line = one_line(text.trim());
    let cut: String = line.chars().take(LONGEST).collect();
    if cut.len() < line.len() {
        format!("“{cut}…”")
    } else {
        format!("“{cut}”")
    }
}

fn skipped(names: &[String]) -> String {
    const FEW: usize = 8;
    let listed = names
        .iter()
        .take(FEW)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("、");
    let more = if names.len() > FEW { " 等" } else { "" };
    format!(
        "有 {} 个文件不是这种格式，没有读取：{listed}{more}",
        names.len()
    )
}
