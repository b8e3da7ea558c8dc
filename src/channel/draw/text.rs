//! Text as chat services accept it. In: any text. Out: the same cleaned or shortened. Must not know: what it is.

use unicode_segmentation::UnicodeSegmentation;
use wenlu_core::text::safe::is_display_unsafe;

/// Removes control characters except line breaks, and characters that change the direction of text.
pub fn clean(text: &str) -> String {
    let turning = |c: char| matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let spaced = text.chars().map(|c| if c == '\t' { ' ' } else { c });
    spaced
        .filter(|&c| c == '\n' || !(c.is_control() || turning(c)))
        .collect()
}

/// At most `most` characters; the last is `…` if some were cut off.
pub fn ellipsize(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut count = 1;
    for grapheme in text.graphemes(true) {
        count += grapheme.chars().count();
        if count > most {
            break;
        }
        kept.push_str(grapheme);
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// Whether nothing of a text is visible: chat services refuse such messages and buttons.
pub(in crate::channel) fn is_blank(text: &str) -> bool {
    let is_unseen = |c: char| c.is_whitespace() || c == '\u{ad}' || is_display_unsafe(c);
    text.chars().all(is_unseen)
}
