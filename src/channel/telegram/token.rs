//! The bot's token. In: the setting. Out: a [`BotToken`] that reveals its secret to the client
//! only. Must not know: requests.

use std::fmt;

/// Minimum length of the secret. Telegram's have 35 characters; a much shorter one was truncated
/// when it was copied, and replacing it in log texts would also hit ordinary words.
const SHORTEST: usize = 8;

/// `<bot id>:<secret>`. Neither `Debug` nor any error shows the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: String,
    bot: i64,
}

/// Why a token was refused. Contains nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a token is a number, a colon and a secret of letters, digits, `_` and `-`, as @BotFather shows it")]
pub struct BadToken;

impl Token {
    /// The only constructor. An accepted token needs no escaping in a URL.
    pub fn parse(text: &str) -> Result<Self, BadToken> {
        let (bot, secret) = text.trim().split_once(':').ok_or(BadToken)?;
        let is_secret =
            secret.len() >= SHORTEST && secret.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-".contains(&b));
        if !is_secret || !bot.bytes().all(|b| b.is_ascii_digit()) {
            return Err(BadToken);
        }
        let bot_id = bot.parse().map_err(|_| BadToken)?;
        Ok(Token { text: format!("{bot}:{secret}"), bot: bot_id })
    }

    /// The bot's user id, which is not secret.
    pub fn bot(&self) -> i64 {
        self.bot
    }

    /// `text` with the secret replaced by `***`, with or without the bot id before it.
    pub fn scrub(&self, text: &str) -> String {
        let secret = self.text.split_once(':').map_or(self.text.as_str(), |(_, secret)| secret);
        text.replace(secret, "***")
    }

    /// The token itself, for the path of a request only.
    pub(super) fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "Token({}:***)", self.bot)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_botfather_shows_and_nothing_else() {
        let token = Token::parse(" 4839574812:AAFD39kkdpWt3ywyRZergyOLMaJhac60qcK\n");
        assert_eq!(token.map(|t| t.bot()), Ok(4839574812));
        for bad in
            ["", ":", "123", "123:short", "12a:AAFD39kkdpWt", ":AAFD39kkdpWt", "1:AAFD39kk/../x", "1:AAFD39kk dpWt"]
        {
            assert_eq!(Token::parse(bad), Err(BadToken), "{bad}");
        }
    }

    #[test]
    fn shows_no_secret() {
        let token = Token::parse("42:CANARY-canary_0123456789").unwrap();
        assert_eq!(format!("{token:?}"), "Token(42:***)");
        let echo = "no such path /bot42:CANARY-canary_0123456789/x, 42%3ACANARY-canary_0123456789";
        assert_eq!(token.scrub(echo), "no such path /bot42:***/x, 42%3A***");
    }
}
