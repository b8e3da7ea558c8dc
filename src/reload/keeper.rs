//! What went live, kept in the store. In: data files, each time that some go live. Out: the last of them in the store, so
//! that a start on bad files has something to serve, in this process and in others. Nobody waits for it, and where it fails,
//! what serves goes on serving. Must not know: why the files were accepted.

use crate::knowledge::files::Files;
use crate::store::{Store, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// More than any knowledge that people write.
const LARGEST: usize = 64 << 20;
/// After what pause a store that did not take it is asked again.
const AGAIN: Duration = Duration::from_secs(30);
/// How long the end of the process waits for what is on its way.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where to hand files to that went live. Clones share it.
#[derive(Clone, Debug)]
pub struct KnowledgeKeeper(watch::Sender<Option<Arc<Files>>>);

/// The work behind it; it ends when nobody can hand over anything any more.
#[derive(Debug)]
pub struct Keeping(JoinHandle<()>);

impl KnowledgeKeeper {
    pub fn start(store: Store) -> (Self, Keeping) {
        let (latest, files) = watch::channel(None);
        (KnowledgeKeeper(latest), Keeping(tokio::spawn(run(store, files))))
    }

    /// `files` serve now.
    pub fn keep(&self, files: Arc<Files>) {
        self.0.send_replace(Some(files));
    }
}

impl Keeping {
    /// Until what was handed over is in the store.
    pub async fn finish(mut self) {
        if tokio::time::timeout(PATIENCE, &mut self.0).await.is_err() {
            self.0.abort();
        }
    }
}

/// Only the latest counts: what took its place meanwhile is not written.
async fn run(store: Store, mut latest: watch::Receiver<Option<Arc<Files>>>) {
    while latest.changed().await.is_ok() {
        loop {
            let Some(files) = latest.borrow_and_update().clone() else { break };
            let Err(error) = keep(&store, &files).await else { break };
            tracing::warn!(%error, "what serves could not be kept in the store; it is tried again");
            tokio::select! {
                changed = latest.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(AGAIN) => {}
            }
        }
    }
}

async fn keep(store: &Store, files: &Files) -> Result<(), StoreError> {
    let (version, texts) = (files.version(), files.texts());
    let bytes: usize = texts.iter().map(|(path, text)| path.len() + text.len()).sum();
    if bytes > LARGEST {
        tracing::warn!(
            bytes,
            knowledge = version,
            "too large to be kept in the store; a start on bad files cannot serve it"
        );
        return Ok(());
    }
    store.keep_good_knowledge(&version, &texts).await
}
