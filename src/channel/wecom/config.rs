//! What the channel is built from. Must not know: where it is read.

use crate::http::limit::RequestRate;
use crate::secret::{CorpSecret, EncodingAesKey, WeixinToken};
use crate::store::credits::CreditGrant;
use std::time::Duration;
use url::Url;
use wenlu_core::model::Timestamp;

/// What the ids of its conversations begin with.
pub(super) const CHANNEL: &str = "wecom";

/// The customer service of a company.
#[derive(Clone, Debug)]
pub(crate) struct WecomConfig {
    /// The company's id, as its console shows it.
    pub corp: String,
    pub secret: CorpSecret,
    pub token: WeixinToken,
    /// The present key first, then the one before it.
    pub keys: Vec<EncodingAesKey>,
    /// The path at which notices are delivered.
    pub path: String,
    pub people: WecomPeople,
    pub api: Url,
    /// How many messages may be sent after an asker's message, and for how long.
    pub credit: (u32, Duration),
    /// How much one asker may send; `None`: no limit.
    pub rate: Option<RequestRate>,
    /// How long a lease lasts without renewal until another process takes it.
    pub lease: Duration,
    /// The time that pauses call a second; shorter in tests.
    pub second: Duration,
}

/// Who the people are that an asker may ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WecomPeople {
    /// The operators of this server.
    Operators,
    /// Those who take askers from the queue in WeCom.
    Queue,
    /// These people in WeCom, in the order in which they are asked.
    Servicers(Vec<String>),
}

impl WecomConfig {
    /// The company, as the inbox, the outbox and the leases name it.
    pub(super) fn channel(&self) -> String {
        channel_of(&self.corp)
    }
}

pub(super) fn channel_of(corp: &str) -> String {
    format!("{CHANNEL}:{corp}")
}

/// What an asker's message allows.
pub(super) fn credit_after(credit: (u32, Duration), sent: Timestamp) -> CreditGrant {
    let lasts = i64::try_from(credit.1.as_millis()).unwrap_or(i64::MAX);
    CreditGrant {
        kind: "message",
        count: credit.0.into(),
        until: Timestamp(sent.0.saturating_add(lasts)),
    }
}
