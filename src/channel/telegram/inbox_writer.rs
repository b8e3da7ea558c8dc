//! Writes updates to the inbox. In: updates as received, by polling or webhook. Out: they are
//! committed and may be acknowledged, and the workers are told of them. An update that cannot be
//! parsed is set aside and acknowledged too: it would block the others. Must not know: how it was
//! delivered, what is answered.

use super::client::RawUpdate;
use super::conversation;
use super::operator_group::OperatorGroup;
use super::parse::{self, BotIdentity, ChatContext, SlashCommand, UpdateEvent, UpdateKind};
use crate::channel::line::TurnDispatcher;
use crate::hash::stable_number;
use crate::people::HandoverEnd;
use crate::store::records::{DeliveredUpdate, HandoverRecord};
use crate::store::{Store, StoreError};
use std::sync::Arc;
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// After this time a message that was sent is recorded, unless the store is very slow.
const RECORDED_BY: Duration = Duration::from_millis(200);
/// A command in the operators' group counts as `/done` mistyped up to this edit distance.
const MAX_TYPOS: usize = 2;

/// One per process.
pub(super) struct InboxWriter {
    store: Store,
    dispatcher: Arc<TurnDispatcher>,
    channel: String,
    me: BotIdentity,
    group: Option<Arc<OperatorGroup>>,
}

impl InboxWriter {
    pub(super) fn new(
        store: Store,
        dispatcher: Arc<TurnDispatcher>,
        channel: String,
        me: BotIdentity,
        group: Option<Arc<OperatorGroup>>,
    ) -> Self {
        InboxWriter {
            store,
            dispatcher,
            channel,
            me,
            group,
        }
    }

    pub(super) fn channel(&self) -> &str {
        &self.channel
    }

    /// Whose messages are answered here: other channels look after their own.
    pub(super) fn channels(&self) -> Vec<&str> {
        let mut channels = vec![self.channel.as_str()];
        channels.extend(HandoverEnd::ALL.map(HandoverEnd::channel));
        channels
    }

    /// Parses an update of the inbox again.
    pub(super) fn parse_again(&self, raw: &str) -> Result<UpdateEvent, parse::UnreadableUpdate> {
        let group = self.group.as_ref().map(|group| group.chats());
        let chats = group.as_ref().map_or(&[][..], |chats| chats);
        parse::parse_update(raw, &self.me, chats).map(|heard| heard.event)
    }

