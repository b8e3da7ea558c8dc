//! Takes pictures and files from Telegram into a conversation. In: a message of the inbox. Out: a file
//! that is kept, under the limits of all files; or why not, in words for whoever sent it. Must not
//! know: what becomes of the message.

use super::offered_file::OfferedFile;
use super::worker::{TurnWorker, number};
use crate::attachment::{AttachmentError, MOST_BYTES, SentFile};
use crate::clock;
use crate::store::StoreError;
use crate::store::files::FileSender;
use crate::store::records::InboxEntry;
use std::time::Duration;
use wenlu_core::model::{ConversationId, MessageFile};

/// How long fetching a file may take: the conversation waits for it.
const PATIENCE: Duration = Duration::from_secs(30);
const UNFIT: &str = "这个文件同事看不到：只收 8 MB 以内的 JPEG、PNG、WebP、GIF 图片和 PDF。";
const TOO_MANY: &str = "这段对话里的图片和文件已经太多，这一个同事看不到。请用文字说明。";
const NOT_FETCHED: &str = "这个文件没有收到，请再发一次。";

/// What became of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum FileIntake {
    /// There was none, or none is taken here and now.
    Nothing,
    Kept(MessageFile),
    /// Why it was not taken.
    Refused(&'static str),
}

impl FileIntake {
    pub(super) fn kept(&self) -> Option<&MessageFile> {
        match self {
            FileIntake::Kept(file) => Some(file),
            _ => None,
        }
    }

    pub(super) fn refusal(&self) -> Option<&'static str> {
        match self {
            FileIntake::Refused(why) => Some(why),
            _ => None,
        }
    }
}

impl TurnWorker {
    /// Keeps the file that a message brings. Done again, it keeps it once.
    pub(super) async fn take_in(
        &self,
        conversation: &ConversationId,
        sender: FileSender,
        waiting: &InboxEntry,
    ) -> Result<FileIntake, StoreError> {
        let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX);
        let offered = OfferedFile::of(&waiting.payload, most);
        let Some(offered) = offered.filter(|_| waiting.with.is_empty()) else {
            return Ok(FileIntake::Nothing);
        };
        match self.attachments.check(conversation, sender).await {
            Ok(()) => {}
            Err(AttachmentError::Store(error)) => return Err(error),
            Err(_) => return Ok(FileIntake::Nothing),
        }
        if offered.size > most {
            return Ok(FileIntake::Refused(UNFIT));
        }
        let fetched = self
            .client
            .download(&offered.id, MOST_BYTES, PATIENCE)
            .await;
        let bytes = match fetched {
            Ok(Some(bytes)) => bytes,
            Ok(None) => return Ok(FileIntake::Refused(UNFIT)),
            Err(error) => {
                tracing::warn!(%error, "a file could not be fetched from Telegram");
                return Ok(FileIntake::Refused(NOT_FETCHED));
            }
        };
        let sent = SentFile {
            sender,
            upload: number(waiting).as_str().to_owned(),
            name: offered.name,
            bytes,
        };
        match self
            .attachments
            .keep(conversation, sent, clock::now())
            .await
        {
            Ok(kept) => Ok(FileIntake::Kept(kept.file)),
            Err(AttachmentError::Store(error)) => Err(error),
            Err(AttachmentError::TooMany | AttachmentError::NoRoom) => {
                Ok(FileIntake::Refused(TOO_MANY))
            }
            Err(AttachmentError::NotNow) => Ok(FileIntake::Nothing),
            Err(_) => Ok(FileIntake::Refused(UNFIT)),
        }
    }
}
