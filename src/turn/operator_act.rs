//! What operators read of turns, and what they do from the list of hand-overs. In: a turn, or what
//! an operator did. Out: effects that are committed with the turn; turns that bring an operator's
//! words to the asker. Must not know: pages, channels.

use super::answer::TurnAnswer;
use super::bot::{Bot, BotError, TurnRequest};
use crate::people::{DeliveryTrouble, EarlierTurn, HandoverTurn, ListOperator};
use crate::store::files::KeptFile;
use crate::store::records::{HandoverRecord, JournalRow, OutboxCall, TurnEffects};
use crate::store::{SilenceScope, StoreError};
use std::collections::BTreeMap;
use std::time::Duration;
use wenlu_core::dialogue::{HandoverEvent, Turn};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::model::{
    ConversationId, HandbackReason, Incoming, IncomingBody, MessageFile, MessageId, Reply,
    Timestamp,
};

/// Earlier turns that operators read when a hand-over opens.
const EARLIER_TURNS: i64 = 50;
/// Hand-overs that are released at once; the others follow.
const AT_ONCE: i64 = 100;

/// What an operator does from the list of hand-overs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperatorAct<'a> {
    /// Takes it from the bot, or from the operator whom they saw holding it.
    Take { seen: Option<&'a str> },
    /// Writes to the asker.
    Say(&'a str),
    /// Sends the asker a file.
    Send(&'a MessageFile),
    /// Gives it back to the bot.
    GiveBack,
    /// Ends it, for this reason.
    Close(&'a str),
    /// Ends it as solved, in these words: the asker is asked whether it is.
    Solve(&'a str),
}

/// Who is told of a turn of a conversation with a hand-over.
#[derive(Default)]
pub(super) struct ToldOfTurn {
    /// The asker's service, before it gets what was said.
    pub announced: Vec<OutboxCall>,
    /// The operators.
    pub planned: TurnEffects,
}

impl OperatorAct<'_> {
    fn body(self) -> IncomingBody {
        match self {
            OperatorAct::Take { .. } => IncomingBody::Taken,
            OperatorAct::Say(text) => IncomingBody::FromPerson(text.to_owned()),
            OperatorAct::Send(file) => IncomingBody::FromPerson(file.kind().bracketed()),
            OperatorAct::GiveBack | OperatorAct::Close(_) => {
                IncomingBody::Handback(HandbackReason::Done)
            }
            OperatorAct::Solve(_) => IncomingBody::Handback(HandbackReason::Solved),
        }
    }
}

impl Bot {
    /// Does what an operator did from the list. The same id again changes nothing.
    ///
    /// # Errors
    ///
    /// [`BotError::Held`] if another operator holds the conversation, or has given it away.
    pub async fn act(
        &self,
        conversation: &ConversationId,
        id: &MessageId,
        account: &str,
        act: OperatorAct<'_>,
        at: Timestamp,
    ) -> Result<TurnAnswer, BotError> {
        let _in_order = self.turn_lock(conversation).lock().await;
        let operator = ListOperator {
            account,
            seen: match act {
                OperatorAct::Take { seen } => seen,
                _ => None,
            },
            reason: match act {
                OperatorAct::Close(reason) | OperatorAct::Solve(reason) => reason,
                _ => "",
            },
        };
        self.run_until_committed(&TurnRequest {
            conversation,
            message: Some(id),
            incoming: Incoming {
                body: act.body(),
                at,
            },
            delivery: None,
            operator: Some(operator),
            file: match act {
                OperatorAct::Send(file) => Some(file),
                _ => None,
            },
            page: None,
        })
        .await
    }

    /// Ends the hand-overs that an operator took from the list and in which nothing was said for
    /// `silence`. Several processes may do it at once.
    pub async fn end_silent(&self, silence: Duration, now: Timestamp) -> Result<(), BotError> {
        let before = now.before(silence);
        let handovers = self.store().handovers();
        for (name, last_at) in handovers.silent_since(SilenceScope::List, before).await? {
            let id = format!("silence:{}", last_at.0);
            let body = IncomingBody::Handback(HandbackReason::Silence);
            self.act_unasked(&name, &id, body, now).await?;
        }
        Ok(())
    }

    /// Hands over again what waits for the words of an operator who has been gone for `away`.
    /// Several processes may do it at once.
    pub async fn release_abandoned(&self, away: Duration, now: Timestamp) -> Result<(), BotError> {
        let before = now.before(away);
        let handovers = self.store().handovers();
        for (name, rev) in handovers.abandoned_since(before, AT_ONCE).await? {
            let id = format!("released:{rev}");
            self.act_unasked(&name, &id, IncomingBody::Released, now)
                .await?;
        }
        Ok(())
    }

    /// Brings back the hand-overs whose time has come that operators put aside. Several processes may
    /// do it at once.
    pub async fn wake_snoozed(&self, now: Timestamp) -> Result<(), BotError> {
        let snoozes = self.store().snoozes();
        for (name, until) in snoozes.due(now, AT_ONCE).await? {
            snoozes.wake(&name, until, now).await?;
        }
        Ok(())
    }

    /// Does what follows from time alone. The same id again changes nothing.
    async fn act_unasked(
        &self,
        conversation: &str,
        id: &str,
        body: IncomingBody,
        at: Timestamp,
    ) -> Result<(), BotError> {
        let (Ok(conversation), Ok(id)) =
            (ConversationId::parse(conversation), MessageId::parse(id))
        else {
            return Ok(());
        };
        let handled = self.handle(&conversation, Some(&id), body, at).await;
        handled.map(drop)
    }

    /// Refuses an operator to whom the conversation does not belong (any more).
    pub(super) async fn check_holder(&self, request: &TurnRequest<'_>) -> Result<(), BotError> {
        let Some(operator) = request.operator else {
            return Ok(());
        };
        let found = self.handover_of(request.conversation).await?;
        let holder = found.as_ref().and_then(|found| found.assignee.clone());
        let may = match request.incoming.body {
            IncomingBody::Taken => holder.as_deref() == operator.seen,
            _ => found.is_none_or(|found| found.is_free_for(operator.account)),
        };
        if may {
            Ok(())
        } else {
            Err(BotError::Held(holder))
        }
    }

    async fn handover_of(
        &self,
        conversation: &ConversationId,
    ) -> Result<Option<HandoverRecord>, StoreError> {
        self.store().handovers().of(conversation.as_str()).await
    }

    /// What brings the answer to an asker who is in no request.
    pub(super) fn bring(&self, request: &TurnRequest<'_>, answered: &TurnAnswer) -> TurnEffects {
        if request.incoming.body.is_from_asker() {
            return TurnEffects::default();
        }
        self.bring_to(request.conversation, &answered.replies)
    }

    /// What brings replies to an asker who has not asked for them.
    pub(crate) fn bring_to(&self, conversation: &ConversationId, replies: &[Reply]) -> TurnEffects {
        self.operators()
            .map(|operators| operators.bring(conversation, replies))
            .unwrap_or_default()
    }

    /// Whether what operators write goes to this asker at once; else with the asker's next message.
    pub(crate) fn sends_at_once(&self, conversation: &str) -> bool {
        let conversation = ConversationId::parse(conversation).ok();
        let operators = self.operators();
        operators
            .zip(conversation)
            .is_some_and(|(operators, conversation)| operators.sends_at_once(&conversation))
    }

    /// Whether this channel sends to its askers, as the outbox names it.
    pub(crate) fn sends_on(&self, channel: &str) -> bool {
        // what is said to any of them
        self.sends_at_once(&format!("{channel}:-"))
    }

    /// What tells operators that words of theirs, which `id` names, were not delivered.
    pub(crate) async fn tell_of_trouble(
        &self,
        conversation: &ConversationId,
        trouble: (DeliveryTrouble, &str),
        at: Timestamp,
    ) -> Result<TurnEffects, StoreError> {
        let handover = self.handover_of(conversation).await?;
        let told = self.operators().zip(handover);
        Ok(
            told.map_or_else(TurnEffects::default, |(operators, handover)| {
                operators.tell_of_trouble(&handover, conversation, trouble, at)
            }),
        )
    }

    /// What is committed with the turn so that operators, and the asker's service, are told of it.
    pub(super) async fn tell_operators(
        &self,
        request: &TurnRequest<'_>,
        turn: &Turn,
        was_open: bool,
        knowledge: &Knowledge,
    ) -> Result<ToldOfTurn, StoreError> {
        let Some(operators) = self
            .operators()
            .filter(|_| was_open || turn.handover.is_some())
        else {
            return Ok(ToldOfTurn::default());
        };
        let history = match turn.handover {
            Some(HandoverEvent::Opened) => self.history(request.conversation).await?,
            _ => Vec::new(),
        };
        let said = match history.is_empty() {
            true => BTreeMap::new(),
            false => self.responses(request.conversation).await?,
        };
        let files = match history.is_empty() {
            true => BTreeMap::new(),
            false => self.files(request.conversation).await?,
        };
        let earlier = history.iter().map(|row| EarlierTurn {
            row,
            replies: row
                .message
                .as_ref()
                .and_then(|message| said.get(message).cloned())
                .unwrap_or_default(),
            file: row
                .message
                .as_ref()
                .and_then(|message| files.get(message).cloned()),
        });
        let delivery = request.delivery.as_ref();
        let signed_name = match turn.handover {
            Some(HandoverEvent::Opened) => self.signed_name(request.conversation).await?,
            _ => None,
        };
        let turn = HandoverTurn {
            conversation: request.conversation,
            message: request.message.map(MessageId::as_str),
            event: turn.handover,
            entry: &turn.entry,
            replies: &turn.replies,
            earlier: earlier.collect(),
            before: self.handover_of(request.conversation).await?,
            knowledge,
            origin: delivery.map(|delivery| delivery.origin).unwrap_or_default(),
            signed_name,
            page: request.page,
            operator: request.operator,
            file: request.file.map(|file| file.id.as_str()),
        };
        Ok(ToldOfTurn {
            announced: operators.announce(&turn),
            planned: operators.plan(&turn),
        })
    }

    /// The asker's name, where a site has signed it.
    async fn signed_name(
        &self,
        conversation: &ConversationId,
    ) -> Result<Option<String>, StoreError> {
        let visitor = self.store().identities().of(conversation.as_str()).await?;
        Ok(visitor.and_then(|visitor| visitor.name))
    }

    /// The turns of a conversation that operators cannot read yet.
    async fn history(&self, conversation: &ConversationId) -> Result<Vec<JournalRow>, StoreError> {
        let name = conversation.as_str();
        let journal = self.store().journal();
        let mut history = journal.until(name, i64::MAX, EARLIER_TURNS).await?;
        let recorded = self.store().handover_list().last_recorded(name).await?;
        history.retain(|row| recorded.is_none_or(|last| row.entry.at > last));
        Ok(history)
    }

    /// The ids of the files of a conversation, by the message that brought each.
    async fn files(
        &self,
        conversation: &ConversationId,
    ) -> Result<BTreeMap<String, String>, StoreError> {
        let files = self.store().files();
        let kept = files.of_conversation(conversation.as_str()).await?;
        let of_message = |kept: KeptFile| Some((kept.message?, kept.file.id));
        Ok(kept.into_iter().filter_map(of_message).collect())
    }

    /// What the messages of a conversation were answered with, as far as it is kept.
    async fn responses(
        &self,
        conversation: &ConversationId,
    ) -> Result<BTreeMap<String, Vec<Reply>>, StoreError> {
        let kept = self
            .store()
            .turns()
            .responses(conversation.as_str(), EARLIER_TURNS)
            .await?;
        // one in a format of an old version is left out
        let replies = kept.into_iter().filter_map(|(message, response)| {
            let answered: TurnAnswer = serde_json::from_str(&response).ok()?;
            Some((message, answered.replies))
        });
        Ok(replies.collect())
    }
}
