//! File events of the operating system. In: the root of the data files. Out: a signal without
//! content: what changed is found by reading the files. Must not know: what the files mean.

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// An editor's save or a `git pull` causes many events; the files are read when no event came for
/// this long,
pub(super) const QUIET: Duration = Duration::from_millis(200);
/// or after this long at the latest.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// How often the files are compared without an event: network mounts and replaced symbolic links
/// send none.
pub(super) const CHECK_EVERY: Duration = Duration::from_secs(3);

/// Watches until it is dropped.
pub(super) struct FolderWatcher {
    _alive: RecommendedWatcher,
}

/// Signals `changed` when something under `root` may have changed the knowledge.
pub(super) fn watch(root: &Path, changed: mpsc::Sender<()>) -> notify::Result<FolderWatcher> {
    let folders = ["intents", "content"].map(|name| root.join(name));
    let data = folders.clone();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.map_or(true, |event| matters(&event, &data)) {
            // if the channel is full, a signal waits already: one is enough
            let _ = changed.try_send(());
        }
    })?;
    // the root is watched for added, removed and renamed entries only: the journal and other files
    // may lie in it
    watcher.watch(root, RecursiveMode::NonRecursive)?;
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        watcher.watch(folder, RecursiveMode::Recursive)?;
    }
    if let Some(parent) = root.is_symlink().then(|| root.parent()).flatten() {
        watcher.watch(parent_or_here(parent), RecursiveMode::NonRecursive)?;
    }
    Ok(FolderWatcher { _alive: watcher })
}

/// Watches anew instead of `before`; `None` if that is not possible.
pub(super) async fn watch_again(
    before: Option<FolderWatcher>,
    root: PathBuf,
    changed: mpsc::Sender<()>,
) -> Option<FolderWatcher> {
    // the first listing of the folders blocks, so it runs on a blocking thread
    let started = tokio::task::spawn_blocking(move || {
        let now = watch(&root, changed);
        drop(before);
        now
    });
    match started.await {
        Ok(Ok(watcher)) => Some(watcher),
        Ok(Err(error)) => {
            tracing::warn!(%error, seconds = CHECK_EVERY.as_secs(), "the data files cannot be watched; they are looked at now and then");
            None
        }
        Err(_) => None,
    }
}

/// Waits until nothing has changed for a moment.
pub(super) async fn until_quiet(changes: &mut mpsc::Receiver<()>) {
    let begun = Instant::now();
    while begun.elapsed() < LONGEST_WAIT
        && tokio::time::timeout(QUIET, changes.recv()).await.is_ok()
    {}
}

fn parent_or_here(parent: &Path) -> &Path {
    if parent.as_os_str().is_empty() {
        Path::new(".")
    } else {
        parent
    }
}

/// Whether an event may change the knowledge. Reads do not; outside the data folders only added,
/// removed and renamed entries do, such as a symbolic link that points elsewhere now.
fn matters(event: &Event, data: &[PathBuf]) -> bool {
    let inside = event
        .paths
        .iter()
        .any(|path| data.iter().any(|folder| path.starts_with(folder)));
    match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => inside,
        EventKind::Access(_) => false,
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)) => {
            true
        }
        _ => inside,
    }
}
