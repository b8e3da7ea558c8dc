//! Which knowledge serves, and what came of the last edit. In: data files, refusals. Out: values that the
//! operators' pages and the health of the server show. Must not know: how files are read or judged.

use crate::clock;
use std::sync::Arc;
use wenlu_core::check::FailedTest;
use wenlu_core::knowledge::diagnostic::{self, Diagnostic, FileTexts};
use wenlu_core::knowledge::files::DataFiles;
use wenlu_core::model::Timestamp;

/// Mistakes that are quoted in the log; `wenlu check` shows all.
const QUOTED: usize = 5;

/// Which knowledge serves, and the result of the last edit.
#[derive(Clone, Debug)]
pub struct KnowledgeStatus {
    /// The version of the knowledge that serves.
    pub version: String,
    /// The data files that it was read from.
    pub files: Arc<DataFiles>,
    /// When it began to serve.
    pub loaded_at: Timestamp,
    /// Why the last edit was refused; `None` if the files on the disk are those that serve.
    pub refused: Option<Arc<EditRefusal>>,
    /// Set if the process started on files that cannot serve, so that the knowledge saved in the
    /// store serves: the time at which that began to serve originally.
    pub kept_since: Option<Timestamp>,
    /// Tests that fail in what serves, each with its answer before the edit if an edit changed it:
    /// tests that failed from the start, tests of other intents that a hand edit broke, and tests
    /// of files that were published in spite of them.
    pub failing: Arc<Vec<FailedTest>>,
    /// The edits that this process refused.
    pub refusals: EditRefusals,
}

/// How often edits were refused since the start, and when last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EditRefusals {
    pub count: u64,
    pub last: Option<Timestamp>,
}

/// Data files that were refused.
#[derive(Debug)]
pub struct EditRefusal {
    /// The version of the refused files.
    pub version: String,
    /// Mistakes that the loader found, or tests that failed; empty only through a defect of the
    /// program.
    pub errors: Vec<Diagnostic>,
    pub texts: FileTexts,
}

impl KnowledgeStatus {
    /// `files` serve from now on; `failing` are the tests that fail in them.
    pub fn serving(files: Arc<DataFiles>, failing: Vec<FailedTest>) -> Self {
        let (version, loaded_at, failing) = (files.version(), clock::now(), Arc::new(failing));
        KnowledgeStatus {
            version,
            files,
            loaded_at,
            refused: None,
            kept_since: None,
            failing,
            refusals: EditRefusals::default(),
        }
    }

    /// The files on the disk are refused from now on.
    pub(super) fn refuse(&mut self, refusal: EditRefusal) {
        self.refused = Some(Arc::new(refusal));
        self.refusals = EditRefusals {
            count: self.refusals.count + 1,
            last: Some(clock::now()),
        };
    }
}

impl EditRefusal {
    /// The first mistakes, each with its line and a caret.
    pub fn quote(&self) -> String {
        let first = self.errors.get(..QUOTED).unwrap_or(&self.errors);
        diagnostic::render(first, &self.texts, false)
    }
}
