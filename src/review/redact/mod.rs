//! Masks personal data. In: a message as it was typed. Out: the same message with every piece of
//! personal data replaced by the name of its kind, and the places of those pieces. Must not know:
//! who wrote it, where it goes.
//!
//! [`glyphs`] folds character widths and keeps the byte offsets; then [`addresses`], [`secrets`]
//! and [`numbers`] search, the most reliable patterns first. What cannot be recognised by its form
//! alone is checked further (checksum, Luhn, randomness), so that order numbers, error codes,
//! dates, versions and appids stay. [`normalize`](crate::text::normalize) drops the masks: a masked
//! message is routed by its remaining words.

mod addresses;
mod glyphs;
mod groups;
mod lot;
mod named;
mod numbers;
mod secrets;

use crate::text::normalize::MASKS;
use glyphs::Page;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// The kind of personal data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A Chinese mobile number.
    Phone,
    /// An 18-digit Chinese resident id.
    ResidentId,
    BankCard,
    Email,
    /// An AppSecret, or another secret key.
    Secret,
    /// An access token, a bot's token, or a string that looks like one.
    Token,
    /// An openid, a unionid, or another WeChat identifier of a person.
    OpenId,
}

/// A piece of personal data: its kind, and its bytes in the original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Masked {
    pub kind: Kind,
    pub span: Range<usize>,
}

/// A masked message, which may be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Redacted {
    pub text: String,
    /// In the order of the text, without overlaps.
    pub masked: Vec<Masked>,
}

impl Kind {
    pub const ALL: [Kind; 7] =
        [Kind::Phone, Kind::ResidentId, Kind::BankCard, Kind::Email, Kind::Secret, Kind::Token, Kind::OpenId];

    /// The text that replaces it.
    pub fn mask(self) -> &'static str {
        MASKS[self as usize]
    }
}

/// Masks the personal data in `text`. Existing masks are left.
pub fn redact(text: &str) -> Redacted {
    let mut page = Page::new(text);
    // A mask separates, so another pass may find what was joined to it.
    for _ in 0..LOOKS {
        let before = page.masked.len();
        addresses::mask(&mut page);
        secrets::mask(&mut page);
        numbers::mask(&mut page);
        if page.masked.len() == before {
            break;
        }
    }
    let mut masked = page.masked;
    masked.sort_by_key(|masked| masked.span.start);
    Redacted { text: exchange(text, &masked), masked }
}

/// Three passes find everything in realistic text; the limit keeps the time linear for any other.
const LOOKS: usize = 8;

fn exchange(text: &str, masked: &[Masked]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for Masked { kind, span } in masked {
        out += text.get(from..span.start).unwrap_or_default();
        out += kind.mask();
        from = span.end;
    }
    out + text.get(from..).unwrap_or_default()
}
