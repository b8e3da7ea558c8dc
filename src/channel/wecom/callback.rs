//! Whether a callback is genuine. In: the query and the body of a request. Out: what was sealed; or
//! why it is refused. Must not know: what it says, HTTP.

use super::config::WecomConfig;
use crate::channel::tencent::seal::MessageSeal;
use crate::channel::tencent::{MessageFields, sign};
use crate::secret::WeixinToken;
use serde::Deserialize;
use wenlu_core::model::Timestamp;

/// How old a callback may be, and how far ahead its clock: a copy of one is worth nothing later.
const REPLAY_WINDOW_MS: i64 = 10 * 60 * 1_000;

/// The query of a request. What is missing is no signature of anything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct CallbackQuery {
    pub msg_signature: String,
    pub timestamp: String,
    pub nonce: String,
    pub echostr: String,
}

/// Why a callback is refused. The code is for the metrics; the text for the log of whoever sets it up,
/// never for the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum CallbackRefusal {
    #[error(
        "the signature is wrong: WENLU_WECOM_TOKEN is not what the console calls Token, or somebody else sent it"
    )]
    Signature,
    #[error("it is more than 10 minutes old or ahead: a copy, or this machine's clock is wrong")]
    Replay,
    #[error("it cannot be opened: WENLU_WECOM_AES_KEY or WENLU_WECOM_CORP_ID is not the company's")]
    Seal,
    #[error("it is no callback")]
    Body,
    #[error("it is too large")]
    Size,
}

impl CallbackRefusal {
    pub(super) const ALL: [CallbackRefusal; 5] = [
        CallbackRefusal::Signature,
        CallbackRefusal::Replay,
        CallbackRefusal::Seal,
        CallbackRefusal::Body,
        CallbackRefusal::Size,
    ];

    /// A label of the metrics.
    pub(super) fn code(self) -> &'static str {
        match self {
            CallbackRefusal::Signature => "signature",
            CallbackRefusal::Replay => "replay",
            CallbackRefusal::Seal => "seal",
            CallbackRefusal::Body => "body",
            CallbackRefusal::Size => "size",
        }
    }
}

/// Checks the callbacks for one company.
#[derive(Debug)]
pub(super) struct CallbackChecker {
    token: WeixinToken,
    seal: MessageSeal,
}

impl CallbackChecker {
    pub(super) fn new(config: &WecomConfig) -> Self {
        CallbackChecker {
            token: config.token.clone(),
            seal: MessageSeal::new(config.keys.clone(), &config.corp),
        }
    }

    /// What the console sealed in its check of the address.
    pub(super) fn open_echo(
        &self,
        query: &CallbackQuery,
        now: Timestamp,
    ) -> Result<String, CallbackRefusal> {
        self.open(query, &query.echostr, now)
    }

    /// The fields of a callback.
    pub(super) fn open_body(
        &self,
        query: &CallbackQuery,
        body: &[u8],
        now: Timestamp,
    ) -> Result<MessageFields, CallbackRefusal> {
        let read = |text: &str| MessageFields::parse(text).map_err(|_| CallbackRefusal::Body);
        let outer = read(std::str::from_utf8(body).map_err(|_| CallbackRefusal::Body)?)?;
        let sealed = outer.text("Encrypt").ok_or(CallbackRefusal::Body)?;
        read(&self.open(query, sealed, now)?)
    }

    fn open(
        &self,
        query: &CallbackQuery,
        sealed: &str,
        now: Timestamp,
    ) -> Result<String, CallbackRefusal> {
        let parts = [query.timestamp.as_str(), query.nonce.as_str(), sealed];
        if !sign::is_signed(&self.token, &parts, &query.msg_signature) {
            return Err(CallbackRefusal::Signature);
        }
        let sent = query.timestamp.parse::<i64>().ok();
        let age = sent
            .and_then(|seconds| seconds.checked_mul(1_000))
            .and_then(|sent| now.0.checked_sub(sent))
            .and_then(i64::checked_abs);
        if age.is_none_or(|age| age > REPLAY_WINDOW_MS) {
            return Err(CallbackRefusal::Replay);
        }
        let opened = self.seal.open(sealed).map_err(|_| CallbackRefusal::Seal)?;
        Ok(opened.text)
    }
}
