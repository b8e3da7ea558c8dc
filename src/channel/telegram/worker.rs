//! Answers the messages of the inbox. In: the name of a conversation with waiting messages. Out:
//! each message answered, the oldest first, in one transaction with its calls. Safe to run in
//! several processes: the slower one's commit fails with `Conflict`. Must not know: how an update
//! was delivered, when a call is made.
//!
//! What an asker does is handled in [`asker_turn`](super::asker_turn), what an operator does in
//! [`operator_turn`](super::operator_turn), inline queries in
//! [`inline_query`](super::inline_query).

use super::album::{GatheredMessage, with_parts};
use super::client::BotApiClient;
use super::file_fetch::FileFetches;
use super::inbox_writer::InboxWriter;
use super::parse::{AlbumPart, ChatContext, UpdateEvent, UpdateKind};
use crate::attachment::Attachments;
use crate::channel::line::TurnDispatcher;
use crate::clock;
use crate::people::HandoverEnd;
use crate::store::records::{ChatChange, InboxEntry, TurnEffects, UndeliveredReason};
use crate::store::{Store, StoreError};
use crate::turn::{Bot, BotError};
use std::sync::Arc;
use tokio::sync::mpsc;
use wenlu_core::model::MessageId;

/// A message that fails this often is set aside.
const MAX_ATTEMPTS: i64 = 5;

/// Answers waiting messages.
pub(super) struct TurnWorker {
    pub bot: Bot,
    pub store: Store,
    pub inbox: Arc<InboxWriter>,
    pub client: Arc<BotApiClient>,
    pub attachments: Attachments,
    pub fetches: Arc<FileFetches>,
}

impl TurnWorker {
    /// Runs until the task is dropped.
    pub(super) async fn run(
        self: Arc<Self>,
        bench: Arc<TurnDispatcher>,
        conversations: mpsc::UnboundedReceiver<String>,
    ) {
        let answer = |conversation: String| {
            let this = self.clone();
            async move { this.answer_all(&conversation).await }
        };
        bench.answer_each(conversations, answer).await;
    }

    /// Answers all waiting messages of a conversation, the oldest first.
    async fn answer_all(self: &Arc<Self>, conversation: &str) -> Result<(), StoreError> {
        let channels = self.inbox.channels();
        while let Some(oldest) = self.store.inbox().oldest(conversation, &channels).await? {
            let (waiting, album) = match self.gather(conversation, oldest).await? {
                GatheredMessage::Whole(waiting, album) => (waiting, album),
                GatheredMessage::Incomplete(wait) => {
                    self.inbox.wake_later(conversation, wait);
                    return Ok(());
                }
            };
            let (this, name, message) = (self.clone(), conversation.to_owned(), waiting.clone());
            let answered =
                tokio::spawn(async move { this.answer(&name, &message, &album).await }).await;
            let reason = match answered {
                // woken again once its file is there
                Ok(Ok(())) if self.fetches.is_running(waiting.id) => return Ok(()),
                Ok(Ok(())) | Ok(Err(BotError::Store(StoreError::Conflict))) => continue,
                Ok(Err(BotError::Store(error))) => return Err(error),
                Ok(Err(error)) => error.to_string(),
                Err(panic) => panic.to_string(),
            };
            tracing::error!(
                reason,
                inbox = waiting.id,
                attempts = waiting.attempts + 1,
                "a message was not answered"
            );
            self.store
                .inbox()
                .record_failure(waiting.id, reason, MAX_ATTEMPTS, clock::now())
                .await?;
        }
        Ok(())
    }

    async fn answer(
        &self,
        conversation: &str,
        waiting: &InboxEntry,
        album: &[AlbumPart],
    ) -> Result<(), BotError> {
        if let Some(end) = HandoverEnd::read(&waiting.channel) {
            return self
                .give_back(conversation, waiting, end.reason(), None)
                .await;
        }
        let event = self.inbox.parse_again(&waiting.payload);
        match event.map(|event| with_parts(event, album)) {
            Ok(UpdateEvent::Asker(scene, what)) => self.handle_asker(&scene, &what, waiting).await,
            Ok(UpdateEvent::Operator(scene, what)) => {
                self.handle_operator(conversation, &scene, &what, waiting)
                    .await
            }
            Ok(UpdateEvent::Inline(inline)) => {
                self.handle_inline(conversation, &inline, waiting).await
            }
            Ok(UpdateEvent::Nothing(_)) | Err(_) => {
                self.mark_done(conversation, waiting, TurnEffects::default())
                    .await
            }
        }
    }

    /// What an action that is no turn changes in its chat.
    pub(super) fn chat_change(&self, scene: &ChatContext, what: &UpdateKind) -> TurnEffects {
        let change = match what {
            UpdateKind::Blocked | UpdateKind::Removed => ChatChange::Gone {
                chat: scene.chat.to_string(),
                reason: UndeliveredReason::Blocked,
            },
            UpdateKind::Unblocked | UpdateKind::Added => ChatChange::Back {
                chat: scene.chat.to_string(),
            },
            UpdateKind::MigratedTo(to) => ChatChange::Moved {
                from: scene.chat.to_string(),
                to: to.to_string(),
            },
            UpdateKind::MigratedFrom(from) => ChatChange::Moved {
                from: from.to_string(),
                to: scene.chat.to_string(),
            },
            _ => return TurnEffects::default(),
        };
        TurnEffects {
            chats: vec![(self.inbox.channel().to_owned(), change)],
            ..TurnEffects::default()
        }
    }

    /// Removes a message from the inbox without a turn.
    pub(super) async fn mark_done(
        &self,
        conversation: &str,
        waiting: &InboxEntry,
        mut effects: TurnEffects,
    ) -> Result<(), BotError> {
        effects.inbox.extend(&waiting.with);
        Ok(self
            .store
            .inbox()
            .mark_done(waiting.id, conversation, effects, waiting.at)
            .await?)
    }
}

/// The message id of the turn in the journal.
pub(super) fn number(waiting: &InboxEntry) -> MessageId {
    let name = format!("{}:{}", waiting.channel, waiting.update);
    MessageId::parse(&name)
        .or_else(|_| MessageId::parse(&waiting.id.to_string()))
        .expect("digits are a name")
}
