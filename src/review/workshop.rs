//! The change service: from a reviewer's action to published data files, and back. In: an action,
//! its author and the questions it concerns. Out: drafts, which change nothing; published changes,
//! written, recorded and, if wanted, committed; or what prevents them. Must not know: pages, the
//! terminal, whether a draft is good (`preview` says so).

use super::apply::{self, ApplyError, Conflict, apply_draft, recover};
use super::board::{Case, queue};
use super::change::{Change, FileChange};
use super::edit::{Edit, EditError, change};
use super::note::{SetAside, all_aside};
use super::recover::{Recovered, all_kept};
use super::{git, question};
use crate::knowledge::files::{Files, Role, Source};
use crate::knowledge::unwritten::is_unwritten;
use crate::store::accepted::Acceptance;
use crate::store::audit::By;
use crate::store::reviews::{NewChange, Remark, State, StoredChange};
use crate::store::{Since, Store, StoreError};
use crate::text::normalize::normalize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Makes and publishes changes of the data files. Clones share the store.
#[derive(Clone, Debug)]
pub struct Workshop {
    store: Store,
    source: Source,
    /// Whether each published change is committed with git.
    git: bool,
}

/// A change that was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The version of the data files after it.
    pub version: String,
    /// The commit id, or why there is none; `None` if git is off.
    pub commit: Option<Result<String, String>>,
}

/// Why something was not done. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Edit(#[from] EditError),
    #[error(transparent)]
    Apply(ApplyError),
    /// Somebody edited the same files since.
    #[error("{}", ApplyError::Conflict(.0.clone()))]
    Conflict(Vec<Conflict>),
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

impl Workshop {
    pub fn new(store: Store, source: Source, git: bool) -> Self {
        Workshop { store, source, git }
    }

    /// The current data files.
    pub fn files(&self) -> Files {
        self.source.files()
    }

    /// The current data files, after finishing an interrupted change, so that no draft is based on
    /// a half-applied one.
    pub async fn settled_files(&self) -> Result<Files, WorkError> {
        self.recover().await?;
        Ok(self.files())
    }

    /// Finishes a change that a killed process was making; `None` if there is none.
    pub async fn recover(&self) -> Result<Option<Recovered>, WorkError> {
        let Source::Folder(root) = self.source.clone() else { return Ok(None) };
        blocking(move || recover(&root)).await?.map_err(WorkError::Apply)
    }

    /// Interrupted changes that conflicted with manual edits, the oldest first.
    pub fn all_aside(&self) -> Vec<SetAside> {
        self.root().map(all_aside).unwrap_or_default()
    }

    /// Texts that somebody saved while a change was being applied and that could not be put back.
    pub fn all_kept(&self) -> Vec<PathBuf> {
        self.root().map(all_kept).unwrap_or_default()
    }

    /// Whether the change is applied to the files already: its publication was interrupted before
    /// it was recorded.
    pub fn stands(&self, change: &Change) -> Result<bool, WorkError> {
        apply::stands(self.root()?, change).map_err(WorkError::Apply)
    }

    /// The folder of the data files; [`ChangeError::ReadOnly`] for the built-in ones.
    pub fn root(&self) -> Result<&Path, WorkError> {
        match &self.source {
            Source::Folder(root) => Ok(root),
            Source::Embedded => Err(WorkError::ReadOnly),
        }
    }

    /// Ignores a cluster, or shows it again, in which case `remark` is what ignores it. Returns the
    /// cluster id of the note.
    pub async fn ignore(&self, by: By, case: &Case, remark: Option<&Remark>, hide: bool) -> Result<i64, StoreError> {
        let own = case.cluster.id.0;
        let of = if hide { own } else { remark.map_or(own, |remark| remark.cluster) };
        self.store.ignore(by, of, hide.then(|| case.cluster.representative.clone())).await?;
        Ok(of)
    }

    /// Assigns a cluster to `account`; `None`: to nobody.
    pub async fn assign(&self, by: By, case: &Case, account: Option<String>) -> Result<(), StoreError> {
        // clear the assignment of clusters merged into this one
        for part in &case.cluster.absorbed {
            self.store.assign(by.clone(), part.0, None).await?;
        }
        self.store.assign(by, case.cluster.id.0, account).await
    }

