//! The bot. In: a message of a conversation. Out: its answer, after state, journal entry and answer
//! were committed in one transaction, personal data masked. Messages of one conversation are handled
//! in order; a message that was answered before gets the same answer again. The effects of the turn
//! on a hand-over (calls to the operators) are part of the same transaction. Must not know: channels.

use super::answer::{InboxDelivery, TurnAnswer};
use super::engine::AnswerEngine;
use super::mask::mask;
use super::routed_texts::RoutedTexts;
use super::stored_state::{parse_conversation, stored_state};
use crate::encoder::Encoder;
use crate::hash;
use crate::people::{ListOperator, OperatorReach, OperatorTeam};
use crate::store::records::{AskerPage, HandoverRating, TurnRecord};
use crate::store::{Store, StoreError};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::Mutex;
use wenlu_core::dialogue::{
    self, Conversation, DialogueManager, HandoverState, SearchResult, Turn,
};
use wenlu_core::model::{
    ConversationId, Incoming, IncomingBody, Lang, MessageFile, MessageId, Reply, Timestamp,
};
use wenlu_core::privacy::redact;

/// How long a conversation stays fresh by default.
pub const CONVERSATION_TTL: Duration = Duration::from_secs(30 * 60);
/// Number of locks that all conversations share: few enough to keep in memory, enough that two
/// conversations seldom share one.
const LOCK_COUNT: usize = 1024;
/// Channels without a form in which an asker could say what was unclear.
const COMMENTED_IN_CHAT: [&str; 1] = ["telegram"];
/// How often a turn is tried when other processes commit to the same conversation first.
const MAX_ATTEMPTS: usize = 8;

/// The bot. There is one for the whole process; clones share its state.
#[derive(Clone)]
pub struct Bot {
    inner: Arc<BotInner>,
}

struct BotInner {
    engine: RwLock<Arc<AnswerEngine>>,
    store: Store,
    ttl: Duration,
    operators: Option<OperatorTeam>,
    encoder: Option<Arc<Encoder>>,
    turn_locks: Vec<Mutex<()>>,
}

/// Why a message got no answer.
#[derive(Debug, thiserror::Error)]
pub enum BotError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The id of the message is that of another one, which was answered before.
    #[error("another message of this conversation has this id")]
    OtherMessage,
    /// Another operator has taken the conversation, or gave it away: this one holds it now.
    #[error("another operator holds the conversation")]
    Held(Option<String>),
    #[error("a turn could not be written as JSON")]
    Json(#[from] serde_json::Error),
}

impl Bot {
    /// A bot with [`CONVERSATION_TTL`] and without operators.
    pub fn new(engine: Arc<AnswerEngine>, store: Store) -> Self {
        Bot::with_ttl(engine, store, CONVERSATION_TTL)
    }

    /// `ttl`: for how long choices, steps and follow-ups refer to the turns before.
    pub fn with_ttl(engine: Arc<AnswerEngine>, store: Store, ttl: Duration) -> Self {
        Bot::with_operators(engine, store, ttl, None)
    }

    /// With operators who can take over.
    pub fn with_operators(
        engine: Arc<AnswerEngine>,
        store: Store,
        ttl: Duration,
        operators: Option<OperatorTeam>,
    ) -> Self {
        Bot {
            inner: Arc::new(BotInner {
                engine: RwLock::new(engine),
                store,
                ttl,
                operators,
                encoder: None,
                turn_locks: (0..LOCK_COUNT).map(|_| Mutex::new(())).collect(),
            }),
        }
    }

