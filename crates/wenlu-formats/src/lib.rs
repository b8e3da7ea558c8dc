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

mod assemble;
mod blocks;
mod botpress;
mod builder;
pub mod cell;
mod chatterbot;
mod detect;
mod dialogflow;
mod encoding;
pub mod export;
mod export_table;
mod html;
mod input;
mod json;
mod names;
mod nlpjs;
mod node;
mod note;
pub mod own_table;
mod patterns;
mod plain;
mod qnabot;
mod qnamaker;
mod rasa;
mod reply;
mod table;
mod toml_text;
mod wechat;
mod writer;
mod yaml;
mod yaml_quotes;

use builder::ImportBuilder;
use detect::DetectedFormat;
use input::ImportSource;
use note::{excerpt, one_line};
use own_table::OwnRow;
use serde::Serialize;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use table::{Separator, TableOptions};
use wenlu_core::knowledge::files::{
    DataFiles, FileContent, LoadError, MAX_FILE_BYTES, validate_files,
};

pub use note::{
    ImportError, ImportLocation, ImportNote, LossCount, LossKind, UnnamedColumns, losses,
};
pub use table::columns::{ColumnsError, TableColumns};

/// What a person wrote in plain words, as the Markdown of a reply without its title: lists and
/// addresses are recognised, all else is escaped. Empty if nothing is left.
pub fn reply_of_plain_text(text: &str) -> String {
    reply::make(text, reply::ReplySyntax::Plain).body
}

/// What can be imported. The comments are shown as help.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ImportFormat {
    /// A table with tabs: questions and answers, or utterance<TAB>intent, where `none` is out of scope, and of several
    /// intents joined with `|` the first counts
    Tsv,
    /// The same with commas or semicolons, and quotes; also of FastGPT and Dify
    Csv,
    /// The same as a workbook: XLSX, XLS or ODS
    #[value(alias = "xls", alias = "ods")]
    Xlsx,
    /// The same as JSON: an object a line, or a list of them
    #[value(alias = "json")]
    Jsonl,
    /// Rasa 1 to 3: the project's folder, or a file of it
    Rasa,
    /// WeChat's 对话开放平台: skills as CSV or JSON
    Wechat,
    /// Microsoft QnA Maker and custom question answering: TSV or JSON
    #[value(alias = "cqa")]
    Qnamaker,
    /// Botpress up to 12: questions and answers, and intents
    Botpress,
    /// nlp.js corpus: a JSON file, or a folder of them, one a language
    Nlpjs,
    /// Dialogflow ES agent: its exported zip, or the folder
    Dialogflow,
    /// QnABot on AWS: its exported JSON
    Qnabot,
    /// `intents.json`: a list of tag, patterns and responses
    Intents,
    /// ChatterBot corpus: a YAML file of conversations, or a folder of them
    Chatterbot,
}

/// What to import, and what is known of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions<'o> {
    /// `None`: found by what the files hold.
    pub format: Option<ImportFormat>,
    /// What the columns of a table are; `None`: their names say it.
    pub columns: Option<&'o TableColumns>,
}

/// The result of an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportedKnowledge {
    /// Path under the knowledge folder → text.
    pub files: BTreeMap<String, String>,
    /// What was left out or changed, for the operator.
    pub notes: Vec<ImportNote>,
    /// The rows of a table that was exported from here, as they were read; empty for any other.
    pub own_rows: Vec<OwnRow>,
    /// Which format it was, and why.
    pub found: Option<FoundFormat>,
    /// Number of intents that were made.
    pub intents: usize,
    /// Number of menus that were made of categories.
    pub menus: usize,
    /// Number of examples of all intents.
    pub examples: usize,
    /// Number of intents with a reply.
    pub replies: usize,
    /// Number of messages that no intent should answer.
    pub out_of_scope: usize,
}

/// Which format an input was taken for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FoundFormat {
    /// The format.
    pub format: ImportFormat,
    /// What it was concluded from; of each table what its columns are.
    pub why: Vec<String>,
}

/// Reads `path`, a file or a folder in this format, and converts it to data files in memory.
///
/// # Errors
///
/// The input cannot be read, is not of this format, or has no labelled example.
pub fn import(format: ImportFormat, path: &Path) -> Result<ImportedKnowledge, ImportError> {
    let options = ImportOptions {
        format: Some(format),
        columns: None,
    };
    import_path(path, options)
}

