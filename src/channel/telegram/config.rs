//! What the channel is built from. Must not know: where it is read.

use super::rate_limit::BotApiLimits;
use crate::attachment::AttachmentConfig;
use crate::secret::{BotToken, ProxyUrl, WebhookSecret};
use std::time::Duration;
use url::Url;

/// The bot, and how it is run.
#[derive(Clone, Debug)]
pub(crate) struct TelegramConfig {
    pub token: BotToken,
    /// Telegram's own Bot API, or a self-hosted server.
    pub api: Url,
    /// What its calls go through; `None`: nothing.
    pub proxy: Option<ProxyUrl>,
    /// `None`: long polling.
    pub webhook: Option<WebhookConfig>,
    pub limits: BotApiLimits,
    /// The chat id of the operators' group; `None`: no hand-over.
    pub group: Option<i64>,
    /// How long nobody says anything in a hand-over until the bot takes over again.
    pub silence: Duration,
    /// Whether askers and operators may send files.
    pub files: AttachmentConfig,
    /// How long a lease lasts without renewal until another process takes it.
    pub lease: Duration,
}

/// Where Telegram delivers updates, and how.
#[derive(Clone, Debug)]
pub(crate) struct WebhookConfig {
    /// Its public address.
    pub address: Url,
    /// What deliveries must carry; `None`: a secret that is derived from the token.
    pub secret: Option<WebhookSecret>,
    /// Concurrent deliveries, 1 to 100.
    pub max_connections: u8,
}
