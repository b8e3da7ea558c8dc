//! One turn from end to end. In: who wrote what, and when. Out: a [`TurnAnswer`], after state,
//! journal entry and answer were committed in one transaction, personal data masked. Messages of
//! one conversation are handled in order; a message that was answered before gets the same answer
//! again. The effects of the turn on a hand-over (calls to the operators) are part of the same
//! transaction. Must not know: channels.

use crate::desk::{Conversation, Desk, FollowUps, Handover, People, Person, Route, Turn};
use crate::knowledge::Knowledge;
use crate::message::{Body, ConversationId, Incoming, Lang, MessageId, Reply, Timestamp};
use crate::review::redact::{Redacted, redact};
use crate::router::{Decision, Router};
use crate::store::records::{self, Effects, Entry, Row, TurnRecord};
use crate::store::{Store, StoreError};
use serde::{Deserialize, Serialize};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;

/// How long a conversation stays fresh by default.
pub const CONVERSATION_TTL: Duration = Duration::from_secs(30 * 60);
/// Number of locks that all conversations share: few enough to keep in memory, enough that two
/// conversations seldom share one.
const LOCKS: usize = 1024;
/// How often a turn is tried when other processes commit to the same conversation first.
const ATTEMPTS: usize = 8;
/// Earlier turns that are shown to the operators when a hand-over opens.
const HISTORY: i64 = 8;

/// A snapshot of what decides: the knowledge and the router built from it.
pub struct Brain {
    pub knowledge: Knowledge,
    pub router: Box<dyn Route>,
    pub follow_ups: FollowUps,
}

/// The bot. There is one for the whole process; clones share its state.
#[derive(Clone)]
pub struct Bot {
    inner: Arc<Inner>,
}

struct Inner {
    brain: RwLock<Arc<Brain>>,
    store: Store,
    ttl: Duration,
    colleagues: Option<Arc<dyn Colleagues>>,
    turns: Vec<Mutex<()>>,
}

/// How the operators, who can take over a conversation, are reached.
pub trait Colleagues: Send + Sync {
    /// Whether an operator can be reached now, and if not, when service begins again.
    fn people(&self, now: Timestamp) -> People;
    /// Whether no operator can be notified at all, independently of the service hours.
    fn are_lost(&self) -> bool;
    /// The calls and the change of the hand-over with which operators are told of a turn.
    fn tell(&self, news: &News) -> Effects;
}

/// A turn that the operators are told of.
pub struct News<'a> {
    pub conversation: &'a ConversationId,
    pub handover: Handover,
    pub entry: &'a Entry,
    /// The turns before this one, oldest first; filled only when a hand-over opens.
    pub history: &'a [Row],
    /// The hand-over as it was stored before this turn.
    pub before: Option<records::Handover>,
    pub knowledge: &'a Knowledge,
    pub source: Source<'a>,
}

/// The origin of a message, as far as it is shown to the operators.
#[derive(Clone, Copy, Debug, Default)]
pub struct Source<'a> {
    /// The asker's name; `None` if unknown.
    pub name: Option<&'a str>,
    /// Chat and message id of a message that is not text (a picture, a voice message), so that it
    /// can be copied.
    pub media: Option<(i64, i32)>,
}

/// A message from the inbox, and how its answer is delivered.
pub struct Delivery<'a> {
    /// The id of the inbox entry.
    pub inbox: i64,
    pub source: Source<'a>,
    /// The language of a new conversation.
    pub lang: Lang,
    /// The calls that bring the answer to the asker; they are committed with the turn.
    pub deliver: &'a (dyn Fn(&Answered) -> Effects + Send + Sync),
}

