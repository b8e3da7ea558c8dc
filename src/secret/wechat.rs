//! Secrets of a WeChat account or of WeCom, as their consoles show them. In: text. Out: a
//! [`WeixinToken`], an [`EncodingAesKey`], an [`AppSecret`] and a [`CorpSecret`], whose `Debug` hides
//! them. Must not know: where they are read, what is signed or sealed with them.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use std::fmt;

/// The console's name for the length: 43 characters.
const KEY_CHARS: usize = 43;
/// 43 in every console so far.
const CORP_SECRET_CHARS: std::ops::RangeInclusive<usize> = 20..=64;
/// The console's limits for a token.
const TOKEN_CHARS: std::ops::RangeInclusive<usize> = 3..=32;

/// A random key fills 256 of the 258 bits of 43 characters: the last two may be anything, also in the
/// platform's own sample key, while a strict decoder wants zeros.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

/// What the console calls Token: 3 to 32 letters and digits, with which deliveries are signed.
#[derive(Clone, PartialEq, Eq)]
pub struct WeixinToken(String);

impl WeixinToken {
    /// `None` if the console would not take it.
    pub fn parse(text: &str) -> Option<Self> {
        let is_token = TOKEN_CHARS.contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        is_token.then(|| Self(text.to_owned()))
    }

    /// For a signature only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for WeixinToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WeixinToken(***)")
    }
}

/// What the console calls EncodingAESKey: 43 characters that stand for 32 bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct EncodingAesKey([u8; 32]);

impl EncodingAesKey {
    /// `None` if it is no such key.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = LENIENT
            .decode(text)
            .ok()
            .filter(|_| text.len() == KEY_CHARS)?;
        bytes.try_into().ok().map(Self)
    }

    /// For sealing and opening only.
    pub(crate) fn reveal(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for EncodingAesKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EncodingAesKey(***)")
    }
}

/// What the console calls AppSecret: with it the platform's API grants access.
#[derive(Clone, PartialEq, Eq)]
pub struct AppSecret(String);

impl AppSecret {
    /// `None` if the console shows no such secret: they have 32 hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        let is_secret = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_secret.then(|| Self(text.to_owned()))
    }

    /// For asking for a token only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret(***)")
    }
}

/// What WeCom's console calls Secret: with it the API of a company grants access.
#[derive(Clone, PartialEq, Eq)]
pub struct CorpSecret(String);

impl CorpSecret {
    /// `None` if the console shows no such secret: they have 43 letters, digits, `_` and `-`.
    pub fn parse(text: &str) -> Option<Self> {
        let is_secret = CORP_SECRET_CHARS.contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
        is_secret.then(|| Self(text.to_owned()))
    }

    /// For asking for a token only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CorpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CorpSecret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_may_end_with_any_of_the_64_characters() {
        let head = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh";
        let expected: [u8; 32] = std::array::from_fn(|at| u8::try_from(at).unwrap());
        // 8 to / spell the same six bits but for the last two, which stand for nothing
        for last in "89+/".chars() {
            let key = EncodingAesKey::parse(&format!("{head}{last}")).map(|key| key.0);
            assert_eq!(key, Some(expected), "{last}");
        }
    }

    #[test]
    fn what_no_console_shows_is_refused_and_nothing_is_shown() {
        let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
        for bad in [
            "",
            "short",
            &key[1..],
            &format!("{key}="),
            &format!("{key}A"),
            "密钥",
        ] {
            assert_eq!(EncodingAesKey::parse(bad), None, "{bad}");
        }
        for bad in ["", "ab", "a b c", "令牌令牌", &"x".repeat(33)] {
            assert_eq!(WeixinToken::parse(bad), None, "{bad}");
        }
        for bad in ["", "0123456789abcdef", "0123456789abcdef0123456789abcdeg"] {
            assert_eq!(AppSecret::parse(bad), None, "{bad}");
        }
        let shown = format!(
            "{:?} {:?} {:?} {:?}",
            CorpSecret::parse(key),
            EncodingAesKey::parse(key),
            WeixinToken::parse("wenlu-token"),
            AppSecret::parse("0123456789abcdef0123456789ABCDEF")
        );
        let hidden = "Some(CorpSecret(***)) Some(EncodingAesKey(***)) Some(WeixinToken(***)) Some(AppSecret(***))";
        assert_eq!(shown, hidden);
    }
}
