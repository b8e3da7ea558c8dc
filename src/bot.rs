//! A turn from end to end. In: who wrote what, and when. Out: [`Answered`], after state, journal entry and answer were
//! committed together. Messages of one conversation are handled in order; a message that was answered before gets the
//! same answer again. Must not know: channels.

use crate::desk::{Conversation, Desk, Route};
use crate::knowledge::Knowledge;
use crate::message::{Body, ConversationId, Incoming, MessageId, Reply, Timestamp};
use crate::router::{Decision, Router};
use crate::store::{
    Store, StoreError,
    records::{Effects, TurnRecord},
};
use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a conversation stays fresh when nothing is set.
pub const CONVERSATION_TTL: Duration = Duration::from_secs(30 * 60);
/// Conversations share this many locks: few enough to keep, enough that two seldom meet.
const LOCKS: usize = 1024;
/// How often a turn starts over when another process was faster.
const ATTEMPTS: usize = 8;

/// What decides: the knowledge and the router built from it.
pub struct Brain {
    pub knowledge: Knowledge,
    pub router: Box<dyn Route>,
}

/// The bot. One for the whole process; clones share it.
#[derive(Clone)]
pub struct Bot {
    inner: Arc<Inner>,
}

struct Inner {
    brain: RwLock<Arc<Brain>>,
    store: Store,
    ttl: Duration,
    turns: Vec<Mutex<()>>,
}

/// What a message was answered with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// How the text was routed; `None` for what was not: a button, a step, a choice.
    pub decision: Option<Decision>,
    /// The intent that is shown, or the menu.
    pub intent: Option<String>,
    pub confidence: f64,
    pub gap: Option<String>,
    pub replies: Vec<Reply>,
}

/// Why a message got no answer.
#[derive(Debug, thiserror::Error)]
pub enum BotError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("a turn could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl Brain {
    /// Builds the router that `knowledge` describes.
    pub fn build(knowledge: Knowledge) -> Self {
        let router = Router::build(&knowledge);
        Brain::new(knowledge, router)
    }

    /// With a router of one's own.
    pub fn new(knowledge: Knowledge, router: impl Route + 'static) -> Self {
        Brain { knowledge, router: Box::new(router) }
    }
}

impl Bot {
    /// With [`CONVERSATION_TTL`].
    pub fn new(brain: Arc<Brain>, store: Store) -> Self {
        Bot::with_ttl(brain, store, CONVERSATION_TTL)
    }

    /// `ttl`: for how long choices, steps and follow-ups refer to what was said before.
    pub fn with_ttl(brain: Arc<Brain>, store: Store, ttl: Duration) -> Self {
        let turns = (0..LOCKS).map(|_| Mutex::new(())).collect();
        Bot { inner: Arc::new(Inner { brain: RwLock::new(brain), store, ttl, turns }) }
    }

    /// What decides at this moment. A turn uses one brain from beginning to end.
    pub fn brain(&self) -> Arc<Brain> {
        self.inner.brain.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Turns that begin from now on use `brain`.
    pub fn replace_brain(&self, brain: Arc<Brain>) {
        *self.inner.brain.write().unwrap_or_else(PoisonError::into_inner) = brain;
    }

    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Answers one message. When this returns, the turn is on the disk.
    pub async fn handle(
        &self,
        conversation: &ConversationId,
        message: Option<&MessageId>,
        body: Body,
        at: Timestamp,
    ) -> Result<Answered, BotError> {
        let _in_order = self.turn_lock(conversation).lock().await;
        let incoming = Incoming { body, at };
        let mut attempt = 1;
        loop {
            match self.attempt(conversation, message, &incoming).await {
                Err(BotError::Store(StoreError::Conflict)) if attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    /// Load, answer, commit; a conflict leaves nothing behind.
    async fn attempt(
        &self,
        conversation: &ConversationId,
        message: Option<&MessageId>,
        incoming: &Incoming,
    ) -> Result<Answered, BotError> {
        let (conversation, message) = (conversation.as_str(), message.map(MessageId::as_str));
        let opened = self.inner.store.open_turn(conversation, message).await?;
        if let Some(response) = opened.answered {
            return Ok(serde_json::from_str(&response)?);
        }
        let brain = self.brain();
        let desk = Desk { knowledge: &brain.knowledge, router: &*brain.router, ttl: self.inner.ttl, people: None };
        let turn = desk.answer(opened.state.as_deref().map(recall).unwrap_or_default(), incoming);
        let entry = turn.entry;
        let answered = Answered {
            decision: entry.decision,
            intent: entry.intent.clone(),
            confidence: entry.confidence,
            gap: entry.gap.clone(),
            replies: turn.replies,
        };
        let record = TurnRecord {
            conversation: conversation.to_owned(),
            message: message.map(str::to_owned),
            version: opened.version,
            state: serde_json::to_string(&turn.conversation)?,
            response: Some(serde_json::to_string(&answered)?),
            entry,
            inbox: None,
            effects: Effects::default(),
        };
        self.inner.store.commit(record).await?;
        Ok(answered)
    }

    fn turn_lock(&self, conversation: &ConversationId) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        conversation.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % LOCKS as u64).unwrap_or_default();
        &self.inner.turns[at]
    }
}

/// A state that this version cannot read is one of a version long gone: the conversation starts over.
fn recall(state: &str) -> Conversation {
    serde_json::from_str(state).unwrap_or_else(|error| {
        tracing::warn!(%error, "a conversation's state could not be read; it starts over");
        Conversation::default()
    })
}
