//! Which characters are safe to show or to store. In: text from outside. Out: the same without what steers a terminal.

/// Replaces control characters, line breaks excepted, with spaces: they come from pasting and mean
/// nothing, but may break a store or a terminal.
pub fn without_control_chars(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
        .collect()
}

/// A character that is invisible, moves a terminal's cursor, or reverses the direction of the text;
/// line breaks and tabs are not.
pub fn is_display_unsafe(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\t'))
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}
