//! Hot reload. In: where the data files are, the last accepted ones, how to build an engine from
//! them, and where to put it. Out: an engine that is complete and passes the tests of what was
//! edited, replaced as a whole; if an edit is refused, the last accepted engine goes on serving.
//! [`KnowledgeStatus`] says what was refused, and which tests fail in what serves. Must not know:
//! channels, turns.

pub mod keeper;
pub mod start;
mod watcher;

use crate::bot::Brain;
use crate::check::FailedTest;
use crate::check::edit::{EditSide, EditVerdict, judge_edit};
use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic::{self, Diagnostic, Texts};
use crate::knowledge::files::{self, Files, Loaded, Source};
use crate::review::apply::recover;
use crate::review::base::LastGood;
use crate::review::standing::{accept_published, forget_mended};
use crate::store::Store;
use keeper::KnowledgeKeeper;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{mpsc, watch};

/// An editor's save or a `git pull` causes many events; the files are read when no event came for
/// this long,
const QUIET: Duration = Duration::from_millis(200);
/// or after this long at the latest.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How often the files are compared without an event: network mounts and replaced symbolic links
/// send none.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Mistakes that are quoted in the log; `wenlu check` shows all.
const QUOTED: usize = 5;
/// Failing tests that are named in the log.
const NAMED: usize = 3;

/// Which knowledge serves, and the result of the last edit.
#[derive(Clone, Debug)]
pub struct Status {
    /// The version of the knowledge that serves.
    pub version: String,
    /// The data files that it was read from.
    pub files: Arc<Files>,
    /// When it began to serve.
    pub loaded_at: SystemTime,
    /// Why the last edit was refused; `None` if the files on the disk are those that serve.
    pub refused: Option<Arc<Refusal>>,
    /// Set if the process started on files that cannot serve, so that the knowledge saved in the
    /// store serves: the time at which that began to serve originally.
    pub kept_since: Option<SystemTime>,
    /// Tests that fail in what serves, each with its answer before the edit if an edit changed it:
    /// tests that failed from the start, tests of other intents that a hand edit broke, and tests
    /// of files that were published in spite of them.
    pub failing: Arc<Vec<FailedTest>>,
}

/// Data files that were refused.
#[derive(Debug)]
pub struct Refusal {
    /// The version of the refused files.
    pub version: String,
    /// Mistakes that the loader found, or tests that failed; empty only through a defect of the
    /// program.
    pub errors: Vec<Diagnostic>,
    pub texts: Texts,
}

/// Builds an engine; its router has the threshold of the settings.
pub type Build = Box<dyn Fn(Knowledge) -> Brain + Send + Sync>;
/// Replaces the engine that serves.
pub type Publish = Box<dyn Fn(Arc<Brain>) + Send + Sync>;

/// Reloads the data files when they change.
pub struct Reloader {
    source: Source,
    store: Store,
    build: Build,
    publish: Publish,
    status: watch::Sender<Status>,
    keeper: KnowledgeKeeper,
    last_good: Mutex<LastGood>,
    /// Version of the files that were examined last, accepted or not: no version is judged twice.
    seen: Mutex<String>,
    /// The latest publication when an edit was refused because of its tests: after a later
    /// publication it is judged again, as that one may have accepted the failures.
    refused_after: Mutex<Option<i64>>,
    /// The error of the last attempt to recover an interrupted publication; empty if it succeeded.
    unrecovered: Mutex<String>,
}

/// The result of examining the files.
enum Look {
    Same,
    /// The files changed while they were read.
    Moving,
    /// The files are again those that serve.
    Restored,
    Judged(Box<Judged>),
}

struct Judged {
    files: Files,
    verdict: EditVerdict,
    warnings: Vec<Diagnostic>,
    /// `None` if the files have mistakes.
    brain: Option<Brain>,
    begun: Instant,
}

impl Status {
    /// `files` serve from now on; `failing` are the tests that fail in them.
    pub fn serving(files: Arc<Files>, failing: Vec<FailedTest>) -> Self {
        let (version, loaded_at, failing) = (files.version(), SystemTime::now(), Arc::new(failing));
        Status { version, files, loaded_at, refused: None, kept_since: None, failing }
    }
}

