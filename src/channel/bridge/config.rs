//! What the bridge is built from. Must not know: where it is read.

use crate::attachment::AttachmentConfig;
use crate::channel::event_hook::EventHook;
use crate::http::limit::RequestRate;
use crate::secret::BridgeKey;
use std::time::Duration;

/// What the ids of its conversations begin with, and its name in the outbox.
pub(super) const CHANNEL: &str = "bridge";

/// Who may use the bridge, and where it delivers.
#[derive(Clone, Debug)]
pub(crate) struct BridgeConfig {
    /// The present key, then the one before it; none: there is no bridge.
    pub keys: Vec<BridgeKey>,
    /// `None`: events wait until they are fetched.
    pub hook: Option<EventHook>,
    /// How much all askers together may send; `None`: no limit.
    pub rate: Option<RequestRate>,
    /// How much one asker may send, and how often one address may show a wrong key.
    pub asker_rate: Option<RequestRate>,
    /// How many of our own proxies are in front.
    pub trusted_proxies: usize,
    /// The largest request body, in bytes; the server enforces it.
    pub body_limit: usize,
    /// Whether files may be sent.
    pub files: AttachmentConfig,
    /// How long a lease lasts without renewal until another process takes it.
    pub lease: Duration,
}
