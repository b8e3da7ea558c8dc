//! Masks personal data. In: a message as it was typed. Out: the same message with every piece of
//! personal data replaced by the name of its kind, and the places of those pieces. Must not know:
//! who wrote it, where it goes.
//!
//! `glyphs` folds character widths and keeps the byte offsets; then `addresses`, `secrets`
//! and `numbers` search, the most reliable patterns first. What cannot be recognised by its form
//! alone is checked further (checksum, Luhn, randomness), so that error codes, dates, versions and
//! appids stay. What has no form of its own (names, addresses, accounts, order numbers, passwords) is
//! found by the words around it: `cues`. [`normalize`](crate::text::normalize) drops the masks: a
//! masked message is routed by its remaining words.

mod addresses;
mod behind_cue;
mod contacts;
mod cues;
mod dialled;
mod documents;
mod entropy;
mod glyphs;
mod groups;
mod kinds;
mod named;
mod numbers;
mod people_names;
mod postal;
mod secrets;
mod token_chars;

pub use kinds::{MaskedSpan, PersonalDataKind, RedactedText};

use glyphs::FoldedText;

/// Masks the personal data in `text`. Existing masks are left.
///
/// ```
/// # use wenlu_core::privacy::{PersonalDataKind, redact};
/// let redacted = redact("我的手机是13812345678，请回电");
/// assert_eq!(redacted.text, "我的手机是［手机号］，请回电");
/// assert_eq!(redacted.masked[0].kind, PersonalDataKind::Phone);
/// ```
pub fn redact(text: &str) -> RedactedText {
    let mut page = FoldedText::new(text);
    // A mask separates, so another pass may find what was joined to it.
    for _ in 0..MAX_PASSES {
        let before = page.masked.len();
        addresses::mask(&mut page);
        secrets::mask(&mut page);
        numbers::mask(&mut page);
        cues::mask(&mut page);
        if page.masked.len() == before {
            break;
        }
    }
    let mut masked = page.masked;
    masked.sort_by_key(|masked| masked.span.start);
    RedactedText {
        text: exchange(text, &masked),
        masked,
    }
}

/// Three passes find everything in realistic text; the limit keeps the time linear for any other.
const MAX_PASSES: usize = 8;

fn exchange(text: &str, masked: &[MaskedSpan]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for MaskedSpan { kind, span } in masked {
        out += text.get(from..span.start).unwrap_or_default();
        out += kind.mask();
        from = span.end;
    }
    out + text.get(from..).unwrap_or_default()
}