impl Refusal {
    /// The first mistakes, each with its line and a caret.
    pub fn quote(&self) -> String {
        let first = self.errors.get(..QUOTED).unwrap_or(&self.errors);
        diagnostic::render(first, &self.texts, false)
    }
}

impl Reloader {
    /// `status` says which files serve (`last_good`) and which were examined last; accepted files
    /// are handed to `keeper`.
    pub fn new(
        source: Source,
        last_good: LastGood,
        keeper: KnowledgeKeeper,
        store: Store,
        status: watch::Sender<Status>,
        build: Build,
        publish: Publish,
    ) -> Self {
        let seen = {
            let status = status.borrow();
            status.refused.as_ref().map_or_else(|| status.version.clone(), |refused| refused.version.clone())
        };
        Reloader {
            source,
            store,
            build,
            publish,
            status,
            keeper,
            last_good: Mutex::new(last_good),
            seen: Mutex::new(seen),
            refused_after: Mutex::default(),
            unrecovered: Mutex::default(),
        }
    }

    /// Runs until the task is dropped. Returns at once if the data files are embedded in the
    /// binary.
    pub async fn run(self) {
        let Source::Folder(root) = self.source.clone() else { return };
        let this = Arc::new(self);
        let (changed, mut changes) = mpsc::channel(1);
        let mut watcher = None;
        loop {
            // The watcher is created anew after each change, as a folder that replaced another is
            // not watched yet; and before the files are examined, so that no change is missed in
            // between.
            watcher = watch_again(watcher, root.clone(), changed.clone()).await;
            while !this.look().await {
                tokio::select! {
                    _ = changes.recv() => {
                        until_quiet(&mut changes).await;
                        break;
                    }
                    () = tokio::time::sleep(LOOK_EVERY) => {}
                }
            }
        }
    }

