//! Masking. In: a message as it was typed. Out: the same message with every piece of personal data exchanged for the
//! name of its kind, and where those pieces stood. Must not know: who wrote it, where it goes.
//!
//! [`glyphs`] folds widths away and keeps the places; then [`addresses`], [`secrets`] and [`numbers`] look, the surest
//! shapes first. What cannot be told by its shape alone has a check of its own (checksum, Luhn, how random it is), so
//! that order numbers, error codes, dates, versions and appids stay. The masks are those that
//! [`normalize`](crate::text::normalize) leaves out: a masked message is routed by the rest of its words.

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

/// What was masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A Chinese mobile number.
    Phone,
    /// An 18-digit resident id.
    ResidentId,
    BankCard,
    Email,
    /// An AppSecret, or another key that is shown once.
    Secret,
    /// An access token, a bot's token, or whatever looks like one.
    Token,
    /// An openid, a unionid, or another name by which WeChat knows one person.
    OpenId,
}

/// One piece of personal data: its kind, and its bytes in the original.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Masked {
    pub kind: Kind,
    pub span: Range<usize>,
}

/// A message that may be stored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Redacted {
    pub text: String,
    /// In the order in which they stood; they never overlap.
    pub masked: Vec<Masked>,
}

impl Kind {
    pub const ALL: [Kind; 7] =
        [Kind::Phone, Kind::ResidentId, Kind::BankCard, Kind::Email, Kind::Secret, Kind::Token, Kind::OpenId];

    /// What stands in its place.
    pub fn mask(self) -> &'static str {
        MASKS[self as usize]
    }
}

/// Masks the personal data in `text`. What is masked already stays as it is.
pub fn redact(text: &str) -> Redacted {
    let mut page = Page::new(text);
    // What was masked separates, so that a second look may find what ran into it.
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

/// Three looks find everything in whatever people write; the bound keeps time linear in what they do not.
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
