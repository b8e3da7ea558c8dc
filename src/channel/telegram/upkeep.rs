//! Looks after what no update announces. In: the time, and the store. Out: abandoned conversations
//! are answered, silent hand-overs are ended, and the operators' group is observed. Must not know:
//! how updates are received, how a call is sent.

use super::calls::{self, ChatThread};
use super::client::BOT_CALL_TIMEOUT;
use super::operator_group::OperatorGroup;
use super::run::TelegramChannel;
use crate::channel::line::LeaseHolder;
use crate::channel::line::TurnDispatcher;
use crate::clock;
use crate::people::HandoverEnd;
use crate::store::StoreError;
use crate::store::records::ChatChange;
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// After this time a waiting message is handled by any process: the one that received it may be
/// gone.
const ABANDONED_AFTER: Duration = Duration::from_secs(2);
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Maximum number of conversations that are woken at once.
const SWEEP_LIMIT: i64 = 1_000;
/// How often, at most, silent hand-overs are searched for.
const SILENCE_EVERY: Duration = Duration::from_secs(5);
/// How often, in seconds, a call is tried in an unreachable operators' group: it may be reachable
/// again without an update that says so.
const PROBE_EVERY: u32 = 30;

impl TelegramChannel {
    /// Dispatches conversations whose messages have waited too long; at the start, all that wait.
    pub(super) async fn wake_abandoned(&self, bench: &TurnDispatcher) {
        let mut patience = Duration::ZERO;
        // other channels look after their own messages
        let mut channels = vec![self.channel.as_str()];
        channels.extend(HandoverEnd::ALL.map(HandoverEnd::channel));
        loop {
            match self
                .store
                .inbox()
                .waiting_since(&channels, before(patience), SWEEP_LIMIT)
                .await
            {
                Ok(conversations) => conversations
                    .into_iter()
                    .for_each(|conversation| bench.enqueue(conversation)),
                Err(error) => tracing::warn!(%error, "it cannot be seen who waits"),
            }
            patience = ABANDONED_AFTER;
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    }

    /// Ends hand-overs in which nobody has said anything for too long.
    pub(super) async fn watch_silence(
        &self,
        keeper: &LeaseHolder,
        bench: &TurnDispatcher,
        silence: Duration,
    ) {
        loop {
            tokio::time::sleep(SILENCE_EVERY.min(silence / 4)).await;
            if keeper.current().is_none() {
                continue;
            }
            let before = before(silence);
            if let Err(error) = self.end_all(bench, HandoverEnd::Silence, before).await {
                tracing::warn!(%error, "it cannot be seen which hand-overs are silent");
            }
        }
    }

    /// Ends the hand-overs in which nothing was said since `before`.
    async fn end_all(
        &self,
        bench: &TurnDispatcher,
        end: HandoverEnd,
        before: Timestamp,
    ) -> Result<(), StoreError> {
        for conversation in end.accept(&self.store, before, clock::now()).await? {
            bench.enqueue(conversation);
        }
        Ok(())
    }

    /// Observes the operators' group. While it is unreachable, open hand-overs are ended and the
    /// group is probed.
    pub(super) async fn watch_group(&self, keeper: &LeaseHolder, bench: &TurnDispatcher) {
        let Some(group) = &self.group else { return };
        let tick = self.config.limits.second.max(Duration::from_millis(100));
        for count in 0.. {
            if let Err(error) = self
                .check_group(group, keeper, bench, count % PROBE_EVERY == 0)
                .await
            {
                tracing::warn!(%error, "the operators' group cannot be looked after");
            }
            tokio::time::sleep(tick).await;
        }
    }

    async fn check_group(
        &self,
        group: &OperatorGroup,
        keeper: &LeaseHolder,
        bench: &TurnDispatcher,
        probe: bool,
    ) -> Result<(), StoreError> {
        group.refresh().await?;
        let Some(lease) = keeper.current().filter(|_| group.is_lost()) else {
            return Ok(());
        };
        self.end_all(bench, HandoverEnd::Unreachable, Timestamp(i64::MAX))
            .await?;
        let chat = group.current_chat();
        let call = calls::chat_action_typing(ChatThread { chat, thread: None });
        if probe
            && self
                .client
                .call(call.method, &call.payload, BOT_CALL_TIMEOUT)
                .await
                .is_ok()
        {
            let back = ChatChange::Back {
                chat: chat.to_string(),
            };
            self.store
                .chats()
                .change(&lease, &self.channel, back, clock::now())
                .await?;
            group.refresh().await?;
        }
        Ok(())
    }
}

fn before(age: Duration) -> Timestamp {
    Timestamp(clock::now().before(age).0.saturating_add(1))
}
