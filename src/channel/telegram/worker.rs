//! Answers the messages of the inbox. In: the name of a conversation with waiting messages. Out:
//! each message answered, the oldest first, in one transaction with its calls. Safe to run in
//! several processes: the slower one's commit fails with `Conflict`. Must not know: how an update
//! was delivered, when a call is made.

use super::calls::{self, Article, Place};
use super::client::Client;
use super::deliver;
use super::hear::{Attachment, Command, Event, Inline, Media, Scene, What};
use super::intake::Intake;
use super::outgoing::fleeting;
use crate::bot::{Answered, Bot, BotError, Delivery, Source};
use crate::channel::clock;
use crate::knowledge::Intent;
use crate::message::{self, Body, ConversationId, GiveBack, Lang, MessageId, Reply, Timestamp};
use crate::reply::plain;
use crate::router::Decision;
use crate::store::records::{Arrived, ChatChange, Effects, Waiting};
use crate::store::{Store, StoreError};
use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;
use tokio::sync::mpsc;

/// Number of workers; a conversation is always handled by the same one.
const WORKERS: usize = 16;
/// A message that fails this often is set aside.
const ATTEMPTS: i64 = 5;
/// If an answer takes longer, “typing” is shown.
const TYPING_AFTER: Duration = Duration::from_secs(1);
const TYPING_PATIENCE: Duration = Duration::from_secs(3);
/// How long Telegram may cache the results of an inline query.
const INLINE_FRESH: Duration = Duration::from_secs(60);
/// Milliseconds after which the results of an inline query are not sent any more.
const INLINE_WAITS: i64 = 20_000;
/// Maximum results of an inline query.
const OFFERED: usize = 5;
/// Channel name of inbox entries that end a hand-over because nobody said anything for too long.
pub const SILENCE: &str = "silence";
/// Channel name of inbox entries that end a hand-over because no operator can be notified.
pub const UNREACHABLE: &str = "unreachable";

/// Assigns conversations to the queues of the workers.
pub struct Bench {
    seats: Vec<mpsc::UnboundedSender<String>>,
    /// Number of conversations that are queued or being answered.
    busy: AtomicUsize,
}

/// Answers waiting messages.
pub struct Worker {
    pub bot: Bot,
    pub store: Store,
    pub intake: Arc<Intake>,
    pub client: Arc<Client>,
}

impl Bench {
    /// The dispatcher, and the receiving end of each worker's queue.
    pub fn new() -> (Arc<Bench>, Vec<mpsc::UnboundedReceiver<String>>) {
        let (seats, ends) = (0..WORKERS).map(|_| mpsc::unbounded_channel()).unzip();
        (Arc::new(Bench { seats, busy: AtomicUsize::new(0) }), ends)
    }

    /// Queues a conversation in which a message waits.
    pub fn wake(&self, conversation: String) {
        let mut hasher = DefaultHasher::new();
        conversation.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % WORKERS as u64).unwrap_or_default();
        self.busy.fetch_add(1, SeqCst);
        if self.seats[at].send(conversation).is_err() {
            self.busy.fetch_sub(1, SeqCst);
        }
    }

    /// Whether no conversation is queued or being answered.
    pub fn is_idle(&self) -> bool {
        self.busy.load(SeqCst) == 0
    }
}

impl Worker {
    /// Runs until the task is dropped.
    pub async fn run(self: Arc<Self>, bench: Arc<Bench>, mut conversations: mpsc::UnboundedReceiver<String>) {
        while let Some(conversation) = conversations.recv().await {
            let this = self.clone();
            // a panic ends this conversation's turn, not the worker
            let worked = tokio::spawn(async move { this.answer_all(&conversation).await });
            match worked.await {
                Ok(Ok(())) => {}
                // the message stays in the inbox, and its conversation is dispatched again
                Ok(Err(error)) => tracing::warn!(%error, "a message waits: the store does not answer"),
                Err(error) => tracing::error!(%error, "a worker failed"),
            }
            bench.busy.fetch_sub(1, SeqCst);
        }
    }

