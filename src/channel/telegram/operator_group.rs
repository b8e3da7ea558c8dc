//! The state of the operators' group. In: what the store knows of it. Out: its current chat id, and
//! whether the bot can write there. Must not know: who is told what, or why.

use crate::people::ReachFlag;
use crate::store::{Store, StoreError};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use tokio::sync::Mutex;

/// One per process; its state is as old as the last [`refresh`](OperatorGroup::refresh).
pub(super) struct OperatorGroup {
    store: Store,
    channel: String,
    /// The chat id in the settings.
    configured: i64,
    current: AtomicI64,
    reach: ReachFlag,
    /// Held while the state is read, so that no older one replaces a newer one.
    refreshing: Mutex<()>,
}

impl OperatorGroup {
    pub(super) fn new(store: Store, channel: String, configured: i64) -> Self {
        OperatorGroup {
            store,
            channel,
            configured,
            current: AtomicI64::new(configured),
            reach: ReachFlag::default(),
            refreshing: Mutex::new(()),
        }
    }

    /// The chat id in the settings; the store maps it to the current one.
    pub(super) fn configured_chat(&self) -> i64 {
        self.configured
    }

    /// The current chat id: a group that becomes a supergroup gets another one.
    pub(super) fn current_chat(&self) -> i64 {
        self.current.load(Relaxed)
    }

    pub(super) fn is(&self, chat: i64) -> bool {
        chat == self.configured || chat == self.current_chat()
    }

    /// Whether the bot cannot write to the group, so that no operator can be called.
    pub(super) fn is_lost(&self) -> bool {
        self.reach.is_lost()
    }

    /// What [`is_lost`](OperatorGroup::is_lost) tells, now and later.
    pub(super) fn reach(&self) -> ReachFlag {
        self.reach.clone()
    }

    pub(super) async fn refresh(&self) -> Result<(), StoreError> {
        let _refreshing = self.refreshing.lock().await;
        let now = self
            .store
            .chats()
            .current(&self.channel, self.configured)
            .await?;
        let gone = self.store.chats().gone(&self.channel, now).await?;
        self.current.store(now, Relaxed);
        match (self.reach.set_lost(gone.is_some()), gone) {
            (false, Some(reason)) => tracing::error!(
                group = now,
                %reason,
                "the operators' group cannot be written to: nobody is handed over until the bot is in it again"
            ),
            (true, None) => {
                tracing::info!(group = now, "the operators' group can be written to again")
            }
            _ => {}
        }
        Ok(())
    }
}