    /// Stores the change that `edit` makes as a draft; returns its id.
    pub async fn draft(&self, by: By, edit: &Edit, questions: Vec<i64>) -> Result<i64, WorkError> {
        self.root()?;
        let change = change(&self.settled_files().await?, edit)?;
        let edit = Some(serde_json::to_string(edit)?);
        self.keep(by, &change, edit, questions, None).await
    }

    /// Stores a file written by hand as a draft; returns its id.
    pub async fn draft_file(&self, by: By, path: &str, text: &str) -> Result<i64, WorkError> {
        self.root()?;
        let before = self.settled_files().await?.text(path).map(str::to_owned);
        let file = FileChange { path: path.to_owned(), before: before.clone(), after: after(text, before.as_deref()) };
        let change = Change { files: vec![file], summary: format!("修改 {path}") };
        self.keep(by, &change, None, Vec::new(), None).await
    }

    /// Stores the change that undoes a published one as a draft; returns its id.
    pub async fn draft_undo(&self, by: By, id: i64) -> Result<i64, WorkError> {
        self.root()?;
        let stored = self.store.change(id).await?.ok_or(WorkError::Missing)?;
        if stored.state != State::Published {
            return Err(WorkError::Stale);
        }
        let files = self.settled_files().await?;
        let back = change_of(&stored)?.reversed(|path| files.text(path).map(str::to_owned));
        // undoing an undo handles the original questions again
        let questions = match stored.undoes {
            Some(undone) => self.store.change(undone).await?.map_or_else(Vec::new, |first| first.questions),
            None => Vec::new(),
        };
        self.keep(by, &back, None, questions, Some(id)).await
    }

    /// Replaces the text of one file of a draft; an empty text deletes the file. `may_add`: allows
    /// a file that is not part of the draft yet, such as one with a mistake that the draft reveals.
    pub async fn rewrite(
        &self,
        id: i64,
        revision: i64,
        path: &str,
        text: &str,
        may_add: bool,
    ) -> Result<(), WorkError> {
        let stored = self.draft_at(id, revision).await?;
        let mut change = change_of(&stored)?;
        if may_add && change.files.iter().all(|file| file.path != path) {
            let now = self.files().text(path).map(str::to_owned);
            change.files.push(FileChange { path: path.to_owned(), before: now.clone(), after: now });
        }
        let file = change.files.iter_mut().find(|file| file.path == path).ok_or(WorkError::Missing)?;
        file.after = after(text, file.after.as_deref().or(file.before.as_deref()));
        if stored.undoes.is_none() {
            change = change.of_moved_files();
        }
        if change.files.is_empty() {
            return Err(WorkError::Edit(EditError::NothingToAdd));
        }
        self.store_files(&stored, &change, true).await
    }

    /// The files of a draft that were edited since.
    pub fn conflicts(&self, change: &Change) -> Result<Vec<Conflict>, WorkError> {
        apply::conflicts(self.root()?, &change.of_moved_files()).map_err(WorkError::Apply)
    }

    /// Makes the draft anew on the current files.
    pub async fn rework(&self, id: i64, revision: i64) -> Result<(), WorkError> {
        let stored = self.draft_at(id, revision).await?;
        let (old, files) = (change_of(&stored)?, self.settled_files().await?);
        let change = match &stored.edit {
            Some(edit) => change(&files, &serde_json::from_str::<Edit>(edit)?)?,
            None => old.rebased(|path| files.text(path).map(str::to_owned)),
        };
        self.store_files(&stored, &change, false).await
    }

    /// Publishes a draft: writes the data files and records it. `stored` is what was looked at; at
    /// another revision this is [`ChangeError::Stale`]. `acceptance`: why tests of other intents
    /// may fail.
    pub async fn publish(
        &self,
        by: By,
        stored: StoredChange,
        acceptance: Option<Acceptance>,
    ) -> Result<Published, WorkError> {
        let root = self.root()?.to_owned();
        let now = self.draft_at(stored.id, stored.revision).await?;
        let change = change_of(&now)?.of_moved_files();
        if let Some(path) = change.conflicting() {
            return Err(WorkError::Unresolved(path.to_owned()));
        }
        if let Some(path) = to_be_written(&now, &change) {
            return Err(WorkError::Unwritten(path.to_owned()));
        }
        let made = change.clone();
        blocking(move || apply_draft(&root, &made, Some(stored.id))).await??;
        let questions = self.asked_meanwhile(&now).await?;
        if !self.store.publish_draft(by.clone(), StoredChange { questions, ..now }, acceptance).await? {
            return Err(WorkError::Stale);
        }
        let commit = self.commit(&by, stored.id, change).await?;
        Ok(Published { version: self.files().version(), commit })
    }

