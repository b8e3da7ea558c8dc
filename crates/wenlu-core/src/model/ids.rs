//! Ids of conversations and messages, checked once where they come in.

use serde::Serialize;

/// Identifies one conversation: `web:4f0c…`, `terminal:…`. 1 to 128 bytes of letters, digits and
/// `: _ - .`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct ConversationId(String);

/// Identifies one message within its conversation. Chosen by the client; a retry carries the same
/// one. Same alphabet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct MessageId(String);

/// Why an id was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// No character at all.
    #[error("an id needs at least one character")]
    Empty,
    /// More characters than an id may have.
    #[error("an id has at most 128 bytes")]
    TooLong,
    /// A character that an id may not have.
    #[error("an id is made of letters, digits and `: _ - .`")]
    Alphabet,
}

fn parse_id(text: &str) -> Result<String, IdError> {
    match text {
        "" => Err(IdError::Empty),
        _ if text.len() > 128 => Err(IdError::TooLong),
        _ if text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b":_-.".contains(&b)) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(IdError::Alphabet),
    }
}

impl ConversationId {
    /// The only constructor.
    ///
    /// # Errors
    ///
    /// The id is empty, longer than 128 bytes, or has another character.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        parse_id(text).map(Self)
    }

    /// The conversation with this name in a channel; the name may begin with the channel already.
    pub fn in_channel(channel: &str, name: &str) -> Result<Self, IdError> {
        let own = name
            .strip_prefix(channel)
            .and_then(|rest| rest.strip_prefix(':'));
        match own.unwrap_or(name) {
            "" => Err(IdError::Empty),
            own => Self::parse(&format!("{channel}:{own}")),
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The channel that it takes place on: the part before the first colon, empty if there is none.
    pub fn channel(&self) -> &str {
        self.0.split_once(':').map_or("", |(channel, _)| channel)
    }

    /// Its name within the channel.
    pub fn name(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(_, name)| name)
    }
}

impl MessageId {
    /// The only constructor.
    ///
    /// # Errors
    ///
    /// The id is empty, longer than 128 bytes, or has another character.
    pub fn parse(text: &str) -> Result<Self, IdError> {
        parse_id(text).map(Self)
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_is_on_a_channel() {
        let id = |channel, name| ConversationId::in_channel(channel, name);
        assert_eq!(id("web", "a:b"), ConversationId::parse("web:a:b"));
        assert_eq!(id("web", "web:a"), ConversationId::parse("web:a"));
        assert_eq!(id("web", "webby"), ConversationId::parse("web:webby"));
        assert_eq!(id("web", ""), Err(IdError::Empty));
        assert_eq!(id("web", "web:"), Err(IdError::Empty));
        for (text, channel, name) in [("web:a:b", "web", "a:b"), ("a", "", "a")] {
            let id = ConversationId::parse(text).unwrap();
            assert_eq!((id.channel(), id.name()), (channel, name));
        }
    }
}
