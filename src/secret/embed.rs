//! Secrets that a site's own server signs with who its visitors are. In: text. Out: an
//! [`EmbedSecret`]. `Debug` hides it. Must not know: where it is read, what is signed.

use std::fmt;

/// HS256 wants a key of at least the size of its output: `openssl rand -base64 32` has 44 letters.
const SECRET_BYTES: std::ops::RangeInclusive<usize> = 32..=256;

/// A secret that a site's server shares with this one.
#[derive(Clone, PartialEq, Eq)]
pub struct EmbedSecret(String);

impl EmbedSecret {
    /// `None` if it is short, or has other characters than a setting can carry.
    pub fn parse(text: &str) -> Option<Self> {
        let is_secret =
            SECRET_BYTES.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_secret.then(|| Self(text.to_owned()))
    }

    /// For signatures only.
    pub(crate) fn reveal(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for EmbedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EmbedSecret(***)")
    }
}