    /// The questions that a draft handles: its own, and those asked in the same words since.
    async fn asked_meanwhile(&self, stored: &StoredChange) -> Result<Vec<i64>, WorkError> {
        let mut all = stored.questions.clone();
        if stored.undoes.is_none() && !all.is_empty() {
            let rows = queue(&self.store, Since(None)).await?;
            let own: BTreeSet<String> =
                rows.iter().filter(|row| all.contains(&row.id)).map(|row| normalize(question(row))).collect();
            all.extend(rows.iter().filter(|row| own.contains(&normalize(question(row)))).map(|row| row.id));
            all.sort_unstable();
            all.dedup();
        }
        Ok(all)
    }

    async fn commit(&self, by: &By, id: i64, change: Change) -> Result<Option<Result<String, String>>, WorkError> {
        if !self.git || change.is_empty() {
            return Ok(None);
        }
        let (root, author) = (self.root()?.to_owned(), by.actor.clone());
        let commit = blocking(move || git::commit(&root, &change, &author)).await?.map_err(|error| error.to_string());
        if let Err(error) = &commit {
            tracing::warn!(change = id, error, "a published change was not committed");
        }
        let said = commit.clone().unwrap_or_else(|error| format!("!{error}"));
        self.store.set_in_git(id, said).await?;
        Ok(Some(commit))
    }

    async fn keep(
        &self,
        by: By,
        change: &Change,
        edit: Option<String>,
        questions: Vec<i64>,
        undoes: Option<i64>,
    ) -> Result<i64, WorkError> {
        let files = serde_json::to_string(&change.files)?;
        let new = NewChange { summary: change.summary.clone(), files, edit, questions, undoes };
        Ok(self.store.add_draft(by, new).await?)
    }

    async fn draft_at(&self, id: i64, revision: i64) -> Result<StoredChange, WorkError> {
        let stored = self.store.change(id).await?.ok_or(WorkError::Missing)?;
        let is_it = stored.state == State::Draft && stored.revision == revision;
        if is_it { Ok(stored) } else { Err(WorkError::Stale) }
    }

    async fn store_files(&self, stored: &StoredChange, change: &Change, by_hand: bool) -> Result<(), WorkError> {
        let files = serde_json::to_string(&change.files)?;
        let done = self.store.rewrite_draft(stored.id, stored.revision, files, by_hand).await?;
        if done { Ok(()) } else { Err(WorkError::Stale) }
    }
}

impl From<ApplyError> for WorkError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Conflict(conflicts) => WorkError::Conflict(conflicts),
            other => WorkError::Apply(other),
        }
    }
}

/// The change that is stored.
pub fn change_of(stored: &StoredChange) -> Result<Change, WorkError> {
    Ok(Change { files: serde_json::from_str(&stored.files)?, summary: stored.summary.clone() })
}

/// The first reply of the change that still has its template text, and must be written before
/// publishing. An undo restores earlier files whatever they hold, so it has none.
pub fn to_be_written<'a>(stored: &StoredChange, change: &'a Change) -> Option<&'a str> {
    unwritten(change).filter(|_| stored.undoes.is_none())
}

/// The first reply of `change` that still has its template text.
fn unwritten(change: &Change) -> Option<&str> {
    let is_reply = |file: &&FileChange| matches!(Role::of(&file.path), Role::Reply(..));
    let mut replies = change.files.iter().filter(is_reply);
    replies.find(|file| file.after.as_deref().is_some_and(is_unwritten)).map(|file| file.path.as_str())
}

/// The file content for a text from a form: with the line endings of `like`, and one line break at
/// the end; `None` if the text is empty.
fn after(text: &str, like: Option<&str>) -> Option<String> {
    let plain = text.replace("\r\n", "\n");
    if plain.trim().is_empty() {
        return None;
    }
    let ended = format!("{}\n", plain.trim_end_matches('\n'));
    Some(if like.is_some_and(|like| like.contains("\r\n")) { ended.replace('\n', "\r\n") } else { ended })
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, WorkError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| WorkError::Failed)
}
