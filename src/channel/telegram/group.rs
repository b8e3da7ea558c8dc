//! The operators' group. In: what the store knows of it. Out: where it is now, and whether the bot can write there. Must not
//! know: who is told what, or why.

use crate::store::{Store, StoreError};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering::Relaxed};

/// One for the process; what it says is as old as the last look.
pub struct OperatorsGroup {
    store: Store,
    channel: String,
    /// As it was set.
    set: i64,
    now: AtomicI64,
    is_lost: AtomicBool,
}

impl OperatorsGroup {
    pub fn new(store: Store, channel: String, set: i64) -> Self {
        OperatorsGroup { store, channel, set, now: AtomicI64::new(set), is_lost: AtomicBool::new(false) }
    }

    /// As it was set: the outbox knows where that is now.
    pub fn set(&self) -> i64 {
        self.set
    }

    /// A group may have become a supergroup, with another id.
    pub fn now(&self) -> i64 {
        self.now.load(Relaxed)
    }

    pub fn is(&self, chat: i64) -> bool {
        chat == self.set || chat == self.now()
    }

    /// The bot is not in it, or may not write there: nobody can be called.
    pub fn is_lost(&self) -> bool {
        self.is_lost.load(Relaxed)
    }

    pub async fn look(&self) -> Result<(), StoreError> {
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
