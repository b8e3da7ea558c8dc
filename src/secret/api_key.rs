//! The key of a language model's endpoint. In: text. Out: an [`ApiKey`], whose `Debug` hides it.
//! Must not know: where it is read, what is asked with it.

use std::fmt;

/// Longer than any that providers give.
const MAX_CHARS: usize = 512;

/// What goes into the `Authorization` header.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// `None` if it cannot stand in a header.
    pub fn parse(text: &str) -> Option<Self> {
        let is_key = (1..=MAX_CHARS).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_graphic());
        is_key.then(|| Self(text.to_owned()))
    }

    /// For the header only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(***)")
    }
}