    /// Examines the files, judges them if they changed, and returns whether they did.
    async fn look(self: &Arc<Self>) -> bool {
        let this = self.clone();
        // off the async threads: it reads files and builds a router
        let found = tokio::task::spawn_blocking(move || this.examine()).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the data files could not be looked at");
            Look::Same
        });
        match found {
            Look::Same => return self.published_meanwhile().await,
            Look::Moving => tokio::time::sleep(QUIET).await,
            Look::Restored => self.restored(),
            Look::Judged(judged) => self.settle(*judged).await,
        }
        true
    }

    fn examine(&self) -> Look {
        self.recover();
        let files = self.source.files();
        let version = files.version();
        let before = std::mem::replace(&mut *lock(&self.seen), version.clone());
        if before == version {
            return Look::Same;
        }
        let judged = if version == self.status.borrow().version { None } else { Some(self.judge(files)) };
        if self.source.files().version() != version {
            // The files changed while they were read: such a mixture is not judged. It is examined
            // again once it stands still.
            lock(&self.seen).clear();
            return Look::Moving;
        }
        judged.map_or(Look::Restored, |judged| Look::Judged(Box::new(judged)))
    }

    /// Completes or rolls back an interrupted publication before the files are read: files that
    /// were published in part must not be judged as an edit.
    fn recover(&self) {
        let Source::Folder(root) = &self.source else { return };
        let failed = recover(root).err();
        let said = failed.as_ref().map(ToString::to_string).unwrap_or_default();
        let before = std::mem::replace(&mut *lock(&self.unrecovered), said.clone());
        if let Some(error) = failed.filter(|_| before != said) {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, "a publication that was cut short cannot be brought to an end; it is tried again");
        }
    }

    fn judge(&self, files: Files) -> Judged {
        let begun = Instant::now();
        let Loaded { knowledge, warnings, texts } = match files::validate_files(&files) {
            Ok(loaded) => loaded,
            Err(error) => {
                let verdict = EditVerdict::unusable(error);
                return Judged { files, verdict, warnings: Vec::new(), brain: None, begun };
            }
        };
        let brain = (self.build)(knowledge);
        let base = lock(&self.last_good).clone();
        let edited = EditSide { files: &files, knowledge: &brain.knowledge, router: &*brain.router };
        let verdict = judge_edit(Some(base.side()), edited, texts, &|_, _, _| {});
        Judged { files, verdict, warnings, brain: Some(brain), begun }
    }

    async fn settle(&self, judged: Judged) {
        let Judged { files, mut verdict, warnings, brain, begun } = judged;
        // asked before the publications are read: the next check finds what is published after this
        let latest = self.store.latest_publication().await.ok().flatten();
        if !verdict.own_failures.is_empty() {
            let base = lock(&self.last_good).files.clone();
            if let Err(error) = accept_published(&self.store, &base, &files, &mut verdict).await {
                tracing::error!(%error, "the store does not say what was published");
            }
        }
        match brain {
            Some(brain) if !verdict.is_refused() => {
                self.accept(brain, files, verdict, &warnings, begun);
                self.forget_mended().await;
            }
            _ => {
                *lock(&self.refused_after) = latest;
                self.refuse(Refusal { version: files.version(), errors: verdict.refusals(), texts: verdict.texts });
            }
        }
    }

    fn accept(&self, brain: Brain, files: Files, verdict: EditVerdict, warnings: &[Diagnostic], begun: Instant) {
        let (version, intents, brain) =
            (brain.knowledge.version.clone(), brain.knowledge.intents.len(), Arc::new(brain));
        let (flipped, published) = (verdict.flipped_elsewhere.len(), verdict.published_failures.len());
        let turned: Vec<String> = verdict.turned().take(NAMED).map(named).collect();
        let failing = verdict.standing(&self.status.borrow().failing);
        let failing_tests = failing.len();
        // the status first: whoever gets an answer of the new engine also sees it in the status
        let files = Arc::new(files);
        self.status.send_replace(Status::serving(files.clone(), failing));
        (self.publish)(brain.clone());
        self.keeper.keep(files.clone());
        *lock(&self.last_good) = LastGood { files, brain };
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
        let Status { version, failing, .. } = self.status.borrow().clone();
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
        let Ok(latest) = self.store.latest_publication().await else { return false };
        let is_new = latest != *lock(&self.refused_after);
        if is_new {
            lock(&self.seen).clear();
        }
        is_new
    }

    /// The files on the disk are again those that serve: the refused edit was taken back.
    fn restored(&self) {
        self.status.send_modify(|status| (status.refused, status.kept_since) = (None, None));
        tracing::info!(knowledge = self.status.borrow().version, "the data files are again those that serve");
    }

    fn refuse(&self, refusal: Refusal) {
        let (problems, serving) = (refusal.errors.len(), self.status.borrow().version.clone());
        let quote = refusal.quote();
        tracing::error!(
            problems,
            refused = refusal.version,
            knowledge = serving,
            "the data files changed and were refused; the last good knowledge goes on serving (`wenlu check` shows all)\n{quote}"
        );
        self.status.send_modify(|status| status.refused = Some(Arc::new(refusal)));
    }
}

/// A failing test in one line: file and line, the question, the answer before and now.
fn named(failed: &FailedTest) -> String {
    let place = &failed.diagnostic.place;
    let before = failed.before.as_ref().map_or_else(String::new, |before| format!("{before} → "));
    format!("{}:{} “{}”: {before}{}", place.file, place.line, failed.say(), failed.now)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn watch_again(
    before: Option<watcher::Watcher>,
    root: PathBuf,
    changed: mpsc::Sender<()>,
) -> Option<watcher::Watcher> {
    // the first listing of the folders blocks, so it runs on a blocking thread
    let started = tokio::task::spawn_blocking(move || {
        let now = watcher::watch(&root, changed);
        drop(before);
        now
    });
    match started.await {
        Ok(Ok(watcher)) => Some(watcher),
        Ok(Err(error)) => {
            tracing::warn!(%error, seconds = LOOK_EVERY.as_secs(), "the data files cannot be watched; they are looked at now and then");
            None
        }
        Err(_) => None,
    }
}

async fn until_quiet(changes: &mut mpsc::Receiver<()>) {
    let begun = Instant::now();
    while begun.elapsed() < LONGEST_WAIT && tokio::time::timeout(QUIET, changes.recv()).await.is_ok() {}
}
