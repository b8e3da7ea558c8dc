//! Calls of WeCom's API, as the line makes them. In: a call of the outbox. Out: a call of the
//! platform's API, and what its failure means for the line. Must not know: when a call is made.

use super::call::{AskerInWecom, WecomCall};
use super::codes::of_own_id;
use crate::channel::line::{CallAsSent, LineDialect, LinePolicy, NextStep, SendRates, TokenRate};
use crate::channel::tencent::{
    AccessToken, ApiFailure, PlatformCalls, RefusalMeaning, TokenKeeper,
};
use crate::clock;
use crate::store::credits::CallClaim;
use crate::store::records::{OutboxHead, UndeliveredReason};
use crate::store::{Lease, Store, StoreError};
use crate::turn::Bot;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use wenlu_core::model::{ConversationId, Timestamp};

const CALL_TIMEOUT: Duration = Duration::from_secs(8);
/// Timeout of the probe whether the API works.
const PROBE_TIMEOUT: Duration = Duration::from_secs(3);
/// The longest pause of an asker, in seconds.
const MAX_PAUSE: u32 = 60;
const MAX_ATTEMPTS: i64 = 10;
const MINUTE: Duration = Duration::from_secs(60);

/// The calls for the askers of a company.
pub(super) struct WecomDialect {
    pub bot: Bot,
    pub corp: String,
    pub tokens: Arc<TokenKeeper>,
    /// The time that pauses call a second; shorter in tests.
    pub second: Duration,
}

/// How fast calls are made: the platform allows 10,000 a minute of a company's.
#[derive(Clone, Copy, Debug)]
pub(super) struct WecomRates;

impl SendRates for WecomRates {
    fn over_all(self) -> TokenRate {
        TokenRate {
            every: Duration::from_millis(10),
            burst: 30,
        }
    }

    fn chat(self, _chat: &str) -> TokenRate {
        TokenRate {
            every: Duration::from_millis(100),
            burst: 10,
        }
    }
}

/// A call as it is made.
pub(super) struct WecomCallAsMade {
    lease: Lease,
    method: &'static str,
    body: Value,
}

impl LineDialect for WecomDialect {
    const SERVICE: &'static str = "WeCom's API";
    type Payload = WecomCallAsMade;
    /// `None`: another version wrote it in another form.
    type Meaning = Option<WecomCall>;
    type Answer = ();
    type Failure = ApiFailure;
    type Rates = WecomRates;

    fn store(&self) -> &Store {
        &self.tokens.store
    }

    fn channel(&self) -> &str {
        &self.tokens.channel
    }

    fn policy(&self) -> LinePolicy {
        LinePolicy {
            second: self.second,
            call_timeout: CALL_TIMEOUT,
            max_pause: MAX_PAUSE,
            max_attempts: MAX_ATTEMPTS,
        }
    }

    fn rates(&self) -> WecomRates {
        WecomRates
    }

    fn meaning(&self, head: &OutboxHead) -> Option<WecomCall> {
        WecomCall::read(&head.payload)
    }

    async fn prepare(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        call: &Option<WecomCall>,
        now: Timestamp,
    ) -> Result<Option<CallAsSent<WecomCallAsMade>>, StoreError> {
        let conversation = ConversationId::parse(&head.conversation).ok();
        let place = conversation.as_ref().and_then(AskerInWecom::of);
        let (Some(call), Some(place)) = (call, place) else {
            let unknown = UndeliveredReason::Refused("of another version".to_owned());
            self.set_aside(lease, head, &unknown, now).await?;
            return Ok(None);
        };
        if matches!(call, WecomCall::Send { .. }) {
            match self.store().credits().claim(lease, head, now).await? {
                CallClaim::Gone => return Ok(None),
                CallClaim::NoCredit => {
                    self.let_wait(lease, head, call, now).await?;
                    return Ok(None);
                }
                CallClaim::Begun => {}
            }
        }
        Ok(Some(CallAsSent {
            payload: WecomCallAsMade {
                lease: lease.clone(),
                method: call.method(),
                body: call.body(head, &place),
            },
            messages: 1,
        }))
    }

