//! Decides what a start serves. In: the files as they are, and the knowledge that served last, from
//! the store. Out: the files, if they would be accepted as an edit of that knowledge; else the
//! saved knowledge, with the reason. Without saved knowledge, mistakes are returned to the caller,
//! and failing tests are only logged. Must not know: channels, how a server is started.

use super::{EditRefusal, KnowledgeStatus, named};
use crate::review::base::ServedKnowledge;
use crate::review::standing::accept_published;
use crate::store::Store;
use crate::store::kept::KeptKnowledge;
use crate::turn::AnswerEngine;
use std::sync::Arc;
use wenlu_core::check::FailedTest;
use wenlu_core::check::edit::{EditSide, EditVerdict, emptied, judge_edit};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::diagnostic;
use wenlu_core::knowledge::files::{DataFiles, LoadError, LoadedKnowledge, validate_files};
use wenlu_core::model::Timestamp;

/// Failing tests and mistakes that are named in the log.
const NAMED: usize = 5;

/// What serves from the start on.
pub struct StartKnowledge {
    pub good: ServedKnowledge,
    pub status: KnowledgeStatus,
}

/// The saved knowledge, validated.
struct FallbackKnowledge {
    files: DataFiles,
    loaded: LoadedKnowledge,
    since: Timestamp,
}

/// Files with their engine, and the results of their tests.
struct StartCandidate {
    files: DataFiles,
    engine: AnswerEngine,
    verdict: EditVerdict,
}

/// Decides between `files`, which the loader accepted or not, and the saved knowledge. `Err`:
/// neither can serve.
pub async fn choose(
    files: DataFiles,
    loaded: Result<LoadedKnowledge, LoadError>,
    store: &Store,
    build: impl Fn(Knowledge) -> AnswerEngine,
) -> Result<StartKnowledge, LoadError> {
    let version = files.version();
    let loaded = match loaded {
        Ok(loaded) => loaded,
        Err(error) => {
            let Some(FallbackKnowledge {
                files,
                loaded,
                since,
            }) = load_fallback(store, &version).await
            else {
                return Err(error);
            };
            let refusal = refusal(version, EditVerdict::unusable(error));
            return Ok(StartCandidate::of(files, loaded, &build).serve_kept(since, refusal));
        }
    };
    tracing::info!(
        warnings = diagnostic::count_by_code(&loaded.warnings),
        "the data files were read"
    );
    let side = StartCandidate::of(files, loaded, &build);
    // in most starts no test fails and something is there, and nothing needs to be compared
    let is_empty = side.engine.knowledge.intents.is_empty();
    if side.verdict.own_failures.is_empty() && !is_empty {
        return Ok(side.serve());
    }
    match load_fallback(store, &version).await {
        Some(kept) => Ok(judge(side, kept, store, build).await),
        None => Ok(side.serve()),
    }
}

/// Serves `files` where no knowledge is saved, or none can be edited.
pub fn serve(
    files: DataFiles,
    loaded: LoadedKnowledge,
    build: impl Fn(Knowledge) -> AnswerEngine,
) -> StartKnowledge {
    StartCandidate::of(files, loaded, &build).serve()
}

/// Judges an edit that was made while no process ran, in the same way as a running server does.
async fn judge(
    side: StartCandidate,
    kept: FallbackKnowledge,
    store: &Store,
    build: impl Fn(Knowledge) -> AnswerEngine,
) -> StartKnowledge {
    let base = StartCandidate::of(kept.files, kept.loaded, &build);
    let mut verdict = judge_edit(
        Some(base.side()),
        side.side(),
        side.verdict.texts.clone(),
        &|_, _, _| {},
    );
    verdict.mistakes.extend(emptied(base.side(), side.side()));
    if let Err(error) = accept_published(store, &base.files, &side.files, &mut verdict).await {
        tracing::error!(%error, "the store does not say what was published");
    }
    if verdict.is_refused() {
        return base.serve_kept(kept.since, refusal(side.files.version(), verdict));
    }
    let turned: Vec<String> = verdict
        .tolerated_failures()
        .take(NAMED)
        .map(named)
        .collect();
    if !turned.is_empty() {
        let (count, tests) = (verdict.tolerated_failures().count(), turned.join("; "));
        tracing::warn!(
            count,
            tests,
            "the data files changed while nothing ran, and turned tests that passed before"
        );
    }
    let failing = verdict.remaining_failures(&[]);
    StartKnowledge::of(side.files, side.engine, failing)
}

fn refusal(version: String, verdict: EditVerdict) -> EditRefusal {
    EditRefusal {
        version,
        errors: verdict.refusals(),
        texts: verdict.texts,
    }
}

impl StartKnowledge {
    fn of(files: DataFiles, engine: AnswerEngine, failing: Vec<FailedTest>) -> Self {
        let good = ServedKnowledge {
            files: Arc::new(files),
            engine: Arc::new(engine),
        };
        StartKnowledge {
            status: KnowledgeStatus::serving(good.files.clone(), failing),
            good,
        }
    }
}

impl StartCandidate {
    fn of(
        files: DataFiles,
        loaded: LoadedKnowledge,
        build: &impl Fn(Knowledge) -> AnswerEngine,
    ) -> Self {
        let engine = build(loaded.knowledge);
        let edited = EditSide {
            files: &files,
            knowledge: &engine.knowledge,
            router: &*engine.router,
        };
        let verdict = judge_edit(None, edited, loaded.texts, &|_, _, _| {});
        StartCandidate {
            files,
            engine,
            verdict,
        }
    }

    fn side(&self) -> EditSide<'_> {
        EditSide {
            files: &self.files,
            knowledge: &self.engine.knowledge,
            router: &*self.engine.router,
        }
    }

    /// Failing tests are only logged: without other knowledge to compare with, it is unknown which
    /// edit broke them.
    fn serve(self) -> StartKnowledge {
        let failing = self.verdict.own_failures;
        if !failing.is_empty() {
            tracing::warn!(
                failing = failing.len(),
                "tests of the data files fail; see `wenlu check`"
            );
        }
        StartKnowledge::of(self.files, self.engine, failing)
    }

    fn serve_kept(self, since: Timestamp, refusal: EditRefusal) -> StartKnowledge {
        let places = refusal.errors.iter().take(NAMED).map(|error| {
            let place = &error.place;
            format!(
                "{}:{}:{} {}",
                place.file,
                place.line,
                place.column,
                error.code.id()
            )
        });
        tracing::error!(
            problems = refusal.errors.len(),
            first = places.collect::<Vec<_>>().join(", "),
            refused = refusal.version,
            knowledge = self.engine.knowledge.version,
            "the data files cannot serve; the knowledge that went live last serves instead (`wenlu check` shows all)"
        );
        let mut start = self.serve();
        start.status.refuse(refusal);
        start.status.kept_since = Some(since);
        start
    }
}

/// The knowledge that served last, if it differs from `current` and still validates.
async fn load_fallback(store: &Store, current: &str) -> Option<FallbackKnowledge> {
    let KeptKnowledge { version, at, files } = match store.knowledge().last_good().await {
        Ok(kept) => kept.filter(|kept| kept.version != current)?,
        Err(error) => {
            tracing::warn!(%error, "the knowledge that went live last could not be read from the store");
            return None;
        }
    };
    let files = DataFiles::of_texts(files);
    match validate_files(&files) {
        Ok(loaded) => Some(FallbackKnowledge {
            files,
            loaded,
            since: at,
        }),
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
