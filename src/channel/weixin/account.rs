//! Whether a delivery is genuine. In: the query and the body of a request. Out: the plain body, and
//! how the answer has to be sealed; or why it is refused. Must not know: what a message says, HTTP.

use super::config::WeixinAccount;
use crate::channel::tencent::seal::MessageSeal;
use crate::channel::tencent::{FieldsError, MessageFields, sign};
use crate::secret::WeixinToken;
use serde::Deserialize;
use wenlu_core::model::Timestamp;

/// How old a delivery may be, and how far ahead its clock: a copy of one is worth nothing later.
const REPLAY_WINDOW_MS: i64 = 10 * 60 * 1_000;

/// The query of a request. What is missing is no signature of anything.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DeliveryQuery {
    pub signature: String,
    pub msg_signature: String,
    pub timestamp: String,
    pub nonce: String,
    pub encrypt_type: String,
    pub echostr: String,
}

/// Why a delivery is refused. The code is for the metrics; the text for the log of whoever sets the
/// account up, never for the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum DeliveryRefusal {
    #[error(
        "the signature is wrong: WENLU_WEIXIN_TOKEN is not what the console calls Token, or somebody else sent it"
    )]
    Signature,
    #[error("it is more than 10 minutes old or ahead: a copy, or this machine's clock is wrong")]
    Replay,
    #[error(
        "it is not sealed, but a key is set: choose 安全模式 in the console, or unset WENLU_WEIXIN_AES_KEY"
    )]
    Unsealed,
    #[error(
        "it is sealed, but no key is set: set WENLU_WEIXIN_AES_KEY to the console's EncodingAESKey"
    )]
    NoKey,
    #[error("it cannot be opened: WENLU_WEIXIN_AES_KEY or WENLU_WEIXIN_APPID is not the account's")]
    Seal,
    #[error("it is no message")]
    Body,
    #[error("it is too large")]
    Size,
}

impl DeliveryRefusal {
    pub(super) const ALL: [DeliveryRefusal; 7] = [
        DeliveryRefusal::Signature,
        DeliveryRefusal::Replay,
        DeliveryRefusal::Unsealed,
        DeliveryRefusal::NoKey,
        DeliveryRefusal::Seal,
        DeliveryRefusal::Body,
        DeliveryRefusal::Size,
    ];

    /// A label of the metrics.
    pub(super) fn code(self) -> &'static str {
        match self {
            DeliveryRefusal::Signature => "signature",
            DeliveryRefusal::Replay => "replay",
            DeliveryRefusal::Unsealed => "unsealed",
            DeliveryRefusal::NoKey => "no_key",
            DeliveryRefusal::Seal => "seal",
            DeliveryRefusal::Body => "body",
            DeliveryRefusal::Size => "size",
        }
    }
}

/// A genuine delivery.
#[derive(Clone, Debug)]
pub(super) struct GenuineDelivery {
    /// The message as XML or JSON.
    pub plain: String,
    pub fields: MessageFields,
    /// The number of the key that opened it, with which the answer is sealed; `None`: the answer is
    /// plain.
    pub key: Option<usize>,
}

/// Checks the deliveries for one account.
#[derive(Debug)]
pub(super) struct DeliveryChecker {
    pub appid: String,
    pub token: WeixinToken,
    /// `None`: the plaintext mode.
    pub seal: Option<MessageSeal>,
}

impl DeliveryChecker {
    pub(super) fn new(account: &WeixinAccount) -> Self {
        let keys = account.keys.clone();
        DeliveryChecker {
            appid: account.appid.clone(),
            token: account.token.clone(),
            seal: (!keys.is_empty()).then(|| MessageSeal::new(keys, &account.appid)),
        }
    }

    /// Checks what can be checked before the body is read.
    pub(super) fn check_query(
        &self,
        query: &DeliveryQuery,
        now: Timestamp,
    ) -> Result<(), DeliveryRefusal> {
        let parts = [query.timestamp.as_str(), query.nonce.as_str()];
        if !sign::is_signed(&self.token, &parts, &query.signature) {
            return Err(DeliveryRefusal::Signature);
        }
        let sent = query.timestamp.parse::<i64>().ok();
        let age = sent
            .and_then(|seconds| seconds.checked_mul(1_000))
            .and_then(|sent| now.0.checked_sub(sent));
        match age {
            Some(age) if age.checked_abs().is_some_and(|age| age <= REPLAY_WINDOW_MS) => Ok(()),
            _ => Err(DeliveryRefusal::Replay),
        }
    }

    /// Opens the body of a request whose query was checked. With a key, only what is sealed counts:
    /// the compatible mode sends the same in plain fields beside it, which anybody could have written.
    pub(super) fn open(
        &self,
        query: &DeliveryQuery,
        body: &[u8],
    ) -> Result<GenuineDelivery, DeliveryRefusal> {
        let body = std::str::from_utf8(body).map_err(|_| DeliveryRefusal::Body)?;
        let fields =
            |text: &str| MessageFields::parse(text).map_err(|_: FieldsError| DeliveryRefusal::Body);
        let is_sealed = query.encrypt_type == "aes";
        match &self.seal {
            None if is_sealed => Err(DeliveryRefusal::NoKey),
            None => Ok(GenuineDelivery {
                plain: body.to_owned(),
                fields: fields(body)?,
                key: None,
            }),
            Some(_) if !is_sealed => Err(DeliveryRefusal::Unsealed),
            Some(seal) => {
                let outer = fields(body)?;
                let sealed = outer.text("Encrypt").ok_or(DeliveryRefusal::Unsealed)?;
                let parts = [query.timestamp.as_str(), query.nonce.as_str(), sealed];
                if !sign::is_signed(&self.token, &parts, &query.msg_signature) {
                    return Err(DeliveryRefusal::Signature);
                }
                let opened = seal.open(sealed).map_err(|_| DeliveryRefusal::Seal)?;
                Ok(GenuineDelivery {
                    fields: fields(&opened.text)?,
                    plain: opened.text,
                    key: Some(opened.key),
                })
            }
        }
    }
}
