//! Renders replies for Telegram. In: a [`Reply`]. Out: [`HtmlMessage`]s, each with its buttons.
//! Must not know: where a reply comes from, or how a message is sent.

mod cut;
mod keyboard;
mod outline;
mod words;

pub use words::without_tags;

use crate::message::{Button, Reply};
use cut::Run;
use outline::outline;
use serde::{Deserialize, Serialize};

/// Maximum UTF-16 units of a message. Telegram allows 4,096 code points without markup; UTF-16
/// units are never fewer, and entity offsets count in them.
pub const LIMIT: usize = 4096;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Telegram's HTML; its text has at least one visible character and at most [`MESSAGE_LIMIT`]
    /// UTF-16 units.
    pub html: String,
    /// Rows of buttons. Labels are plain text and not escaped.
    pub keyboard: Vec<Vec<Button>>,
    /// Whether to show a preview of the link.
    pub preview: bool,
}

/// The messages of a reply, in order: one unless it is long; none if it has neither text nor
/// buttons. The buttons are under the last.
pub fn parts(reply: &Reply) -> Vec<Part> {
    let mut texts = cut::pack(&outline(reply), LIMIT);
    let keyboard = keyboard::rows(reply);
    if texts.is_empty() && !keyboard.is_empty() {
        texts.push(outline::choose(reply.lang));
    }
    let preview = texts.len() == 1 && texts.iter().flatten().all(|run| run.href.is_some());
    let mut parts: Vec<Part> =
        texts.iter().map(|runs| Part { html: render(runs), keyboard: vec![], preview }).collect();
    if let Some(last) = parts.last_mut() {
        last.keyboard = keyboard;
    }
    parts
}

/// A reply as a single message without buttons and with all steps; if it is too long, the rest is
/// replaced by `more`. `None` if it has no text.
pub fn article(reply: &Reply, more: &str) -> Option<String> {
    let nodes = outline(&Reply { cursor: None, ..reply.clone() });
    let mut texts = cut::pack(&nodes, LIMIT);
    if texts.len() > 1 {
        let more = Run { text: format!("\n\n{more}"), ..Run::default() };
        texts = cut::pack(&nodes, LIMIT.saturating_sub(more.units()));
        texts.first_mut()?.push(more);
    }
    texts.first().map(|runs| render(runs))
}

/// Removes control characters except line breaks, and characters that change the direction of text.
pub fn clean(text: &str) -> String {
    let turning = |c: char| matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let spaced = text.chars().map(|c| if c == '\t' { ' ' } else { c });
    spaced.filter(|&c| c == '\n' || !(c.is_control() || turning(c))).collect()
}

/// Escapes text for an HTML message.
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

/// At most `most` characters; the last is `…` if some were cut off.
pub fn ellipsize(text: &str, most: usize) -> String {
    use unicode_segmentation::UnicodeSegmentation;
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

/// Whether nothing of a text is visible: Telegram refuses such messages and buttons.
fn is_blank(text: &str) -> bool {
    let unseen = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    text.chars().all(unseen)
}

/// Renders quotes around links around bold text, so that all tags nest properly.
fn render(runs: &[Run]) -> String {
    let mut html = String::new();
    for quoted in runs.chunk_by(|a, b| a.quote == b.quote) {
        let is_quote = quoted.first().is_some_and(|run| run.quote);
        html.push_str(if is_quote { "<blockquote>" } else { "" });
        for linked in quoted.chunk_by(|a, b| a.href == b.href) {
            let href = linked.first().and_then(|run| run.href.as_deref());
            if let Some(href) = href {
                html.push_str(&format!("<a href=\"{}\">", escape(href)));
            }
            for Run { text, strong, .. } in linked {
                let text = escape(text);
                html.push_str(&if *strong { format!("<b>{text}</b>") } else { text });
            }
            html.push_str(if href.is_some() { "</a>" } else { "" });
        }
        html.push_str(if is_quote { "</blockquote>" } else { "" });
    }
    html
}
