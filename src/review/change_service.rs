//! The change service: from a reviewer's action to published data files, and back. In: an action,
//! its author and the questions it concerns. Out: drafts, which change nothing; published changes,
//! written, recorded and, if wanted, committed; or what prevents them. Must not know: pages, the
//! terminal, whether a draft is good (`preview` says so).

use super::apply::{self, ApplyError, FileConflict, apply_draft, recover};
use super::change::{ChangeSet, FileChange};
use super::edit::{EditError, ReviewEdit, plan_edit};
use super::note::{SetAsideChange, all_aside};
use super::recover::{RecoveredChange, all_kept};
use super::review_queue::{ReviewItem, open_rows};
use super::{git, question};
use crate::source::KnowledgeSource;
use crate::store::accepted::TestAcceptance;
use crate::store::audit::AuditActor;
use crate::store::clusters::ClusterNote;
use crate::store::reviews::{ChangeState, CommitState, NewChange, StoredChange};
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

    /// Stores the change that `edit` makes as a draft; returns its id.
    pub async fn draft(
        &self,
        by: AuditActor,
        edit: &ReviewEdit,
        questions: Vec<i64>,
    ) -> Result<i64, ChangeError> {
        self.root()?;
        let change = plan_edit(&self.settled_files().await?, edit)?;
        let edit = Some(serde_json::to_string(edit)?);
        self.store_draft(by, &change, edit, questions, None).await
    }

    /// Stores a change of several files as a draft; returns its id.
    pub async fn draft_change(
        &self,
        by: AuditActor,
        change: &ChangeSet,
    ) -> Result<i64, ChangeError> {
        self.root()?;
        self.store_draft(by, change, None, Vec::new(), None).await
    }

    /// Stores a file written by hand as a draft; returns its id.
    pub async fn draft_file(
        &self,
        by: AuditActor,
        path: &str,
        text: &str,
    ) -> Result<i64, ChangeError> {
        self.root()?;
        let before = self.settled_files().await?.text(path).map(str::to_owned);
        let file = FileChange {
            path: path.to_owned(),
            before: before.clone(),
            after: after(text, before.as_deref()),
        };
        let change = ChangeSet {
            files: vec![file],
            summary: format!("修改 {path}"),
        };
        self.store_draft(by, &change, None, Vec::new(), None).await
    }

    /// Stores the change that undoes a published one as a draft; returns its id.
    pub async fn draft_undo(&self, by: AuditActor, id: i64) -> Result<i64, ChangeError> {
        self.root()?;
        let stored = self
            .store
            .reviews()
            .change(id)
            .await?
            .ok_or(ChangeError::Missing)?;
        if stored.state != ChangeState::Published {
            return Err(ChangeError::Stale);
        }
        let files = self.settled_files().await?;
        let back = change_of(&stored)?.reversed(|path| files.text(path).map(str::to_owned));
        // undoing an undo handles the original questions again
        let questions = match stored.undoes {
            Some(undone) => self
                .store
                .reviews()
                .change(undone)
                .await?
                .map_or_else(Vec::new, |first| first.questions),
            None => Vec::new(),
        };
        self.store_draft(by, &back, None, questions, Some(id)).await
    }

    /// Replaces the text of one file of a draft; an empty text deletes the file. `may_add`: allows
    /// a file that is not part of the draft yet, such as one with a mistake that the draft reveals.
    pub async fn rewrite_file(
        &self,
        id: i64,
        revision: i64,
        path: &str,
        text: &str,
        may_add: bool,
    ) -> Result<(), ChangeError> {
        let stored = self.draft_at(id, revision).await?;
        let mut change = change_of(&stored)?;
        if may_add && change.files.iter().all(|file| file.path != path) {
            let now = self.files().text(path).map(str::to_owned);
            change.files.push(FileChange {
                path: path.to_owned(),
                before: now.clone(),
                after: now,
            });
        }
        let file = change
            .files
            .iter_mut()
            .find(|file| file.path == path)
            .ok_or(ChangeError::Missing)?;
        file.after = after(text, file.after.as_deref().or(file.before.as_deref()));
        if stored.undoes.is_none() {
            change = change.without_unchanged_files();
        }
        if change.files.is_empty() {
            return Err(ChangeError::Edit(EditError::NothingToAdd));
        }
        self.store_files(&stored, &change, true).await
    }

    /// The files of a draft that were edited since.
    pub fn conflicts(&self, change: &ChangeSet) -> Result<Vec<FileConflict>, ChangeError> {
        apply::conflicts(self.root()?, &change.without_unchanged_files())
            .map_err(ChangeError::Apply)
    }

    /// Makes the draft anew on the current files.
    pub async fn rebase(&self, id: i64, revision: i64) -> Result<(), ChangeError> {
        let stored = self.draft_at(id, revision).await?;
        let (old, files) = (change_of(&stored)?, self.settled_files().await?);
        let change = match &stored.edit {
            Some(edit) => plan_edit(&files, &serde_json::from_str::<ReviewEdit>(edit)?)?,
            None => old.rebased(|path| files.text(path).map(str::to_owned)),
        };
        self.store_files(&stored, &change, false).await
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

    async fn store_draft(
        &self,
        by: AuditActor,
        change: &ChangeSet,
        edit: Option<String>,
        questions: Vec<i64>,
        undoes: Option<i64>,
    ) -> Result<i64, ChangeError> {
        let files = serde_json::to_string(&change.files)?;
        let new = NewChange {
            summary: change.summary.clone(),
            files,
            edit,
            questions,
            undoes,
        };
        Ok(self.store.reviews().add_draft(by, new).await?)
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

    async fn store_files(
        &self,
        stored: &StoredChange,
        change: &ChangeSet,
        by_hand: bool,
    ) -> Result<(), ChangeError> {
        let files = serde_json::to_string(&change.files)?;
        let done = self
            .store
            .reviews()
            .rewrite_draft(stored.id, stored.revision, files, by_hand)
            .await?;
        if done {
            Ok(())
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

/// The file content for a text from a form: with the line endings of `like`, and one line break at
/// the end; `None` if the text is empty.
fn after(text: &str, like: Option<&str>) -> Option<String> {
    let plain = text.replace("\r\n", "\n");
    if plain.trim().is_empty() {
        return None;
    }
    let ended = format!("{}\n", plain.trim_end_matches('\n'));
    Some(if like.is_some_and(|like| like.contains("\r\n")) {
        ended.replace('\n', "\r\n")
    } else {
        ended
    })
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ChangeError> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| ChangeError::Failed)
}