    /// Answers all waiting messages of a conversation, the oldest first.
    async fn answer_all(self: &Arc<Self>, conversation: &str) -> Result<(), StoreError> {
        while let Some(waiting) = self.store.oldest_waiting(conversation).await? {
            let (this, name, message) = (self.clone(), conversation.to_owned(), waiting.clone());
            let answered = tokio::spawn(async move { this.answer(&name, &message).await }).await;
            let reason = match answered {
                Ok(Ok(())) | Ok(Err(BotError::Store(StoreError::Conflict))) => continue,
                Ok(Err(BotError::Store(error))) => return Err(error),
                Ok(Err(error)) => error.to_string(),
                Err(panic) => panic.to_string(),
            };
            tracing::error!(reason, inbox = waiting.id, attempts = waiting.attempts + 1, "a message was not answered");
            self.store.failed(waiting.id, reason, ATTEMPTS, clock::now()).await?;
        }
        Ok(())
    }

    async fn answer(&self, conversation: &str, waiting: &Waiting) -> Result<(), BotError> {
        match waiting.channel.as_str() {
            SILENCE => return self.give_back(conversation, waiting, GiveBack::Silence).await,
            UNREACHABLE => return self.give_back(conversation, waiting, GiveBack::Unreachable).await,
            _ => {}
        }
        match self.intake.hear(&waiting.payload) {
            Ok(Event::Asker(scene, what)) => self.asker(&scene, &what, waiting).await,
            Ok(Event::Operator(scene, what)) => self.operator(conversation, &scene, &what, waiting).await,
            Ok(Event::Inline(inline)) => self.inline(conversation, &inline, waiting).await,
            Ok(Event::Nothing(_)) | Err(_) => self.settle(conversation, waiting, Effects::default()).await,
        }
    }

    /// Handles an asker's action: a turn, or a change of the chat.
    async fn asker(&self, scene: &Scene, what: &What, waiting: &Waiting) -> Result<(), BotError> {
        let conversation = scene.conversation.as_str();
        let Some(body) = self.body(scene, what) else {
            return self.settle(conversation, waiting, self.chat_change(scene, what)).await;
        };
        let album = album(what).map(|album| (format!("album:{}", scene.chat), album));
        if let Some((channel, number)) = &album
            && !self.is_worth_an_answer(conversation, what, channel, *number).await?
        {
            return self.settle(conversation, waiting, Effects::default()).await;
        }
        let said = said(scene, what);
        if let (What::Edited(_), Some((channel, number))) = (what, &said)
            && self.store.was_seen(channel, *number).await?
        {
            return self.settle(conversation, waiting, Effects::default()).await;
        }
        let (channel, now) = (self.intake.channel(), clock::now());
        let deliver = |answered: &Answered| {
            let mut effects = deliver::answer(channel, scene, what, answered, now);
            effects.once = album.iter().chain(&said).cloned().collect();
            // the chat can be written to, as the asker writes
            effects.chats.push((channel.to_owned(), ChatChange::Back { chat: scene.chat }));
            effects
        };
        let name = name(scene);
        let media = matches!(what, What::Attachment(_)).then_some(()).and(scene.message).map(|id| (scene.chat, id));
        let source = Source { name: Some(&name), media };
        let delivery = Delivery { inbox: waiting.id, source, lang: scene.lang, deliver: &deliver };
        let number = number(waiting);
        let turn = self.bot.handle_waiting(&scene.conversation, &number, body, waiting.at, delivery);
        tokio::pin!(turn);
        tokio::select! {
            answered = &mut turn => return answered.map(drop),
            () = tokio::time::sleep(TYPING_AFTER) => self.show_typing(scene),
        }
        turn.await.map(drop)
    }