/// The answer to a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// How the text was routed; `None` where nothing was routed (a button, a step, a choice).
    pub decision: Option<Decision>,
    /// The intent whose reply or menu is shown.
    pub intent: Option<String>,
    pub confidence: f64,
    pub gap: Option<String>,
    pub replies: Vec<Reply>,
    /// Whether a hand-over is open, so that an operator may write at any time.
    #[serde(default)]
    pub person: bool,
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
    /// Builds the router from `knowledge`.
    pub fn build(knowledge: Knowledge) -> Self {
        let router = Router::build(&knowledge);
        Brain::new(knowledge, router)
    }

    /// With another router than the built-in one.
    pub fn new(knowledge: Knowledge, router: impl Route + 'static) -> Self {
        Brain { follow_ups: FollowUps::of(&knowledge), knowledge, router: Box::new(router) }
    }
}

impl Bot {
    /// A bot with [`CONVERSATION_TTL`] and without operators.
    pub fn new(brain: Arc<Brain>, store: Store) -> Self {
        Bot::with_ttl(brain, store, CONVERSATION_TTL)
    }

    /// `ttl`: for how long choices, steps and follow-ups refer to the turns before.
    pub fn with_ttl(brain: Arc<Brain>, store: Store, ttl: Duration) -> Self {
        Bot::with_colleagues(brain, store, ttl, None)
    }

    /// With operators who can take over.
    pub fn with_colleagues(
        brain: Arc<Brain>,
        store: Store,
        ttl: Duration,
        colleagues: Option<Arc<dyn Colleagues>>,
    ) -> Self {
        let turns = (0..LOCKS).map(|_| Mutex::new(())).collect();
        Bot { inner: Arc::new(Inner { brain: RwLock::new(brain), store, ttl, colleagues, turns }) }
    }

    /// The engine that is used now. A turn uses one engine from beginning to end.
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

    /// Answers one message. When this returns, the turn is committed.
    pub async fn handle(
        &self,
        conversation: &ConversationId,
        message: Option<&MessageId>,
        body: Body,
        at: Timestamp,
    ) -> Result<Answered, BotError> {
        let _in_order = self.turn_lock(conversation).lock().await;
        let request = Request { conversation, message, incoming: Incoming { body, at }, delivery: None };
        let mut attempt = 1;
        loop {
            match self.attempt(&request).await {
                Err(BotError::Store(StoreError::Conflict)) if attempt < ATTEMPTS => attempt += 1,
                done => return done,
            }
        }
    }

    /// Answers a message of the inbox and removes it from there in the same transaction. Fails with
    /// [`StoreError::Conflict`] if another process committed first, this message or one before it.
    pub async fn handle_waiting(
        &self,
        conversation: &ConversationId,
        message: &MessageId,
        body: Body,
        at: Timestamp,
        delivery: Delivery<'_>,
    ) -> Result<Answered, BotError> {
        let _in_order = self.turn_lock(conversation).lock().await;
        let incoming = Incoming { body, at };
        self.attempt(&Request { conversation, message: Some(message), incoming, delivery: Some(delivery) }).await
    }

    /// Whether operators are configured and none of them can be reached; `None` if none are
    /// configured.
    pub fn are_people_lost(&self) -> Option<bool> {
        self.inner.colleagues.as_ref().map(|colleagues| colleagues.are_lost())
    }

