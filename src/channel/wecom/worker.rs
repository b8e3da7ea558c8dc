//! Answers the messages of the inbox. In: the name of a conversation with waiting messages. Out: each
//! message answered, the oldest first, in one transaction with its calls. Safe to run in several
//! processes: the slower one's commit fails with `Conflict`. Must not know: how a message came, when a
//! call is made.

use super::answer::{body, calls, too_fast};
use super::config::WecomPeople;
use super::message::{WecomDeed, WecomMessage, read};
use super::pace::{AskerLimiter, AskerPace};
use crate::channel::line::TurnDispatcher;
use crate::clock;
use crate::http::metrics::ServerMetrics;
use crate::people::{DeliveryTrouble, MessageOrigin};
use crate::store::records::{InboxEntry, TurnEffects};
use crate::store::{Store, StoreError};
use crate::turn::{Bot, BotError, InboxDelivery, TurnAnswer};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use wenlu_core::model::{ConversationId, IncomingBody, Lang, Timestamp};

/// A message that fails this often is set aside.
const MAX_ATTEMPTS: i64 = 5;
/// After this time a waiting message is answered by any process: the one that pulled it may be gone.
const ABANDONED_AFTER: Duration = Duration::from_secs(2);
const SWEEP_EVERY: Duration = Duration::from_secs(1);
/// Conversations that are woken at once.
const SWEEP_LIMIT: i64 = 1_000;
/// Why the platform did not deliver a message: the asker does not want any.
const REJECTED: i64 = 10;

/// Answers waiting messages.
pub(super) struct WecomWorker {
    pub bot: Bot,
    pub store: Store,
    pub channel: String,
    pub corp: String,
    pub people: WecomPeople,
    pub limiter: AskerLimiter,
    pub metrics: Arc<ServerMetrics>,
}

impl WecomWorker {
    /// Runs until the task is dropped.
    pub(super) async fn run(
        self: Arc<Self>,
        dispatcher: Arc<TurnDispatcher>,
        conversations: mpsc::UnboundedReceiver<String>,
    ) {
        let answer = |conversation: String| {
            let this = self.clone();
            async move { this.answer_all(&conversation).await }
        };
        dispatcher.answer_each(conversations, answer).await;
    }

    /// Dispatches conversations whose messages have waited too long; at the start, all that wait.
    pub(super) async fn wake_abandoned(&self, dispatcher: &TurnDispatcher) {
        let mut patience = Duration::ZERO;
        loop {
            let before = Timestamp(clock::now().before(patience).0.saturating_add(1));
            let inbox = self.store.inbox();
            match inbox
                .waiting_since(&[&self.channel], before, SWEEP_LIMIT)
                .await
            {
                Ok(waiting) => waiting.into_iter().for_each(|one| dispatcher.enqueue(one)),
                Err(error) => tracing::warn!(%error, "it cannot be seen who waits"),
            }
            patience = ABANDONED_AFTER;
            tokio::time::sleep(SWEEP_EVERY).await;
        }
    }

    /// Answers all waiting messages of a conversation, the oldest first.
    async fn answer_all(self: &Arc<Self>, conversation: &str) -> Result<(), StoreError> {
        let inbox = || self.store.inbox();
        while let Some(waiting) = inbox().oldest(conversation, &[&self.channel]).await? {
            let (this, name, message) = (self.clone(), conversation.to_owned(), waiting.clone());
            let answered = tokio::spawn(async move { this.answer(&name, &message).await }).await;
            let reason = match answered {
                Ok(Ok(()) | Err(BotError::Store(StoreError::Conflict))) => continue,
                Ok(Err(BotError::Store(error))) => return Err(error),
                Ok(Err(error)) => error.to_string(),
                Err(panic) => panic.to_string(),
            };
            let attempts = waiting.attempts + 1;
            tracing::error!(
                reason,
                inbox = waiting.id,
                attempts,
                "a message was not answered"
            );
            inbox()
                .record_failure(waiting.id, reason, MAX_ATTEMPTS, clock::now())
                .await?;
        }
        Ok(())
    }

