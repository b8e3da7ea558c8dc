//! A reply that is being written. In: the data files, and the reply's text. Out: what it will show,
//! and its mistakes. Must not know: who writes it, what the other replies say.

use super::content;
use super::data_files::DataFiles;
use super::diagnostic::{self, Diagnostic, FileTexts};
use crate::reply::ReplyDocument;

/// A reply's text, read.
#[derive(Clone, Debug, Default)]
pub struct DraftReply {
    /// What was understood, with the variables filled in.
    pub document: ReplyDocument,
    /// All mistakes, by place.
    pub mistakes: Vec<Diagnostic>,
}

/// Reads the text that is to stand in the file `path`; `files` have the variables.
pub fn read_draft_reply(files: &DataFiles, path: &str, text: &str) -> DraftReply {
    const VARIABLES: &str = "content/variables.toml";
    let variables = files.text(VARIABLES).map(|text| {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        content::variables(VARIABLES, text, &mut Vec::new())
    });
    let mut mistakes = Vec::new();
    let read = content::reply(path, text, &variables.unwrap_or_default(), &mut mistakes);
    let texts = FileTexts::from([(path.to_owned(), text.to_owned())]);
    diagnostic::locate_and_sort(&mut mistakes, &texts);
    DraftReply {
        document: read.document,
        mistakes,
    }
}
