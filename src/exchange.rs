//! Exchange. In: other people's formats, and knowledge. Out: data files as texts with a note on everything that could
//! not be carried over, and knowledge in other people's formats. Must not know: where the files go, routing.
//!
//! TSV → import → export gives the very rows back, text and label, the rows of a label in their order; labels come
//! sorted by id and `none` last, since data files do not hold how labels were interleaved. What data files cannot hold
//! is the one loss, and import notes each case: a sentence that stands twice (however it is written), one without a
//! letter, white space at the ends of a sentence, further columns, and of several labels joined by `|` all but the
//! first.

mod annotation;
mod blocks;
pub mod cell;
mod dialogflow;
mod draft;
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

use crate::knowledge::files::{Entry, Files, LARGEST, LoadError, validate_files};
use draft::Draft;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// What can be imported. The comments are shown as help.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
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

/// Data files made from something else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Path under the root → text.
    pub files: BTreeMap<String, String>,
    /// What was left out or changed, for the operator.
    pub notes: Vec<Note>,
    pub intents: usize,
    pub examples: usize,
    pub out_of_scope: usize,
}

/// A place in what was read; line 0 is the file as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    pub file: String,
    pub line: usize,
}

/// What was left out or changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Note {
    #[serde(flatten)]
    pub place: Place,
    pub note: String,
    /// How many times it happened, this place first.
    pub times: usize,
}

/// Why nothing can be imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {}", shown(.what))]
pub struct Problem {
    pub place: Place,
    pub what: String,
}

/// Reads `path`, a file or a folder, and makes data files of it. Writes nothing.
pub fn import(format: Format, path: &Path) -> Result<Imported, Problem> {
    let endings: &[&str] = match format {
        Format::Tsv => &["tsv", "txt"],
        Format::Csv => &["csv"],
        Format::Rasa => &["yml", "yaml"],
        Format::Nlpjs | Format::Dialogflow | Format::Qnabot => &["json"],
    };
    let input = input::read(path, endings)?;
    let mut draft = Draft::default();
    match format {
        Format::Tsv => rows::read(&input.files, rows::Separator::Tab, &mut draft)?,
        Format::Csv => rows::read(&input.files, rows::Separator::Comma, &mut draft)?,
        Format::Rasa => rasa::read(&input.files, &mut draft)?,
        Format::Nlpjs => nlpjs::read(&input.files, &mut draft)?,
        Format::Dialogflow => dialogflow::read(&input.files, &mut draft)?,
        Format::Qnabot => qnabot::read(&input.files, &mut draft)?,
    }
    if !input.skipped.is_empty() {
        draft.note(Place::file(&path.display().to_string()), &skipped(&input.skipped));
    }
    let imported = draft.finish();
    if imported.intents == 0 {
        let what = "里面没有一句带意图的例句，没有可以导入的内容".to_owned();
        return Err(Problem { place: Place::file(&path.display().to_string()), what });
    }
    Ok(imported)
}

impl Imported {
    /// What the loader says to the files; an import that would not load must not be written.
    pub fn check(&self) -> Result<(), LoadError> {
        let entry = |text: &String| match text.len() as u64 > LARGEST {
            true => Entry::TooLarge,
            false => Entry::Bytes(Cow::Owned(text.clone().into_bytes())),
        };
        let entries = self.files.iter().map(|(path, text)| (path.clone(), entry(text))).collect();
        validate_files(&Files { has_intents_folder: true, entries }).map(drop)
    }
}

impl Place {
    pub fn file(file: &str) -> Self {
        Self::line(file, 0)
    }

    pub fn line(file: &str, line: usize) -> Self {
        Self { file: file.to_owned(), line }
    }

    fn problem(self, what: impl Into<String>) -> Problem {
        Problem { place: self, what: what.into() }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.file))?;
        if self.line > 0 { write!(f, ":{}", self.line) } else { Ok(()) }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, shown(&self.note))?;
        if self.times > 1 { write!(f, "（共 {} 处）", self.times) } else { Ok(()) }
    }
}

/// On one line, without what would steer a terminal.
fn shown(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if hidden(c) { ' ' } else { c }).collect()
}

/// The beginning of a text, for a note.
fn brief(text: &str) -> String {
    const LONGEST: usize = 40;
    let line = shown(text.trim());
    let cut: String = line.chars().take(LONGEST).collect();
    if cut.len() < line.len() { format!("“{cut}…”") } else { format!("“{cut}”") }
}

fn skipped(names: &[String]) -> String {
    const FEW: usize = 8;
    let listed = names.iter().take(FEW).map(String::as_str).collect::<Vec<_>>().join("、");
    let more = if names.len() > FEW { " 等" } else { "" };
    format!("有 {} 个文件不是这种格式，没有读取：{listed}{more}", names.len())
}
