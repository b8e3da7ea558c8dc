//! Failing tests and conflicts in the data files of the knowledge in use. Computed once a version
//! on the blocking pool, since it takes long for large knowledge.

use crate::source::KnowledgeSource;
use crate::turn::AnswerEngine;
use std::sync::{Arc, Mutex, PoisonError};
use wenlu_core::check;
use wenlu_core::knowledge::diagnostic::{self, Code, Diagnostic, FileTexts};
use wenlu_core::knowledge::files;

/// What is known of the knowledge in use.
#[derive(Clone)]
pub(super) enum KnowledgeHealthState {
    /// Being computed.
    Working,
    /// The files on disk are not the version in use.
    FilesDiffer,
    Known(Arc<KnowledgeFindings>),
}

/// Failing tests and conflicts.
pub(super) struct KnowledgeFindings {
    pub diagnostics: Vec<Diagnostic>,
    pub texts: FileTexts,
}

pub(super) struct KnowledgeHealth {
    source: KnowledgeSource,
    /// The version that was checked last, and the result.
    last: Arc<Mutex<Option<(String, KnowledgeHealthState)>>>,
}

impl KnowledgeHealth {
    pub(super) fn new(source: KnowledgeSource) -> Self {
        KnowledgeHealth {
            source,
            last: Arc::default(),
        }
    }

    /// The state for `engine`'s knowledge; the first call starts the check.
    pub(super) fn of(&self, engine: Arc<AnswerEngine>) -> KnowledgeHealthState {
        let version = engine.knowledge.version.clone();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            // Files that differed may have become this version again, so that they are checked once
            // more.
            Some((known, state))
                if *known == version && !matches!(state, KnowledgeHealthState::FilesDiffer) =>
            {
                state.clone()
            }
            _ => {
                *last = Some((version.clone(), KnowledgeHealthState::Working));
                let (source, last) = (self.source.clone(), self.last.clone());
                tokio::task::spawn_blocking(move || {
                    let found = look(&source, &engine);
                    *last.lock().unwrap_or_else(PoisonError::into_inner) = Some((version, found));
                });
                KnowledgeHealthState::Working
            }
        }
    }

    /// A data file as it is on disk; `None` if there is none, or it is not UTF-8 text.
    pub(super) fn file(&self, path: &str) -> Option<String> {
        match self.source.files().entries.remove(path)? {
            files::FileContent::Bytes(bytes) => String::from_utf8(bytes.into_owned()).ok(),
            files::FileContent::TooLarge | files::FileContent::Unreadable(_) => None,
        }
    }
}

impl KnowledgeFindings {
    /// The findings in an intent's file, and its unwritten reply.
    pub(super) fn of<'a>(&'a self, intent: &'a str) -> impl Iterator<Item = &'a Diagnostic> {
        let (file, reply) = (format!("intents/{intent}.toml"), format!("/{intent}.md"));
        let is_unwritten =
            move |d: &Diagnostic| d.code == Code::UnwrittenReply && d.place.file.ends_with(&reply);
        self.diagnostics
            .iter()
            .filter(move |d| d.place.file == file || is_unwritten(d))
    }
}

fn look(source: &KnowledgeSource, engine: &AnswerEngine) -> KnowledgeHealthState {
    let files = source.files();
    let loaded = match files::validate_files(&files) {
        Ok(loaded) if loaded.knowledge.version == engine.knowledge.version => loaded,
        _ => return KnowledgeHealthState::FilesDiffer,
    };
    let mut found = loaded.warnings;
    found.extend(check::failed_tests(
        &loaded.knowledge,
        engine.router.as_ref(),
        &loaded.texts,
    ));
    found.extend(check::conflicts(
        &loaded.knowledge,
        &loaded.texts,
        &|_, _, _| {},
    ));
    diagnostic::locate_and_sort(&mut found, &loaded.texts);
    KnowledgeHealthState::Known(Arc::new(KnowledgeFindings {
        diagnostics: found,
        texts: loaded.texts,
    }))
}
