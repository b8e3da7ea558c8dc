//! Takes pictures and files from Telegram into a conversation. In: a message of the inbox. Out: a file
//! that is kept, under the limits of all files; or why not. Must not know: what becomes of the message.

use super::client::BotApiClient;
use super::intake_outcome::{FileIntake, FileRefusal};
use super::offered_file::OfferedFile;
use super::worker::{TurnWorker, number};
use crate::attachment::{AttachmentError, Attachments, MOST_BYTES, SentFile};
use crate::clock;
use crate::store::StoreError;
use crate::store::files::FileSender;
use crate::store::records::InboxEntry;
use std::sync::Arc;
use std::time::Duration;
use wenlu_core::model::ConversationId;

/// How long fetching a file may take in all: its conversation waits for it, others do not.
const PATIENCE: Duration = Duration::from_secs(30);

impl TurnWorker {
    /// Keeps the file that a message brings; `None` while it is fetched, after which the conversation
    /// is looked at again. Done again, it keeps it once.
    pub(super) async fn take_in(
        &self,
        conversation: &ConversationId,
        sender: FileSender,
        waiting: &InboxEntry,
    ) -> Result<Option<FileIntake>, StoreError> {
        let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
        let is_album = !waiting.with.is_empty();
        let offered = OfferedFile::of(&waiting.payload, most);
        // of a colleague's album nothing: the others would have no message that brings them
        let offered = offered.filter(|_| !is_album || sender == FileSender::Asker);
        let Some(offered) = offered else {
            return Ok(Some(FileIntake::Nothing));
        };
        match self.attachments.check(conversation, sender).await {
            Ok(()) => {}
            Err(AttachmentError::Store(error)) => return Err(error),
            Err(_) => return Ok(Some(FileIntake::Nothing)),
        }
        if offered.size > most {
            return Ok(Some(FileIntake::Refused(FileRefusal::Unfit)));
        }
        let fetch = FileFetch {
            client: self.client.clone(),
            attachments: self.attachments.clone(),
            conversation: conversation.clone(),
            sender,
            upload: number(waiting).as_str().to_owned(),
            offered,
        };
        let (inbox, name) = (self.inbox.clone(), conversation.as_str().to_owned());
        let ended = move || inbox.wake_later(&name, Duration::ZERO);
        let taken = self.fetches.take(waiting.id, fetch.run(), ended);
        Ok(match taken.transpose()? {
            Some(FileIntake::Kept(file)) if is_album => Some(FileIntake::FirstKept(file)),
            taken => taken,
        })
    }
}

/// A file that is to be fetched and kept.
struct FileFetch {
    client: Arc<BotApiClient>,
    attachments: Attachments,
    conversation: ConversationId,
    sender: FileSender,
    upload: String,
    offered: OfferedFile,
}

impl FileFetch {
    async fn run(self) -> Result<FileIntake, StoreError> {
        let download = self.client.download(&self.offered.id, MOST_BYTES, PATIENCE);
        let bytes = match tokio::time::timeout(PATIENCE, download).await {
            Ok(Ok(Some(bytes))) => bytes,
            Ok(Ok(None)) => return Ok(FileIntake::Refused(FileRefusal::Unfit)),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a file could not be fetched from Telegram");
                return Ok(FileIntake::Refused(FileRefusal::NotFetched));
            }
            Err(_) => {
                tracing::warn!("a file could not be fetched from Telegram in time");
                return Ok(FileIntake::Refused(FileRefusal::NotFetched));
            }
        };
        let sent = SentFile {
            sender: self.sender,
            upload: self.upload,
            name: self.offered.name,
            bytes,
        };
        let kept = self
            .attachments
            .keep(&self.conversation, sent, clock::now());
        match kept.await {
            Ok(kept) => Ok(FileIntake::Kept(kept.file)),
            Err(AttachmentError::Store(error)) => Err(error),
            Err(AttachmentError::TooMany | AttachmentError::NoRoom) => {
                Ok(FileIntake::Refused(FileRefusal::TooMany))
            }
            Err(AttachmentError::NotNow) => Ok(FileIntake::Nothing),
            Err(_) => Ok(FileIntake::Refused(FileRefusal::Unfit)),
        }
    }
}
