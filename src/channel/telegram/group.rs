//! The state of the operators' group. In: what the store knows of it. Out: its current chat id, and
//! whether the bot can write there. Must not know: who is told what, or why.

use crate::store::{Store, StoreError};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};
use tokio::sync::Mutex;

/// One per process; its state is as old as the last [`refresh`](OperatorGroup::refresh).
pub struct OperatorsGroup {
    store: Store,
    channel: String,
    /// The chat id in the settings.
    set: i64,
    now: AtomicI64,
    is_lost: AtomicBool,
    /// Held while the state is read, so that no older one replaces a newer one.
    looking: Mutex<()>,
}

impl OperatorsGroup {
    pub fn new(store: Store, channel: String, set: i64) -> Self {
        let (now, is_lost, looking) = (AtomicI64::new(set), AtomicBool::new(false), Mutex::new(()));
        OperatorsGroup { store, channel, set, now, is_lost, looking }
    }

    /// The chat id in the settings; the store maps it to the current one.
    pub fn set(&self) -> i64 {
        self.set
    }

    /// The current chat id: a group that becomes a supergroup gets another one.
    pub fn now(&self) -> i64 {
        self.now.load(Relaxed)
    }

    pub fn is(&self, chat: i64) -> bool {
        chat == self.set || chat == self.now()
    }

    /// Whether the bot cannot write to the group, so that no operator can be called.
    pub fn is_lost(&self) -> bool {
        self.is_lost.load(Relaxed)
    }

    pub async fn look(&self) -> Result<(), StoreError> {
        let _looking = self.looking.lock().await;
        let now = self.store.chat_now(&self.channel, self.set).await?;
        let gone = self.store.chat_gone(&self.channel, now).await?;
        self.now.store(now, Relaxed);
        match (self.is_lost.swap(gone.is_some(), Relaxed), gone) {
            (false, Some(reason)) => tracing::error!(
                group = now,
                reason,
                "the operators' group cannot be written to: nobody is handed over until the bot is in it again"
            ),
            (true, None) => tracing::info!(group = now, "the operators' group can be written to again"),
            _ => {}
        }
        Ok(())
    }
}
