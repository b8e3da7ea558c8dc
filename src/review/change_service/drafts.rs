//! Drafts: changes that are stored and change nothing yet. In: an action, a text, or a published change to
//! be undone. Out: a draft, made or rewritten. Must not know: how a change is published.

use super::{ChangeError, ChangeService, change_of};
use crate::review::change::{ChangeSet, FileChange};
use crate::review::edit::{EditError, ReviewEdit, plan_edit};
use crate::store::audit::AuditActor;
use crate::store::reviews::{ChangeState, NewChange, StoredChange};

impl ChangeService {
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
