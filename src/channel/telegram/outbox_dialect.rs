//! The calls of the outbox, as the line sends them. In: a call, and its chat as it is now. Out: a call
//! of the Bot API, and what its failure means for the line. Must not know: when a call is made.

use super::call_receipt::sent_as;
use super::client::BotApiClient;
use super::failure::{CallEffect, CallFailure, FailureAction, TransientFailure, TransportTrouble};
use super::file_calls::FileCall;
use super::new_call::OnSent;
use super::operator_group::OperatorGroup;
use super::rate_limit::BotApiLimits;
use crate::channel::line::{CallAsSent, LineDialect, LinePolicy, NextStep};
use crate::store::records::{CallReceipt, OutboxHead, UndeliveredReason};
use crate::store::{Lease, Store, StoreError};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use wenlu_core::model::Timestamp;

const CALL_TIMEOUT: Duration = Duration::from_secs(8);
/// Timeout of the probe whether the Bot API works.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
/// The longest pause of a chat, in seconds.
const MAX_PAUSE: u32 = 32;
const MAX_ATTEMPTS: i64 = 20;
/// In place of a file that is not there any more.
const GONE: &str = "（同事发来的图片或文件已经不在了）";

/// The calls of one bot.
pub(super) struct OutboxDialect {
    pub store: Store,
    pub client: Arc<BotApiClient>,
    pub channel: String,
    /// The operators' group, if one is set.
    pub group: Option<Arc<OperatorGroup>>,
    pub limits: BotApiLimits,
}

impl LineDialect for OutboxDialect {
    const SERVICE: &'static str = "the Bot API";
    type Payload = Value;
    type Meaning = OnSent;
    type Answer = Value;
    type Failure = CallFailure;
    type Rates = BotApiLimits;

    fn store(&self) -> &Store {
        &self.store
    }

    fn channel(&self) -> &str {
        &self.channel
    }

    fn policy(&self) -> LinePolicy {
        LinePolicy {
            second: self.limits.second,
            call_timeout: CALL_TIMEOUT,
            max_pause: MAX_PAUSE,
            max_attempts: MAX_ATTEMPTS,
        }
    }

    fn rates(&self) -> BotApiLimits {
        self.limits
    }

    fn meaning(&self, head: &OutboxHead) -> OnSent {
        OnSent::read(&head.after)
    }

    async fn prepare(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        meaning: &OnSent,
        now: Timestamp,
    ) -> Result<Option<CallAsSent<Value>>, StoreError> {
        let payload = self.payload(lease, head, meaning, now).await?;
        Ok(payload.map(|payload| CallAsSent {
            messages: messages(&payload),
            payload,
        }))
    }

    async fn call(
        &self,
        head: &OutboxHead,
        payload: &Value,
        patience: Duration,
    ) -> Result<Value, CallFailure> {
        let Some(sent) = FileCall::of(&head.method, payload) else {
            return self.client.call(&head.method, payload, patience).await;
        };
        let bytes = self.store.files().bytes(&sent.file.id).await;
        match bytes.map_err(|error| unread(&error))? {
            // erased meanwhile: nobody is left with an empty message
            bytes if bytes.is_empty() => {
                let mut words = json!({ "chat_id": sent.payload["chat_id"], "text": GONE });
                if let Some(thread) = sent.payload.get("message_thread_id") {
                    words["message_thread_id"] = thread.clone();
                }
                self.client.call("sendMessage", &words, patience).await
            }
            bytes => {
                let call = (head.method.as_str(), &sent.payload);
                let file = (sent.field, &sent.file, bytes.as_slice());
                self.client.call_with_file(call, file, patience).await
            }
        }
    }

    async fn takes_others(&self) -> bool {
        let nothing = json!({});
        let probe = self.client.call("getMe", &nothing, PROBE_TIMEOUT);
        probe.await.is_ok()
    }

    fn next_step(&self, failure: &CallFailure) -> NextStep {
        match failure.action() {
            FailureAction::Done => NextStep::Done,
            FailureAction::Never | FailureAction::Elsewhere(_) => NextStep::Refuse,
            FailureAction::After(wait) => NextStep::WaitAsAsked(wait),
            FailureAction::Backoff => NextStep::TryAgain {
                is_unreached: failure.is_unreached(),
            },
            FailureAction::Operator => NextStep::AwaitOperator,
        }
    }

    fn receipt(
        &self,
        head: &OutboxHead,
        meaning: &OnSent,
        answer: &Value,
        at: Timestamp,
    ) -> CallReceipt {
        sent_as(head, meaning.clone(), answer, at)
    }

    async fn refuse(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        meaning: &OnSent,
        failure: &CallFailure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match failure.action() {
            FailureAction::Elsewhere(to) => self.follow(lease, head, to, now).await,
            _ => self.give_up(lease, head, meaning, failure, now).await,
        }
    }

    async fn set_aside(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        reason: &UndeliveredReason,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.tell_of_loss(head, now).await?;
        self.store
            .outbox()
            .mark_undeliverable(lease, head, reason, None, now)
            .await
    }
}

impl OutboxDialect {
    /// The payload as it is sent now: the chat may have a new id, and the topic or card of a
    /// conversation, and the message to amend, are known only after the calls before it. `None`:
    /// the asker never got what it amends, so that the other call takes its place.
    async fn payload(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        after: &OnSent,
        now: Timestamp,
    ) -> Result<Option<Value>, StoreError> {
        let mut payload: Value = serde_json::from_str(&head.payload)?;
        if let OnSent::Amend {
            group,
            message,
            method,
            payload: anew,
        } = after
        {
            let handovers = self.store.handovers();
            let Some(shown) = handovers
                .brought_as(&group.to_string(), &message.to_string())
                .await?
            else {
                let unknown = UndeliveredReason::Refused("never sent".to_owned());
                let anew = Some((method.clone(), anew.clone()));
                let outbox = self.store.outbox();
                outbox
                    .mark_undeliverable(lease, head, &unknown, anew, now)
                    .await?;
                return Ok(None);
            };
            payload["message_id"] = bot_api_id(&shown);
        }
        if !head.chat.is_empty() {
            payload["chat_id"] = bot_api_id(&head.chat);
        }
        if *after == OnSent::Tell
            && let Some(handover) = self.store.handovers().of(&head.conversation).await?
        {
            match (handover.thread, handover.card) {
                (Some(thread), _) => payload["message_thread_id"] = bot_api_id(&thread),
                (None, Some(card)) if payload.get("reply_parameters").is_none() => {
                    payload["reply_parameters"] = json!({ "message_id": bot_api_id(&card), "allow_sending_without_reply": true });
                }
                (None, _) => {}
            }
        }
        Ok(Some(payload))
    }
}

/// A file that may still be there: the call is made again.
fn unread(error: &StoreError) -> CallFailure {
    TransientFailure {
        trouble: TransportTrouble::Store,
        effect: CallEffect::None,
        cause: error.to_string(),
    }
    .into()
}

/// An id of the store as the Bot API takes it: its ids are numbers.
fn bot_api_id(id: &str) -> Value {
    id_number(id).map_or_else(|| json!(id), |id| json!(id))
}

/// An id of the store as Telegram numbers it.
pub(super) fn id_number(id: &str) -> Option<i64> {
    id.parse().ok()
}

/// How many messages a call sends, as Telegram counts them.
fn messages(payload: &Value) -> usize {
    payload
        .get("message_ids")
        .and_then(Value::as_array)
        .map_or(1, Vec::len)
}
