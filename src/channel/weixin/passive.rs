//! Answers inside the request. In: a genuine message. Out: what it is answered with, after that was
//! committed, so that each further delivery of it gets the same from whichever process. Must not know:
//! how an answer is wrapped, what the dialogue decides.
//!
//! An answer that is not ready within the time that the platform waits is not lost: the message is
//! kept in the store, acknowledged, and answered with the asker's next message.

use super::compose::{WaitingPart, compose, read_rest, wants_more};
use super::draw::reply_texts;
use super::parse::{WeixinDeed, WeixinMessage, read};
use crate::channel::tencent::MessageFields;
use crate::clock;
use crate::http::limit::ClientLimiter;
use crate::http::metrics::ServerMetrics;
use crate::store::StoreError;
use crate::store::audit::AuditActor;
use crate::store::passive::{LateMessage, PassiveAnswer, PassiveRest, PassiveView};
use crate::turn::{Bot, BotError, TurnAnswer};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wenlu_core::model::{ConversationId, IncomingBody, Lang, MessageId, Reply, Timestamp};

/// The platform waits 5 seconds; the network and the late message need the rest.
const BUDGET: Duration = Duration::from_secs(4);
/// How long keeping a late message may take: after that the platform delivers it again anyway.
const KEEP_BUDGET: Duration = Duration::from_millis(700);
/// How often an answer is tried when other processes commit to the same conversation first.
const MAX_ATTEMPTS: usize = 8;
/// People's messages that one answer brings along.
const PUSHES_AT_ONCE: i64 = 20;

const TOO_FAST: &str = "您发送得太快了，请稍等片刻再试。";
const NO_MORE: &str = "前面的内容已经发完了。请直接说您想问的问题。";

/// Answers messages inside their requests.
pub(super) struct PassiveAnswerer {
    pub bot: Bot,
    pub limiter: ClientLimiter,
    pub metrics: Arc<ServerMetrics>,
}

/// Why a message gets no answer now; the platform delivers it again.
#[derive(Debug, thiserror::Error)]
pub(super) enum PassiveError {
    #[error(transparent)]
    Bot(#[from] BotError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("neither the answer nor the late message was committed in time")]
    Slow,
    #[error("the turn failed")]
    Panic,
}

impl PassiveAnswerer {
    /// Answers within the time that the platform waits. `payload`: the message as it was delivered.
    /// An empty answer: it is acknowledged only, and if it was kept, the next message brings its answer.
    pub(super) async fn answer(
        self: Arc<Self>,
        account: &str,
        message: WeixinMessage,
        payload: String,
    ) -> Result<String, PassiveError> {
        let (conversation, id, at) = (
            message.conversation.clone(),
            message.id.clone(),
            clock::now(),
        );
        let (this, appid) = (self.clone(), account.to_owned());
        let has_left = message.deed == WeixinDeed::Left;
        // goes on when the time is over, or the platform hangs up
        let answering = tokio::spawn(async move { this.answer_now(&appid, &message, at).await });
        match tokio::time::timeout(BUDGET, answering).await {
            Ok(answered) => answered.unwrap_or(Err(PassiveError::Panic)),
            // an erasure leaves nothing behind, not even itself: it is delivered again
            Err(_) if has_left => Err(PassiveError::Slow),
            Err(_) => self.keep_late(&conversation, &id, payload, at).await,
        }
    }

    async fn keep_late(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
        payload: String,
        at: Timestamp,
    ) -> Result<String, PassiveError> {
        let late = LateMessage {
            message: id.as_str().to_owned(),
            payload,
            at,
        };
        let store = self.bot.store().clone();
        let conversation = conversation.as_str().to_owned();
        let keeping =
            tokio::spawn(async move { store.passive().keep_late(&conversation, late).await });
        let kept = tokio::time::timeout(KEEP_BUDGET, keeping).await;
        match kept
            .map_err(|_| PassiveError::Slow)?
            .map_err(|_| PassiveError::Panic)??
        {
            Some(reply) => Ok(reply),
            None => {
                self.metrics.weixin_late();
                Ok(String::new())
            }
        }
    }

    async fn answer_now(
        &self,
        account: &str,
        message: &WeixinMessage,
        at: Timestamp,
    ) -> Result<String, PassiveError> {
        if message.deed == WeixinDeed::Left {
            self.erase(&message.conversation, at).await?;
            return Ok(String::new());
        }
        let mut known = self.open(message).await?;
        let is_new = known.reply.is_none();
        if is_new && self.limiter.check(message.conversation.as_str()).is_err() {
            self.metrics.rate_limited();
            return Ok(TOO_FAST.to_owned());
        }
        for _ in 1..MAX_ATTEMPTS {
            if let Some(reply) = known.reply {
                return Ok(reply);
            }
            let was_late = known.is_late;
            let answer = self.prepare(account, message, known, at).await?;
            let reply = answer.reply.clone();
            match self.bot.store().passive().commit(answer).await {
                Ok(()) => return Ok(reply),
                Err(StoreError::Conflict) => known = self.open(message).await?,
                Err(error) => return Err(error.into()),
            }
            // acknowledged while it was answered: the next message brings the answer
            if known.is_late && !was_late {
                return Ok(String::new());
            }
        }
        Err(StoreError::Conflict.into())
    }

    async fn open(&self, message: &WeixinMessage) -> Result<PassiveView, StoreError> {
        let (conversation, id) = (message.conversation.as_str(), message.id.as_str());
        self.bot.store().passive().open(conversation, id).await
    }

