//! Hot reload. In: where the data files are, the last accepted ones, how to build an engine from
//! them, and where to put it. Out: an engine that is complete and passes the tests of what was
//! edited, replaced as a whole; if an edit is refused, the last accepted engine goes on serving.
//! [`KnowledgeStatus`] says what was refused, and which tests fail in what serves. Must not know:
//! channels, turns.

pub mod saver;
pub mod start;
mod status;
mod watcher;

pub use status::{EditRefusal, EditRefusals, KnowledgeStatus};

use crate::review::apply::recover;
use crate::review::base::ServedKnowledge;
use crate::review::standing::{accept_published, forget_mended};
use crate::source::KnowledgeSource;
use crate::store::Store;
use crate::turn::AnswerEngine;
use saver::KnowledgeSaver;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;
use tokio::sync::{mpsc, watch};
use watcher::{CHECK_EVERY, QUIET, until_quiet, watch_again};
use wenlu_core::check::FailedTest;
use wenlu_core::check::edit::{EditSide, EditVerdict, emptied, judge_edit};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::diagnostic::{self, Diagnostic};
use wenlu_core::knowledge::files::{self, DataFiles, LoadedKnowledge};

/// Failing tests that are named in the log.
const NAMED: usize = 3;

/// Builds an engine; its router has the threshold of the settings.
pub type BuildEngine = Box<dyn Fn(Knowledge) -> AnswerEngine + Send + Sync>;
/// Replaces the engine that serves; no channel needs to know.
pub type PublishEngine = Box<dyn Fn(Arc<AnswerEngine>) + Send + Sync>;

/// Reloads the data files when they change.
pub struct KnowledgeReloader {
    source: KnowledgeSource,
    store: Store,
    build: BuildEngine,
    publish: PublishEngine,
    status: watch::Sender<KnowledgeStatus>,
    saver: KnowledgeSaver,
    last_good: Mutex<ServedKnowledge>,
    /// Version of the files that were examined last, accepted or not: no version is judged twice.
    seen: Mutex<String>,
    /// The latest publication when an edit was refused because of its tests: after a later
    /// publication it is judged again, as that one may have accepted the failures.
    refused_after: Mutex<Option<i64>>,
    /// The error of the last attempt to recover an interrupted publication; empty if it succeeded.
    unrecovered: Mutex<String>,
}

/// The result of examining the files.
enum FilesCheck {
    Same,
    /// The files changed while they were read.
    Moving,
    /// The files are again those that serve.
    Restored,
    Judged(Box<JudgedEdit>),
}

struct JudgedEdit {
    files: DataFiles,
    verdict: EditVerdict,
    warnings: Vec<Diagnostic>,
    /// `None` if the files have mistakes.
    engine: Option<AnswerEngine>,
    begun: Instant,
}

impl KnowledgeReloader {
    /// `status` says which files serve (`last_good`) and which were examined last; accepted files
    /// are handed to `keeper`.
    pub fn new(
        source: KnowledgeSource,
        last_good: ServedKnowledge,
        saver: KnowledgeSaver,
        store: Store,
        status: watch::Sender<KnowledgeStatus>,
        build: BuildEngine,
        publish: PublishEngine,
    ) -> Self {
        let seen = {
            let status = status.borrow();
            status
                .refused
                .as_ref()
                .map_or_else(|| status.version.clone(), |refused| refused.version.clone())
        };
        KnowledgeReloader {
            source,
            store,
            build,
            publish,
            status,
            saver,
            last_good: Mutex::new(last_good),
            seen: Mutex::new(seen),
            refused_after: Mutex::default(),
            unrecovered: Mutex::default(),
        }
    }

    /// Runs until the task is dropped. Returns at once if the data files are embedded in the
    /// binary.
    pub async fn run(self) {
        let KnowledgeSource::Folder(root) = self.source.clone() else {
            return;
        };
        let this = Arc::new(self);
        let (changed, mut changes) = mpsc::channel(1);
        let mut watcher = None;
        loop {
            // The watcher is created anew after each change, as a folder that replaced another is
            // not watched yet; and before the files are examined, so that no change is missed in
            // between.
            watcher = watch_again(watcher, root.clone(), changed.clone()).await;
            while !this.check_files().await {
                tokio::select! {
                    _ = changes.recv() => {
                        until_quiet(&mut changes).await;
                        break;
                    }
                    () = tokio::time::sleep(CHECK_EVERY) => {}
                }
            }
        }
    }

