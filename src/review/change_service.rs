//! The change service: from a reviewer's action to published data files, and back. In: an action,
//! its author and the questions it concerns. Out: drafts, which change nothing; published changes,
//! written, recorded and, if wanted, committed; or what prevents them. Must not know: pages, the
//! terminal, whether a draft is good (`preview` says so).

mod drafts;

use super::apply::{self, ApplyError, FileConflict, apply_draft, recover};
use super::change::{ChangeSet, FileChange};
use super::edit::EditError;
use super::note::{SetAsideChange, all_aside};
use super::recover::{RecoveredChange, all_kept};
use super::review_queue::{ReviewItem, open_rows};
use super::{git, question};
use crate::source::KnowledgeSource;
use crate::store::accepted::TestAcceptance;
use crate::store::audit::AuditActor;
use crate::store::clusters::ClusterNote;
use crate::store::reviews::{ChangeState, CommitState, StoredChange};
use crate::store::{JournalSince, Store, StoreError};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use wenlu_core::knowledge::files::{DataFiles, FileRole};
use wenlu_core::knowledge::unwritten::is_unwritten;
use wenlu_core::text::normalize::normalize;

/// Makes and publishes changes of the data files. Clones share the store.
#[derive(Clone, Debug)]
pub struct ChangeService {
    store: Store,
    source: KnowledgeSource,
    /// Whether each published change is committed with git.
    git: bool,
}

/// A change that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedChange {
    /// The version of the data files after it.
    pub version: String,
    pub commit: CommitState,
}

/// Why something was not done. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Edit(#[from] EditError),
    #[error(transparent)]
    Apply(ApplyError),
    /// Somebody edited the same files since.
    #[error("{}", ApplyError::Conflict(.0.clone()))]
    Conflict(Vec<FileConflict>),
    #[error("the built-in knowledge cannot be changed")]
    ReadOnly,
    #[error("there is no such change")]
    Missing,
    /// It is no longer a draft, or was rewritten since it was looked at.
    #[error("somebody was faster")]
    Stale,
    /// The file still has conflict markers.
    #[error("{0} still holds two versions")]
    Unresolved(String),
    /// The reply still has its template text.
    #[error("{0} still holds what the draft put there")]
    Unwritten(String),
    #[error("the database holds a change that cannot be read")]
    Unreadable(#[from] serde_json::Error),
    #[error("work failed")]
    Failed,
}

impl ChangeService {
    pub fn new(store: Store, source: KnowledgeSource, git: bool) -> Self {
        ChangeService { store, source, git }
    }

    /// The current data files.
    pub fn files(&self) -> DataFiles {
        self.source.files()
    }

    /// The current data files, after finishing an interrupted change, so that no draft is based on
    /// a half-applied one.
    pub async fn settled_files(&self) -> Result<DataFiles, ChangeError> {
        self.recover().await?;
        Ok(self.files())
    }

    /// Finishes a change that a killed process was making; `None` if there is none.
    pub async fn recover(&self) -> Result<Option<RecoveredChange>, ChangeError> {
        let KnowledgeSource::Folder(root) = self.source.clone() else {
            return Ok(None);
        };
        blocking(move || recover(&root))
            .await?
            .map_err(ChangeError::Apply)
    }

    /// Interrupted changes that conflicted with manual edits, the oldest first.
    pub fn all_aside(&self) -> Vec<SetAsideChange> {
        self.root().map(all_aside).unwrap_or_default()
    }

    /// Texts that somebody saved while a change was being applied and that could not be put back.
    pub fn all_kept(&self) -> Vec<PathBuf> {
        self.root().map(all_kept).unwrap_or_default()
    }

    /// Whether the change is applied to the files already: its publication was interrupted before
    /// it was recorded.
    pub fn is_applied(&self, change: &ChangeSet) -> Result<bool, ChangeError> {
        apply::is_applied(self.root()?, change).map_err(ChangeError::Apply)
    }

    /// The folder of the data files; [`ChangeError::ReadOnly`] for the built-in ones.
    pub fn root(&self) -> Result<&Path, ChangeError> {
        match &self.source {
            KnowledgeSource::Folder(root) => Ok(root),
            KnowledgeSource::Embedded => Err(ChangeError::ReadOnly),
        }
    }

    /// Ignores a cluster, or shows it again, in which case `remark` is what ignores it. Returns the
    /// cluster id of the note.
    pub async fn ignore(
        &self,
        by: AuditActor,
        case: &ReviewItem,
        remark: Option<&ClusterNote>,
        hide: bool,
    ) -> Result<i64, StoreError> {
        let own = case.cluster.id.0;
        let of = if hide {
            own
        } else {
            remark.map_or(own, |remark| remark.cluster)
        };
        self.store
            .reviews()
            .ignore(by, of, hide.then(|| case.cluster.representative.clone()))
            .await?;
        Ok(of)
    }

