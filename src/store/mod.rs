//! The store. In: what a turn leaves behind. Out: conversations, answered messages and the journal. The only module
//! that knows SQL. Must not know: routing, replies, channels; a conversation's state is text to it.

pub mod records;
mod sqlite;

use records::{Opened, Row, TurnRecord};
use std::path::PathBuf;
use std::time::Duration;

/// An open database. Clones share it.
#[derive(Clone, Debug)]
pub struct Store(sqlite::Sqlite);

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("DATABASE_URL is `{0}`; it must start with `sqlite:`, such as sqlite://wenlu.db")]
    Url(String),
    #[error("there is no journal yet; it would be in {0}")]
    Missing(PathBuf),
    #[error("the folder {0} does not exist; create it, or name another database in DATABASE_URL")]
    NoFolder(PathBuf),
    #[error("cannot open the database {0}: it is missing, or reading and writing it is not allowed")]
    CannotOpen(PathBuf),
    #[error("{0} is not an SQLite database, or is damaged; move it away, or restore a backup")]
    Corrupt(PathBuf),
    #[error(
        "{path} was written by a newer version of wenlu (schema {found}, this one knows {known}); use that version"
    )]
    Newer { path: PathBuf, found: i64, known: i64 },
    #[error("{0} could not be brought up to date")]
    Migrate(PathBuf, #[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("another process moved this conversation on at the same time")]
    Conflict,
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the database holds a journal entry that cannot be read")]
    Unreadable(#[from] serde_json::Error),
}

/// For how long a message that is sent again gets the answer that it got.
pub const ANSWERED_KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);

/// Which part of the journal to read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Since(pub Option<crate::message::Timestamp>);

/// A part of the journal: from `since` on, before `until`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub since: Option<crate::message::Timestamp>,
    pub until: Option<crate::message::Timestamp>,
}

impl Store {
    /// Opens what `url` names, creating the file and its tables where there are none.
    pub async fn open(url: &str) -> Result<Store, StoreError> {
        sqlite::Sqlite::open(url).await.map(Store)
    }

    /// As [`Store::open`], but [`StoreError::Missing`] where there is no file yet: for those who only read.
    pub async fn open_existing(url: &str) -> Result<Store, StoreError> {
        sqlite::Sqlite::open_existing(url).await.map(Store)
    }

    /// A store that is gone when it is dropped.
    pub async fn in_memory() -> Result<Store, StoreError> {
        sqlite::Sqlite::in_memory().await.map(Store)
    }

    /// The conversation as it stands, and whether this message was answered before.
    pub async fn open_turn(&self, conversation: &str, message: Option<&str>) -> Result<Opened, StoreError> {
        self.0.open_turn(conversation, message).await
    }

    /// Commits a turn in one transaction. [`StoreError::Conflict`] if the conversation has moved on since `open_turn`.
    pub async fn commit(&self, turn: &TurnRecord) -> Result<(), StoreError> {
        self.0.commit(turn).await
    }

    /// The turns that left a question unanswered, oldest first.
    pub async fn unanswered(&self, since: Since) -> Result<Vec<Row>, StoreError> {
        self.0.unanswered(since.0).await
    }

    /// One turn of the journal.
    pub async fn entry(&self, id: i64) -> Result<Option<Row>, StoreError> {
        self.0.entry(id).await
    }

    /// A conversation's turns up to and including `id`, oldest first, at most `limit` of them.
    pub async fn turns_until(&self, conversation: &str, id: i64, limit: i64) -> Result<Vec<Row>, StoreError> {
        self.0.turns_until(conversation, id, limit).await
    }

    /// The questions that were typed and routed, exactly as they were, and how often each; the first asked first.
    pub async fn asked(&self, window: Window) -> Result<Vec<(String, u64)>, StoreError> {
        self.0.asked(window).await
    }

    /// How many turns the journal holds.
    pub async fn journal_len(&self) -> Result<i64, StoreError> {
        self.0.journal_len().await
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.0.ping().await
    }

    /// Waits for what has begun, then closes the file.
    pub async fn close(&self) {
        self.0.close().await;
    }
}
