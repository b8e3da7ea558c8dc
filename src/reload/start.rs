//! Decides what a start serves. In: the files as they are, and the knowledge that served last, from
//! the store. Out: the files, if they would be accepted as an edit of that knowledge; else the
//! saved knowledge, with the reason. Without saved knowledge, mistakes are returned to the caller,
//! and failing tests are only logged. Must not know: channels, how a server is started.

use super::{Refusal, Status, named};
use crate::bot::Brain;
use crate::check::FailedTest;
use crate::check::edit::{EditSide, EditVerdict, judge_edit};
use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic;
use crate::knowledge::files::{Files, LoadError, Loaded, validate_files};
use crate::review::base::LastGood;
use crate::review::standing::accept_published;
use crate::store::Store;
use crate::store::kept::KeptKnowledge;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Failing tests and mistakes that are named in the log.
const NAMED: usize = 5;

/// What serves from the start on.
pub struct Start {
    pub good: LastGood,
    pub status: Status,
}

/// The saved knowledge, validated.
struct FallbackKnowledge {
    files: Files,
    loaded: Loaded,
    since: SystemTime,
}

/// Files with their engine, and the results of their tests.
struct StartSide {
    files: Files,
    brain: Brain,
    verdict: EditVerdict,
}

/// Decides between `files`, which the loader accepted or not, and the saved knowledge. `Err`:
/// neither can serve.
pub async fn choose(
    files: Files,
    loaded: Result<Loaded, LoadError>,
    store: &Store,
    build: impl Fn(Knowledge) -> Brain,
) -> Result<Start, LoadError> {
    let version = files.version();
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(error) => {
            let Some(FallbackKnowledge { files, loaded, since }) = kept(store, &version).await else {
                return Err(error);
            };
            let refusal = refusal(version, EditVerdict::unusable(error));
            return Ok(StartSide::of(files, loaded, &build).serve_kept(since, refusal));
        }
    };
    tracing::info!(warnings = diagnostic::count_by_code(&loaded.warnings), "the data files were read");
    let side = StartSide::of(files, loaded, &build);
    // in most starts no test fails, and nothing needs to be compared
    if side.verdict.own_failures.is_empty() {
        return Ok(side.serve());
    }
    match kept(store, &version).await {
        Some(kept) => Ok(judge(side, kept, store, build).await),
        None => Ok(side.serve()),
    }
}

/// Serves `files` where no knowledge is saved, or none can be edited.
pub fn serve(files: Files, loaded: Loaded, build: impl Fn(Knowledge) -> Brain) -> Start {
    StartSide::of(files, loaded, &build).serve()
}

/// Judges an edit that was made while no process ran, in the same way as a running server does.
async fn judge(side: StartSide, kept: FallbackKnowledge, store: &Store, build: impl Fn(Knowledge) -> Brain) -> Start {
    let base = StartSide::of(kept.files, kept.loaded, &build);
    let mut verdict = judge_edit(Some(base.side()), side.side(), side.verdict.texts.clone(), &|_, _, _| {});
    if let Err(error) = accept_published(store, &base.files, &side.files, &mut verdict).await {
        tracing::error!(%error, "the store does not say what was published");
    }
    if verdict.is_refused() {
        return base.serve_kept(kept.since, refusal(side.files.version(), verdict));
    }
    let turned: Vec<String> = verdict.turned().take(NAMED).map(named).collect();
    if !turned.is_empty() {
        let (count, tests) = (verdict.turned().count(), turned.join("; "));
        tracing::warn!(count, tests, "the data files changed while nothing ran, and turned tests that passed before");
    }
    let failing = verdict.standing(&[]);
    Start::of(side.files, side.brain, failing)
}

fn refusal(version: String, verdict: EditVerdict) -> Refusal {
    Refusal { version, errors: verdict.refusals(), texts: verdict.texts }
}

impl Start {
    fn of(files: Files, brain: Brain, failing: Vec<FailedTest>) -> Self {
        let good = LastGood { files: Arc::new(files), brain: Arc::new(brain) };
        Start { status: Status::serving(good.files.clone(), failing), good }
    }
}

impl StartSide {
    fn of(files: Files, loaded: Loaded, build: &impl Fn(Knowledge) -> Brain) -> Self {
        let brain = build(loaded.knowledge);
        let edited = EditSide { files: &files, knowledge: &brain.knowledge, router: &*brain.router };
        let verdict = judge_edit(None, edited, loaded.texts, &|_, _, _| {});
        StartSide { files, brain, verdict }
    }

    fn side(&self) -> EditSide<'_> {
        EditSide { files: &self.files, knowledge: &self.brain.knowledge, router: &*self.brain.router }
    }

    /// Failing tests are only logged: without other knowledge to compare with, it is unknown which
    /// edit broke them.
    fn serve(self) -> Start {
        let failing = self.verdict.own_failures;
        if !failing.is_empty() {
            tracing::warn!(failing = failing.len(), "tests of the data files fail; see `wenlu check`");
        }
        Start::of(self.files, self.brain, failing)
    }

    fn serve_kept(self, since: SystemTime, refusal: Refusal) -> Start {
        let places = refusal.errors.iter().take(NAMED).map(|error| {
            let place = &error.place;
            format!("{}:{}:{} {}", place.file, place.line, place.column, error.code.id())
        });
        tracing::error!(
            problems = refusal.errors.len(),
            first = places.collect::<Vec<_>>().join(", "),
            refused = refusal.version,
            knowledge = self.brain.knowledge.version,
            "the data files cannot serve; the knowledge that went live last serves instead (`wenlu check` shows all)"
        );
        let mut start = self.serve();
        start.status.refused = Some(Arc::new(refusal));
        start.status.kept_since = Some(since);
        start
    }
}

/// The knowledge that served last, if it differs from `current` and still validates.
async fn kept(store: &Store, current: &str) -> Option<FallbackKnowledge> {
    let KeptKnowledge { version, at, files } = match store.good_knowledge().await {
        Ok(kept) => kept.filter(|kept| kept.version != current)?,
        Err(error) => {
            tracing::warn!(%error, "the knowledge that went live last could not be read from the store");
            return None;
        }
    };
    let files = Files::of_texts(files);
    let since = UNIX_EPOCH + Duration::from_millis(u64::try_from(at.0).unwrap_or_default());
    match validate_files(&files) {
        Ok(loaded) => Some(FallbackKnowledge { files, loaded, since }),
        Err(_) => {
            // it was accepted by an older version of the program
            tracing::warn!(
                knowledge = version,
                "the knowledge that went live last has mistakes by now, and cannot serve"
            );
            None
        }
    }
}
