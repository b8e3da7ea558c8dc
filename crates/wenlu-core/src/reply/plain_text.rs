//! Blocks as plain text, for the terminal and for programs. In: blocks. Out: text. Must not know:
//! colours, widths.

use super::{ReplyBlock, TextSpan};

/// One line a block, bullets as `• `, links as `label（url）`, or `label (url)` after an ASCII
/// label.
pub fn blocks_text(blocks: &[ReplyBlock]) -> String {
    let lines = blocks.iter().map(|block| match block {
        ReplyBlock::Paragraph { spans } | ReplyBlock::Note { spans } => spans_text(spans),
        ReplyBlock::List { items } => items
            .iter()
            .map(|item| format!("• {}", spans_text(item)))
            .collect::<Vec<_>>()
            .join("\n"),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Spans as one text.
pub fn spans_text(spans: &[TextSpan]) -> String {
    spans.iter().map(span).collect()
}

fn span(span: &TextSpan) -> String {
    let Some(href) = &span.href else {
        return span.text.clone();
    };
    let address = href.strip_prefix("mailto:").unwrap_or(href);
    match span.text.as_str() {
        "" => address.to_owned(),
        text if text == href || text == address => address.to_owned(),
        text if text.is_ascii() => format!("{text} ({address})"),
        text => format!("{text}（{address}）"),
    }
}