    /// Examines the files, judges them if they changed, and returns whether they did.
    async fn check_files(self: &Arc<Self>) -> bool {
        let this = self.clone();
        // off the async threads: it reads files and builds a router
        let found = tokio::task::spawn_blocking(move || this.read_and_judge())
            .await
            .unwrap_or_else(|error| {
                tracing::error!(%error, "the data files could not be looked at");
                FilesCheck::Same
            });
        match found {
            FilesCheck::Same => return self.published_meanwhile().await,
            FilesCheck::Moving => tokio::time::sleep(QUIET).await,
            FilesCheck::Restored => self.restored(),
            FilesCheck::Judged(judged) => self.apply_verdict(*judged).await,
        }
        true
    }

    fn read_and_judge(&self) -> FilesCheck {
        self.recover();
        let files = self.source.files();
        let version = files.version();
        let before = std::mem::replace(&mut *lock(&self.seen), version.clone());
        if before == version {
            return FilesCheck::Same;
        }
        let judged = if version == self.status.borrow().version {
            None
        } else {
            Some(self.judge(files))
        };
        if self.source.files().version() != version {
            // The files changed while they were read: such a mixture is not judged. It is examined
            // again once it stands still.
            lock(&self.seen).clear();
            return FilesCheck::Moving;
        }
        judged.map_or(FilesCheck::Restored, |judged| {
            FilesCheck::Judged(Box::new(judged))
        })
    }

