//! The Telegram settings. In: the settings reader. Out: [`TelegramSettings`]. `Debug` shows no
//! secret. Must not know: how Telegram is used.

use super::{BadSetting, Reader, number};
use crate::channel::telegram::token::Token;
use reqwest::Url;
use std::fmt;

/// The Telegram channel is on if a token is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telegram {
    /// `TELOXIDE_TOKEN`.
    pub token: Option<Token>,
    /// `TELEGRAM_API_URL`: Telegram's own Bot API, or a self-hosted server.
    pub api: Url,
    /// `WENLU_TELEGRAM_WEBHOOK`: the public address of the webhook; `None`: long polling.
    pub webhook: Option<Url>,
    /// `WENLU_TELEGRAM_SECRET`: the secret that webhook deliveries must carry; `None`: one is
    /// derived.
    pub secret: Option<WebhookSecret>,
    /// `WENLU_TELEGRAM_MAX_CONNECTIONS`: concurrent webhook deliveries, 1 to 100.
    pub max_connections: u8,
    /// `WENLU_TELEGRAM_SPEED`: a multiple of the documented sending limits, for bots that are
    /// allowed more; 1 to 100.
    pub speed: u32,
    /// `WENLU_TELEGRAM_GROUP`: the chat id of the operators' group; `None`: no hand-over.
    pub group: Option<i64>,
}

/// The value of `X-Telegram-Bot-Api-Secret-Token` in deliveries: 1 to 256 of `A-Z a-z 0-9 _ -`.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// `None` if Telegram would not accept it.
    pub fn parse(text: &str) -> Option<Self> {
        ((1..=256).contains(&text.len()) && is_in_alphabet(text)).then(|| Self(text.to_owned()))
    }

    /// For setting the webhook, and for comparison in constant time.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

const TOKEN_HELP: &str = "a bot's token, as the BotFather gives it: digits, a colon, 35 letters, digits, _ or -";
const API_HELP: &str = "an http or https address without a user, such as https://api.telegram.org";
const WEBHOOK_HELP: &str = "a public https address without a user, such as https://bot.example.com/telegram";
const SECRET_HELP: &str = "1 to 256 letters, digits, _ or -";
const GROUP_HELP: &str = "the chat id of a group: a negative number, such as -1001234567890";

impl Telegram {
    pub(super) fn read<F>(read: &mut Reader<F>) -> Self
    where
        F: Fn(&str) -> Result<Option<String>, BadSetting>,
    {
        let api = read.get("TELEGRAM_API_URL", None, API_HELP, |text| Some(Some(api(&text)?)));
        Telegram {
            token: read.get("TELOXIDE_TOKEN", None, TOKEN_HELP, |text| Token::parse(&text).ok().map(Some)),
            api: api.unwrap_or_else(telegrams_own),
            webhook: read.get("WENLU_TELEGRAM_WEBHOOK", None, WEBHOOK_HELP, |text| Some(Some(webhook(&text)?))),
            secret: read
                .get("WENLU_TELEGRAM_SECRET", None, SECRET_HELP, |text| Some(Some(WebhookSecret::parse(&text)?))),
            max_connections: read.get("WENLU_TELEGRAM_MAX_CONNECTIONS", 40, "a whole number from 1 to 100", |text| {
                number(1..=100)(text).and_then(|count| u8::try_from(count).ok())
            }),
            speed: read.get("WENLU_TELEGRAM_SPEED", 1, "a whole number from 1 to 100", number(1..=100)),
            group: read.get("WENLU_TELEGRAM_GROUP", None, GROUP_HELP, |text| {
                Some(Some(text.parse::<i64>().ok().filter(|id| *id < 0)?))
            }),
        }
    }
}

fn telegrams_own() -> Url {
    Url::parse("https://api.telegram.org").expect("an address of our own")
}

fn api(text: &str) -> Option<Url> {
    address(text).filter(|url| matches!(url.scheme(), "http" | "https"))
}

fn webhook(text: &str) -> Option<Url> {
    address(text).filter(|url| url.scheme() == "https")
}

/// An address without user, password, query or fragment.
fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    (url.has_host() && is_plain && url.fragment().is_none()).then_some(url)
}

fn is_in_alphabet(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}
