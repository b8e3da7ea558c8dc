//! Filler: words that can be removed from the ends of a message without changing its meaning. In: a
//! normalised text. Out: the text without them.

/// Words that can be removed from the ends of a message without changing its meaning.
pub(super) struct FillerWord {
    pub(super) text: String,
    /// Its first and last byte: enough to rule it out for most messages.
    pub(super) ends: [u8; 2],
}

impl FillerWord {
    pub(super) fn new(text: String) -> Option<Self> {
        let ends = [*text.as_bytes().first()?, *text.as_bytes().last()?];
        Some(Self { text, ends })
    }

    /// `text` with this filler removed from its beginning and its end.
    pub(super) fn off<'a>(&self, text: &'a str) -> &'a str {
        let mut rest = text;
        if rest.as_bytes().first() == Some(&self.ends[0])
            && let Some(tail) = rest.strip_prefix(self.text.as_str())
            && self.apart(tail.chars().next())
        {
            rest = tail.trim();
        }
        if rest.as_bytes().last() == Some(&self.ends[1])
            && let Some(head) = rest.strip_suffix(self.text.as_str())
            && self.apart(head.chars().next_back())
        {
            rest = head.trim();
        }
        rest
    }

    /// Whether removing it beside `neighbour` cuts no word of letters in two.
    fn apart(&self, neighbour: Option<char>) -> bool {
        !self.text.is_ascii() || neighbour.is_none_or(|c| !c.is_ascii_alphanumeric())
    }
}
