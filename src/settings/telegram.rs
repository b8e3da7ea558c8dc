//! The Telegram settings. In: the settings reader. Out: [`TelegramSettings`]. `Debug` shows no
//! secret. Must not know: how Telegram is used.

use super::proxy;
use super::reader::{SettingsReader, number};
use crate::secret::{BotToken, ProxyUrl, WebhookSecret};
use url::Url;

/// The Telegram channel is on if a token is set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TelegramSettings {
    /// `TELOXIDE_TOKEN`.
    pub token: Option<BotToken>,
    /// `TELEGRAM_API_URL`: Telegram's own Bot API, or a self-hosted server.
    pub api: Url,
    /// `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`: the proxy that calls to `api` go
    /// through; `None`: they go there directly.
    pub proxy: Option<ProxyUrl>,
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

const TOKEN: &str = "TELOXIDE_TOKEN";
const TOKEN_HELP: &str =
    "a bot's token, as the BotFather gives it: digits, a colon, 35 letters, digits, _ or -";
const API_HELP: &str = "an http or https address without a user, such as https://api.telegram.org";
const WEBHOOK_HELP: &str =
    "a public https address without a user, such as https://bot.example.com/telegram";
const SECRET_HELP: &str = "1 to 256 letters, digits, _ or -";
const COUNT_HELP: &str = "a whole number from 1 to 100";
const GROUP_HELP: &str = "the chat id of a group: a negative number, such as -1001234567890";

impl TelegramSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let api = reader
            .get("TELEGRAM_API_URL", API_HELP, api)
            .unwrap_or_else(telegrams_own);
        let token = reader.get(TOKEN, TOKEN_HELP, |text| BotToken::parse(text).ok());
        TelegramSettings {
            proxy: proxy::proxy_to(&api, reader.is_set(TOKEN), reader),
            token,
            api,
            webhook: reader.get("WENLU_TELEGRAM_WEBHOOK", WEBHOOK_HELP, webhook),
            secret: reader.get("WENLU_TELEGRAM_SECRET", SECRET_HELP, WebhookSecret::parse),
            max_connections: reader
                .get(
                    "WENLU_TELEGRAM_MAX_CONNECTIONS",
                    COUNT_HELP,
                    number(1..=100),
                )
                .unwrap_or(40),
            speed: reader
                .get("WENLU_TELEGRAM_SPEED", COUNT_HELP, number(1..=100))
                .unwrap_or(1),
            group: reader.get("WENLU_TELEGRAM_GROUP", GROUP_HELP, number(i64::MIN..=-1)),
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

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    #[test]
    fn telegram_is_off() {
        let settings = read_pairs(&[], TelegramSettings::read).unwrap();
        let TelegramSettings {
            token,
            api,
            webhook,
            secret,
            max_connections,
            group,
            ..
        } = settings;
        assert_eq!(
            (token, webhook, secret, max_connections, group),
            (None, None, None, 40, None)
        );
        assert_eq!(api.as_str(), "https://api.telegram.org/");
    }

    #[test]
    fn telegram_takes_what_telegram_gives() {
        let token = "123456789:AAExample_Example-ExampleExampleExa";
        let pairs = [
            ("TELOXIDE_TOKEN", token),
            ("TELEGRAM_API_URL", "http://127.0.0.1:8081/api"),
            (
                "WENLU_TELEGRAM_WEBHOOK",
                "https://bot.example.com:8443/hook",
            ),
            ("WENLU_TELEGRAM_SECRET", "a_Secret-1"),
            ("WENLU_TELEGRAM_MAX_CONNECTIONS", "100"),
            ("WENLU_TELEGRAM_GROUP", "-1001234567890"),
        ];
        let settings = read_pairs(&pairs, TelegramSettings::read).unwrap();
        let debug = format!("{settings:?}");
        assert!(
            !debug.contains("AAExample") && !debug.contains("a_Secret"),
            "{debug}"
        );
        let TelegramSettings {
            token: read,
            api,
            webhook,
            secret,
            max_connections,
            group,
            ..
        } = settings;
        assert_eq!(read, BotToken::parse(token).ok());
        assert_eq!(api.as_str(), "http://127.0.0.1:8081/api");
        assert_eq!(
            webhook.unwrap().as_str(),
            "https://bot.example.com:8443/hook"
        );
        assert_eq!(
            (secret.unwrap().reveal(), max_connections, group),
            ("a_Secret-1", 100, Some(-1_001_234_567_890))
        );
    }

    #[test]
    fn what_telegram_would_not_take() {
        let secret = "A".repeat(35);
        for (name, value) in [
            ("TELOXIDE_TOKEN", secret.clone()),
            ("TELOXIDE_TOKEN", format!(":{secret}")),
            ("TELOXIDE_TOKEN", format!("bot123:{secret}")),
            ("TELOXIDE_TOKEN", format!("123:{secret}/../getMe")),
            ("TELOXIDE_TOKEN", format!("123:{secret}é")),
            ("TELEGRAM_API_URL", "api.telegram.org".into()),
            ("TELEGRAM_API_URL", "ftp://api.telegram.org".into()),
            (
                "TELEGRAM_API_URL",
                "https://api.telegram.org/?token=1".into(),
            ),
            (
                "WENLU_TELEGRAM_WEBHOOK",
                "https://bot.example.com/#here".into(),
            ),
            ("WENLU_TELEGRAM_WEBHOOK", "https:///hook?".into()),
            ("WENLU_TELEGRAM_SECRET", "A".repeat(257)),
            ("WENLU_TELEGRAM_MAX_CONNECTIONS", "0".into()),
            ("WENLU_TELEGRAM_GROUP", "0".into()),
            ("WENLU_TELEGRAM_GROUP", "@operators".into()),
        ] {
            let bad = read_pairs(&[(name, &value)], TelegramSettings::read).unwrap_err();
            assert_eq!(
                bad.0
                    .iter()
                    .map(|bad| bad.name.as_str())
                    .collect::<Vec<_>>(),
                [name],
                "{value}"
            );
        }
    }
}
