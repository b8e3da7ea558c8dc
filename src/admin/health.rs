//! What gets in the way of what in the data files, for the knowledge that serves. Looked for once a version, on a thread
//! where nobody waits: large knowledge takes a while.

use crate::bot::Brain;
use crate::check;
use crate::knowledge::diagnostic::{self, Code, Diagnostic, Texts};
use crate::knowledge::files::{self, Source};
use std::sync::{Arc, Mutex, PoisonError};

/// What is known of a version.
#[derive(Clone)]
pub enum State {
    /// Somebody is looking.
    Working,
    /// The files on the disk are not those that serve.
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
    /// The version that was looked at last, and what was found.
    last: Arc<Mutex<Option<(String, State)>>>,
}

impl Health {
    pub fn new(source: Source) -> Self {
        Health { source, last: Arc::default() }
    }

    /// What is known of `brain`'s knowledge; the first one who asks starts the look.
    pub fn of(&self, brain: Arc<Brain>) -> State {
        let version = brain.knowledge.version.clone();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            // Files that were others may have become these again.
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

    /// A data file that serves, as it stands on the disk; `None`: there is none, or it is no text.
    pub fn file(&self, path: &str) -> Option<String> {
        match self.source.files().entries.remove(path)? {
            files::Entry::Bytes(bytes) => String::from_utf8(bytes.into_owned()).ok(),
            files::Entry::TooLarge | files::Entry::Unreadable(_) => None,
        }
    }
}

impl Findings {
    /// What was found in an intent's file, and that its reply is not written.
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
