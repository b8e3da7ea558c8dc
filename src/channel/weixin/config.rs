//! What the channel is built from. Must not know: where it is read.

use crate::http::limit::RequestRate;
use crate::secret::{EncodingAesKey, WeixinToken};

/// What the ids of its conversations begin with.
pub(super) const CHANNEL: &str = "weixin";

/// The accounts, and how much one asker may send.
#[derive(Clone, Debug)]
pub(crate) struct WeixinConfig {
    pub accounts: Vec<WeixinAccount>,
    /// `None`: no limit.
    pub rate: Option<RequestRate>,
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
