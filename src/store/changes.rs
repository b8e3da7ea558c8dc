//! Changes of data files, as they are stored. In: rows. Out: changes. Must not know: the content of a
//! change's files.

use super::error::StoreError;
use super::values::from_serde_name;
use serde::{Deserialize, Serialize, Serializer};
use sqlx::Row as _;
use sqlx::any::AnyRow;
use wenlu_core::model::Timestamp;

/// The state of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeState {
    Draft,
    Published,
    /// Published, and undone by a later change.
    Undone,
    /// A draft that was rejected.
    Discarded,
}

/// A change to be stored as a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChange {
    /// One line for people.
    pub summary: String,
    /// The files, as JSON.
    pub files: String,
    /// The `ReviewEdit` that it was made from, as JSON.
    pub edit: Option<String>,
    /// The journal ids of the questions that it handles.
    pub questions: Vec<i64>,
    /// The id of the change that it undoes.
    pub undoes: Option<i64>,
}

/// Whether a published change is in git.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitState {
    /// Not committed, as the data files are in no repository or nothing was changed.
    None,
    /// The commit's id.
    Committed(String),
    /// Why the commit failed.
    Failed(String),
}

/// A change as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredChange {
    pub id: i64,
    pub state: ChangeState,
    /// Grows with every rewrite: only the revision that was looked at can be published.
    pub revision: i64,
    pub summary: String,
    #[serde(skip)]
    pub files: String,
    #[serde(skip)]
    pub edit: Option<String>,
    pub questions: Vec<i64>,
    pub undoes: Option<i64>,
    pub actor: String,
    pub at: Timestamp,
    pub published_by: Option<String>,
    pub published_at: Option<Timestamp>,
    #[serde(rename = "in_git")]
    pub commit: CommitState,
}

impl CommitState {
    /// Marks a failure in the database and in JSON.
    const FAILED: char = '!';

    fn parse(stored: Option<String>) -> Self {
        let Some(stored) = stored else {
            return CommitState::None;
        };
        match stored.strip_prefix(Self::FAILED) {
            Some(failure) => CommitState::Failed(failure.to_owned()),
            None => CommitState::Committed(stored),
        }
    }

    pub(super) fn stored(&self) -> Option<String> {
        match self {
            CommitState::None => None,
            CommitState::Committed(id) => Some(id.clone()),
            CommitState::Failed(failure) => Some(format!("{}{failure}", Self::FAILED)),
        }
    }
}

/// The form that the database has.
impl Serialize for CommitState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.stored().serialize(serializer)
    }
}

pub(super) fn change(row: &AnyRow) -> Result<StoredChange, StoreError> {
    Ok(StoredChange {
        id: row.try_get("id")?,
        state: from_serde_name(&row.try_get::<String, _>("state")?)?,
        revision: row.try_get("revision")?,
        summary: row.try_get("summary")?,
        files: row.try_get("files")?,
        edit: row.try_get("edit")?,
        questions: serde_json::from_str(&row.try_get::<String, _>("questions")?)?,
        undoes: row.try_get("undoes")?,
        actor: row.try_get("actor")?,
        at: Timestamp(row.try_get("at")?),
        published_by: row.try_get("published_by")?,
        published_at: row
            .try_get::<Option<i64>, _>("published_at")?
            .map(Timestamp),
        commit: CommitState::parse(row.try_get("in_git")?),
    })
}
