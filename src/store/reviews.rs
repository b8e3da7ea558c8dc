//! What reviewers did: changes of data files, drafted and published. Every action is written
//! together with its audit entry. Must not know: the content of a change's files.

use super::accepted::{self, TestAcceptance};
use super::audit::{self, AuditAction, AuditActor};
use super::changes::change;
use super::engine::DatabaseEngine;
use super::error::StoreError;
use sqlx::{AnyConnection, Row as _};

pub use super::changes::{ChangeState, CommitState, NewChange, StoredChange};

/// What reviewers did.
#[derive(Clone, Copy, Debug)]
pub struct ReviewStore<'a> {
    pub(super) engine: &'a DatabaseEngine,
}

impl ReviewStore<'_> {
    /// Stores a draft; returns its id.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn add_draft(self, by: AuditActor, new: NewChange) -> Result<i64, StoreError> {
        let questions = serde_json::to_string(&new.questions)?;
        self.engine
            .write(move |c| {
                Box::pin(async move {
                    let sql = "INSERT INTO changes (state, summary, files, edit, questions, undoes, actor, at)
                               VALUES ('draft', $1, $2, $3, $4, $5, $6, $7) RETURNING id";
                    let row = sqlx::query(sql)
                        .bind(&new.summary)
                        .bind(&new.files)
                        .bind(&new.edit)
                        .bind(&questions)
                        .bind(new.undoes)
                        .bind(&by.actor)
                        .bind(by.at.0)
                        .fetch_one(&mut *c)
                        .await?;
                    let id: i64 = row.try_get(0)?;
                    audit::write(c, &by, AuditAction::Draft, &format!("#{id}"), &new.summary).await?;
                    Ok(id)
                })
            })
            .await
    }

    /// The change with this id.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] for a row that this version cannot read; else if the database cannot be
    /// read.
    pub async fn change(self, id: i64) -> Result<Option<StoredChange>, StoreError> {
        let row = sqlx::query("SELECT * FROM changes WHERE id = $1")
            .bind(id)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(change).transpose()
    }

    /// Changes, newest first: at most `limit`, all with an id below `before`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] for a row that this version cannot read; else if the database cannot be
    /// read.
    pub async fn changes(self, before: i64, limit: i64) -> Result<Vec<StoredChange>, StoreError> {
        let sql = "SELECT * FROM changes WHERE id < $1 ORDER BY id DESC LIMIT $2";
        let rows = sqlx::query(sql)
            .bind(before)
            .bind(limit)
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(change).collect()
    }

    /// The latest published change, not undone, that concerns the file at `path`.
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] for a row that this version cannot read; else if the database cannot be
    /// read.
    pub async fn latest_publication_of(
        self,
        path: &str,
    ) -> Result<Option<StoredChange>, StoreError> {
        let sql = "SELECT * FROM changes WHERE state = 'published' AND files LIKE $1 ESCAPE '!'
                   ORDER BY published_at DESC, id DESC LIMIT 1";
        let row = sqlx::query(sql)
            .bind(names_file(path)?)
            .fetch_optional(self.engine.read())
            .await?;
        row.as_ref().map(change).transpose()
    }

    /// The id of the latest published change.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn latest_publication(self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT id FROM changes WHERE state = 'published' ORDER BY published_at DESC, id DESC LIMIT 1";
        let row = sqlx::query(sql).fetch_optional(self.engine.read()).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Replaces the files of a draft. False: it is no longer a draft, or at another revision;
    /// nothing was changed. `by_hand`: the files no longer follow from its edit, which is dropped.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn rewrite_draft(
        self,
        id: i64,
        revision: i64,
        files: String,
        by_hand: bool,
    ) -> Result<bool, StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE changes SET files = $3, revision = revision + 1,
                                   edit = CASE WHEN $4 = 1 THEN NULL ELSE edit END
                               WHERE id = $1 AND revision = $2 AND state = 'draft'";
                    let query = sqlx::query(sql)
                        .bind(id)
                        .bind(revision)
                        .bind(&files)
                        .bind(i64::from(by_hand));
                    Ok(query.execute(c).await?.rows_affected() == 1)
                })
            })
            .await
    }

    /// Discards a draft. False: it is no longer a draft.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn discard_draft(self, by: AuditActor, id: i64) -> Result<bool, StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move {
                    if !moved(c, id, "draft", "discarded").await? {
                        return Ok(false);
                    }
                    audit::write(c, &by, AuditAction::Discard, &format!("#{id}"), "").await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Marks a draft as published, once its files are written: its questions are handled, or, if it
    /// undoes another change, that one's questions are open again. `acceptance`: why tests of other
    /// intents may fail. False: it is no longer a draft, or at another revision.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn publish_draft(
        self,
        by: AuditActor,
        draft: StoredChange,
        acceptance: Option<TestAcceptance>,
    ) -> Result<bool, StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move { publish(c, &by, &draft, acceptance.as_ref()).await })
            })
            .await
    }

    /// Stores whether a published change was committed.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn set_commit(self, id: i64, commit: CommitState) -> Result<(), StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE changes SET in_git = $2 WHERE id = $1";
                    sqlx::query(sql)
                        .bind(id)
                        .bind(commit.stored())
                        .execute(c)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

/// A LIKE pattern for changes whose files include `path`. A file text that quotes such JSON does
/// not match, because its quotation marks are escaped.
fn names_file(path: &str) -> Result<String, StoreError> {
    let path = serde_json::to_string(path)?;
    let plain = path
        .replace('!', "!!")
        .replace('%', "!%")
        .replace('_', "!_");
    Ok(format!("%\"path\":{plain}%"))
}

async fn publish(
    c: &mut AnyConnection,
    by: &AuditActor,
    draft: &StoredChange,
    acceptance: Option<&TestAcceptance>,
) -> Result<bool, StoreError> {
    let sql = "UPDATE changes SET state = 'published', published_by = $3, published_at = $4
               WHERE id = $1 AND revision = $2 AND state = 'draft'";
    let query = sqlx::query(sql)
        .bind(draft.id)
        .bind(draft.revision)
        .bind(&by.actor)
        .bind(by.at.0);
    if query.execute(&mut *c).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let action = match draft.undoes {
        Some(undone) => {
            moved(c, undone, "published", "undone").await?;
            let sql = "UPDATE placed SET change = NULL WHERE change = $1";
            sqlx::query(sql).bind(undone).execute(&mut *c).await?;
            AuditAction::Undo
        }
        None => AuditAction::Publish,
    };
    for question in &draft.questions {
        let sql = "INSERT INTO placed (question, cluster, change) VALUES ($1, $1, $2)
                   ON CONFLICT (question) DO UPDATE SET change = excluded.change";
        sqlx::query(sql)
            .bind(question)
            .bind(draft.id)
            .execute(&mut *c)
            .await?;
    }
    let mut detail = draft.summary.clone();
    if let Some(acceptance) = acceptance {
        accepted::write(c, by, acceptance).await?;
        detail += &format!("；{acceptance}");
    }
    audit::write(c, by, action, &format!("#{}", draft.id), &detail).await?;
    Ok(true)
}

/// Moves the change from state `from` to `to`. False: it was not in `from`.
async fn moved(c: &mut AnyConnection, id: i64, from: &str, to: &str) -> Result<bool, StoreError> {
    let query = sqlx::query("UPDATE changes SET state = $3 WHERE id = $1 AND state = $2")
        .bind(id)
        .bind(from)
        .bind(to);
    Ok(query.execute(c).await?.rows_affected() == 1)
}
