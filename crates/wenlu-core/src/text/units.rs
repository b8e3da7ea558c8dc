//! Units. In: a normalised message. Out: its units: one Han character, or one word of letters and
//! digits. Must not know: which units matter.

use super::normalize::{is_han, is_letter};

/// One unit, with its byte span in the normalised text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextUnit<'a> {
    /// The unit: one Han character, or a run of other letters or digits.
    pub text: &'a str,
    /// Where it begins in the text, in bytes.
    pub start: usize,
    /// Whether it is a Han character; else it is a word.
    pub han: bool,
}

/// The units in order. An apostrophe inside a word belongs to it; every other character separates.
pub fn units(normal: &str) -> impl Iterator<Item = TextUnit<'_>> {
    let mut rest = normal.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = rest.find(|&(_, c)| is_han(c) || is_letter(c))?;
        let mut end = start + first.len_utf8();
        let han = is_han(first);
        while let (false, Some(&(at, c))) = (han, rest.peek()) {
            if !is_letter(c) && c != '\'' {
                break;
            }
            end = at + c.len_utf8();
            rest.next();
        }
        Some(TextUnit {
            text: normal.get(start..end)?,
            start,
            han,
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn mixed() {
        let all: Vec<_> = super::units("appid transfer后openid会变 can't")
            .map(|u| u.text)
            .collect();
        assert_eq!(
            all,
            ["appid", "transfer", "后", "openid", "会", "变", "can't"]
        );
    }
}
