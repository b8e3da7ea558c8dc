//! Answers to messages. In: a genuine message. Out: what it is answered with inside the request, after
//! that was committed, so that each further delivery of it gets the same from whichever process; and,
//! where the account may send, the calls that go out beside it. Must not know: how an answer is
//! wrapped, what the dialogue decides.
//!
//! An answer that is not ready within the time that the platform waits is not lost: the message is
//! kept in the store and acknowledged. Where the account may send, the answer is sent when it is
//! ready; else it goes out with the asker's next message.

use super::answer_parts::{body, credit, kept_part, parts_of, pushed_parts};
use super::answer_way::{AnswerWay, Leaving};
use super::compose::{WaitingPart, read_rest, wants_more};
use super::config::AnswerPlan;
use super::envelope::TRANSFER;
use super::parse::{WeixinDeed, WeixinMessage};
use super::send_call::AskerPlace;
use crate::clock;
use crate::http::PlatformCounters;
use crate::http::limit::ClientLimiter;
use crate::http::metrics::ServerMetrics;
use crate::store::StoreError;
use crate::store::asker_queue::{AskerQueue, SentBeside};
use crate::store::audit::AuditActor;
use crate::store::passive::{LateMessage, PassiveAnswer, PassiveRest, PassiveView};
use crate::turn::{Bot, BotError, TurnAnswer};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wenlu_core::model::{ConversationId, Lang, Timestamp};

/// The platform waits 5 seconds; the network and the late message need the rest.
const BUDGET: Duration = Duration::from_secs(4);
/// How often an answer is tried when other processes commit to the same conversation first.
const MAX_ATTEMPTS: usize = 8;
/// People's messages that one answer brings along, and calls of the outbox.
const PUSHES_AT_ONCE: i64 = 20;
const QUEUED_AT_ONCE: i64 = 20;
/// How often it is looked whether a call has failed, and how long between two looks.
const LOOKS: u32 = 4;
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

const TOO_FAST: &str = "您发送得太快了，请稍等片刻再试。";
const WRITE_IT: &str = "要找人工客服，请直接发“转人工”三个字。";
const NO_MORE: &str = "前面的内容已经发完了。请直接说您想问的问题。";

/// Answers messages inside their requests.
pub(super) struct PassiveAnswerer {
    pub bot: Bot,
    pub limiter: ClientLimiter,
    pub metrics: Arc<ServerMetrics>,
    pub counters: Arc<PlatformCounters>,
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
    /// An empty answer: it is acknowledged only, and its answer, if any, is sent or waits.
    pub(super) async fn answer(
        self: Arc<Self>,
        plan: &Arc<AnswerPlan>,
        message: WeixinMessage,
        payload: String,
    ) -> Result<String, PassiveError> {
        let (conversation, at) = (message.conversation.clone(), clock::now());
        let late = LateMessage {
            message: message.id.as_str().to_owned(),
            payload,
            at,
        };
        let credit = credit(plan, &message.deed, at);
        let (this, plan) = (self.clone(), plan.clone());
        let is_kept = !matches!(message.deed, WeixinDeed::Left | WeixinDeed::Served(_));
        // goes on when the time is over, or the platform hangs up
        let answering =
            tokio::spawn(async move { this.answer_now(&plan, &message, at, false).await });
        match tokio::time::timeout(BUDGET, answering).await {
            Ok(answered) => answered.unwrap_or(Err(PassiveError::Panic)),
            // an erasure leaves nothing behind, not even itself, and who serves is no question that
            // waits for an answer: it is delivered again
            Err(_) if !is_kept => Err(PassiveError::Slow),
            Err(_) => self.keep_late(&conversation, late, credit).await,
        }
    }