    /// Shows “typing” to the asker. Not essential, so that it is neither stored nor retried.
    fn show_typing(&self, scene: &Scene) {
        let call = calls::chat_action_typing(Place { chat: scene.chat, thread: scene.thread });
        let client = self.client.clone();
        tokio::spawn(async move {
            if let Err(error) = client.call(call.method, &call.payload, TYPING_PATIENCE).await {
                tracing::debug!(%error, "typing was not shown");
            }
        });
    }

    /// Whether a message of an album is answered: the first, each with a caption and, during a
    /// hand-over, all.
    async fn is_worth_an_answer(
        &self,
        conversation: &str,
        what: &What,
        channel: &str,
        album: i64,
    ) -> Result<bool, StoreError> {
        let says = matches!(what, What::Attachment(Attachment { caption: Some(_), .. }));
        Ok(says
            || !self.store.was_seen(channel, album).await?
            // operators want to see all of it
            || self.store.handover(conversation).await?.is_some_and(|handover| handover.open))
    }

    /// The message for the bot; `None` if the action is no turn. The payload of a deep link may
    /// name an intent, the list of topics, or the request for a person. Any other payload, such as
    /// a campaign, is a plain start.
    fn body(&self, scene: &Scene, what: &What) -> Option<Body> {
        let What::Command { command: Command::Start, rest } = what else { return body(scene, what) };
        let payload = rest.trim();
        let leads = match payload {
            "human" | "topics" => Some(payload.to_owned()),
            "menu" | "help" => Some("topics".to_owned()),
            id => self.bot.brain().knowledge.intent(id).map(|intent| format!("i:{}", intent.id)),
        };
        Some(leads.map_or(Body::Start { lang: scene.lang }, Body::Button))
    }

    fn chat_change(&self, scene: &Scene, what: &What) -> Effects {
        let change = match what {
            What::Blocked | What::Removed => ChatChange::Gone { chat: scene.chat, reason: "blocked".to_owned() },
            What::Unblocked | What::Added => ChatChange::Back { chat: scene.chat },
            What::MigratedTo(to) => ChatChange::Moved { from: scene.chat, to: *to },
            What::MigratedFrom(from) => ChatChange::Moved { from: *from, to: scene.chat },
            _ => return Effects::default(),
        };
        Effects { chats: vec![(self.intake.channel().to_owned(), change)], ..Effects::default() }
    }

    /// Handles an operator's action in the group, for the conversation that it belongs to.
    async fn operator(
        &self,
        conversation: &str,
        scene: &Scene,
        what: &What,
        waiting: &Waiting,
    ) -> Result<(), BotError> {
        let (text, media) = match what {
            What::Command { command: Command::Done, .. } => {
                return self.give_back(conversation, waiting, GiveBack::Done).await;
            }
            What::Text(text) if !text.trim().is_empty() => (text.clone(), None),
            What::Attachment(attachment) => {
                let kind = kind(attachment.kind).bracketed();
                let text = attachment.caption.clone().unwrap_or(kind);
                (text, scene.message.map(|message| (scene.chat, message)))
            }
            _ => {
                self.settle(conversation, waiting, self.chat_change(scene, what)).await?;
                self.intake.look_at_group().await?;
                return Ok(());
            }
        };
        let Ok(id) = ConversationId::parse(conversation) else {
            return self.settle(conversation, waiting, Effects::default()).await;
        };
        let channel = self.intake.channel();
        let deliver = |answered: &Answered| match place(conversation) {
            Some(place) => {
                let calls = deliver::from_person(channel, place, conversation, answered, media);
                Effects { calls, ..Effects::default() }
            }
            // the web page shows text only: an operator who sends media is told what arrived
            None => {
                let told = media.map(|_| deliver::words_only(channel, scene, conversation));
                Effects { calls: told.into_iter().collect(), ..pushed(&answered.replies) }
            }
        };
        let delivery =
            Delivery { inbox: waiting.id, source: Source::default(), lang: Lang::default(), deliver: &deliver };
        self.bot.handle_waiting(&id, &number(waiting), Body::FromPerson(text), waiting.at, delivery).await.map(drop)
    }