    async fn call(
        &self,
        head: &OutboxHead,
        payload: &WecomCallAsMade,
        patience: Duration,
    ) -> Result<(), ApiFailure> {
        let outcome = self.make(payload, patience).await.map_err(of_own_id);
        if let Err(error) = self.note_outcome(head, &payload.lease, &outcome).await {
            tracing::warn!(%error, "what became of a call could not be noted");
        }
        outcome
    }

    async fn takes_others(&self) -> bool {
        self.tokens.api.grant_token(PROBE_TIMEOUT).await.is_ok()
    }

    fn next_step(&self, failure: &ApiFailure) -> NextStep {
        let try_again = |is_unreached| NextStep::TryAgain { is_unreached };
        let Some(meaning) = failure.meaning() else {
            let is_unreached = matches!(failure, ApiFailure::Unreached | ApiFailure::Store);
            return try_again(is_unreached);
        };
        match meaning {
            RefusalMeaning::Later => try_again(false),
            RefusalMeaning::MinuteQuota => NextStep::PauseAll(MINUTE),
            // it was taken when it was made before
            RefusalMeaning::Repeated => NextStep::Done,
            RefusalMeaning::NoCredit
            | RefusalMeaning::ChatGone
            | RefusalMeaning::Mistake
            | RefusalMeaning::Content
            | RefusalMeaning::WrongState
            | RefusalMeaning::NoServicer => NextStep::Refuse,
            RefusalMeaning::TokenOver | RefusalMeaning::Stopped(_) => NextStep::AwaitOperator,
        }
    }

    async fn refuse(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        call: &Option<WecomCall>,
        failure: &ApiFailure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(call) = call else {
            let reason = UndeliveredReason::Refused(failure.to_string());
            return self.drop_call(lease, head, &reason, now).await;
        };
        match (call, failure.meaning()) {
            (
                WecomCall::Trans {
                    servicers,
                    otherwise,
                },
                _,
            ) => {
                tracing::warn!(error = %failure, "nobody in WeCom takes an asker");
                self.ask_another(lease, head, (servicers, otherwise), now)
                    .await
            }
            (_, Some(RefusalMeaning::NoCredit)) => self.exhaust(lease, head, call, now).await,
            (WecomCall::Send { .. }, Some(RefusalMeaning::WrongState)) => {
                self.keep_for_end(lease, head, call, now).await
            }
            (_, Some(RefusalMeaning::ChatGone)) => self.part_with(lease, head, now).await,
            _ => {
                tracing::error!(error = %failure, "WeCom does not take a message, and never will");
                let reason = UndeliveredReason::Refused(failure.to_string());
                self.drop_call(lease, head, &reason, now).await
            }
        }
    }

    /// What failed too often while others are taken waits for the asker's next message; people who
    /// cannot be asked are taken for absent.
    async fn set_aside(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        reason: &UndeliveredReason,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match (reason, self.meaning(head)) {
            (UndeliveredReason::GivenUp { .. }, Some(call @ WecomCall::Send { .. })) => {
                self.exhaust(lease, head, &call, now).await
            }
            (
                UndeliveredReason::GivenUp { .. },
                Some(WecomCall::Trans {
                    servicers,
                    otherwise,
                }),
            ) => {
                let told = (servicers.as_slice(), otherwise.as_slice());
                self.ask_another(lease, head, told, now).await
            }
            _ => self.drop_call(lease, head, reason, now).await,
        }
    }
}

impl WecomDialect {
    async fn make(&self, payload: &WecomCallAsMade, patience: Duration) -> Result<(), ApiFailure> {
        let (path, api) = (format!("/cgi-bin/{}", payload.method), &self.tokens.api);
        let post = |token: AccessToken| {
            let path = &path;
            async move { api.post(path, &token, &payload.body, patience).await }
        };
        self.tokens.call(&payload.lease, post).await.map(drop)
    }

    /// The time as the line has it.
    pub(super) fn now(&self) -> Timestamp {
        clock::now()
    }
}
