//! Secrets of a bot, which settings read and its channel uses. In: text. Out: a [`BotToken`] and a
//! [`WebhookSecret`] that Telegram takes, and the [`ProxyUrl`] on the way there; a [`WeixinToken`],
//! an [`EncodingAesKey`] and an [`AppSecret`] of WeChat's console; a [`BridgeKey`] and a [`BridgeSecret`] of the
//! bridge; an [`EmbedSecret`] of a site; a [`MailServer`]. None shows its secret in logs. Must not know: where they are read, what they are used
//! for.

mod api_key;
mod bridge;
mod embed;
mod mail_server;
mod wechat;

pub use api_key::ApiKey;
pub use bridge::{BridgeKey, BridgeSecret};
pub use embed::EmbedSecret;
pub use mail_server::{MailEncryption, MailServer};
pub use wechat::{AppSecret, CorpSecret, EncodingAesKey, WeixinToken};

use std::fmt;
use url::Url;

/// Minimum length of the secret. Telegram's have 35 characters; a much shorter one was truncated
/// when it was copied, and replacing it in log texts would also hit ordinary words.
const MIN_SECRET_CHARS: usize = 8;

/// `<bot id>:<secret>`. Neither `Debug` nor any error shows the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct BotToken {
    text: String,
    bot: i64,
}

/// Why a token was refused. Contains nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a token is a number, a colon and a secret of letters, digits, `_` and `-`, as @BotFather shows it"
)]
pub struct BotTokenError;

impl BotToken {
    /// The only constructor. An accepted token needs no escaping in a URL.
    pub fn parse(text: &str) -> Result<Self, BotTokenError> {
        let (bot, secret) = text.trim().split_once(':').ok_or(BotTokenError)?;
        let is_secret = secret.len() >= MIN_SECRET_CHARS && is_in_alphabet(secret);
        if !is_secret || !bot.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BotTokenError);
        }
        let bot_id = bot.parse().map_err(|_| BotTokenError)?;
        Ok(BotToken {
            text: format!("{bot}:{secret}"),
            bot: bot_id,
        })
    }

    /// The bot's user id, which is not secret.
    pub fn bot(&self) -> i64 {
        self.bot
    }

    /// `text` with the secret replaced by `***`, with or without the bot id before it.
    pub fn scrub(&self, text: &str) -> String {
        let secret = self
            .text
            .split_once(':')
            .map_or(self.text.as_str(), |(_, secret)| secret);
        text.replace(secret, "***")
    }

    /// The token itself, for the path of a request only.
    pub(crate) fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for BotToken {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Token({}:***)", self.bot)
    }
}

/// The value of `X-Telegram-Bot-Api-Secret-Token` in deliveries: 1 to 256 of `A-Z a-z 0-9 _ -`.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(String);

impl WebhookSecret {
    /// `None` if Telegram would not accept it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        ((1..=256).contains(&text.len()) && is_in_alphabet(text)).then(|| Self(text.to_owned()))
    }

    /// For setting the webhook, and for comparison in constant time.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The address of a proxy: HTTP, or SOCKS5. `Debug` and `Display` leave out the password.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(Url);

impl ProxyUrl {
    /// Without a scheme it is an HTTP proxy, as other programs take it. `None` if it is none of the
    /// supported kinds.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let url = match text.contains("://") {
            true => Url::parse(text).ok()?,
            false => Url::parse(&format!("http://{text}")).ok()?,
        };
        let is_known = matches!(url.scheme(), "http" | "https" | "socks5" | "socks5h");
        let is_bare = matches!(url.path(), "" | "/") && url.query().is_none();
        (is_known && is_bare && url.has_host() && url.fragment().is_none()).then_some(Self(url))
    }

    /// With its password, for connecting only.
    pub(crate) fn reveal(&self) -> &str {
        self.0.as_str()
    }
}

impl fmt::Display for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, user) = (self.0.scheme(), self.0.username());
        let hidden = match (user, self.0.password()) {
            ("", None) => String::new(),
            (user, None) => format!("{user}@"),
            (user, Some(_)) => format!("{user}:***@"),
        };
        let host = self.0.host_str().unwrap_or_default();
        write!(f, "{scheme}://{hidden}{host}")?;
        match self.0.port() {
            Some(port) => write!(f, ":{port}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The letters of all of Telegram's secrets.
fn is_in_alphabet(text: &str) -> bool {
    text.bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_botfather_shows_and_nothing_else() {
        let token = BotToken::parse(" 4839574812:AAFD39kkdpWt3ywyRZergyOLMaJhac60qcK\n");
        assert_eq!(token.map(|t| t.bot()), Ok(4839574812));
        for bad in [
            "",
            ":",
            "123",
            "123:short",
            "12a:AAFD39kkdpWt",
            ":AAFD39kkdpWt",
            "1:AAFD39kk/../x",
            "1:AAFD39kk dpWt",
        ] {
            assert_eq!(BotToken::parse(bad), Err(BotTokenError), "{bad}");
        }
    }

    #[test]
    fn proxies_and_how_they_are_shown() {
        for (text, shown) in [
            ("http://127.0.0.1:7890", "http://127.0.0.1:7890"),
            ("127.0.0.1:7890", "http://127.0.0.1:7890"),
            ("https://proxy.example.com/", "https://proxy.example.com"),
            (
                "socks5h://me:hunter2@[::1]:1080",
                "socks5h://me:***@[::1]:1080",
            ),
            ("socks5://me@127.0.0.1", "socks5://me@127.0.0.1"),
        ] {
            let proxy = ProxyUrl::parse(text).unwrap();
            assert_eq!(
                (proxy.to_string(), format!("{proxy:?}")),
                (shown.into(), shown.into())
            );
        }
        for bad in [
            "ftp://127.0.0.1:21",
            "http://",
            "socks5://",
            "http://h:1/path",
            "http://h:99999",
        ] {
            assert_eq!(ProxyUrl::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn shows_no_secret() {
        let token = BotToken::parse("42:CANARY-canary_0123456789").unwrap();
        assert_eq!(format!("{token:?}"), "Token(42:***)");
        let echo = "no such path /bot42:CANARY-canary_0123456789/x, 42%3ACANARY-canary_0123456789";
        assert_eq!(token.scrub(echo), "no such path /bot42:***/x, 42%3A***");
    }
}
