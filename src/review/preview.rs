//! What a change would do, before anybody makes it. In: the files as they are, the change, what serves now, and questions
//! that were asked. Out: what is wrong with the draft, which of its tests fail, what gets in the way of what, and what would
//! be answered differently. Must not know: the disk, SQL.

use super::change::Change;
use super::replay::{Asked, Report, Version, replay};
use crate::check::{conflicts_of, failed_tests, passes};
use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic::{self, Diagnostic, Texts};
use crate::knowledge::files::{Files, validate_files};
use crate::router::Router;
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::ops::Range;

/// What is known of a change.
#[derive(Debug)]
pub struct Preview {
    /// Why the files could not be used with it; nothing else was looked for then.
    pub mistakes: Vec<Diagnostic>,
    /// Tests that it makes fail.
    pub failing: Vec<Diagnostic>,
    /// Warnings and notes in which a changed line takes part.
    pub warnings: Vec<Diagnostic>,
    /// What they quote.
    pub texts: Texts,
    /// What becomes of the questions; `None` where there are mistakes.
    pub replay: Option<Report>,
}

/// What takes time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Building,
    Testing,
    Comparing,
    Replaying,
}

/// Told of which stage how much is done, of how much. Called from several threads.
pub type Progress<'a> = &'a (dyn Fn(Stage, usize, usize) + Sync);

impl Preview {
    /// Whether the change may go live: a running server refuses what has mistakes or failing tests.
    pub fn is_fit(&self) -> bool {
        self.mistakes.is_empty() && self.failing.is_empty()
    }
}

/// Tries `change` on `files`, which are those that `live` was made of. `build` makes the router that would serve it.
pub fn preview(
    files: &Files,
    change: &Change,
    live: Version,
    asked: &[Asked],
    build: impl Fn(&Knowledge) -> Router,
    threads: NonZeroUsize,
    progress: Progress,
) -> Preview {
    let draft = files.with(change.files.iter().map(|file| (file.path.as_str(), file.after.as_deref())));
    let loaded = match validate_files(&draft) {
        Ok(loaded) => loaded,
        Err(error) => {
            let mistakes = error.diagnostics.into_iter().filter(Diagnostic::is_error).collect();
            return Preview { mistakes, failing: Vec::new(), warnings: Vec::new(), texts: error.texts, replay: None };
        }
    };
    progress(Stage::Building, 0, 1);
    let (knowledge, texts) = (loaded.knowledge, loaded.texts);
    let router = build(&knowledge);
    progress(Stage::Testing, 0, 1);
    let mut failing = failed_tests(&without_known_failures(&knowledge, live), |text| router.route(text), &texts);
    let changed = Changed::new(change);
    let concern = |file: &str, span: &Range<usize>| changed.is_new(file, span, &texts);
    let mut warnings: Vec<Diagnostic> = loaded.warnings;
    warnings.retain(|warning| concern(&warning.place.file, &warning.place.span));
    warnings.extend(conflicts_of(&knowledge, &texts, &concern, &|_, done, all| progress(Stage::Comparing, done, all)));
    diagnostic::settle(&mut failing, &texts);
    diagnostic::settle(&mut warnings, &texts);
    let version = Version { knowledge: &knowledge, router: &router };
    let replay = replay(asked, live, version, threads, &|done| progress(Stage::Replaying, done, asked.len()));
    Preview { mistakes: Vec::new(), failing, warnings, texts, replay: Some(replay) }
}

/// `draft` without the tests that fail as it is.
fn without_known_failures(draft: &Knowledge, live: Version) -> Knowledge {
    let tests = live.knowledge.intents.iter().flat_map(|intent| intent.tests.iter().map(move |test| (intent, test)));
    let failed: BTreeSet<(&str, &str)> = tests
        .filter(|(intent, test)| !passes(intent, test, &live.router.route(&test.say)))
        .map(|(intent, test)| (intent.id.as_str(), test.say.as_str()))
        .collect();
    let mut draft = draft.clone();
    for intent in &mut draft.intents {
        let id = intent.id.clone();
        intent.tests.retain(|test| !failed.contains(&(id.as_str(), test.say.as_str())));
    }
    draft
}

/// The lines that were there before, by file; `None` for a file that is new.
struct Changed<'a>(BTreeMap<&'a str, Option<BTreeSet<&'a str>>>);

impl<'a> Changed<'a> {
    fn new(change: &'a Change) -> Self {
        let lines = |text: &'a str| text.lines().map(str::trim).collect();
        Self(change.files.iter().map(|file| (file.path.as_str(), file.before.as_deref().map(lines))).collect())
    }

    /// Whether the line at `span` is one that the change wrote.
    fn is_new(&self, file: &str, span: &Range<usize>, texts: &Texts) -> bool {
        let (Some(before), Some(text)) = (self.0.get(file), texts.get(file)) else { return false };
        let Some(before) = before else { return true };
        let at = text.floor_char_boundary(span.start);
        let (head, tail) = text.split_at(at);
        let start = head.rfind('\n').map_or(0, |line| line + 1);
        let end = tail.find('\n').map_or(text.len(), |line| at + line);
        text.get(start..end).is_some_and(|line| !before.contains(line.trim()))
    }
}
