//! A conversation as the store keeps it. In: a turn. Out: JSON, and back. Must not know: where it is
//! kept.

use wenlu_core::dialogue::{Conversation, Turn};

/// In bytes. A shorter question is kept with the conversation too: reading it costs more than it
/// saves.
const LONG_QUESTION: usize = 300;

/// The state as it is stored. A long question that this turn's journal entry holds is taken out:
/// it is read from there.
pub(super) fn stored_state(turn: &mut Turn) -> Result<String, serde_json::Error> {
    if let Some(question) = &mut turn.conversation.question
        && question.text.len() > LONG_QUESTION
        && turn.entry.question.as_ref() == Some(&question.text)
    {
        question.text.clear();
    }
    serde_json::to_string(&turn.conversation)
}

/// The stored state; a default one if it cannot be read, because it was written by a version whose
/// format is no longer supported.
pub(super) fn parse_conversation(state: &str) -> Conversation {
    serde_json::from_str(state).unwrap_or_else(|error| {
        tracing::warn!(%error, "a conversation's state could not be read; it starts over");
        Conversation::default()
    })
}
