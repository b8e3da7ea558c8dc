//! What is collected while a project is read. In: its files, part by part. Out: what is assigned to
//! intents when all are read. Must not know: how a part is written.

use crate::builder::ImportBuilder;
use crate::node::DataNode;
use crate::{ImportLocation, LossKind, excerpt};
use std::collections::BTreeSet;

/// The intent that Rasa's guides use for out-of-scope messages.
pub(super) const OUT_OF_SCOPE: &str = "out_of_scope";

/// An `utter_…` with its variants.
pub(super) struct RasaResponse<'f> {
    pub name: String,
    pub node: DataNode,
    pub file: &'f str,
}

/// One turn: what was meant, and what is done about it.
#[derive(Debug)]
pub(super) struct TurnPath {
    pub intent: String,
    pub actions: Vec<String>,
    pub kind: PathKind,
}

/// What a turn was read from, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum PathKind {
    /// Holds always.
    Rule,
    /// One way that a conversation went, of one turn.
    Story,
    /// The first turn of a longer story.
    Opening,
}

pub(super) struct RasaReader<'f, 'd> {
    pub draft: &'d mut ImportBuilder,
    pub file: &'f str,
    /// `utter_…` responses; assigned to intents after all files are read.
    pub responses: Vec<RasaResponse<'f>>,
    /// What rules and stories answer.
    pub paths: Vec<TurnPath>,
    /// Intents named in a domain file.
    pub declared: Vec<(String, ImportLocation)>,
    /// The `faq` of retrieval intents such as `faq/ask_name`.
    pub retrieval: BTreeSet<String>,
}

impl RasaReader<'_, '_> {
    /// Notes a YAML comment behind an unquoted text, which the author may have meant as text.
    pub(super) fn comment(&mut self, node: &DataNode, file: &str) {
        if let Some(comment) = &node.comment {
            let note = format!(
                "{}在 YAML 里是注释，没有带过来；它若是文字的一部分，请给文字加上引号",
                excerpt(comment)
            );
            let place = ImportLocation::line(file, node.line);
            self.draft.note(LossKind::Wording, place, &note);
        }
    }

    /// A field that data files have no place for.
    pub(super) fn note(&mut self, node: &DataNode, note: String) {
        let place = ImportLocation::line(self.file, node.line);
        self.draft.note(LossKind::Field, place, &note);
    }
}