    async fn answer(&self, conversation: &str, waiting: &InboxEntry) -> Result<(), BotError> {
        let read = read("", &waiting.payload).ok().flatten();
        let message = read.zip(ConversationId::parse(conversation).ok());
        let message = message.map(|(message, conversation)| WecomMessage {
            conversation,
            ..message
        });
        let body = message
            .as_ref()
            .and_then(|message| body(&self.bot, &message.deed));
        match (message, body) {
            (Some(message), Some(body)) => match self.pace(&message, waiting).await? {
                AskerPace::Fine => self.take_turn(&message, body, waiting).await,
                pace => Ok(self.refuse(&message, pace, waiting).await?),
            },
            (message, _) => {
                let effects = match message {
                    Some(message) => self.undelivered(&message, waiting.at).await?,
                    None => TurnEffects::default(),
                };
                let inbox = self.store.inbox();
                let done = inbox.mark_done(waiting.id, conversation, effects, waiting.at);
                Ok(done.await?)
            }
        }
    }

    /// What is written to a colleague is never too fast.
    async fn pace(
        &self,
        message: &WecomMessage,
        waiting: &InboxEntry,
    ) -> Result<AskerPace, StoreError> {
        if !message.deed.is_message() {
            return Ok(AskerPace::Fine);
        }
        let (name, counted) = (message.conversation.as_str(), (waiting.id, message.sent));
        let pace = self.limiter.count(name, counted, clock::now());
        if pace == AskerPace::Fine {
            return Ok(pace);
        }
        let handover = self.store.handovers().of(name).await?;
        match handover.is_some_and(|handover| handover.open) {
            true => Ok(AskerPace::Fine),
            false => Ok(pace),
        }
    }

    /// Passes over a message of an asker who is too fast.
    async fn refuse(
        &self,
        message: &WecomMessage,
        pace: AskerPace,
        waiting: &InboxEntry,
    ) -> Result<(), StoreError> {
        let is_told = pace == AskerPace::TooFast;
        let effects = TurnEffects {
            calls: is_told
                .then(|| too_fast(&self.corp, message))
                .into_iter()
                .collect(),
            ..TurnEffects::default()
        };
        let (inbox, conversation) = (self.store.inbox(), message.conversation.as_str());
        inbox
            .mark_done(waiting.id, conversation, effects, waiting.at)
            .await?;
        self.metrics.rate_limited();
        Ok(())
    }

    async fn take_turn(
        &self,
        message: &WecomMessage,
        body: IncomingBody,
        waiting: &InboxEntry,
    ) -> Result<(), BotError> {
        let begun = Instant::now();
        let plan = |answered: &TurnAnswer| calls((&self.corp, &self.people), message, answered);
        let delivery = InboxDelivery {
            inbox: waiting.id,
            with: &[],
            origin: MessageOrigin::default(),
            lang: Lang::Zh,
            file: None,
            plan_calls: &plan,
        };
        let (conversation, id) = (&message.conversation, &message.id);
        let answered = self
            .bot
            .handle_inbox_message(conversation, id, body, waiting.at, delivery)
            .await?;
        self.metrics.turn(answered.decision, begun.elapsed());
        Ok(())
    }

    /// A message that was taken did not arrive: operators who talk with the asker are told.
    async fn undelivered(
        &self,
        message: &WecomMessage,
        at: Timestamp,
    ) -> Result<TurnEffects, StoreError> {
        let WecomDeed::Undelivered { why } = message.deed else {
            return Ok(TurnEffects::default());
        };
        let conversation = &message.conversation;
        tracing::warn!(why, "a message to an asker in WeCom did not arrive");
        let handovers = self.store.handovers();
        let handover = handovers.of(conversation.as_str()).await?;
        if !handover.is_some_and(|handover| handover.open) {
            return Ok(TurnEffects::default());
        }
        let trouble = match why {
            REJECTED => DeliveryTrouble::AskerGone,
            _ => DeliveryTrouble::Refused,
        };
        let told = (trouble, message.id.as_str());
        self.bot.tell_of_trouble(conversation, told, at).await
    }
}