    /// Assigns a cluster to `account`; `None`: to nobody.
    pub async fn assign(
        &self,
        by: AuditActor,
        case: &ReviewItem,
        account: Option<String>,
    ) -> Result<(), StoreError> {
        // clear the assignment of clusters merged into this one
        for part in &case.cluster.absorbed {
            self.store
                .reviews()
                .assign(by.clone(), part.0, None)
                .await?;
        }
        self.store
            .reviews()
            .assign(by, case.cluster.id.0, account)
            .await
    }

    /// The files of a draft that were edited since.
    pub fn conflicts(&self, change: &ChangeSet) -> Result<Vec<FileConflict>, ChangeError> {
        apply::conflicts(self.root()?, &change.without_unchanged_files())
            .map_err(ChangeError::Apply)
    }

    /// Publishes a draft: writes the data files and records it. `stored` is what was looked at; at
    /// another revision this is [`ChangeError::Stale`]. `acceptance`: why tests of other intents
    /// may fail.
    pub async fn publish(
        &self,
        by: AuditActor,
        stored: StoredChange,
        acceptance: Option<TestAcceptance>,
    ) -> Result<PublishedChange, ChangeError> {
        let root = self.root()?.to_owned();
        let now = self.draft_at(stored.id, stored.revision).await?;
        let change = change_of(&now)?.without_unchanged_files();
        if let Some(path) = change.conflicting() {
            return Err(ChangeError::Unresolved(path.to_owned()));
        }
        if let Some(path) = to_be_written(&now, &change) {
            return Err(ChangeError::Unwritten(path.to_owned()));
        }
        let made = change.clone();
        blocking(move || apply_draft(&root, &made, Some(stored.id))).await??;
        let questions = self.asked_meanwhile(&now).await?;
        if !self
            .store
            .reviews()
            .publish_draft(by.clone(), StoredChange { questions, ..now }, acceptance)
            .await?
        {
            return Err(ChangeError::Stale);
        }
        let commit = self.commit(&by, stored.id, change).await?;
        Ok(PublishedChange {
            version: self.files().version(),
            commit,
        })
    }

    /// The questions that a draft handles: its own, and those asked in the same words since.
    async fn asked_meanwhile(&self, stored: &StoredChange) -> Result<Vec<i64>, ChangeError> {
        let mut all = stored.questions.clone();
        if stored.undoes.is_none() && !all.is_empty() {
            let rows = open_rows(&self.store, JournalSince(None)).await?;
            let own: BTreeSet<String> = rows
                .iter()
                .filter(|row| all.contains(&row.id))
                .map(|row| normalize(question(row)))
                .collect();
            all.extend(
                rows.iter()
                    .filter(|row| own.contains(&normalize(question(row))))
                    .map(|row| row.id),
            );
            all.sort_unstable();
            all.dedup();
        }
        Ok(all)
    }

    async fn commit(
        &self,
        by: &AuditActor,
        id: i64,
        change: ChangeSet,
    ) -> Result<CommitState, ChangeError> {
        if !self.git || change.is_empty() {
            return Ok(CommitState::None);
        }
        let (root, author) = (self.root()?.to_owned(), by.actor.clone());
        let commit = match blocking(move || git::commit(&root, &change, &author)).await? {
            Ok(commit) => CommitState::Committed(commit),
            Err(error) => {
                let error = error.to_string();
                tracing::warn!(change = id, error, "a published change was not committed");
                CommitState::Failed(error)
            }
        };
        let stored = commit.clone();
        self.store.reviews().set_commit(id, stored).await?;
        Ok(commit)
    }

    async fn draft_at(&self, id: i64, revision: i64) -> Result<StoredChange, ChangeError> {
        let stored = self
            .store
            .reviews()
            .change(id)
            .await?
            .ok_or(ChangeError::Missing)?;
        let is_it = stored.state == ChangeState::Draft && stored.revision == revision;
        if is_it {
            Ok(stored)
        } else {
            Err(ChangeError::Stale)
        }
    }
}

impl From<ApplyError> for ChangeError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Conflict(conflicts) => ChangeError::Conflict(conflicts),
            other => ChangeError::Apply(other),
        }
    }
}

/// The change that is stored.
pub fn change_of(stored: &StoredChange) -> Result<ChangeSet, ChangeError> {
    Ok(ChangeSet {
        files: serde_json::from_str(&stored.files)?,
        summary: stored.summary.clone(),
    })
}

/// The first reply of the change that still has its template text, and must be written before
/// publishing. An undo restores earlier files whatever they hold, so it has none.
pub fn to_be_written<'a>(stored: &StoredChange, change: &'a ChangeSet) -> Option<&'a str> {
    unwritten(change).filter(|_| stored.undoes.is_none())
}

/// The first reply of `change` that still has its template text.
fn unwritten(change: &ChangeSet) -> Option<&str> {
    let is_reply = |file: &&FileChange| matches!(FileRole::of(&file.path), FileRole::Reply(..));
    let mut replies = change.files.iter().filter(is_reply);
    replies
        .find(|file| file.after.as_deref().is_some_and(is_unwritten))
        .map(|file| file.path.as_str())
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ChangeError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ChangeError::Failed)
}
