//! Files on their way from Telegram. In: a message, and how its file is fetched. Out: what became of
//! it, when the conversation is looked at again. A fetch takes no worker's time: other conversations
//! are answered meanwhile. If the process ends, the next one fetches the file again. Must not know:
//! what a file is, what becomes of the message.

use super::intake_outcome::{FileIntake, FileRefusal};
use crate::store::StoreError;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;

/// Files that are fetched at the same time.
const AT_ONCE: usize = 8;
/// For so long it is known what became of a file: another process may have answered its message.
const KNOWN_FOR: Duration = Duration::from_secs(600);

/// The fetches of one process.
pub(super) struct FileFetches {
    /// By message of the inbox.
    all: Mutex<HashMap<i64, FetchState>>,
    places: Semaphore,
}

enum FetchState {
    Runs,
    Ended(Instant, Result<FileIntake, StoreError>),
}

impl FileFetches {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(FileFetches {
            all: Mutex::default(),
            places: Semaphore::new(AT_ONCE),
        })
    }

    /// What became of the file of a message, which is told once; `None` while it is fetched. The
    /// first to ask begins the fetch, and `ended` is called after it.
    pub(super) fn take(
        self: &Arc<Self>,
        message: i64,
        fetch: impl Future<Output = Result<FileIntake, StoreError>> + Send + 'static,
        ended: impl FnOnce() + Send + 'static,
    ) -> Option<Result<FileIntake, StoreError>> {
        let mut all = self.lock();
        all.retain(|_, state| match state {
            FetchState::Runs => true,
            FetchState::Ended(at, _) => at.elapsed() < KNOWN_FOR,
        });
        match all.remove(&message) {
            Some(FetchState::Ended(_, result)) => return Some(result),
            Some(FetchState::Runs) => {
                all.insert(message, FetchState::Runs);
                return None;
            }
            None => all.insert(message, FetchState::Runs),
        };
        drop(all);
        let this = self.clone();
        tokio::spawn(async move {
            let places = this.clone();
            let fetched = tokio::spawn(async move {
                // the semaphore is never closed
                let _place = places.places.acquire().await;
                fetch.await
            });
            // a panic is a file that did not come
            let result = fetched
                .await
                .unwrap_or(Ok(FileIntake::Refused(FileRefusal::NotFetched)));
            let state = FetchState::Ended(Instant::now(), result);
            this.lock().insert(message, state);
            ended();
        });
        None
    }

    /// Whether the message waits for its file.
    pub(super) fn is_running(&self, message: i64) -> bool {
        matches!(self.lock().get(&message), Some(FetchState::Runs))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<i64, FetchState>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