    /// The answer to a message, with all that waited for its asker.
    async fn prepare(
        &self,
        account: &str,
        message: &WeixinMessage,
        known: PassiveView,
        at: Timestamp,
    ) -> Result<PassiveAnswer, PassiveError> {
        let conversation = message.conversation.as_str();
        let (version, pushed, waiting) = match &known.rest {
            Some(rest) => (rest.version, rest.pushed, read_rest(&rest.rest)),
            None => (0, 0, vec![]),
        };
        let mut caught_up = vec![];
        for late in &known.late {
            caught_up.extend(self.late_parts(account, late).await?);
        }
        let own = match &message.deed {
            WeixinDeed::Typed(text) if wants_more(text, &waiting) => None,
            deed => Some(self.turn(message, deed, at).await?),
        };
        let mut parts: Vec<WaitingPart> = waiting
            .iter()
            .filter(|part| own.is_none() || part.is_kept)
            .cloned()
            .collect();
        let (last_push, said) = self.pushes(conversation, pushed).await?;
        parts.extend(said);
        parts.extend(caught_up);
        let replies = own.as_ref().map_or(&[][..], |own| &own.replies);
        let lang = replies.first().map_or(Lang::Zh, |reply| reply.lang);
        parts.extend(parts_of(replies, true, false));
        if parts.is_empty() && own.is_none() {
            parts.extend([NO_MORE].map(|text| kept_part(text.to_owned(), false)));
        }
        let (reply, rest) = compose(parts, lang);
        let is_same = rest == waiting && last_push == pushed;
        Ok(PassiveAnswer {
            conversation: conversation.to_owned(),
            message: message.id.as_str().to_owned(),
            at,
            reply,
            is_late: known.is_late,
            rest: (!is_same).then(|| PassiveRest {
                version,
                rest: serde_json::to_string(&rest).unwrap_or_default(),
                pushed: last_push,
            }),
            settled: known.late.into_iter().map(|late| late.message).collect(),
        })
    }

    /// The turn of a message; the same answer each time.
    async fn turn(
        &self,
        message: &WeixinMessage,
        deed: &WeixinDeed,
        at: Timestamp,
    ) -> Result<TurnAnswer, BotError> {
        let begun = Instant::now();
        let body = body(&self.bot, deed);
        let answered = self
            .bot
            .handle(&message.conversation, Some(&message.id), body, at)
            .await?;
        self.metrics.turn(answered.decision, begun.elapsed());
        Ok(answered)
    }

    /// What people wrote to the asker since the push `after`, and the number of the last.
    async fn pushes(
        &self,
        conversation: &str,
        after: i64,
    ) -> Result<(i64, Vec<WaitingPart>), StoreError> {
        let handovers = self.bot.store().handovers();
        let pushes = handovers
            .pushes(conversation, after, PUSHES_AT_ONCE)
            .await?;
        let last = pushes.last().map_or(after, |push| push.id);
        let said = pushes
            .iter()
            // written in a format of an old version
            .filter_map(|push| serde_json::from_str::<Reply>(&push.reply).ok())
            .flat_map(|reply| parts_of(&[reply], false, true));
        Ok((last, said.collect()))
    }

    /// The answer to a message that got none when it came. Its choices are no longer those that a
    /// number means, and are left out. One that cannot be answered is given up: it would hold up all
    /// that its asker writes later.
    async fn late_parts(
        &self,
        account: &str,
        late: &LateMessage,
    ) -> Result<Vec<WaitingPart>, PassiveError> {
        let message = MessageFields::parse(&late.payload)
            .ok()
            .and_then(|fields| read(account, &fields).ok());
        let Some(message) = message else {
            return Ok(vec![]);
        };
        let (bot, at) = (self.bot.clone(), late.at);
        let answering = tokio::spawn(async move {
            let body = body(&bot, &message.deed);
            bot.handle(&message.conversation, Some(&message.id), body, at)
                .await
        });
        let reason = match answering.await {
            Ok(Ok(answered)) => return Ok(parts_of(&answered.replies, false, true)),
            Ok(Err(BotError::Store(error))) => return Err(error.into()),
            Ok(Err(error)) => error.to_string(),
            Err(panic) => panic.to_string(),
        };
        tracing::error!(reason, "a late message was not answered");
        Ok(vec![])
    }

    async fn erase(&self, conversation: &ConversationId, at: Timestamp) -> Result<(), StoreError> {
        let by = AuditActor::user("weixin unsubscribe", at);
        let erasure = self.bot.store().erasure();
        erasure.delete(by, conversation.as_str()).await?;
        Ok(())
    }
}

fn parts_of(replies: &[Reply], with_choices: bool, is_kept: bool) -> Vec<WaitingPart> {
    let texts = reply_texts(replies, with_choices);
    texts
        .into_iter()
        .map(|text| kept_part(text, is_kept))
        .collect()
}

fn kept_part(text: String, is_kept: bool) -> WaitingPart {
    WaitingPart { text, is_kept }
}

/// The message for the bot.
fn body(bot: &Bot, deed: &WeixinDeed) -> IncomingBody {
    match deed {
        WeixinDeed::Typed(text) => IncomingBody::Text(text.clone()),
        WeixinDeed::Sent(kind) => IncomingBody::Attachment(*kind),
        WeixinDeed::Pressed(key) if key == "help" => IncomingBody::Help,
        WeixinDeed::Opened(payload) | WeixinDeed::Pressed(payload) => {
            let payload = payload.strip_prefix("i:").unwrap_or(payload);
            bot.deep_link(payload, Lang::Zh)
        }
        WeixinDeed::Left | WeixinDeed::Other(_) => IncomingBody::Start { lang: Lang::Zh },
    }
}
