//! Pictures and files in conversations. In: bytes as somebody sent them, and who did. Out: a file in
//! the store that is safe to show: pictures are decoded and encoded anew, so that nothing of what was
//! sent remains but its pixels. Or why not. Must not know: requests, pages, what becomes of the file.

mod picture;

use crate::hash::hex;
use crate::store::files::{FileLimits, FileOutcome, FileSender, KeptFile, NewFile};
use crate::store::{Store, StoreError};
use picture::{CleanFile, clean};
use tokio::sync::Semaphore;
use wenlu_core::model::{ConversationId, MessageFile, Timestamp};
use wenlu_core::privacy::redact;
use wenlu_core::text::safe::without_control_chars;

/// The largest file, in bytes.
pub const MOST_BYTES: usize = 8 * 1_024 * 1_024;
/// Files of one sender in a conversation.
const MOST_FILES: i64 = 20;
/// Pictures that are decoded at the same time: each may take 128 MiB, and as much to encode.
const AT_ONCE: usize = 1;
/// One for all who send, askers and colleagues.
static DECODING: Semaphore = Semaphore::const_new(AT_ONCE);
/// Characters of a file's name.
const LONGEST_NAME: usize = 80;
/// Bytes of an id: 128 bits, which nobody guesses.
const ID_BYTES: usize = 16;

/// When files may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttachmentPolicy {
    #[default]
    Off,
    /// While a colleague is expected or takes part.
    WithPerson,
    On,
}

/// What may be sent, and how much is kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct AttachmentConfig {
    pub policy: AttachmentPolicy,
    /// Bytes of all files together.
    pub total: u64,
}

/// A file as it was sent.
#[derive(Clone, Debug)]
pub struct SentFile {
    pub sender: FileSender,
    /// The sender's own name for this upload: sent again, it counts once.
    pub upload: String,
    /// What the file was called.
    pub name: String,
    pub bytes: Vec<u8>,
}

/// Why a file is not taken.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    #[error("files are not taken here, or not now")]
    NotNow,
    #[error(
        "neither a JPEG, PNG, WebP or GIF picture nor a PDF file, or a damaged or too large one"
    )]
    Unfit,
    #[error("the file is too large")]
    TooLarge,
    #[error("too many files in this conversation")]
    TooMany,
    #[error("there is no room for more files")]
    NoRoom,
    #[error("no randomness")]
    NoEntropy,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes files.
#[derive(Clone, Debug)]
pub struct Attachments {
    store: Store,
    config: AttachmentConfig,
}

impl Attachments {
    pub fn new(store: Store, config: AttachmentConfig) -> Self {
        Self { store, config }
    }

    pub fn policy(&self) -> AttachmentPolicy {
        self.config.policy
    }

    /// Whether somebody may send a file in this conversation now.
    ///
    /// # Errors
    ///
    /// [`AttachmentError::NotNow`] if not.
    pub async fn check(
        &self,
        conversation: &ConversationId,
        sender: FileSender,
    ) -> Result<(), AttachmentError> {
        let may = match (self.config.policy, sender) {
            (AttachmentPolicy::Off, _) => false,
            (AttachmentPolicy::On, _) | (_, FileSender::Colleague) => true,
            (AttachmentPolicy::WithPerson, FileSender::Asker) => {
                let handover = self.store.handovers().of(conversation.as_str()).await?;
                handover.is_some_and(|handover| handover.open)
            }
        };
        if may {
            Ok(())
        } else {
            Err(AttachmentError::NotNow)
        }
    }

    /// Keeps a file, after [`Attachments::check`].
    ///
    /// # Errors
    ///
    /// If it may not be sent, is none that is taken, or cannot be stored.
    pub async fn keep(
        &self,
        conversation: &ConversationId,
        sent: SentFile,
        at: Timestamp,
    ) -> Result<KeptFile, AttachmentError> {
        self.check(conversation, sent.sender).await?;
        if sent.bytes.len() > MOST_BYTES {
            return Err(AttachmentError::TooLarge);
        }
        let clean = cleaned(sent.bytes).await?;
        let new = NewFile {
            conversation: conversation.as_str().to_owned(),
            sender: sent.sender,
            upload: sent.upload,
            file: described(&clean, &sent.name)?,
            bytes: clean.bytes,
            at,
        };
        let limits = FileLimits {
            files: MOST_FILES,
            total: i64::try_from(self.config.total).unwrap_or(i64::MAX),
        };
        match self.store.files().keep(new, limits).await? {
            FileOutcome::Kept(kept) => Ok(kept),
            FileOutcome::TooMany => Err(AttachmentError::TooMany),
            FileOutcome::NoRoom => Err(AttachmentError::NoRoom),
        }
    }
}

async fn cleaned(bytes: Vec<u8>) -> Result<CleanFile, AttachmentError> {
    // the semaphore is never closed
    let permit = DECODING.acquire().await;
    let work = tokio::task::spawn_blocking(move || {
        // until the decoder is done, even if the request that waits for it has ended
        let _permit = permit;
        clean(bytes)
    });
    // a decoder that gives up on hostile bytes takes nothing else with it
    let clean = work.await.map_err(|_| AttachmentError::Unfit)?;
    clean.ok_or(AttachmentError::Unfit)
}

fn described(clean: &CleanFile, name: &str) -> Result<MessageFile, AttachmentError> {
    let mut id = [0; ID_BYTES];
    getrandom::fill(&mut id).map_err(|_| AttachmentError::NoEntropy)?;
    Ok(MessageFile {
        id: hex(&id),
        media_type: clean.media_type.to_owned(),
        name: kept_name(clean, name),
        size: i64::try_from(clean.bytes.len()).unwrap_or(i64::MAX),
        width: clean.width,
        height: clean.height,
    })
}

/// A picture's name says nothing (IMG_2034) or too much; a document's is kept without personal data.
fn kept_name(clean: &CleanFile, name: &str) -> String {
    if clean.width > 0 {
        return format!("picture.{}", clean.extension);
    }
    let plain: String = without_control_chars(name)
        .chars()
        .filter(|c| !"/\\:*?\"<>|".contains(*c))
        .take(LONGEST_NAME)
        .collect();
    let plain = plain.trim();
    let stem = match plain.rsplit_once('.') {
        Some((stem, ending)) if ending.eq_ignore_ascii_case("pdf") => stem,
        _ => plain,
    };
    match redact(stem).text.trim_matches(['.', ' ']) {
        "" => format!("file.{}", clean.extension),
        stem => format!("{stem}.{}", clean.extension),
    }
}

#[cfg(test)]
mod tests {
    use super::kept_name;
    use super::picture::clean;

    #[test]
    fn a_document_has_its_ending_once() {
        let clean = clean(b"%PDF-1.4".to_vec()).unwrap();
        for (name, wanted) in [
            ("合同.pdf", "合同.pdf"),
            ("合同.PDF ", "合同.pdf"),
            ("合同", "合同.pdf"),
            ("合同.终稿", "合同.终稿.pdf"),
            (".Pdf", "file.pdf"),
            ("", "file.pdf"),
        ] {
            assert_eq!(kept_name(&clean, name), wanted, "{name}");
        }
    }
}
