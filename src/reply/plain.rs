//! Blocks as plain text, for the terminal and for programs. In: blocks. Out: text. Must not know:
//! colours, widths.

use super::{Block, Span};

/// One line a block, bullets as `• `, links as `label（url）`, or `label (url)` after an ASCII
/// label.
pub fn text(blocks: &[Block]) -> String {
    let lines = blocks.iter().map(|block| match block {
        Block::Paragraph { spans } | Block::Note { spans } => line(spans),
        Block::List { items } => items.iter().map(|item| format!("• {}", line(item))).collect::<Vec<_>>().join("\n"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Spans as one text.
pub fn line(spans: &[Span]) -> String {
    spans.iter().map(span).collect()
}

fn span(span: &Span) -> String {
    let Some(href) = &span.href else { return span.text.clone() };
    let address = href.strip_prefix("mailto:").unwrap_or(href);
    match span.text.as_str() {
        "" => address.to_owned(),
        text if text == href || text == address => address.to_owned(),
        text if text.is_ascii() => format!("{text} ({address})"),
        text => format!("{text}（{address}）"),
    }
}
