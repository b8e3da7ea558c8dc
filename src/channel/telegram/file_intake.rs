//! Takes pictures and files from Telegram into a conversation. In: a message of the inbox. Out: a file
//! that is kept, under the limits of all files; or why not, in words for the asker who sent it. Must
//! not know: what becomes of the message.

use super::client::BotApiClient;
use super::offered_file::OfferedFile;
use super::worker::{TurnWorker, number};
use crate::attachment::{AttachmentError, Attachments, MOST_BYTES, SentFile};
use crate::clock;
use crate::store::StoreError;
use crate::store::files::FileSender;
use crate::store::records::InboxEntry;
use std::sync::Arc;
use std::time::Duration;
use wenlu_core::model::{ConversationId, MessageFile};

/// How long fetching a file may take in all: its conversation waits for it, others do not.
const PATIENCE: Duration = Duration::from_secs(30);
const UNFIT: &str = "这个文件同事看不到：只收 8 MB 以内的 JPEG、PNG、WebP、GIF 图片和 PDF。";
const TOO_MANY: &str = "这段对话里的图片和文件已经太多，这一个同事看不到。请用文字说明。";
const NOT_FETCHED: &str = "这个文件没有收到，请再发一次。";
const FIRST_ONLY: &str = "一次发来的几张图片里只收下了第一张，其余的请一张一张发。";

/// What became of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FileIntake {
    /// There was none, or none is taken here and now.
    Nothing,
    Kept(MessageFile),
    /// The first of an album, whose others are not taken.
    FirstKept(MessageFile),
    Refused(FileRefusal),
}

/// Why a file was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileRefusal {
    /// Neither a picture nor a PDF file, or too large.
    Unfit,
    TooMany,
    NotFetched,
}

impl FileIntake {
    pub(super) fn kept(&self) -> Option<&MessageFile> {
        match self {
            FileIntake::Kept(file) | FileIntake::FirstKept(file) => Some(file),
            FileIntake::Nothing | FileIntake::Refused(_) => None,
        }
    }

    pub(super) fn refusal(&self) -> Option<FileRefusal> {
        match self {
            FileIntake::Refused(why) => Some(*why),
            _ => None,
        }
    }

    /// What the asker who sent it is told of what is not seen.
    pub(super) fn told(&self) -> Option<&'static str> {
        Some(match self {
            FileIntake::Nothing | FileIntake::Kept(_) => return None,
            FileIntake::FirstKept(_) => FIRST_ONLY,
            FileIntake::Refused(FileRefusal::Unfit) => UNFIT,
            FileIntake::Refused(FileRefusal::TooMany) => TOO_MANY,
            FileIntake::Refused(FileRefusal::NotFetched) => NOT_FETCHED,
        })
    }
}

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