    async fn give_back(&self, conversation: &str, waiting: &Waiting, by: GiveBack) -> Result<(), BotError> {
        let Ok(id) = ConversationId::parse(conversation) else {
            return self.settle(conversation, waiting, Effects::default()).await;
        };
        let channel = self.intake.channel();
        let deliver = |answered: &Answered| match place(conversation) {
            Some(place) => {
                let calls = deliver::say_all(channel, place, conversation, &answered.replies);
                Effects { calls, ..Effects::default() }
            }
            None => pushed(&answered.replies),
        };
        let delivery =
            Delivery { inbox: waiting.id, source: Source::default(), lang: Lang::default(), deliver: &deliver };
        self.bot.handle_waiting(&id, &number(waiting), Body::GiveBack(by), waiting.at, delivery).await.map(drop)
    }

    /// Answers `@bot 问题` typed in any chat with the most likely replies. It is no turn, as the
    /// question was not put to the bot.
    async fn inline(&self, conversation: &str, inline: &Inline, waiting: &Waiting) -> Result<(), BotError> {
        let articles = if inline.offset.is_empty() { self.articles(inline) } else { vec![] };
        let call = calls::answer_inline(&inline.id, &articles, INLINE_FRESH, false);
        let expires = Timestamp(waiting.at.0.saturating_add(INLINE_WAITS));
        let calls = vec![fleeting(self.intake.channel(), conversation, &call, expires)];
        self.settle(conversation, waiting, Effects { calls, ..Effects::default() }).await
    }

    fn articles(&self, inline: &Inline) -> Vec<Article> {
        let brain = self.bot.brain();
        let knowledge = &brain.knowledge;
        let ids: Vec<String> = match inline.query.trim() {
            "" => knowledge.hot.clone(),
            query => {
                let routing = brain.router.route(query);
                let likely = routing.candidates.iter().filter(|candidate| candidate.confidence >= 0.05);
                let likely = likely.map(|candidate| candidate.intent.clone());
                // the query names a topic: offer the choices of the clarification, or all questions
                // of the topic
                let topic = routing.intent.filter(|_| routing.decision == Decision::Menu);
                let of_topic = topic.iter().flat_map(|menu| knowledge.children(menu)).map(|i| i.id.clone());
                let mut seen = HashSet::new();
                let all = routing.choices.iter().cloned().chain(of_topic).chain(likely);
                all.filter(|id| seen.insert(id.clone())).collect()
            }
        };
        let intents = ids.iter().filter_map(|id| knowledge.intent(id)).filter(|i| !i.is_small_talk());
        let article = |intent: &Intent| {
            let document = knowledge.reply(&intent.id, inline.lang)?;
            let title = intent.title_in(inline.lang).to_owned();
            let part = &document.head;
            let reply = Reply {
                lang: inline.lang,
                blocks: part.blocks.clone(),
                steps: part.steps.clone(),
                after: part.after.clone(),
                ..Reply::default()
            };
            let description = plain::text(&part.blocks);
            Some(Article { title, description, reply })
        };
        intents.filter_map(article).take(OFFERED).collect()
    }

    async fn settle(&self, conversation: &str, waiting: &Waiting, effects: Effects) -> Result<(), BotError> {
        Ok(self.store.settle(waiting.id, conversation, effects, waiting.at).await?)
    }
}

/// An inbox entry that ends a hand-over; its number is derived from the last activity, so that it
/// takes effect once.
pub fn ending(channel: &str, conversation: &str, last_at: Timestamp) -> Arrived {
    let mut hasher = DefaultHasher::new();
    (conversation, last_at.0).hash(&mut hasher);
    Arrived {
        channel: channel.to_owned(),
        update: i64::try_from(hasher.finish() >> 1).unwrap_or(i64::MAX),
        conversation: conversation.to_owned(),
        payload: String::new(),
        at: clock::now(),
    }
}