    /// With an encoder whose vectors the routers of its engines read; before there are clones.
    pub fn with_encoder(mut self, encoder: Option<Arc<Encoder>>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.inner) {
            inner.encoder = encoder;
        }
        self
    }

    pub(crate) fn encoder(&self) -> Option<Arc<Encoder>> {
        self.inner.encoder.clone()
    }

    /// The engine that is used now. A turn uses one engine from beginning to end.
    pub fn engine(&self) -> Arc<AnswerEngine> {
        self.inner
            .engine
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Turns that begin from now on use `engine`.
    pub fn replace_engine(&self, engine: Arc<AnswerEngine>) {
        *self
            .inner
            .engine
            .write()
            .unwrap_or_else(PoisonError::into_inner) = engine;
    }

    /// The intents that a text may be about, the likeliest first. It is no turn: nothing is stored.
    pub fn search(&self, text: &str, lang: Lang, limit: usize) -> Vec<SearchResult> {
        let engine = self.engine();
        dialogue::search(&engine.knowledge, &*engine.router, text, lang, limit)
    }

    /// The message that a link with this payload stands for.
    pub fn deep_link(&self, payload: &str, lang: Lang) -> IncomingBody {
        dialogue::deep_link(payload, lang, &self.engine().knowledge)
    }

    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// Answers one message. When this returns, the turn is committed.
    pub async fn handle(
        &self,
        conversation: &ConversationId,
        message: Option<&MessageId>,
        body: IncomingBody,
        at: Timestamp,
    ) -> Result<TurnAnswer, BotError> {
        let incoming = Incoming { body, at };
        self.handle_on_page(conversation, message, incoming, None)
            .await
    }

    /// As [`Bot::handle`], for an asker on a page of a site.
    pub async fn handle_on_page(
        &self,
        conversation: &ConversationId,
        message: Option<&MessageId>,
        incoming: Incoming,
        page: Option<&AskerPage>,
    ) -> Result<TurnAnswer, BotError> {
        let _in_order = self.turn_lock(conversation).lock().await;
        let request = TurnRequest {
            conversation,
            message,
            incoming,
            delivery: None,
            operator: None,
            file: None,
            page,
        };
        self.run_until_committed(&request).await
    }

    /// As [`Bot::handle`], for a message of a file.
    pub async fn handle_file(
        &self,
        conversation: &ConversationId,
        message: &MessageId,
        file: &MessageFile,
        at: Timestamp,
    ) -> Result<TurnAnswer, BotError> {
        let _in_order = self.turn_lock(conversation).lock().await;
        let body = IncomingBody::Attachment(file.kind());
        self.run_until_committed(&TurnRequest {
            conversation,
            message: Some(message),
            incoming: Incoming { body, at },
            delivery: None,
            operator: None,
            file: Some(file),
            page: None,
        })
        .await
    }

    /// Runs a turn again where another process committed to the conversation first.
    pub(super) async fn run_until_committed(
        &self,
        request: &TurnRequest<'_>,
    ) -> Result<TurnAnswer, BotError> {
        let mut attempt = 1;
        loop {
            match self.run_turn(request).await {
                Err(BotError::Store(StoreError::Conflict)) if attempt < MAX_ATTEMPTS => {
                    attempt += 1
                }
                done => return done,
            }
        }
    }

    /// Answers a message of the inbox and removes it from there in the same transaction. Fails with
    /// [`StoreError::Conflict`] if another process committed first, this message or one before it.
    pub async fn handle_inbox_message(
        &self,
        conversation: &ConversationId,
        message: &MessageId,
        body: IncomingBody,
        at: Timestamp,
        delivery: InboxDelivery<'_>,
    ) -> Result<TurnAnswer, BotError> {
        let _in_order = self.turn_lock(conversation).lock().await;
        let incoming = Incoming { body, at };
        self.run_turn(&TurnRequest {
            conversation,
            message: Some(message),
            incoming,
            file: delivery.file,
            delivery: Some(delivery),
            operator: None,
            page: None,
        })
        .await
    }

    /// Whether operators have a group and none of them can be reached in it; `None` if they have
    /// none.
    pub fn are_operators_unreachable(&self) -> Option<bool> {
        self.inner
            .operators
            .as_ref()
            .and_then(OperatorTeam::are_unreachable)
    }

    /// Loads the conversation, answers, commits. A conflict changes nothing.
    async fn run_turn(&self, request: &TurnRequest<'_>) -> Result<TurnAnswer, BotError> {
        let conversation = request.conversation.as_str();
        let message = request.message.map(MessageId::as_str);
        let retried = message.filter(|_| request.delivery.is_none());
        let opened = self.inner.store.turns().open(conversation, retried).await?;
        if let Some(response) = opened.answered {
            self.check_retry(request).await?;
            return Ok(serde_json::from_str(&response)?);
        }
        self.check_holder(request).await?;
        let engine = self.engine();
        let before = self.before(opened.state.as_deref(), request).await?;
        let was_open = before.person != HandoverState::None;
        let mut turn = self.answer(&engine, before, request).await;
        add_file(&mut turn.replies, request);
        // operators see the text as it was written; what is stored is masked
        let told = self
            .tell_operators(request, &turn, was_open, &engine.knowledge)
            .await?;
        mask(&mut turn);
        let state = stored_state(&mut turn)?;
        let answered = TurnAnswer::of(&mut turn);
        let (mut effects, response) = match &request.delivery {
            Some(delivery) => ((delivery.plan_calls)(&answered), None),
            None => (
                self.bring(request, &answered),
                Some(kept(request, &answered)?),
            ),
        };
        effects.contact = turn.contact;
        effects.rating = turn.rating.map(|solved| HandoverRating {
            solved,
            message: message.map(str::to_owned),
        });
        let comment = turn.comment.take();
        effects.comment = comment.map(|(about, comment)| (about, redact(&comment).text));
        effects.calls.splice(0..0, told.announced);
        effects.extend(told.planned);
        effects
            .inbox
            .extend(request.delivery.iter().flat_map(|d| d.with));
        effects.file = request
            .file
            .zip(message)
            .map(|(file, message)| (file.id.clone(), message.to_owned()));
        let record = TurnRecord {
            conversation: conversation.to_owned(),
            message: message.map(str::to_owned),
            version: opened.version,
            state,
            response,
            entry: turn.entry,
            inbox: request.delivery.as_ref().map(|d| d.inbox),
            effects,
        };
        self.inner.store.turns().commit(record).await?;
        Ok(answered)
    }

    /// Whether the message that was answered before is this one: its text is in the journal, masked.
    async fn check_retry(&self, request: &TurnRequest<'_>) -> Result<(), BotError> {
        let IncomingBody::Text(text) = &request.incoming.body else {
            return Ok(());
        };
        let Some(message) = request.message.filter(|_| !text.trim().is_empty()) else {
            return Ok(());
        };
        let journal = self.inner.store.journal();
        let kept = journal
            .text_of(request.conversation.as_str(), message.as_str())
            .await?;
        let is_it = |kept: &str| {
            let rest = || dialogue::without_contact(text);
            kept == redact(text).text || rest().is_some_and(|rest| kept == redact(&rest).text)
        };
        match kept.as_deref().is_none_or(is_it) {
            true => Ok(()),
            false => Err(BotError::OtherMessage),
        }
    }

    /// The conversation whose stored state is `state`.
    async fn before(
        &self,
        state: Option<&str>,
        request: &TurnRequest<'_>,
    ) -> Result<Conversation, StoreError> {
        let Some(state) = state else {
            let delivery = request.delivery.as_ref();
            return Ok(Conversation {
                lang: delivery.map(|d| d.lang).unwrap_or_default(),
                ..Conversation::default()
            });
        };
        let mut conversation = parse_conversation(state);
        conversation.comments_in_chat = COMMENTED_IN_CHAT.contains(&request.conversation.channel());
        if let Some(question) = &mut conversation.question
            && question.text.is_empty()
        {
            let name = request.conversation.as_str();
            match self.inner.store.journal().last_question(name).await? {
                Some(text) => question.text = text,
                // the turn is kept no longer
                None => conversation.question = None,
            }
        }
        Ok(conversation)
    }

    /// Lets the encoder, where there is one, see a text of an operator that `engine` routes next.
    pub async fn prepare_text(&self, engine: &AnswerEngine, text: &str) {
        if let Some(encoder) = &self.inner.encoder {
            encoder.prepare(&*engine.router, &[text.to_owned()]).await;
        }
    }

    /// What the dialogue answers in the conversation `before`.
    async fn answer(
        &self,
        engine: &AnswerEngine,
        before: Conversation,
        request: &TurnRequest<'_>,
    ) -> Turn {
        let reach = match &self.inner.operators {
            Some(operators) if !operators.passes_on(request.conversation) => {
                Some(operators.reach(request.incoming.at).await)
            }
            _ => None,
        };
        let manager = DialogueManager {
            knowledge: &engine.knowledge,
            router: &*engine.router,
            passages: &engine.passages,
            ttl: self.inner.ttl,
            operators: reach.and_then(OperatorReach::availability),
            operators_unreachable: reach == Some(OperatorReach::Unreachable),
            desk: reach.map(OperatorReach::desk).unwrap_or_default(),
        };
        let Some(encoder) = self.encoder_of(&before, request) else {
            return manager.answer(before, &request.incoming);
        };
        // which texts a turn routes shows only when it is taken: the encoder sees those and no
        // others, no command and no contact; the turn is taken again if that brings something
        let routed = RoutedTexts::of(&*engine.router);
        let rehearsed = DialogueManager {
            router: &routed,
            ..manager
        }
        .answer(before.clone(), &request.incoming);
        match encoder.prepare(&*engine.router, &routed.into_texts()).await {
            true => manager.answer(before, &request.incoming),
            false => rehearsed,
        }
    }

    /// The encoder that may see what the turn routes. While a person talks with the asker, it is none
    /// of its business.
    fn encoder_of(&self, before: &Conversation, request: &TurnRequest<'_>) -> Option<&Encoder> {
        let is_text = matches!(request.incoming.body, IncomingBody::Text(_));
        let is_for_bot = is_text && before.person != HandoverState::Talking;
        self.inner.encoder.as_deref().filter(|_| is_for_bot)
    }

    pub(super) fn operators(&self) -> Option<&OperatorTeam> {
        self.inner.operators.as_ref()
    }

    pub(super) fn turn_lock(&self, conversation: &ConversationId) -> &Mutex<()> {
        &self.inner.turn_locks[hash::shard(conversation.as_str(), LOCK_COUNT)]
    }
}

/// What an operator wrote brings the file that they sent with it.
fn add_file(replies: &mut [Reply], request: &TurnRequest<'_>) {
    for reply in replies.iter_mut().filter(|reply| reply.from_person) {
        reply.file = request.file.cloned();
    }
}

/// What a repeated message is answered with. An operator's own words need no copy.
fn kept(request: &TurnRequest<'_>, answered: &TurnAnswer) -> Result<String, serde_json::Error> {
    match request.operator {
        None => serde_json::to_string(answered),
        Some(_) => serde_json::to_string(&TurnAnswer {
            replies: vec![],
            ..answered.clone()
        }),
    }
}

/// One message while its turn is processed.
pub(super) struct TurnRequest<'a> {
    pub(super) conversation: &'a ConversationId,
    pub(super) message: Option<&'a MessageId>,
    pub(super) incoming: Incoming,
    pub(super) delivery: Option<InboxDelivery<'a>>,
    /// Who does it from the list of hand-overs.
    pub(super) operator: Option<ListOperator<'a>>,
    /// The file that comes with it.
    pub(super) file: Option<&'a MessageFile>,
    /// On which page of a site the asker is.
    pub(super) page: Option<&'a AskerPage>,
}
