//! From files to [`Knowledge`]: the whole, or all mistakes in all files at once. In: the files'
//! bytes. Out: [`LoadedKnowledge`] or [`LoadError`]. Pure: `files` does the reading.

use super::builder::KnowledgeBuilder;
use super::content::{ReplyFile, ReplyFiles};
use super::data_files::DataFiles;
use super::diagnostic::{self, Diagnostic, FileTexts};
use super::raw::RawIntent;
use super::shipped::shipped_sentences;
use super::unwritten::UnwrittenKind;
use super::{Intent, Knowledge, convert};
use crate::model::Lang;
use std::collections::BTreeSet;
use std::fmt;

/// Knowledge without errors.
#[derive(Debug)]
pub struct LoadedKnowledge {
    /// The knowledge.
    pub knowledge: Knowledge,
    /// What is probably not meant, sorted by place.
    pub warnings: Vec<Diagnostic>,
    /// The texts that the warnings quote.
    pub texts: FileTexts,
}

/// All mistakes, and the texts that they quote.
#[derive(Debug, thiserror::Error)]
pub struct LoadError {
    /// All mistakes, and the warnings beside them, sorted by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The texts of the files that can be quoted.
    pub texts: FileTexts,
}

impl LoadError {
    /// The mistakes without the warnings.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|found| found.is_error())
    }

    /// Each mistake with its line and caret.
    pub fn render(&self, color: bool) -> String {
        diagnostic::render(&self.diagnostics, &self.texts, color)
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let errors = self.errors().count();
        write!(
            f,
            "知识文件里有 {errors} 处错误\n\n{}",
            self.render(false).trim_end()
        )
    }
}

/// Validates data files as a whole. Sentences that are missing are taken from the shipped ones, by
/// language.
///
/// ```
/// # use wenlu_core::knowledge::diagnostic::Code;
/// # use wenlu_core::knowledge::files::{DataFiles, validate_files};
/// let files = DataFiles::of_texts([("intents/refund.toml", "examples = ['怎么退款']")]);
/// let error = validate_files(&files).unwrap_err();
/// let codes: Vec<Code> = error.diagnostics.iter().map(|mistake| mistake.code).collect();
/// assert!(codes.contains(&Code::MissingField), "{error}");
/// ```
///
/// # Errors
///
/// All mistakes in all files, with the warnings beside them, if one of them is an error.
pub fn validate_files(files: &DataFiles) -> Result<LoadedKnowledge, LoadError> {
    let mut book = KnowledgeBuilder::default();
    book.open(files);
    book.parse();
    book.cross_check();
    let KnowledgeBuilder { mut out, texts, .. } = book;
    diagnostic::locate_and_sort(&mut out, &texts);
    if out.iter().any(Diagnostic::is_error) {
        return Err(LoadError {
            diagnostics: out,
            texts,
        });
    }
    let unwritten = unwritten(&book.intents, &book.replies);
    let intent = |raw: &RawIntent| {
        let text = texts.get(&raw.file).map_or("", String::as_str);
        convert::intent(raw, text, unwritten.contains(&raw.id))
    };
    let intents: Vec<Intent> = book.intents.iter().map(intent).collect();
    // intents that cannot be answered yet are not offered
    let hot: Vec<String> = convert::texts(book.hot)
        .into_iter()
        .filter(|id| !unwritten.contains(id))
        .collect();
    let is_shown = |((id, _), reply): &((String, Lang), ReplyFile)| {
        reply.unwritten.is_none() && !unwritten.contains(id)
    };
    let (shown, hidden): (Vec<_>, Vec<_>) = book.replies.into_iter().partition(is_shown);
    let has_code = |reply: &ReplyFile| {
        reply
            .unwritten
            .as_ref()
            .is_some_and(|place| place.kind == UnwrittenKind::ForeignCode)
    };
    let hidden = hidden.into_iter().filter(|(_, reply)| has_code(reply));
    let document = |(key, reply): ((String, Lang), ReplyFile)| (key, reply.document);
    let knowledge = Knowledge {
        hot: if hot.is_empty() {
            convert::default_topics(&intents)
        } else {
            hot
        },
        intents,
        lexicon: convert::lexicon(book.lexicon),
        out_of_scope: convert::texts(book.out_of_scope.1),
        calibration: book.calibration,
        replies: shown.into_iter().map(document).collect(),
        unwritten_replies: hidden.map(document).collect(),
        brand: book.brand,
        canned: book.canned,
        sentences: convert::sentences(book.sentences, &shipped_sentences()),
        version: files.version(),
    };
    Ok(LoadedKnowledge {
        knowledge,
        warnings: out,
        texts,
    })
}

/// The intents whose Chinese reply (without one: the reply in another language) is unwritten; the
/// other languages fall back to it. Intents with an action, which hand over to a person, need no
/// reply.
fn unwritten(intents: &[RawIntent], replies: &ReplyFiles) -> BTreeSet<String> {
    let answers = intents
        .iter()
        .filter(|i| i.menu.is_none() && i.gap.is_none() && i.action.is_none());
    let reply = |i: &RawIntent| {
        let mut langs = Lang::ALL.into_iter();
        langs.find_map(|lang| replies.get(&(i.id.clone(), lang)))
    };
    answers
        .filter(|i| reply(i).is_some_and(|reply| reply.unwritten.is_some()))
        .map(|i| i.id.clone())
        .collect()
}
