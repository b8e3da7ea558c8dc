//! Saves the accepted data files in the store. In: data files, each time that some begin to serve.
//! Out: the last of them in the store, so that this or another process can serve them if it starts
//! on bad files. Runs in the background; a failure does not affect what serves. Must not know: why
//! the files were accepted.

use crate::store::{Store, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use wenlu_core::knowledge::files::DataFiles;

/// Bytes. Far more than any knowledge that people write.
const MAX_KEPT_BYTES: usize = 64 << 20;
/// Pause before saving is tried again after a failure of the store.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// How long the shutdown waits for files that are being saved.
const FINISH_TIMEOUT: Duration = Duration::from_secs(5);

/// Takes files that began to serve. Clones share it.
#[derive(Clone, Debug)]
pub struct KnowledgeSaver(watch::Sender<Option<Arc<DataFiles>>>);

/// The background task; it ends when every [`KnowledgeSaver`] is dropped.
#[derive(Debug)]
pub struct SaveTask(JoinHandle<()>);

impl KnowledgeSaver {
    pub fn start(store: Store) -> (Self, SaveTask) {
        let (latest, files) = watch::channel(None);
        (
            KnowledgeSaver(latest),
            SaveTask(tokio::spawn(run(store, files))),
        )
    }

    /// `files` serve now.
    pub fn save(&self, files: Arc<DataFiles>) {
        self.0.send_replace(Some(files));
    }
}

impl SaveTask {
    /// Waits until what was handed over is in the store, at most `FINISH_TIMEOUT`.
    pub async fn finish(mut self) {
        if tokio::time::timeout(FINISH_TIMEOUT, &mut self.0)
            .await
            .is_err()
        {
            self.0.abort();
        }
    }
}

/// Saves only the latest files: versions that were replaced in the meantime are skipped.
async fn run(store: Store, mut latest: watch::Receiver<Option<Arc<DataFiles>>>) {
    while latest.changed().await.is_ok() {
        loop {
            let Some(files) = latest.borrow_and_update().clone() else {
                break;
            };
            let Err(error) = keep(&store, &files).await else {
                break;
            };
            tracing::warn!(%error, "what serves could not be kept in the store; it is tried again");
            tokio::select! {
                changed = latest.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(RETRY_AFTER) => {}
            }
        }
    }
}

async fn keep(store: &Store, files: &DataFiles) -> Result<(), StoreError> {
    let (version, texts) = (files.version(), files.texts());
    let bytes: usize = texts
        .iter()
        .map(|(path, text)| path.len() + text.len())
        .sum();
    if bytes > MAX_KEPT_BYTES {
        tracing::warn!(
            bytes,
            knowledge = version,
            "too large to be kept in the store; a start on bad files cannot serve it"
        );
        return Ok(());
    }
    store.knowledge().keep(&version, &texts).await
}
