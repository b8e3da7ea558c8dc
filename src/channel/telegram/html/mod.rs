//! Renders replies for Telegram. In: a [`Reply`]. Out: [`HtmlMessage`]s, each with its buttons.
//! Must not know: where a reply comes from, or how a message is sent.

mod escape;
mod keyboard;
mod words;

pub use crate::channel::draw::{clean, ellipsize};
pub use escape::escape;
pub use words::strip_tags;

use crate::channel::draw::{StyledRun, TextMeasure, choose, outline, pack};
use serde::{Deserialize, Serialize};
use wenlu_core::model::{Button, Reply};

/// Maximum UTF-16 units of a message. Telegram allows 4,096 code points without markup; UTF-16
/// units are never fewer, and entity offsets count in them.
pub const MESSAGE_LIMIT: usize = 4096;

/// One message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HtmlMessage {
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
pub fn html_messages(reply: &Reply) -> Vec<HtmlMessage> {
    let mut texts = pack(&outline(reply), MESSAGE_LIMIT, TextMeasure::Utf16);
    let keyboard = keyboard::rows(reply);
    if texts.is_empty() && !keyboard.is_empty() {
        texts.push(choose(reply.lang));
    }
    let preview = texts.len() == 1 && texts.iter().flatten().all(|run| run.href.is_some());
    let mut parts: Vec<HtmlMessage> = texts
        .iter()
        .map(|runs| HtmlMessage {
            html: render(runs),
            keyboard: vec![],
            preview,
        })
        .collect();
    if let Some(last) = parts.last_mut() {
        last.keyboard = keyboard;
    }
    parts
}

/// A reply as a single message without buttons and with all steps; if it is too long, the rest is
/// replaced by `more`. `None` if it has no text.
pub fn article(reply: &Reply, more: &str) -> Option<String> {
    let nodes = outline(&Reply {
        cursor: None,
        ..reply.clone()
    });
    let mut texts = pack(&nodes, MESSAGE_LIMIT, TextMeasure::Utf16);
    if texts.len() > 1 {
        let more = StyledRun {
            text: format!("\n\n{more}"),
            ..StyledRun::default()
        };
        let room = MESSAGE_LIMIT.saturating_sub(TextMeasure::Utf16.of(&more));
        texts = pack(&nodes, room, TextMeasure::Utf16);
        texts.first_mut()?.push(more);
    }
    texts.first().map(|runs| render(runs))
}

/// Renders quotes around links around bold text, so that all tags nest properly.
fn render(runs: &[StyledRun]) -> String {
    let mut html = String::new();
    for quoted in runs.chunk_by(|a, b| a.quote == b.quote) {
        let is_quote = quoted.first().is_some_and(|run| run.quote);
        html.push_str(if is_quote { "<blockquote>" } else { "" });
        for linked in quoted.chunk_by(|a, b| a.href == b.href) {
            let href = linked.first().and_then(|run| run.href.as_deref());
            if let Some(href) = href {
                html.push_str(&format!("<a href=\"{}\">", escape(href)));
            }
            for StyledRun { text, strong, .. } in linked {
                let text = escape(text);
                html.push_str(&if *strong {
                    format!("<b>{text}</b>")
                } else {
                    text
                });
            }
            html.push_str(if href.is_some() { "</a>" } else { "" });
        }
        html.push_str(if is_quote { "</blockquote>" } else { "" });
    }
    html
}