    /// Loads the conversation, answers, commits. A conflict changes nothing.
    async fn attempt(&self, request: &Request<'_>) -> Result<Answered, BotError> {
        let (conversation, message) = (request.conversation.as_str(), request.message.map(MessageId::as_str));
        let retried = message.filter(|_| request.delivery.is_none());
        let opened = self.inner.store.open_turn(conversation, retried).await?;
        if let Some(response) = opened.answered {
            return Ok(serde_json::from_str(&response)?);
        }
        let brain = self.brain();
        let lost = self.are_people_lost() == Some(true);
        let there = self.inner.colleagues.as_ref().filter(|_| !lost);
        let people = there.map(|colleagues| colleagues.people(request.incoming.at));
        let (knowledge, follow_ups) = (&brain.knowledge, &brain.follow_ups);
        let desk = Desk { knowledge, router: &*brain.router, follow_ups, ttl: self.inner.ttl, people, lost };
        let lang = request.delivery.as_ref().map(|d| d.lang).unwrap_or_default();
        let new = || Conversation { lang, ..Conversation::default() };
        let mut turn = desk.answer(opened.state.as_deref().map_or_else(new, recall), &request.incoming);
        // operators see the text as it was written; what is stored is masked
        let told = self.tell(request, &turn, &brain.knowledge).await?;
        mask(&mut turn);
        let state = serde_json::to_string(&turn.conversation)?;
        let answered = Answered {
            decision: turn.entry.decision,
            intent: turn.entry.intent.clone(),
            confidence: turn.entry.confidence,
            gap: turn.entry.gap.clone(),
            replies: turn.replies,
            person: turn.conversation.person != Person::None,
        };
        let mut effects = request.delivery.as_ref().map(|d| (d.deliver)(&answered)).unwrap_or_default();
        effects.extend(told);
        let record = TurnRecord {
            conversation: conversation.to_owned(),
            message: message.map(str::to_owned),
            version: opened.version,
            state,
            response: request.delivery.is_none().then(|| serde_json::to_string(&answered)).transpose()?,
            entry: turn.entry,
            inbox: request.delivery.as_ref().map(|d| d.inbox),
            effects,
        };
        self.inner.store.commit(record).await?;
        Ok(answered)
    }

    /// What is committed with the turn so that the operators are told of it.
    async fn tell(&self, request: &Request<'_>, turn: &Turn, knowledge: &Knowledge) -> Result<Effects, StoreError> {
        let Some((handover, colleagues)) = turn.handover.zip(self.inner.colleagues.as_ref()) else {
            return Ok(Effects::default());
        };
        let name = request.conversation.as_str();
        let history = match handover {
            Handover::Opened => self.inner.store.turns_until(name, i64::MAX, HISTORY).await?,
            _ => Vec::new(),
        };
        Ok(colleagues.tell(&News {
            conversation: request.conversation,
            handover,
            entry: &turn.entry,
            history: &history,
            before: self.inner.store.handover(name).await?,
            knowledge,
            source: request.delivery.as_ref().map(|d| d.source).unwrap_or_default(),
        }))
    }

    fn turn_lock(&self, conversation: &ConversationId) -> &Mutex<()> {
        let mut hasher = DefaultHasher::new();
        conversation.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % LOCKS as u64).unwrap_or_default();
        &self.inner.turns[at]
    }
}

/// One message while its turn is processed.
struct Request<'a> {
    conversation: &'a ConversationId,
    message: Option<&'a MessageId>,
    incoming: Incoming,
    delivery: Option<Delivery<'a>>,
}

/// Masks personal data in the journal entry and in the state of the conversation.
fn mask(turn: &mut Turn) {
    let said = [
        Some(&mut turn.entry.text),
        turn.entry.question.as_mut(),
        turn.conversation.question.as_mut().map(|question| &mut question.text),
    ];
    // the texts are mostly equal, and searching them for personal data is slow: reuse the last
    // result
    let mut seen: Option<(String, Redacted)> = None;
    for text in said.into_iter().flatten() {
        if seen.as_ref().is_none_or(|(words, _)| words != text) {
            seen = Some((text.clone(), redact(text)));
        }
        if let Some((_, redacted)) = seen.as_ref().filter(|(_, redacted)| !redacted.masked.is_empty()) {
            text.clone_from(&redacted.text);
        }
    }
}

/// The stored state; a default one if it cannot be read, because it was written by a version whose
/// format is no longer supported.
fn recall(state: &str) -> Conversation {
    serde_json::from_str(state).unwrap_or_else(|error| {
        tracing::warn!(%error, "a conversation's state could not be read; it starts over");
        Conversation::default()
    })
}