/// The message for the bot; `None` if the action is no turn.
fn body(scene: &Scene, what: &What) -> Option<Body> {
    Some(match what {
        What::Command { command: Command::Start, .. } => Body::Start { lang: scene.lang },
        What::Command { command: Command::Help, .. } => Body::Help,
        What::Command { command: Command::Menu, .. } => Body::Button("topics".to_owned()),
        What::Command { command: Command::Human, .. } => Body::Button("human".to_owned()),
        What::Command { command: Command::Done, .. } => Body::GiveBack(GiveBack::Asker),
        What::Text(text) | What::Edited(text) => Body::Text(message::printable(text)),
        What::Attachment(Attachment { caption: Some(caption), .. }) => Body::Text(message::printable(caption)),
        What::Attachment(attachment) => Body::Attachment(kind(attachment.kind)),
        What::Press { data, .. } => Body::Button(data.clone()),
        What::Blocked
        | What::Unblocked
        | What::Removed
        | What::Added
        | What::MigratedTo(_)
        | What::MigratedFrom(_)
        | What::Service(_) => return None,
    })
}

fn kind(media: Media) -> message::Attachment {
    match media {
        Media::Photo => message::Attachment::Photo,
        Media::Video | Media::Animation => message::Attachment::Video,
        Media::Voice => message::Attachment::Voice,
        Media::Audio => message::Attachment::Audio,
        Media::Document => message::Attachment::Document,
        Media::Sticker => message::Attachment::Sticker,
        Media::Location => message::Attachment::Location,
        Media::Contact => message::Attachment::Contact,
        Media::Poll | Media::Other => message::Attachment::Other,
    }
}

fn album(what: &What) -> Option<i64> {
    let What::Attachment(Attachment { album: Some(album), .. }) = what else { return None };
    album.parse().ok()
}

/// Channel and number by which the content of a message is recognised: Telegram reports a message
/// as edited even if only a reaction was added. All commands count as equal, so that editing never
/// executes one again.
fn said(scene: &Scene, what: &What) -> Option<(String, i64)> {
    let text = match what {
        What::Command { .. } => "/",
        What::Edited(text) if text.starts_with('/') => "/",
        What::Text(text) | What::Edited(text) => text.as_str(),
        What::Attachment(Attachment { caption, .. }) => caption.as_deref()?,
        _ => return None,
    };
    let mut hasher = DefaultHasher::new();
    (scene.message?, text).hash(&mut hasher);
    Some((format!("said:{}", scene.chat), i64::try_from(hasher.finish() >> 1).unwrap_or(i64::MAX)))
}

/// Such as 小明 @xm（Telegram）.
fn name(scene: &Scene) -> String {
    let handle = scene.username.as_ref().map(|username| format!(" @{username}")).unwrap_or_default();
    format!("{}{handle}（Telegram）", scene.name)
}

/// The message id of the turn in the journal.
fn number(waiting: &Waiting) -> MessageId {
    let name = format!("{}:{}", waiting.channel, waiting.update);
    MessageId::parse(&name).or_else(|_| MessageId::parse(&waiting.id.to_string())).expect("digits are a name")
}

/// The chat of a conversation: `telegram:<chat>` or `telegram:<chat>.<thread>.<user>`; `None` for a
/// conversation on the web page.
fn place(conversation: &str) -> Option<Place> {
    let mut parts = conversation.strip_prefix("telegram:")?.split('.');
    let chat = parts.next()?.parse().ok()?;
    let thread = parts.next().and_then(|thread| thread.parse().ok()).filter(|thread| *thread != 0);
    Some(Place { chat, thread })
}

fn pushed(replies: &[Reply]) -> Effects {
    let pushes = replies.iter().filter_map(|reply| serde_json::to_string(reply).ok()).collect();
    Effects { pushes, ..Effects::default() }
}
