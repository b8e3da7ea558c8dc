//! Recognises what was said before. In: a message, or an edit of one. Out: keys that are equal where
//! the words are: Telegram reports a message as edited even if only a reaction was added. Must not
//! know: what follows from it.

use super::parse::{AlbumPart, ChatContext, UpdateKind};
use super::worker::TurnWorker;
use crate::hash;
use crate::store::StoreError;

/// A channel of `seen`, and an id.
pub(super) type ContentKey = (String, String);

impl TurnWorker {
    /// Whether all of this was said before.
    pub(super) async fn was_said(&self, keys: &[ContentKey]) -> Result<bool, StoreError> {
        for (channel, id) in keys {
            if !self.store.inbox().was_seen(channel, id).await? {
                return Ok(false);
            }
        }
        Ok(!keys.is_empty())
    }
}

/// The keys of a message: one, or one for each part of an album that has a caption. All commands
/// count as equal, so that editing never executes one again.
pub(super) fn content_keys(scene: &ChatContext, what: &UpdateKind) -> Vec<ContentKey> {
    let first = match what {
        UpdateKind::Command { .. } | UpdateKind::UnknownCommand(_) => Some("/"),
        UpdateKind::Edited { text, .. } if text.starts_with(['/', '／']) => Some("/"),
        UpdateKind::Text(text) | UpdateKind::Edited { text, .. } => Some(text.as_str()),
        UpdateKind::Attachment(attachment) => attachment.caption.as_deref(),
        _ => None,
    };
    let rest: &[AlbumPart] = match what {
        UpdateKind::Attachment(attachment) => &attachment.rest,
        _ => &[],
    };
    let rest = rest
        .iter()
        .filter_map(|part| Some((part.message, part.caption.as_deref()?)));
    let said = scene.message.zip(first).into_iter().chain(rest);
    said.map(|(message, text)| {
        let parts = [&message.to_be_bytes()[..], text.as_bytes()];
        let number = hash::stable_number("message content", &parts);
        (format!("said:{}", scene.chat), number.to_string())
    })
    .collect()
}