    /// Completes or rolls back an interrupted publication before the files are read: files that
    /// were published in part must not be judged as an edit.
    fn recover(&self) {
        let KnowledgeSource::Folder(root) = &self.source else {
            return;
        };
        let failed = recover(root).err();
        let said = failed.as_ref().map(ToString::to_string).unwrap_or_default();
        let before = std::mem::replace(&mut *lock(&self.unrecovered), said.clone());
        if let Some(error) = failed.filter(|_| before != said) {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, "a publication that was cut short cannot be brought to an end; it is tried again");
        }
    }

    fn judge(&self, files: DataFiles) -> JudgedEdit {
        let begun = Instant::now();
        let LoadedKnowledge {
            knowledge,
            warnings,
            texts,
        } = match files::validate_files(&files) {
            Ok(loaded) => loaded,
            Err(error) => {
                let verdict = EditVerdict::unusable(error);
                return JudgedEdit {
                    files,
                    verdict,
                    warnings: Vec::new(),
                    engine: None,
                    begun,
                };
            }
        };
        let engine = (self.build)(knowledge);
        let base = lock(&self.last_good).clone();
        let edited = EditSide {
            files: &files,
            knowledge: &engine.knowledge,
            router: &*engine.router,
        };
        let mut verdict = judge_edit(Some(base.side()), edited, texts, &|_, _, _| {});
        verdict.mistakes.extend(emptied(base.side(), edited));
        JudgedEdit {
            files,
            verdict,
            warnings,
            engine: Some(engine),
            begun,
        }
    }

    async fn apply_verdict(&self, judged: JudgedEdit) {
        let JudgedEdit {
            files,
            mut verdict,
            warnings,
            engine,
            begun,
        } = judged;
        // asked before the publications are read: the next check finds what is published after this
        let latest = self
            .store
            .reviews()
            .latest_publication()
            .await
            .ok()
            .flatten();
        if verdict.is_refused() && engine.is_some() {
            let base = lock(&self.last_good).files.clone();
            if let Err(error) = accept_published(&self.store, &base, &files, &mut verdict).await {
                tracing::error!(%error, "the store does not say what was published");
            }
        }
        match engine {
            Some(engine) if !verdict.is_refused() => {
                self.accept(engine, files, verdict, &warnings, begun);
                self.forget_mended().await;
            }
            _ => {
                *lock(&self.refused_after) = latest;
                self.refuse(EditRefusal {
                    version: files.version(),
                    errors: verdict.refusals(),
                    texts: verdict.texts,
                });
            }
        }
    }

    fn accept(
        &self,
        engine: AnswerEngine,
        files: DataFiles,
        verdict: EditVerdict,
        warnings: &[Diagnostic],
        begun: Instant,
    ) {
        let (version, intents, engine) = (
            engine.knowledge.version.clone(),
            engine.knowledge.intents.len(),
            Arc::new(engine),
        );
        let (flipped, published) = (
            verdict.flipped_elsewhere.len(),
            verdict.published_failures.len(),
        );
        let turned: Vec<String> = verdict
            .tolerated_failures()
            .take(NAMED)
            .map(named)
            .collect();
        let failing = verdict.remaining_failures(&self.status.borrow().failing);
        let failing_tests = failing.len();
        // the status first: whoever gets an answer of the new engine also sees it in the status
        let files = Arc::new(files);
        self.status.send_modify(|status| {
            let refusals = status.refusals;
            *status = KnowledgeStatus {
                refusals,
                ..KnowledgeStatus::serving(files.clone(), failing)
            };
        });
        (self.publish)(engine.clone());
        self.saver.save(files.clone());
        *lock(&self.last_good) = ServedKnowledge { files, engine };
        let millis = begun.elapsed().as_millis();
        let warnings = diagnostic::count_by_code(warnings);
        tracing::info!(
            intents,
            knowledge = version,
            millis,
            warnings,
            failing_tests,
            "the data files changed; the new knowledge serves"
        );
        if flipped + published > 0 {
            let tests = turned.join("; ");
            tracing::warn!(
                flipped,
                published,
                knowledge = version,
                tests,
                "tests fail in what serves now: `flipped` of intents that the edit does not touch, `published` of files \
                 that stand as they were published; `wenlu check` and the overview show all"
            );
        }
    }

    /// Forgets acceptances of tests that pass now: an acceptance does not hold for a later failure
    /// of the same test.
    async fn forget_mended(&self) {
        let KnowledgeStatus {
            version, failing, ..
        } = self.status.borrow().clone();
        let still_stands = || self.source.files().version() == version;
        if let Err(error) = forget_mended(&self.store, &failing, still_stands).await {
            tracing::warn!(%error, "the store could not forget failing tests that were accepted and pass now");
        }
    }

    /// Whether something was published since an edit was refused because of its tests; then it is
    /// judged once more.
    async fn published_meanwhile(&self) -> bool {
        if self.status.borrow().refused.is_none() {
            return false;
        }
        let Ok(latest) = self.store.reviews().latest_publication().await else {
            return false;
        };
        let is_new = latest != *lock(&self.refused_after);
        if is_new {
            lock(&self.seen).clear();
        }
        is_new
    }

    /// The files on the disk are again those that serve: the refused edit was taken back.
    fn restored(&self) {
        self.status
            .send_modify(|status| (status.refused, status.kept_since) = (None, None));
        tracing::info!(
            knowledge = self.status.borrow().version,
            "the data files are again those that serve"
        );
    }

    fn refuse(&self, refusal: EditRefusal) {
        let (problems, serving) = (refusal.errors.len(), self.status.borrow().version.clone());
        let quote = refusal.quote();
        tracing::error!(
            problems,
            refused = refusal.version,
            knowledge = serving,
            "the data files changed and were refused; the last good knowledge goes on serving (`wenlu check` shows all)\n{quote}"
        );
        self.status.send_modify(|status| status.refuse(refusal));
    }
}

/// A failing test in one line: file and line, the question, the answer before and now.
fn named(failed: &FailedTest) -> String {
    let place = &failed.diagnostic.place;
    let before = failed
        .before
        .as_ref()
        .map_or_else(String::new, |before| format!("{before} → "));
    format!(
        "{}:{} “{}”: {before}{}",
        place.file,
        place.line,
        failed.say(),
        failed.now
    )
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
