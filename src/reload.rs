//! Hot reload. In: where the data files are, how to build a brain from them, and where to put it. Out: a brain that is
//! whole and passes its own tests, handed over in one piece; where the files have mistakes, the last good one goes on and
//! [`Status`] says what they are. Must not know: channels, turns.

mod watcher;

use crate::bot::Brain;
use crate::check;
use crate::knowledge::Knowledge;
use crate::knowledge::diagnostic::{self, Diagnostic, Texts};
use crate::knowledge::files::{self, Files, Loaded, Source};
use crate::review::apply::recover;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};
use tokio::sync::{mpsc, watch};

/// An editor's save and a `git pull` are many events: they are over when nothing has happened for so long,
const QUIET: Duration = Duration::from_millis(200);
/// or when so long has passed, whatever goes on.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How often the files are looked at without an event: network mounts and swapped links send none.
const LOOK_EVERY: Duration = Duration::from_secs(3);
/// Mistakes that the log quotes; `wenlu check` shows all.
const QUOTED: usize = 5;

/// Which knowledge serves, and what became of the last edit.
#[derive(Clone, Debug)]
pub struct Status {
    /// The knowledge that serves.
    pub version: String,
    /// Since when it does.
    pub loaded_at: SystemTime,
    /// Why the last edit was refused; `None`: what stands on the disk serves.
    pub refused: Option<Arc<Refusal>>,
}

/// Data files that cannot serve.
#[derive(Debug)]
pub struct Refusal {
    /// What the files are named by.
    pub version: String,
    /// Mistakes that the loader found, or tests that failed; never empty but after a defect of ours.
    pub errors: Vec<Diagnostic>,
    pub texts: Texts,
}

/// Builds a brain: the router with whatever the settings say of it.
pub type Build = Box<dyn Fn(Knowledge) -> Brain + Send + Sync>;
/// Puts a brain in the place of the one that serves.
pub type Publish = Box<dyn Fn(Arc<Brain>) + Send + Sync>;

/// Keeps what serves in step with the files.
pub struct Reloader {
    source: Source,
    build: Build,
    publish: Publish,
    status: watch::Sender<Status>,
    /// The files that were looked at last, good or bad: they are not judged twice.
    seen: Mutex<String>,
    /// Why a publication that was cut short could not be brought to an end, the last time; empty: it could.
    unrecovered: Mutex<String>,
}

impl Status {
    /// `version` serves from now on.
    pub fn serving(version: &str) -> Self {
        Status { version: version.to_owned(), loaded_at: SystemTime::now(), refused: None }
    }
}

impl Refusal {
    /// The first mistakes, each with its line and caret.
    pub fn quote(&self) -> String {
        let first = self.errors.get(..QUOTED).unwrap_or(&self.errors);
        diagnostic::render(first, &self.texts, false)
    }
}

impl Reloader {
    /// `status` says what serves now.
    pub fn new(source: Source, status: watch::Sender<Status>, build: Build, publish: Publish) -> Self {
        let seen = Mutex::new(status.borrow().version.clone());
        Reloader { source, build, publish, status, seen, unrecovered: Mutex::default() }
    }

    /// Until it is dropped. What was built into the binary never changes.
    pub async fn run(self) {
        let Source::Folder(root) = self.source.clone() else { return };
        let this = Arc::new(self);
        let (changed, mut changes) = mpsc::channel(1);
        let mut watcher = None;
        loop {
            // Anew after each change: a folder that took another's place is not watched yet. And before looking, so that
            // nothing is missed in between.
            watcher = watch_again(watcher, root.clone(), changed.clone()).await;
            while !this.clone().look_aside().await {
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

    /// [`Self::look`] on a thread where it keeps nobody waiting.
    async fn look_aside(self: Arc<Self>) -> bool {
        tokio::task::spawn_blocking(move || self.look()).await.unwrap_or_else(|error| {
            tracing::error!(%error, "the data files could not be looked at");
            false
        })
    }

    /// Judges the files if they changed, and says whether they did.
    fn look(&self) -> bool {
        self.recover();
        let files = self.source.files();
        let version = files.version();
        let before = std::mem::replace(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner), version.clone());
        if before == version {
            return false;
        }
        let begun = Instant::now();
        let judged = if version == self.status.borrow().version { Ok(None) } else { self.judge(&files).map(Some) };
        if self.source.files().version() != version {
            // A folder that was read while it changed is nobody's edit. It is judged when it stands still.
            self.seen.lock().unwrap_or_else(PoisonError::into_inner).clear();
            std::thread::sleep(QUIET);
            return true;
        }
        match judged {
            Ok(None) => self.restored(),
            Ok(Some(brain)) => self.accept(brain, begun),
            Err(refusal) => self.refuse(refusal),
        }
        true
    }

    /// Half a publication is nobody's edit: it comes to an end before the files are read.
    fn recover(&self) {
        let Source::Folder(root) = &self.source else { return };
        let failed = recover(root).err();
        let mut last = self.unrecovered.lock().unwrap_or_else(PoisonError::into_inner);
        let said = failed.as_ref().map(ToString::to_string).unwrap_or_default();
        if let Some(error) = failed.filter(|_| *last != said) {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, "a publication that was cut short cannot be brought to an end; it is tried again");
        }
        *last = said;
    }

    fn judge(&self, files: &Files) -> Result<Brain, Refusal> {
        let refusal = |errors, texts| Refusal { version: files.version(), errors, texts };
        let errors_of = |all: Vec<Diagnostic>| all.into_iter().filter(Diagnostic::is_error).collect();
        let Loaded { knowledge, warnings, texts } =
            files::validate_files(files).map_err(|error| refusal(errors_of(error.diagnostics), error.texts))?;
        let brain = (self.build)(knowledge);
        let mut failed = check::failed_tests(&brain.knowledge, |text| brain.router.route(text), &texts);
        diagnostic::settle(&mut failed, &texts);
        if !failed.is_empty() {
            return Err(refusal(failed, texts));
        }
        for warning in &warnings {
            tracing::warn!(%warning, "data files");
        }
        Ok(brain)
    }

    fn accept(&self, brain: Brain, begun: Instant) {
        let (version, intents) = (brain.knowledge.version.clone(), brain.knowledge.intents.len());
        // the status first: whoever gets a new answer finds it said there
        self.status.send_replace(Status::serving(&version));
        (self.publish)(Arc::new(brain));
        let millis = begun.elapsed().as_millis();
        tracing::info!(intents, knowledge = version, millis, "the data files changed; the new knowledge serves");
    }

    /// A bad edit was taken back.
    fn restored(&self) {
        self.status.send_modify(|status| status.refused = None);
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

async fn watch_again(
    before: Option<watcher::Watcher>,
    root: PathBuf,
    changed: mpsc::Sender<()>,
) -> Option<watcher::Watcher> {
    // The first folder is listed on the thread that may wait.
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