    /// Has a conversation looked at again after `wait`. If the process ends before, the next one
    /// does.
    pub(super) fn wake_later(&self, conversation: &str, wait: Duration) {
        let (dispatcher, conversation) = (self.dispatcher.clone(), conversation.to_owned());
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            dispatcher.enqueue(conversation);
        });
    }

    /// Whether what askers send during a hand-over is copied to an operators' group.
    pub(super) fn has_group(&self) -> bool {
        self.group.is_some()
    }

    /// Something about the operators' group changed: reads its state again.
    pub(super) async fn refresh_group(&self) -> Result<(), StoreError> {
        match &self.group {
            Some(group) => group.refresh().await,
            None => Ok(()),
        }
    }

    /// When this returns, every update is committed or needs no action.
    pub(super) async fn accept(
        &self,
        updates: Vec<RawUpdate>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut arrived = Vec::with_capacity(updates.len());
        if let Some(group) = &self.group {
            group.look_where_it_is().await?;
        }
        for update in updates {
            match self.parse_again(update.json.get()) {
                Ok(event) => {
                    if let UpdateEvent::Operator(scene, what) = &event
                        && let Some(to) = new_chat(scene, what)
                    {
                        self.follow_group(to, now).await?;
                    } else if let Some(conversation) = self.conversation(&event).await? {
                        arrived.push(self.arrived(&update, conversation, now));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "an update could not be read and was set aside");
                    let update = self.arrived(&update, String::new(), now);
                    self.store
                        .inbox()
                        .quarantine(update, error.to_string())
                        .await?;
                }
            }
        }
        if arrived.is_empty() {
            return Ok(());
        }
        let conversations: Vec<String> = arrived
            .iter()
            .map(|update| update.conversation.clone())
            .collect();
        self.store.inbox().accept(arrived).await?;
        for conversation in conversations {
            self.dispatcher.enqueue(conversation);
        }
        Ok(())
    }

    /// The operators' group moved. It is followed at once: what is said in it next, in the same
    /// batch already, is said to askers.
    async fn follow_group(&self, to: i64, now: Timestamp) -> Result<(), StoreError> {
        match &self.group {
            Some(group) => group.follow(to, now).await,
            None => Ok(()),
        }
    }

    /// Sets aside the body of a webhook request that is no update.
    pub(super) async fn set_aside(&self, body: &[u8], now: Timestamp) -> Result<(), StoreError> {
        let json = String::from_utf8_lossy(body).into_owned();
        let update = DeliveredUpdate {
            payload: json,
            ..self.unnumbered(body, now)
        };
        tracing::warn!(
            bytes = body.len(),
            "a delivery is no update and was set aside"
        );
        self.store
            .inbox()
            .quarantine(update, "no JSON object".to_owned())
            .await
    }

    /// The conversation in whose order an update is handled; `None` if it needs no action.
    async fn conversation(&self, event: &UpdateEvent) -> Result<Option<String>, StoreError> {
        Ok(match event {
            UpdateEvent::Asker(_, UpdateKind::Service(_)) | UpdateEvent::Nothing(_) => None,
            UpdateEvent::Asker(scene, _) => Some(scene.conversation.as_str().to_owned()),
            UpdateEvent::Inline(inline) => {
                Some(conversation::inline(inline.user).as_str().to_owned())
            }
            UpdateEvent::Operator(scene, UpdateKind::Added | UpdateKind::Removed) => {
                Some(scene.conversation.as_str().to_owned())
            }
            UpdateEvent::Operator(
                scene,
                what @ (UpdateKind::Command { .. }
                | UpdateKind::UnknownCommand(_)
                | UpdateKind::Text(_)
                | UpdateKind::Edited { .. }
                | UpdateKind::Attachment(_)),
            ) => match self.handover(scene).await? {
                Some(handover) => Some(handover.conversation),
                None => {
                    is_meant_for_askers(scene, what).then(|| scene.conversation.as_str().to_owned())
                }
            },
            UpdateEvent::Operator(..) => None,
        })
    }

    /// The hand-over that an operator's message belongs to, by its topic or by the message that it
    /// replies to. An operator who replies at once may be faster than the record of that message,
    /// so that it is looked up twice.
    async fn handover(&self, scene: &ChatContext) -> Result<Option<HandoverRecord>, StoreError> {
        match self.recorded(scene).await? {
            None if scene.thread.or(scene.reply_to).is_some() => {
                tokio::time::sleep(RECORDED_BY).await;
                self.recorded(scene).await
            }
            found => Ok(found),
        }
    }

    async fn recorded(&self, scene: &ChatContext) -> Result<Option<HandoverRecord>, StoreError> {
        if let Some(thread) = scene.thread {
            return self
                .store
                .handovers()
                .of_thread(&scene.chat.to_string(), &thread.to_string())
                .await;
        }
        match scene.reply_to {
            Some(message) => {
                self.store
                    .handovers()
                    .of_message(&scene.chat.to_string(), &message.to_string())
                    .await
            }
            None => Ok(None),
        }
    }

    fn arrived(&self, update: &RawUpdate, conversation: String, now: Timestamp) -> DeliveredUpdate {
        let payload = update.json.get().to_owned();
        match update.id {
            Some(id) => DeliveredUpdate {
                channel: self.channel.clone(),
                update: id.to_string(),
                conversation,
                payload,
                at: now,
            },
            None => DeliveredUpdate {
                conversation,
                payload,
                ..self.unnumbered(update.json.get().as_bytes(), now)
            },
        }
    }

    /// An inbox entry for an update without id: recognised by a hash of its content.
    fn unnumbered(&self, body: &[u8], now: Timestamp) -> DeliveredUpdate {
        DeliveredUpdate {
            channel: self.channel.clone(),
            // Telegram numbers its own from 1
            update: format!("-{}", stable_number("unnumbered update", &[body])),
            conversation: String::new(),
            payload: String::new(),
            at: now,
        }
    }
}

/// Whether an operator's message that belongs to no conversation was meant for one, so that they are
/// told. What colleagues say among themselves is left alone.
fn is_meant_for_askers(scene: &ChatContext, what: &UpdateKind) -> bool {
    match what {
        UpdateKind::Command { command, .. } => *command == SlashCommand::Done || scene.is_to_bot,
        UpdateKind::UnknownCommand(name) => {
            let typed = name.to_lowercase();
            let typos = strsim::osa_distance(&typed, SlashCommand::Done.name());
            scene.is_to_bot || typos <= MAX_TYPOS
        }
        UpdateKind::Text(_) | UpdateKind::Attachment(_) => scene.is_to_bot,
        _ => false,
    }
}

/// Where a group is from now on, if this is the message that says so.
fn new_chat(scene: &ChatContext, what: &UpdateKind) -> Option<i64> {
    match what {
        UpdateKind::MigratedTo(to) => Some(*to),
        UpdateKind::MigratedFrom(_) => Some(scene.chat),
        _ => None,
    }
}
