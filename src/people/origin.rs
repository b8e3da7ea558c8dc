//! Where a message comes from, as far as the operators are shown it. In: what a channel knows. Out:
//! plain values.

/// Who wrote a message, and whether it is more than text.
#[derive(Clone, Copy, Debug, Default)]
pub struct MessageOrigin<'a> {
    /// The asker's name; `None` if unknown.
    pub name: Option<&'a str>,
    /// A message that is not text (a picture, a voice message), so that it can be copied.
    pub media: Option<&'a MediaRef>,
    /// Whether it is an earlier message, edited.
    pub is_edit: bool,
    /// The operator who wrote it, as their channel names them; `None`: the asker did.
    pub operator: Option<&'a str>,
}

/// A message that is not text, named by the channel on which it was sent, which alone reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaRef(String);

impl MediaRef {
    pub fn new(name: String) -> Self {
        MediaRef(name)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}
