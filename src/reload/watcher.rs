//! File events of the operating system. In: the root of the data files. Out: a signal without
//! content: what changed is found by reading the files. Must not know: what the files mean.

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

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
