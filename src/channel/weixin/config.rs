//! What the channel is built from. Must not know: where it is read.

use crate::http::limit::RequestRate;
use crate::secret::{AppSecret, EncodingAesKey, WeixinToken};
use crate::store::credits::CreditGrant;
use std::time::Duration;
use url::Url;
use wenlu_core::model::Timestamp;

/// What the ids of its conversations begin with.
pub(super) const CHANNEL: &str = "weixin";

/// The accounts, and how much one asker may send.
#[derive(Clone, Debug)]
pub(crate) struct WeixinConfig {
    pub accounts: Vec<WeixinAccount>,
    /// `None`: no limit.
    pub rate: Option<RequestRate>,
    pub api: WeixinApiConfig,
}

/// The platform's API.
#[derive(Clone, Debug)]
pub(crate) struct WeixinApiConfig {
    pub url: Url,
    pub credit: CreditRules,
    /// How long a lease lasts without renewal until another process takes it.
    pub lease: Duration,
    /// The time that pauses call a second; shorter in tests.
    pub second: Duration,
}

/// How many messages may be sent to an asker, and for how long, after what they did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CreditRules {
    /// They wrote.
    pub message: (u32, Duration),
    /// They followed the account, scanned a code or pressed a button of its menu.
    pub event: (u32, Duration),
    /// They opened the service of a mini-program.
    pub enter: (u32, Duration),
}

/// What an asker did, as far as it allows messages to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CreditKind {
    Message,
    Event,
    Enter,
}

impl CreditRules {
    /// How many messages, and for how long.
    pub(super) fn after(self, kind: CreditKind) -> (u32, Duration) {
        match kind {
            CreditKind::Message => self.message,
            CreditKind::Event => self.event,
            CreditKind::Enter => self.enter,
        }
    }

    pub(super) fn grant(self, kind: CreditKind, at: Timestamp) -> CreditGrant {
        let (count, lasts) = self.after(kind);
        let kind = match kind {
            CreditKind::Message => "message",
            CreditKind::Event => "event",
            CreditKind::Enter => "enter",
        };
        let lasts = i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX);
        CreditGrant {
            kind,
            count: count.into(),
            until: Timestamp(at.0.saturating_add(lasts)),
        }
    }
}

/// An account of the platform, as its console shows it.
#[derive(Clone, Debug)]
pub(crate) struct WeixinAccount {
    pub appid: String,
    pub token: WeixinToken,
    /// The present key first, then the one before it; none: the plaintext mode.
    pub keys: Vec<EncodingAesKey>,
    /// The path at which the platform delivers.
    pub path: String,
    pub kind: WeixinAccountKind,
    /// `None`: the platform's API is not called.
    pub secret: Option<AppSecret>,
    /// Whether messages are sent to askers; an account without a secret sends none.
    pub is_active: bool,
    /// Whether WeChat's own service tool takes those who ask for a person.
    pub transfers: bool,
}

impl WeixinAccount {
    /// Whether messages are sent to askers.
    pub(crate) fn sends(&self) -> bool {
        self.is_active && self.secret.is_some()
    }

    /// The account as the outbox and the leases name it.
    pub(super) fn channel(&self) -> String {
        channel_of(&self.appid)
    }
}

/// How messages to an account are answered.
#[derive(Clone, Debug)]
pub(super) struct AnswerPlan {
    pub appid: String,
    pub kind: WeixinAccountKind,
    /// What askers' messages allow to be sent; `None`: nothing is.
    pub credit: Option<CreditRules>,
    pub transfers: bool,
}

impl AnswerPlan {
    pub(super) fn of(account: &WeixinAccount, credit: CreditRules) -> Self {
        AnswerPlan {
            appid: account.appid.clone(),
            kind: account.kind,
            credit: account.sends().then_some(credit),
            transfers: account.transfers,
        }
    }

    pub(super) fn channel(&self) -> String {
        channel_of(&self.appid)
    }

    /// Whether an answer can be given inside the request.
    pub(super) fn can_reply(&self) -> bool {
        self.kind == WeixinAccountKind::Official
    }
}

pub(super) fn channel_of(appid: &str) -> String {
    format!("{CHANNEL}:{appid}")
}

/// What answers an account can give inside a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeixinAccountKind {
    /// An official account, of whichever type.
    Official,
    /// A mini-program: the platform takes no text inside the request, only the order to pass a message
    /// on to its own customer-service tool.
    MiniProgram,
}