    /// `is_over`: the request has ended, so that the answer can only be sent.
    pub(super) async fn answer_now(
        &self,
        plan: &AnswerPlan,
        message: &WeixinMessage,
        at: Timestamp,
        mut is_over: bool,
    ) -> Result<String, PassiveError> {
        if message.deed == WeixinDeed::Left {
            self.erase(&message.conversation, at).await?;
            return Ok(String::new());
        }
        let mut known = self.open(message).await?;
        // what people in the tool do is not the asker's
        let is_session = matches!(message.deed, WeixinDeed::Served(_));
        is_over |= is_session;
        let is_new = known.reply.is_none() && !known.is_late && !is_session;
        if is_new && self.limiter.check(message.conversation.as_str()).is_err() {
            self.metrics.rate_limited();
            let said = if plan.can_reply() { TOO_FAST } else { "" };
            return Ok(said.to_owned());
        }
        for _ in 1..MAX_ATTEMPTS {
            if let Some(reply) = known.reply {
                return Ok(reply);
            }
            let was_late = known.is_late;
            let committed = match self.prepare(plan, message, known, (at, is_over)).await {
                Ok(answer) => {
                    let reply = answer.reply.clone();
                    let committed = self.bot.store().passive().commit(answer).await;
                    committed.map(|()| reply)
                }
                Err(PassiveError::Store(error)) => Err(error),
                Err(error) => return Err(error),
            };
            match committed {
                Ok(reply) => return Ok(reply),
                Err(StoreError::Conflict) => known = self.open(message).await?,
                Err(error) => return Err(error.into()),
            }
            // acknowledged while it was answered
            if known.is_late && !was_late {
                if plan.credit.is_none() {
                    // the next message brings the answer
                    return Ok(String::new());
                }
                is_over = true;
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
        plan: &AnswerPlan,
        message: &WeixinMessage,
        known: PassiveView,
        (at, is_over): (Timestamp, bool),
    ) -> Result<PassiveAnswer, PassiveError> {
        if (!is_over || matches!(message.deed, WeixinDeed::Served(_)))
            && let Some(answer) = self.answer_for_tool(message, at).await?
        {
            return Ok(PassiveAnswer {
                is_late: known.is_late,
                ..answer
            });
        }
        let (version, pushed, waiting) = match &known.rest {
            Some(rest) => (rest.version, rest.pushed, read_rest(&rest.rest)),
            None => (0, 0, vec![]),
        };
        let caught_up = self.caught_up(&plan.appid, &known.late).await?;
        let own = match &message.deed {
            WeixinDeed::Typed(text) if wants_more(text, &waiting) => None,
            deed => Some(self.turn(message, deed, at).await?),
        };
        let mut answer = PassiveAnswer {
            is_late: known.is_late,
            served: matches!(message.deed, WeixinDeed::Served(_)).then_some(false),
            sent: SentBeside {
                credit: credit(plan, &message.deed, at),
                ..SentBeside::default()
            },
            ..empty_answer(message.conversation.as_str(), message.id.as_str(), at)
        };
        let asks_person = plan.transfers && own.as_ref().is_some_and(|own| own.asks_person);
        // the platform passes on messages only; what waits for the asker goes on waiting
        if asks_person && !is_over && message.deed.is_message() {
            answer.reply = TRANSFER.to_owned();
            return Ok(answer);
        }
        // before what was pushed: a call that becomes a push in between is a conflict then
        let mut way = self.way(plan, message, is_over).await?;
        let (last_push, said, is_all) = self.pushes(&answer.conversation, pushed).await?;
        way.come_after(last_push != pushed, is_all)?;
        let mut parts: Vec<WaitingPart> = waiting.iter().cloned().chain(said).collect();
        // what was asked for long ago does not wait when something else is asked
        parts.retain(|part| own.is_none() || part.is_kept);
        parts.extend(way.taken_parts());
        parts.extend(caught_up);
        let replies = own.as_ref().map_or(&[][..], |own| &own.replies);
        match asks_person {
            true => parts.push(kept_part(WRITE_IT.to_owned(), is_over)),
            false => parts.extend(parts_of(replies, true, is_over)),
        }
        if parts.is_empty() && own.is_none() {
            parts.push(kept_part(NO_MORE.to_owned(), false));
        }
        let lang = replies.first().map_or(Lang::Zh, |reply| reply.lang);
        let leaving = way.leaving(parts, lang);
        let is_same = leaving.rest == waiting && last_push == pushed;
        answer.rest = (!is_same).then(|| PassiveRest {
            version,
            rest: serde_json::to_string(&leaving.rest).unwrap_or_default(),
            pushed: last_push,
        });
        answer.settled = known.late.into_iter().map(|late| late.message).collect();
        leave(&mut answer, way, leaving);
        Ok(answer)
    }

    /// How an answer to this message leaves.
    async fn way<'a>(
        &self,
        plan: &'a AnswerPlan,
        message: &'a WeixinMessage,
        is_over: bool,
    ) -> Result<AnswerWay<'a>, StoreError> {
        let place = AskerPlace::of(&message.conversation);
        let queue = match &place {
            Some(place) => {
                self.queue(&plan.channel(), place.conversation.as_str())
                    .await?
            }
            None => AskerQueue::default(),
        };
        let kind = message.deed.credit(plan.kind);
        Ok(AnswerWay::new((plan, place), kind, queue, is_over))
    }

    /// What waits in the outbox for an asker. Where nothing can be sent, a call that is tried
    /// nevertheless fails soon.
    async fn queue(&self, channel: &str, chat: &str) -> Result<AskerQueue, StoreError> {
        let passive = self.bot.store().passive();
        let mut queue = passive.queue((channel, chat), QUEUED_AT_ONCE).await?;
        for _ in 0..LOOKS {
            if !queue.is_stopped || queue.calls.iter().all(|call| !call.is_begun) {
                break;
            }
            tokio::time::sleep(BETWEEN_LOOKS).await;
            queue = passive.queue((channel, chat), QUEUED_AT_ONCE).await?;
        }
        Ok(queue)
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

    /// What people wrote to the asker since the push `after`, the number of the last, and whether it is
    /// all.
    async fn pushes(
        &self,
        conversation: &str,
        after: i64,
    ) -> Result<(i64, Vec<WaitingPart>, bool), StoreError> {
        let handovers = self.bot.store().handovers();
        let pushes = handovers
            .pushes(conversation, after, PUSHES_AT_ONCE)
            .await?;
        let last = pushes.last().map_or(after, |push| push.id);
        let said = pushes.iter().flat_map(|push| pushed_parts(&push.reply));
        let is_all = i64::try_from(pushes.len()).is_ok_and(|count| count < PUSHES_AT_ONCE);
        Ok((last, said.collect(), is_all))
    }

    async fn erase(&self, conversation: &ConversationId, at: Timestamp) -> Result<(), StoreError> {
        let by = AuditActor::user("weixin unsubscribe", at);
        let erasure = self.bot.store().erasure();
        erasure.delete(by, conversation.as_str()).await?;
        Ok(())
    }
}

/// What goes out with an answer.
fn leave(answer: &mut PassiveAnswer, way: AnswerWay<'_>, leaving: Leaving) {
    answer.reply = leaving.reply;
    answer.sent.place = way.place();
    answer.sent.taken = way.taken;
    answer.sent.known = leaving.known;
    answer.sent.calls = leaving.calls;
}

/// The message is acknowledged, and nothing is said.
pub(super) fn empty_answer(conversation: &str, message: &str, at: Timestamp) -> PassiveAnswer {
    PassiveAnswer {
        conversation: conversation.to_owned(),
        message: message.to_owned(),
        at,
        reply: String::new(),
        is_late: false,
        rest: None,
        settled: vec![],
        served: None,
        sent: SentBeside::default(),
    }
}
