//! Masking. In: a turn. Out: the same turn without personal data, as it is stored.

use wenlu_core::dialogue::Turn;
use wenlu_core::privacy::{RedactedText, redact};

/// Masks personal data in the journal entry and in the state of the conversation.
pub(super) fn mask(turn: &mut Turn) {
    let said = [
        Some(&mut turn.entry.text),
        turn.entry.question.as_mut(),
        turn.conversation
            .question
            .as_mut()
            .map(|question| &mut question.text),
    ];
    // the texts are mostly equal, and searching them for personal data is slow: reuse the last
    // result
    let mut seen: Option<(String, RedactedText)> = None;
    for text in said.into_iter().flatten() {
        if seen.as_ref().is_none_or(|(words, _)| words != text) {
            seen = Some((text.clone(), redact(text)));
        }
        if let Some((_, redacted)) = seen
            .as_ref()
            .filter(|(_, redacted)| !redacted.masked.is_empty())
        {
            text.clone_from(&redacted.text);
        }
    }
}
