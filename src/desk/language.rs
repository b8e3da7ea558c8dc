//! The language of a conversation. In: a question as typed, and how it was routed. Out: whether it tells the language.
//! Which one it is, the router says.

use crate::router::Decision;
use crate::text::normalize::{is_han, normalize};

/// Whether a question tells the language in which its asker writes: Chinese, two words of letters, or one that means
/// something here (hello). Symbols, tags and a stray word leave the language of the conversation as it was.
pub fn is_told(text: &str, decision: Decision) -> bool {
    let normal = normalize(&without_tags(text));
    let words = normal.split(' ').filter(|word| word.chars().any(char::is_alphabetic)).count();
    normal.chars().any(is_han) || words > 1 || words == 1 && decision != Decision::Unknown
}

/// What a browser would show of a text with tags in it.
fn without_tags(text: &str) -> String {
    let mut parts = text.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| match part.split_once('>') {
        Some((_, after)) => shown + " " + after,
        None => shown + " " + part,
    })
}
