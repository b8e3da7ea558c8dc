//! The state of the operators' group. In: what the store knows of it. Out: its current chat id, and
//! whether the bot can write there. Must not know: who is told what, or why.

use super::conversation::is_small_group;
use super::notice_calls;
use crate::people::ReachFlag;
use crate::store::records::{ChatChange, TurnEffects};
use crate::store::{Store, StoreError};
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use tokio::sync::Mutex;
use wenlu_core::model::Timestamp;

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
    /// Held while a move is recorded: it is told in the old chat and in the new one.
    following: Mutex<()>,
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
            following: Mutex::new(()),
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

    /// Its chat ids, the current one first.
    pub(super) fn chats(&self) -> [i64; 2] {
        [self.current_chat(), self.configured]
    }

    /// A small group may have become a supergroup, of which another process heard first.
    pub(super) async fn look_where_it_is(&self) -> Result<(), StoreError> {
        match is_small_group(self.current_chat()) {
            true => self.refresh().await,
            false => Ok(()),
        }
    }

    /// The group is the supergroup `to` from now on. Open conversations get a message there to which
    /// operators can reply, as they cannot reply to what they saw in the old one.
    pub(super) async fn follow(&self, to: i64, now: Timestamp) -> Result<(), StoreError> {
        let _following = self.following.lock().await;
        let from = self.current_chat();
        if from == to {
            return Ok(());
        }
        let moved = ChatChange::Moved {
            from: from.to_string(),
            to: to.to_string(),
        };
        let mut effects = TurnEffects {
            chats: vec![(self.channel.clone(), moved)],
            ..TurnEffects::default()
        };
        for conversation in self.store.handovers().open_in(&from.to_string()).await? {
            let last = self
                .store
                .journal()
                .until(&conversation, i64::MAX, 1)
                .await?;
            let last = last.last().map_or("", |row| row.entry.text.as_str());
            let place = (self.channel.as_str(), self.configured);
            effects
                .calls
                .push(notice_calls::moved(place, &conversation, last));
        }
        // the conversation is named by each call
        self.store.outbox().add("", effects, now).await?;
        tracing::info!(from, to, "the operators' group has become a supergroup");
        self.refresh().await
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
            .current(&self.channel, &self.configured.to_string())
            .await?;
        let gone = self.store.chats().gone(&self.channel, &now).await?;
        let now = now.parse().unwrap_or(self.configured);
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
