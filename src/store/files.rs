//! Pictures and files that askers and operators sent. In: bytes, and whose they are. Out: the same
//! by an id that nobody can guess. Must not know: what is in them, who may send or see them.
//!
//! They lie in the database, because replicas, backups and erasures have to know them.

use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::values::{from_serde_name, to_serde_name};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::{MessageFile, Timestamp};

/// Bytes of a file in one row: a large row blocks others while it is written and copied.
const PART_BYTES: usize = 256 * 1_024;

/// Who sent a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileSender {
    Asker,
    Colleague,
}

/// A file to be kept.
#[derive(Clone, Debug)]
pub struct NewFile {
    pub conversation: String,
    pub sender: FileSender,
    /// The sender's own name for it.
    pub upload: String,
    pub file: MessageFile,
    pub bytes: Vec<u8>,
    pub at: Timestamp,
}

/// How much is kept.
#[derive(Clone, Copy, Debug)]
pub struct FileLimits {
    /// Files of one sender in a conversation.
    pub files: i64,
    /// Bytes of all files.
    pub total: i64,
}

/// A file that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptFile {
    pub conversation: String,
    pub sender: FileSender,
    /// The message that brought it.
    pub message: Option<String>,
    pub file: MessageFile,
}

/// What became of a file to be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileOutcome {
    Kept(KeptFile),
    /// The sender has sent as many as they may.
    TooMany,
    /// All files together are as large as they may be.
    NoRoom,
}

/// The files.
#[derive(Clone, Copy, Debug)]
pub struct FileStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

const FIELDS: &str = "conversation, sender, message, id, media_type, name, size, width, height";

impl FileStore<'_> {
    /// Keeps a file. One that was sent before under the same name is not kept twice.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn keep(self, new: NewFile, limits: FileLimits) -> Result<FileOutcome, StoreError> {
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    if let Some(kept) = sent_before(connection, &new).await? {
                        return Ok(FileOutcome::Kept(kept));
                    }
                    if let Some(refused) = refused(connection, &new, limits).await? {
                        return Ok(refused);
                    }
                    insert(connection, &new).await?;
                    Ok(FileOutcome::Kept(KeptFile {
                        conversation: new.conversation,
                        sender: new.sender,
                        message: None,
                        file: new.file,
                    }))
                })
            })
            .await
    }

    /// The file with this id.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn find(self, id: &str) -> Result<Option<KeptFile>, StoreError> {
        let sql = format!("SELECT {FIELDS} FROM files WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(kept).transpose()
    }

    /// The files of a conversation that messages have brought.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn of_conversation(self, conversation: &str) -> Result<Vec<KeptFile>, StoreError> {
        let sql = format!(
            "SELECT {FIELDS} FROM files WHERE conversation = $1 AND message IS NOT NULL ORDER BY at, id"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(conversation)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(kept).collect()
    }

    /// What is in a file; empty if it is not kept.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn bytes(self, id: &str) -> Result<Vec<u8>, StoreError> {
        let rows = sqlx::query("SELECT bytes FROM file_parts WHERE file = $1 ORDER BY part")
            .bind(id)
            .fetch_all(self.engine.read())
            .await?;
        let parts: Vec<Vec<u8>> = rows
            .iter()
            .map(|row| row.try_get(0))
            .collect::<Result<_, _>>()?;
        Ok(parts.concat())
    }
}

async fn sent_before(
    connection: &mut AnyConnection,
    new: &NewFile,
) -> Result<Option<KeptFile>, StoreError> {
    let sql = format!(
        "SELECT {FIELDS} FROM files WHERE conversation = $1 AND sender = $2 AND upload = $3"
    );
    let row = sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(&new.conversation)
        .bind(to_serde_name(&new.sender)?)
        .bind(&new.upload)
        .fetch_optional(connection)
        .await?;
    row.as_ref().map(kept).transpose()
}

async fn refused(
    connection: &mut AnyConnection,
    new: &NewFile,
    limits: FileLimits,
) -> Result<Option<FileOutcome>, StoreError> {
    let sums = "SELECT (SELECT COUNT(*) FROM files WHERE conversation = $1 AND sender = $2),
                    (SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM files)";
    let row = sqlx::query(sums)
        .bind(&new.conversation)
        .bind(to_serde_name(&new.sender)?)
        .fetch_one(connection)
        .await?;
    let (files, total): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let size = i64::try_from(new.bytes.len()).unwrap_or(i64::MAX);
    Ok(if files >= limits.files {
        Some(FileOutcome::TooMany)
    } else if total.saturating_add(size) > limits.total {
        Some(FileOutcome::NoRoom)
    } else {
        None
    })
}

async fn insert(connection: &mut AnyConnection, new: &NewFile) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO files (id, conversation, sender, upload, media_type, name, size, width, height, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
    )
    .bind(&new.file.id)
    .bind(&new.conversation)
    .bind(to_serde_name(&new.sender)?)
    .bind(&new.upload)
    .bind(&new.file.media_type)
    .bind(&new.file.name)
    .bind(new.file.size)
    .bind(i64::from(new.file.width))
    .bind(i64::from(new.file.height))
    .bind(new.at.0)
    .execute(&mut *connection)
    .await?;
    for (part, bytes) in (0_i64..).zip(new.bytes.chunks(PART_BYTES)) {
        sqlx::query("INSERT INTO file_parts (file, part, at, bytes) VALUES ($1, $2, $3, $4)")
            .bind(&new.file.id)
            .bind(part)
            .bind(new.at.0)
            .bind(bytes.to_vec())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Notes which message brought a file, in the caller's transaction.
pub(super) async fn attach(
    connection: &mut AnyConnection,
    conversation: &str,
    (file, message): (&str, &str),
) -> Result<(), StoreError> {
    sqlx::query("UPDATE files SET message = $3 WHERE id = $2 AND conversation = $1")
        .bind(conversation)
        .bind(file)
        .bind(message)
        .execute(connection)
        .await?;
    Ok(())
}

/// The file of a row with the columns `id`, `media_type`, `name`, `size`, `width` and `height`;
/// `None` where they are NULL.
pub(super) fn message_file(row: &AnyRow) -> Result<Option<MessageFile>, StoreError> {
    let Some(id) = row.try_get::<Option<String>, _>("id")? else {
        return Ok(None);
    };
    let pixels = |column: &str| {
        row.try_get::<i64, _>(column)
            .map(|count| u32::try_from(count).unwrap_or_default())
    };
    Ok(Some(MessageFile {
        id,
        media_type: row.try_get("media_type")?,
        name: row.try_get("name")?,
        size: row.try_get("size")?,
        width: pixels("width")?,
        height: pixels("height")?,
    }))
}

fn kept(row: &AnyRow) -> Result<KeptFile, StoreError> {
    Ok(KeptFile {
        conversation: row.try_get("conversation")?,
        sender: from_serde_name(&row.try_get::<String, _>("sender")?)?,
        message: row.try_get("message")?,
        file: message_file(row)?.ok_or(sqlx::Error::RowNotFound)?,
    })
}
