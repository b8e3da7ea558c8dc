//! Secrets of the bridge. In: text. Out: a [`BridgeKey`], which servers of the team show, and a
//! [`BridgeSecret`], with which events for them are signed. `Debug` hides both. Must not know:
//! where they are read, what is signed.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use std::fmt;
use subtle::ConstantTimeEq;

/// At least what 96 random bits have in hexadecimal digits.
const KEY_CHARS: std::ops::RangeInclusive<usize> = 24..=200;
/// What Standard Webhooks demands of a symmetric secret.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 24..=64;
const SECRET_PREFIX: &str = "whsec_";

/// What a server of the team shows to be let in.
#[derive(Clone, PartialEq, Eq)]
pub struct BridgeKey(String);

impl BridgeKey {
    /// `None` if it is short, or has other characters than a header can carry.
    pub fn parse(text: &str) -> Option<Self> {
        let is_key =
            KEY_CHARS.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_key.then(|| Self(text.to_owned()))
    }

    /// Whether `given` is this key. How long it takes says nothing about the key.
    pub(crate) fn is(&self, given: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(given).into()
    }
}

impl fmt::Debug for BridgeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BridgeKey(***)")
    }
}

/// A secret as Standard Webhooks writes it: `whsec_` and base64.
#[derive(Clone, PartialEq, Eq)]
pub struct BridgeSecret(Vec<u8>);

impl BridgeSecret {
    /// `None` if it is not written so, or has other than 24 to 64 bytes.
    pub fn parse(text: &str) -> Option<Self> {
        let encoded = text.strip_prefix(SECRET_PREFIX)?;
        let bytes = BASE64_STANDARD.decode(encoded).ok()?;
        SECRET_BYTES.contains(&bytes.len()).then_some(Self(bytes))
    }

    /// For signatures only.
    pub(crate) fn reveal(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for BridgeSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BridgeSecret(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_secret_is_refused_and_nothing_is_shown() {
        let key = "0123456789abcdef01234567";
        assert!(BridgeKey::parse(key).unwrap().is(key.as_bytes()));
        assert!(
            !BridgeKey::parse(key)
                .unwrap()
                .is(b"0123456789abcdef01234568")
        );
        for bad in ["", &key[1..], "0123456789 abcdef01234567", &"x".repeat(201)] {
            assert_eq!(BridgeKey::parse(bad), None, "{bad}");
        }
        let secret = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3";
        assert_eq!(
            BridgeSecret::parse(secret).unwrap().reveal(),
            key.as_bytes()
        );
        for bad in ["", &secret[6..], "whsec_", "whsec_c2hvcnQ=", "whsec_!!"] {
            assert_eq!(BridgeSecret::parse(bad), None, "{bad}");
        }
        let shown = format!(
            "{:?} {:?}",
            BridgeKey::parse(key),
            BridgeSecret::parse(secret)
        );
        assert_eq!(shown, "Some(BridgeKey(***)) Some(BridgeSecret(***))");
    }
}
