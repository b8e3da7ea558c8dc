//! Messages that were acknowledged before they were answered. In: such a message. Out: it is kept;
//! its answer goes with the asker's next message, or is sent. Must not know: how an answer leaves.

use super::answer_parts::{body, parts_of};
use super::compose::WaitingPart;
use super::config::AnswerPlan;
use super::parse::read;
use super::passive::{PassiveAnswerer, PassiveError, empty_answer};
use crate::channel::tencent::MessageFields;
use crate::store::StoreError;
use crate::store::credits::CreditGrant;
use crate::store::passive::{LateMessage, PassiveAnswer};
use crate::turn::BotError;
use std::sync::Arc;
use std::time::Duration;
use wenlu_core::model::ConversationId;

/// How long keeping a late message may take: after that the platform delivers it again anyway.
const KEEP_BUDGET: Duration = Duration::from_millis(700);

impl PassiveAnswerer {
    pub(super) async fn keep_late(
        &self,
        conversation: &ConversationId,
        late: LateMessage,
        credit: Option<CreditGrant>,
    ) -> Result<String, PassiveError> {
        let store = self.bot.store().clone();
        let conversation = conversation.as_str().to_owned();
        let keeping = tokio::spawn(async move {
            let passive = store.passive();
            passive.keep_late(&conversation, late, credit).await
        });
        let kept = tokio::time::timeout(KEEP_BUDGET, keeping).await;
        match kept
            .map_err(|_| PassiveError::Slow)?
            .map_err(|_| PassiveError::Panic)??
        {
            Some(reply) => Ok(reply),
            None => {
                self.counters.late();
                Ok(String::new())
            }
        }
    }

    /// Answers a message that was acknowledged and is late, whose process may be gone. One that cannot
    /// be answered is given up.
    pub(super) async fn answer_late(
        self: &Arc<Self>,
        plan: &Arc<AnswerPlan>,
        conversation: &str,
        late: LateMessage,
    ) -> Result<(), StoreError> {
        let message = MessageFields::parse(&late.payload)
            .ok()
            .and_then(|fields| read(&plan.appid, &fields).ok());
        let id = late.message.clone();
        let reason = match message {
            None => "it is no message".to_owned(),
            Some(message) => {
                let (this, plan, at) = (self.clone(), plan.clone(), late.at);
                let answering =
                    tokio::spawn(async move { this.answer_now(&plan, &message, at, true).await });
                match answering.await {
                    Ok(Ok(_)) => return Ok(()),
                    Ok(Err(
                        PassiveError::Store(error) | PassiveError::Bot(BotError::Store(error)),
                    )) => return Err(error),
                    Ok(Err(error)) => error.to_string(),
                    Err(panic) => panic.to_string(),
                }
            }
        };
        tracing::error!(reason, "a late message was not answered");
        let given_up = PassiveAnswer {
            is_late: true,
            ..empty_answer(conversation, &id, late.at)
        };
        self.bot.store().passive().commit(given_up).await
    }

    /// The answers to messages that got none when they came, in their order.
    pub(super) async fn caught_up(
        &self,
        appid: &str,
        late: &[LateMessage],
    ) -> Result<Vec<WaitingPart>, PassiveError> {
        let mut parts = vec![];
        for late in late {
            parts.extend(self.late_parts(appid, late).await?);
        }
        Ok(parts)
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
}
