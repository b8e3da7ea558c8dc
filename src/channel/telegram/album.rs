//! Albums: pictures that are sent together come as messages of their own, and none says that it is
//! the last. In: the oldest message of a conversation. Out: the same with the others of its album, or
//! how long to wait for them. Must not know: what is answered.

use super::parse::{AlbumPart, UpdateEvent, UpdateKind};
use super::worker::TurnWorker;
use crate::attachment::AttachmentError;
use crate::clock;
use crate::store::StoreError;
use crate::store::files::FileSender;
use crate::store::records::InboxEntry;
use std::time::Duration;
use wenlu_core::model::ConversationId;

/// An album is complete when for so long no message of it has come; those that come later are
/// handled by themselves.
const SETTLES_AFTER: Duration = Duration::from_millis(400);
/// Maximum number of messages of an album, as Telegram has it.
const MAX_PARTS: usize = 10;
/// Waiting messages among which the others are looked for: in the operators' group several people
/// write at once.
const SEARCHED: i64 = 50;
/// Every message of an album has this field.
const MARK: &str = "\"media_group_id\"";

/// A message, and what belongs to it.
pub(super) enum GatheredMessage {
    Whole(InboxEntry, Vec<AlbumPart>),
    /// More of it may come within this time.
    Incomplete(Duration),
}

impl TurnWorker {
    /// Gathers the album that a message belongs to, if it does.
    pub(super) async fn gather(
        &self,
        conversation: &str,
        mut first: InboxEntry,
    ) -> Result<GatheredMessage, StoreError> {
        let Some((album, _)) = self.album_part(&first) else {
            return Ok(GatheredMessage::Whole(first, vec![]));
        };
        if self.takes_each(conversation, &first).await? {
            return Ok(GatheredMessage::Whole(first, vec![]));
        }
        let (mut newest, mut parts) = (first.at, vec![]);
        for entry in self
            .store
            .inbox()
            .waiting(conversation, &[self.inbox.channel()], SEARCHED)
            .await?
        {
            if entry.id == first.id || parts.len() + 1 >= MAX_PARTS {
                continue;
            }
            if let Some((_, part)) = self.album_part(&entry).filter(|(own, _)| *own == album) {
                newest = newest.max(entry.at);
                first.with.push(entry.id);
                parts.push(part);
            }
        }
        // a clock that was set back is no reason to wait
        let age = u64::try_from(clock::now().0.saturating_sub(newest.0));
        let age = age.map_or(SETTLES_AFTER, Duration::from_millis);
        match SETTLES_AFTER.checked_sub(age) {
            Some(wait) if !wait.is_zero() && parts.len() + 1 < MAX_PARTS => {
                Ok(GatheredMessage::Incomplete(wait))
            }
            _ => Ok(GatheredMessage::Whole(first, parts)),
        }
    }

    /// Whether each picture of an asker's album is kept, which a message does for one: colleagues want
    /// to see all of it. Without them an album is one message, and gets one answer.
    async fn takes_each(&self, conversation: &str, entry: &InboxEntry) -> Result<bool, StoreError> {
        let event = self.inbox.parse_again(&entry.payload);
        let (Ok(UpdateEvent::Asker(..)), Ok(id)) = (event, ConversationId::parse(conversation))
        else {
            return Ok(false);
        };
        if !self.is_handed_over(conversation).await? {
            return Ok(false);
        }
        match self.attachments.check(&id, FileSender::Asker).await {
            Ok(()) => Ok(true),
            Err(AttachmentError::Store(error)) => Err(error),
            Err(_) => Ok(false),
        }
    }

    /// The album of a message, with its chat, and what it is there.
    fn album_part(&self, entry: &InboxEntry) -> Option<((i64, String), AlbumPart)> {
        if !entry.payload.contains(MARK) {
            return None;
        }
        let event = self.inbox.parse_again(&entry.payload).ok()?;
        let (UpdateEvent::Asker(scene, what) | UpdateEvent::Operator(scene, what)) = event else {
            return None;
        };
        let UpdateKind::Attachment(attachment) = what else {
            return None;
        };
        let part = AlbumPart {
            message: scene.message?,
            caption: attachment.caption,
        };
        Some(((scene.chat, attachment.album?), part))
    }
}

/// The event with the other messages of its album.
pub(super) fn with_parts(mut event: UpdateEvent, parts: &[AlbumPart]) -> UpdateEvent {
    if let UpdateEvent::Asker(_, UpdateKind::Attachment(attachment))
    | UpdateEvent::Operator(_, UpdateKind::Attachment(attachment)) = &mut event
    {
        attachment.rest = parts.to_vec();
    }
    event
}
