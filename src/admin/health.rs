//! Failing tests and conflicts in the data files of the knowledge in use. Computed once a version
//! on the blocking pool, since it takes long for large knowledge.

use crate::bot::Brain;
use crate::check;
use crate::knowledge::diagnostic::{self, Code, Diagnostic, Texts};
use crate::knowledge::files::{self, Source};
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of the knowledge in use.
#[derive(Clone)]
pub enum State {
    /// Being computed.
    Working,
    /// The files on disk are not the version in use.
    Other,
    Known(Arc<Findings>),
}

/// Failing tests and conflicts.
pub struct Findings {
    pub diagnostics: Vec<Diagnostic>,
    pub texts: Texts,
}

pub struct Health {
    source: Source,
    /// The version that was checked last, and the result.
    last: Arc<Mutex<Option<(String, State)>>>,
}

impl Health {
    pub fn new(source: Source) -> Self {
        Health { source, last: Arc::default() }
    }

    /// The state for `brain`'s knowledge; the first call starts the check.
    pub fn of(&self, brain: Arc<Brain>) -> State {
        let version = brain.knowledge.version.clone();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            // Files that differed may have become this version again, so that they are checked once
            // more.
            Some((known, state)) if *known == version && !matches!(state, State::Other) => state.clone(),
            _ => {
                *last = Some((version.clone(), State::Working));
                let (source, last) = (self.source.clone(), self.last.clone());
                tokio::task::spawn_blocking(move || {
                    let found = look(&source, &brain);
                    *last.lock().unwrap_or_else(PoisonError::into_inner) = Some((version, found));
                });
                State::Working
            }
        }
    }

    /// A data file as it is on disk; `None` if there is none, or it is not UTF-8 text.
    pub fn file(&self, path: &str) -> Option<String> {
        match self.source.files().entries.remove(path)? {
            files::Entry::Bytes(bytes) => String::from_utf8(bytes.into_owned()).ok(),
            files::Entry::TooLarge | files::Entry::Unreadable(_) => None,
        }
    }
}

impl Findings {
    /// The findings in an intent's file, and its unwritten reply.
    pub fn of<'a>(&'a self, intent: &'a str) -> impl Iterator<Item = &'a Diagnostic> {
        let (file, reply) = (format!("intents/{intent}.toml"), format!("/{intent}.md"));
        let is_unwritten = move |d: &Diagnostic| d.code == Code::UnwrittenReply && d.place.file.ends_with(&reply);
        self.diagnostics.iter().filter(move |d| d.place.file == file || is_unwritten(d))
    }
}

fn look(source: &Source, brain: &Brain) -> State {
    let files = source.files();
    let loaded = match files::validate_files(&files) {
        Ok(loaded) if loaded.knowledge.version == brain.knowledge.version => loaded,
        _ => return State::Other,
    };
    let mut found = loaded.warnings;
    found.extend(check::failed_tests(&loaded.knowledge, |text| brain.router.route(text), &loaded.texts));
    found.extend(check::conflicts(&loaded.knowledge, &loaded.texts, &|_, _, _| {}));
    diagnostic::settle(&mut found, &loaded.texts);
    State::Known(Arc::new(Findings { diagnostics: found, texts: loaded.texts }))
}
