//! Who wakes event streams. In: how the store is asked for a value that changes with what streams
//! send. Out: a notice that it did, by this process or another, and the value. One look at the store
//! serves all streams, however many are open, and none is made while nobody listens. Must not know:
//! streams, what the value means.

use crate::store::StoreError;
use std::time::Duration;
use tokio::sync::watch;

/// How often the store is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// The newest value of its kind. Clones share it.
#[derive(Clone, Default)]
pub(crate) struct StoreWatch<T = i64> {
    newest: watch::Sender<T>,
}

impl<T: Default + PartialEq + Send + Sync> StoreWatch<T> {
    /// Changes when the value does.
    pub(crate) fn subscribe(&self) -> watch::Receiver<T> {
        self.newest.subscribe()
    }

    /// Looks while somebody listens, until the server stops.
    pub(crate) async fn run<F>(self, mut stopping: watch::Receiver<bool>, newest: impl Fn() -> F)
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        loop {
            tokio::select! {
                _ = stopping.changed() => return,
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            if self.newest.receiver_count() == 0 {
                // who listens next reads it at once, perhaps hours later
                self.newest.send_if_modified(|known| {
                    *known = T::default();
                    false
                });
                continue;
            }
            // a store that fails is reported by the streams, which read it
            if let Ok(newest) = newest().await {
                self.newest.send_if_modified(|known| {
                    let has_changed = *known != newest;
                    *known = newest;
                    has_changed
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::StoreWatch;
    use std::future::pending;
    use std::time::Duration;
    use tokio::sync::watch;

    #[tokio::test]
    async fn who_listens_next_reads_nothing_old() {
        let (watching, stop) = (StoreWatch::<i64>::default(), watch::Sender::new(false));
        watching.newest.send_replace(7);
        let looks = watching.clone().run(stop.subscribe(), pending);
        tokio::select! {
            () = looks => {}
            () = tokio::time::sleep(Duration::from_millis(2_500)) => {}
        }
        assert_eq!(*watching.subscribe().borrow(), 0);
    }
}
