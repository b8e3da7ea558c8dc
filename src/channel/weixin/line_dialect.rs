//! Customer-service messages, as the line sends them. In: a call of the outbox. Out: a call of the
//! platform's API, and what its failure means for the line. Must not know: when a call is made.
//!
//! What the platform does not let an asker be told now is not lost: it waits for the asker's next
//! message, as it does where nothing can be sent at all.

use super::send_call::{AskerPlace, METHOD, SendCall};
use super::service_tool::is_served;
use crate::channel::line::{CallAsSent, LineDialect, LinePolicy, NextStep, SendRates, TokenRate};
use crate::channel::tencent::{
    AccessToken, ApiFailure, PlatformCalls, RefusalMeaning, TokenKeeper,
};
use crate::clock;
use crate::store::credits::CallClaim;
use crate::store::records::{OutboxHead, UndeliveredReason};
use crate::store::service_access::SendingFaultKind;
use crate::store::{Lease, Store, StoreError};
use crate::turn::Bot;
use serde_json::json;
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
/// In seconds: the platform's days begin at midnight in China.
const DAY: i64 = 86_400;
const CHINA: i64 = 8 * 3_600;

/// The messages of one account.
pub(super) struct WeixinDialect {
    pub bot: Bot,
    pub tokens: Arc<TokenKeeper>,
    /// The time that pauses call a second; shorter in tests.
    pub second: Duration,
}

/// How fast messages are sent: the platform sets no rate, and is slow where one asker gets many.
#[derive(Clone, Copy, Debug)]
pub(super) struct WeixinRates;

impl SendRates for WeixinRates {
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
pub(super) struct SendAsMade {
    lease: Lease,
    body: serde_json::Value,
}

impl LineDialect for WeixinDialect {
    const SERVICE: &'static str = "WeChat's API";
    type Payload = SendAsMade;
    /// `None`: an earlier version wrote it in another form.
    type Meaning = Option<SendCall>;
    type Answer = ();
    type Failure = ApiFailure;
    type Rates = WeixinRates;

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

    fn rates(&self) -> WeixinRates {
        WeixinRates
    }

    fn meaning(&self, head: &OutboxHead) -> Option<SendCall> {
        SendCall::read(&head.payload)
    }

    async fn prepare(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        call: &Option<SendCall>,
        now: Timestamp,
    ) -> Result<Option<CallAsSent<SendAsMade>>, StoreError> {
        let conversation = ConversationId::parse(&head.conversation).ok();
        let place = conversation.as_ref().and_then(AskerPlace::of);
        let (Some(call), Some(place)) = (call, place) else {
            let unknown = UndeliveredReason::Refused("of another version".to_owned());
            self.set_aside(lease, head, &unknown, now).await?;
            return Ok(None);
        };
        if !call.part.is_from_person && is_served(self.store(), &head.conversation, now).await? {
            let reason = UndeliveredReason::Refused("people in WeChat serve the asker".to_owned());
            self.drop_call(lease, head, &reason, now).await?;
            return Ok(None);
        }
        match self.store().credits().claim(lease, head, now).await? {
            CallClaim::Gone => Ok(None),
            CallClaim::NoCredit => {
                self.let_wait(lease, head, call, now).await?;
                Ok(None)
            }
            CallClaim::Begun => Ok(Some(CallAsSent {
                payload: SendAsMade {
                    lease: lease.clone(),
                    body: json!({
                        "touser": place.openid,
                        "msgtype": "text",
                        "text": { "content": call.part.text },
                    }),
                },
                messages: 1,
            })),
        }
    }

    async fn call(
        &self,
        head: &OutboxHead,
        payload: &SendAsMade,
        patience: Duration,
    ) -> Result<(), ApiFailure> {
        let outcome = self.send(payload, patience).await;
        if let Err(error) = self.note_outcome(head, &payload.lease, &outcome).await {
            tracing::warn!(%error, "what became of a call could not be noted");
        }
        outcome
    }

    async fn takes_others(&self) -> bool {
        let asked = self.tokens.api.grant_token(PROBE_TIMEOUT).await;
        asked.is_ok()
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
            RefusalMeaning::Stopped(SendingFaultKind::DayQuota) => {
                NextStep::PauseAll(until_midnight(clock::now()))
            }
            RefusalMeaning::NoCredit
            | RefusalMeaning::ChatGone
            | RefusalMeaning::Mistake
            | RefusalMeaning::Content
            | RefusalMeaning::Repeated
            | RefusalMeaning::WrongState
            | RefusalMeaning::NoServicer
            | RefusalMeaning::Stopped(SendingFaultKind::NoRight) => NextStep::Refuse,
            RefusalMeaning::TokenOver | RefusalMeaning::Stopped(_) => NextStep::AwaitOperator,
        }
    }

    async fn refuse(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        call: &Option<SendCall>,
        failure: &ApiFailure,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match (failure.meaning(), call) {
            (Some(RefusalMeaning::NoCredit), Some(call)) => {
                let credits = self.store().credits();
                credits.exhaust(lease, &head.conversation).await?;
                self.let_wait(lease, head, call, now).await
            }
            (Some(RefusalMeaning::Stopped(_)), Some(call)) => {
                self.let_wait(lease, head, call, now).await
            }
            (Some(RefusalMeaning::ChatGone), _) => self.part_with(lease, head, now).await,
            _ => {
                tracing::error!(error = %failure, "WeChat does not take a message, and never will");
                let reason = UndeliveredReason::Refused(failure.to_string());
                self.drop_call(lease, head, &reason, now).await
            }
        }
    }

    /// What failed too often while others are taken waits for the asker's next message.
    async fn set_aside(
        &self,
        lease: &Lease,
        head: &OutboxHead,
        reason: &UndeliveredReason,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        match (reason, self.meaning(head)) {
            (UndeliveredReason::GivenUp { .. }, Some(call)) => {
                self.let_wait(lease, head, &call, now).await
            }
            _ => self.drop_call(lease, head, reason, now).await,
        }
    }
}

impl WeixinDialect {
    async fn send(&self, payload: &SendAsMade, patience: Duration) -> Result<(), ApiFailure> {
        let (path, api) = (format!("/cgi-bin/{METHOD}"), &self.tokens.api);
        let post = |token: AccessToken| {
            let path = &path;
            async move { api.post(path, &token, &payload.body, patience).await }
        };
        self.tokens.call(&payload.lease, post).await.map(drop)
    }
}

/// Until the platform counts anew.
pub(super) fn until_midnight(now: Timestamp) -> Duration {
    let of_day = (now.0.div_euclid(1_000) + CHINA).rem_euclid(DAY);
    Duration::from_secs(u64::try_from(DAY - of_day).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_platforms_day_ends_at_midnight_in_china() {
        // 2026-11-28 15:59:30 in Greenwich is half a minute before midnight in Beijing
        let now = Timestamp(1_795_881_570_000);
        assert_eq!(until_midnight(now), Duration::from_secs(30));
        let later = Timestamp(now.0 + 30_000);
        assert_eq!(until_midnight(later), Duration::from_secs(86_400));
    }
}