/// Reads `path`, a file or a folder, and converts it to data files in memory.
///
/// # Errors
///
/// As [`import`]; the format cannot be told, or the table contradicts itself.
pub fn import_path(path: &Path, options: ImportOptions) -> Result<ImportedKnowledge, ImportError> {
    read(input::read(path)?, options)
}

/// Reads the bytes of a file that was called `name`.
///
/// # Errors
///
/// As [`import_path`].
pub fn import_bytes(
    name: &str,
    bytes: Vec<u8>,
    options: ImportOptions,
) -> Result<ImportedKnowledge, ImportError> {
    read(input::read_bytes(name, bytes)?, options)
}

fn read(
    mut source: ImportSource,
    options: ImportOptions,
) -> Result<ImportedKnowledge, ImportError> {
    let found = match options.format {
        Some(format) => {
            detect::keep_named(&mut source, format);
            let why = "您指定的格式".to_owned();
            DetectedFormat { format, why }
        }
        None => detect::detect(&mut source)?,
    };
    let mut draft = ImportBuilder::default();
    for fault in std::mem::take(&mut source.faults) {
        draft.skip(fault);
    }
    let tables = read_format(&source, found.format, options, &mut draft)?;
    if !source.skipped.is_empty() {
        let place = ImportLocation::file(&source.name);
        draft.note(LossKind::ForeignFile, place, &skipped(&source.skipped));
    }
    let fault = draft.fault.take();
    let mut imported = assemble::assemble(draft);
    if imported.intents == 0 {
        return Err(fault.unwrap_or_else(|| {
            let what = "里面没有一句带意图的例句，没有可以导入的内容";
            ImportLocation::file(&source.name).problem(what)
        }));
    }
    let why = match tables.is_empty() {
        true => vec![found.why],
        false => tables,
    };
    imported.found = Some(FoundFormat {
        format: found.format,
        why,
    });
    Ok(imported)
}

/// Reads the files; of tables it returns what each was taken for.
fn read_format(
    source: &ImportSource,
    format: ImportFormat,
    options: ImportOptions,
    draft: &mut ImportBuilder,
) -> Result<Vec<String>, ImportError> {
    let files = &source.files;
    let is_json = files
        .iter()
        .any(|file| file.text.trim_start().starts_with(['{', '[']));
    let tables = TableOptions {
        columns: options.columns,
        separator: (format == ImportFormat::Tsv).then_some(Separator::Tab),
    };
    match format {
        ImportFormat::Tsv | ImportFormat::Csv | ImportFormat::Xlsx | ImportFormat::Jsonl => {
            return table::read(source, tables, draft);
        }
        ImportFormat::Wechat | ImportFormat::Qnamaker if !is_json => {
            return table::read(source, tables, draft);
        }
        ImportFormat::Wechat => wechat::read(files, draft),
        ImportFormat::Qnamaker => qnamaker::read(files, draft),
        ImportFormat::Botpress => botpress::read(files, draft),
        ImportFormat::Rasa => rasa::read(files, &source.name, draft),
        ImportFormat::Nlpjs => nlpjs::read(files, draft)?,
        ImportFormat::Dialogflow => dialogflow::read(files, draft)?,
        ImportFormat::Qnabot => qnabot::read(files, draft)?,
        ImportFormat::Intents => patterns::read(files, draft)?,
        ImportFormat::Chatterbot => chatterbot::read(files, draft),
    }
    Ok(Vec::new())
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

impl ImportFormat {
    /// What it is called, for the report.
    pub fn label(self) -> &'static str {
        match self {
            ImportFormat::Tsv | ImportFormat::Csv => "表格",
            ImportFormat::Xlsx => "电子表格",
            ImportFormat::Jsonl => "JSON 表格",
            ImportFormat::Rasa => "Rasa",
            ImportFormat::Wechat => "微信对话开放平台",
            ImportFormat::Qnamaker => "QnA Maker",
            ImportFormat::Botpress => "Botpress",
            ImportFormat::Nlpjs => "nlp.js",
            ImportFormat::Dialogflow => "Dialogflow ES",
            ImportFormat::Qnabot => "QnABot",
            ImportFormat::Intents => "intents.json",
            ImportFormat::Chatterbot => "ChatterBot",
        }
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
