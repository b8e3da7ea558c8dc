//! Writes updates to the inbox. In: updates as received, by polling or webhook. Out: they are
//! committed and may be acknowledged, and the workers are told of them. An update that cannot be
//! parsed is set aside and acknowledged too: it would block the others. Must not know: how it was
//! delivered, what is answered.

use super::client::RawUpdate;
use super::group::OperatorsGroup;
use super::hear::{self, Event, Me, Scene, What};
use super::worker::Bench;
use crate::message::Timestamp;
use crate::store::records::{Arrived, Handover};
use crate::store::{Store, StoreError};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::time::Duration;

/// After this time a message that was sent is recorded, unless the store is very slow.
const RECORDED_BY: Duration = Duration::from_millis(200);

/// One per process.
pub struct Intake {
    store: Store,
    bench: Arc<Bench>,
    channel: String,
    me: Me,
    group: Option<Arc<OperatorsGroup>>,
}

impl Intake {
    pub fn new(store: Store, bench: Arc<Bench>, channel: String, me: Me, group: Option<Arc<OperatorsGroup>>) -> Self {
        Intake { store, bench, channel, me, group }
    }

    pub fn channel(&self) -> &str {
        &self.channel
    }

    /// Parses an update of the inbox again.
    pub fn hear(&self, raw: &str) -> Result<Event, hear::Unreadable> {
        let group = self.group.as_ref().map(|group| group.now());
        hear::hear(raw, &self.me, group).map(|heard| heard.event)
    }

    /// Something about the operators' group changed: reads its state again.
    pub async fn look_at_group(&self) -> Result<(), StoreError> {
        match &self.group {
            Some(group) => group.look().await,
            None => Ok(()),
        }
    }

    /// When this returns, every update is committed or needs no action.
    pub async fn take_in(&self, updates: Vec<RawUpdate>, now: Timestamp) -> Result<(), StoreError> {
        let mut arrived = Vec::with_capacity(updates.len());
        for update in updates {
            match self.hear(update.json.get()) {
                Ok(event) => {
                    if let Some(conversation) = self.conversation(&event).await? {
                        arrived.push(self.arrived(&update, conversation, now));
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "an update could not be read and was set aside");
                    let update = self.arrived(&update, String::new(), now);
                    self.store.quarantine(update, error.to_string()).await?;
                }
            }
        }
        if arrived.is_empty() {
            return Ok(());
        }
        let conversations: Vec<String> = arrived.iter().map(|update| update.conversation.clone()).collect();
        self.store.take_in(arrived).await?;
        for conversation in conversations {
            self.bench.wake(conversation);
        }
        Ok(())
    }

    /// Sets aside the body of a webhook request that is no update.
    pub async fn set_aside(&self, body: &[u8], now: Timestamp) -> Result<(), StoreError> {
        let json = String::from_utf8_lossy(body).into_owned();
        let update = Arrived { payload: json, ..self.unnumbered(body, now) };
        tracing::warn!(bytes = body.len(), "a delivery is no update and was set aside");
        self.store.quarantine(update, "no JSON object".to_owned()).await
    }

    /// The conversation in whose order an update is handled; `None` if it needs no action.
    async fn conversation(&self, event: &Event) -> Result<Option<String>, StoreError> {
        Ok(match event {
            Event::Asker(_, What::Service(_)) | Event::Nothing(_) => None,
            Event::Asker(scene, _) => Some(scene.conversation.as_str().to_owned()),
            Event::Inline(inline) => Some(format!("telegram:inline.{}", inline.user)),
            Event::Operator(scene, What::MigratedTo(_) | What::MigratedFrom(_) | What::Added | What::Removed) => {
                Some(scene.conversation.as_str().to_owned())
            }
            Event::Operator(scene, What::Command { .. } | What::Text(_) | What::Attachment(_)) => {
                self.handover(scene).await?.map(|handover| handover.conversation)
            }
            Event::Operator(..) => None,
        })
    }

    /// The hand-over that an operator's message belongs to, by its topic or by the message that it
    /// replies to. An operator who replies at once may be faster than the record of that message,
    /// so that it is looked up twice.
    async fn handover(&self, scene: &Scene) -> Result<Option<Handover>, StoreError> {
        match self.recorded(scene).await? {
            None if scene.thread.or(scene.reply_to).is_some() => {
                tokio::time::sleep(RECORDED_BY).await;
                self.recorded(scene).await
            }
            found => Ok(found),
        }
    }

    async fn recorded(&self, scene: &Scene) -> Result<Option<Handover>, StoreError> {
        if let Some(thread) = scene.thread {
            return self.store.handover_of_thread(scene.chat, i64::from(thread)).await;
        }
        match scene.reply_to {
            Some(message) => self.store.handover_of_message(scene.chat, i64::from(message)).await,
            None => Ok(None),
        }
    }

    fn arrived(&self, update: &RawUpdate, conversation: String, now: Timestamp) -> Arrived {
        let payload = update.json.get().to_owned();
        match update.id {
            Some(id) => Arrived { channel: self.channel.clone(), update: id, conversation, payload, at: now },
            None => Arrived { conversation, payload, ..self.unnumbered(update.json.get().as_bytes(), now) },
        }
    }

    /// An inbox entry for an update without id: recognised by a hash of its content.
    fn unnumbered(&self, body: &[u8], now: Timestamp) -> Arrived {
        let mut hasher = DefaultHasher::new();
        body.hash(&mut hasher);
        let number = i64::try_from(hasher.finish() >> 1).unwrap_or(i64::MAX);
        Arrived {
            channel: self.channel.clone(),
            update: -number,
            conversation: String::new(),
            payload: String::new(),
            at: now,
        }
    }
}
