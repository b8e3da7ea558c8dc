//! Erases all data of one conversation. In: a conversation id. Out: a database that no longer holds
//! it, and a count of the deleted rows. The same for a backup file. Must not know: who asks for it,
//! or how it is reported.

use super::audit::{self, AuditAction, AuditActor};
use super::engine::DatabaseEngine;
use super::error::StoreError;
use super::retention::EMPTIED;
use super::traces::{CONVERSATION_TABLES, traces};
use super::transfer::TableRowCounts;
use crate::hash::hex;
use sha2::{Digest, Sha256};
use std::time::Duration;

pub use super::erase_backup::erase_in_backup;

/// What a database holds about a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConversationTraces {
    /// The rows that were (or would be) deleted or changed, by table; without tables that have
    /// none.
    pub rows: TableRowCounts,
    /// Published changes that handled its questions. The data files may quote it; people have to
    /// decide about that.
    pub published: Vec<i64>,
}

/// The result of an erasure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasureResult {
    pub traces: ConversationTraces,
    /// Whether the deleted data is overwritten in all files. False: readers kept the WAL open, so a
    /// part of it remains until the next [`RetentionStore::secure_delete`].
    pub is_wiped: bool,
}

/// How the audit log names an erased conversation: a hash prefix. Who knows the id can find the
/// entry, but the id cannot be read from it.
pub fn audit_alias(conversation: &str) -> String {
    hex(&Sha256::digest(conversation)[..8])
}

/// How often, and at what interval, truncating the WAL is tried while readers hold it.
const CHECKPOINT_TRIES: u32 = 50;
const CHECKPOINT_PAUSE: Duration = Duration::from_millis(200);

/// Erases all data of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct ErasureStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl ErasureStore<'_> {
    /// Counts what is stored about a conversation.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn traces(self, conversation: &str) -> Result<ConversationTraces, StoreError> {
        let (conversation, is_file) = (conversation.to_owned(), self.engine.is_file());
        self.engine
            .read_at_once(move |connection| {
                Box::pin(async move { traces(connection, &conversation, is_file, false).await })
            })
            .await
    }

    /// Deletes all rows about a conversation, in one transaction. The files are overwritten by the next
    /// [`RetentionStore::secure_delete`], which `maintenance` runs every minute: a request cannot wait
    /// for it. The audit log records who did it, and names the conversation only by [`audit_alias`].
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn delete(
        self,
        by: AuditActor,
        conversation: &str,
    ) -> Result<ConversationTraces, StoreError> {
        let (conversation, is_file) = (conversation.to_owned(), self.engine.is_file());
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    let traces = traces(connection, &conversation, is_file, true).await?;
                    let counts: Vec<String> = traces
                        .rows
                        .iter()
                        .map(|(table, count)| format!("{table} {count}"))
                        .collect();
                    audit::write(
                        connection,
                        &by,
                        AuditAction::Erase,
                        &audit_alias(&conversation),
                        &counts.join(", "),
                    )
                    .await?;
                    Ok(traces)
                })
            })
            .await
    }

    /// Deletes all that is stored about a conversation, and overwrites it in the files.
    ///
    /// # Errors
    ///
    /// If the database cannot be written. What was deleted before the error stays deleted.
    pub async fn erase(
        self,
        by: AuditActor,
        conversation: &str,
    ) -> Result<ErasureResult, StoreError> {
        let traces = self.delete(by, conversation).await?;
        let tables: Vec<&str> = CONVERSATION_TABLES
            .iter()
            .map(|(table, _)| *table)
            .collect();
        self.engine
            .vacuum(
                &[
                    &tables[..],
                    &["quarantine", "chats", "seen", "changes", "ignored", "audit"],
                ]
                .concat(),
            )
            .await?;
        let mut is_wiped = self.engine.secure_delete(EMPTIED, true).await?;
        for _ in 0..CHECKPOINT_TRIES {
            if is_wiped {
                break;
            }
            tokio::time::sleep(CHECKPOINT_PAUSE).await;
            is_wiped = self.engine.secure_delete(EMPTIED, false).await?;
        }
        Ok(ErasureResult { traces, is_wiped })
    }
}
