//! Styles for the terminal. In: words and shares. Out: coloured and padded text, and bars; anstream
//! removes the colours if the output is not a terminal. Must not know: what is shown.

use anstyle::{AnsiColor, Style};
use std::fmt::Display;
use unicode_width::UnicodeWidthStr;

pub(super) const HEADING: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const BAD: Style = AnsiColor::Red.on_default();
pub(super) const DOUBTFUL: Style = AnsiColor::Yellow.on_default();
pub(super) const NAME: Style = AnsiColor::Cyan.on_default();
/// Also underlined, so that it is visible without colours.
pub(super) const SHARED: Style = AnsiColor::Green.on_default().underline();

pub(super) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A bar of `width` columns for a share from 0 to 1.
pub(super) fn bar(share: f64, width: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = (share.clamp(0.0, 1.0) * 8.0 * width as f64).round() as usize;
    // a share above 0 is always visible
    let eighths = if share > 0.0 { eighths.max(1) } else { eighths };
    "█".repeat(eighths / 8) + EIGHTHS[eighths % 8]
}

/// Pads `text` with spaces on the right to `width` columns; a Chinese character takes two.
pub(super) fn align_left(text: &str, width: usize) -> String {
    text.to_owned() + &space(text, width)
}

/// Pads `text` with spaces on the left to `width` columns.
pub(super) fn align_right(text: &str, width: usize) -> String {
    space(text, width) + text
}

fn space(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.width()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widths() {
        assert_eq!(align_left("意图", 6) + "|", "意图  |");
        assert_eq!(align_right("意图", 3), "意图");
        assert_eq!(
            [
                bar(0.0, 4),
                bar(0.001, 4),
                bar(0.5, 4),
                bar(0.47, 4),
                bar(2.0, 4)
            ],
            ["", "▏", "██", "█▉", "████"]
        );
    }
}
