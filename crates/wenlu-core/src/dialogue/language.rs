//! The language of a conversation. In: a question as typed, and how it was routed. Out: whether the
//! question reveals the asker's language. The router says which one it is.

use crate::model::Decision;
use crate::text::normalize::{is_han, normalize};

/// Whether a question reveals the language of its asker: it has Chinese characters, two words of
/// letters, or one word that was routed (hello). Symbols, tags and other single words do not change
/// the language of the conversation.
pub(super) fn reveals_language(text: &str, decision: Decision) -> bool {
    let normal = normalize(&without_tags(text));
    let words = normal
        .split(' ')
        .filter(|word| word.chars().any(char::is_alphabetic))
        .count();
    normal.chars().any(is_han) || words > 1 || words == 1 && decision != Decision::Unknown
}

/// The text without HTML tags, as a browser would show it.
fn without_tags(text: &str) -> String {
    let mut parts = text.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| match part.split_once('>') {
        Some((_, after)) => shown + " " + after,
        None => shown + " " + part,
    })
}
