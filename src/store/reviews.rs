//! What reviewers did: changes of data files, drafted and published; which cluster each question is
//! in; which clusters are ignored or assigned. Every action is written together with its audit
//! entry. Must not know: the content of a change's files.

use super::accepted::{self, Acceptance};
use super::audit::{self, Action, By};
use super::{Store, StoreError, from_word};
use crate::message::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

/// The state of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
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

/// A change as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredChange {
    pub id: i64,
    pub state: State,
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
    /// The commit id; or, after a `!`, why there is none.
    pub in_git: Option<String>,
}

/// The cluster that a question is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    pub question: i64,
    pub cluster: i64,
    /// The published change that handled it.
    pub change: Option<i64>,
}

/// A note on a cluster: the wording by which it is ignored, or the account that it is assigned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    pub cluster: i64,
    pub what: String,
    pub actor: String,
    pub at: Timestamp,
}

impl Store {
    /// Stores a draft; returns its id.
    pub async fn add_draft(&self, by: By, new: NewChange) -> Result<i64, StoreError> {
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
                    audit::write(c, &by, Action::Draft, &format!("#{id}"), &new.summary).await?;
                    Ok(id)
                })
            })
            .await
    }

    pub async fn change(&self, id: i64) -> Result<Option<StoredChange>, StoreError> {
        let row =
            sqlx::query("SELECT * FROM changes WHERE id = $1").bind(id).fetch_optional(self.engine.read()).await?;
        row.as_ref().map(change).transpose()
    }

    /// Changes, newest first: at most `limit`, all with an id below `before`.
    pub async fn changes(&self, before: i64, limit: i64) -> Result<Vec<StoredChange>, StoreError> {
        let sql = "SELECT * FROM changes WHERE id < $1 ORDER BY id DESC LIMIT $2";
        let rows = sqlx::query(sql).bind(before).bind(limit).fetch_all(self.engine.read()).await?;
        rows.iter().map(change).collect()
    }

    /// The latest published change, not undone, that concerns the file at `path`.
    pub async fn latest_publication_of(&self, path: &str) -> Result<Option<StoredChange>, StoreError> {
        let sql = "SELECT * FROM changes WHERE state = 'published' AND files LIKE $1 ESCAPE '!'
                   ORDER BY published_at DESC, id DESC LIMIT 1";
        let row = sqlx::query(sql).bind(names_file(path)?).fetch_optional(self.engine.read()).await?;
        row.as_ref().map(change).transpose()
    }

    /// The id of the latest published change.
    pub async fn latest_publication(&self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT id FROM changes WHERE state = 'published' ORDER BY published_at DESC, id DESC LIMIT 1";
        let row = sqlx::query(sql).fetch_optional(self.engine.read()).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Replaces the files of a draft. False: it is no longer a draft, or at another revision;
    /// nothing was changed. `by_hand`: the files no longer follow from its edit, which is dropped.
    pub async fn rewrite_draft(
        &self,
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
                    let query = sqlx::query(sql).bind(id).bind(revision).bind(&files).bind(i64::from(by_hand));
                    Ok(query.execute(c).await?.rows_affected() == 1)
                })
            })
            .await
    }

    /// Discards a draft. False: it is no longer a draft.
    pub async fn discard_draft(&self, by: By, id: i64) -> Result<bool, StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move {
                    if !moved(c, id, "draft", "discarded").await? {
                        return Ok(false);
                    }
                    audit::write(c, &by, Action::Discard, &format!("#{id}"), "").await?;
                    Ok(true)
                })
            })
            .await
    }

    /// Marks a draft as published, once its files are written: its questions are handled, or, if it
    /// undoes another change, that one's questions are open again. `acceptance`: why tests of other
    /// intents may fail. False: it is no longer a draft, or at another revision.
    pub async fn publish_draft(
        &self,
        by: By,
        draft: StoredChange,
        acceptance: Option<Acceptance>,
    ) -> Result<bool, StoreError> {
        self.engine.write(move |c| Box::pin(async move { publish(c, &by, &draft, acceptance.as_ref()).await })).await
    }

    /// Stores the commit of a published change, or why there is none.
    pub async fn set_in_git(&self, id: i64, said: String) -> Result<(), StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move {
                    let sql = "UPDATE changes SET in_git = $2 WHERE id = $1";
                    sqlx::query(sql).bind(id).bind(&said).execute(c).await?;
                    Ok(())
                })
            })
            .await
    }

    /// The cluster of each question, by question id.
    pub async fn placed(&self) -> Result<Vec<Placed>, StoreError> {
        let sql = "SELECT question, cluster, change FROM placed ORDER BY question";
        let rows = sqlx::query(sql).fetch_all(self.engine.read()).await?;
        let placed =
            |row: &AnyRow| Ok(Placed { question: row.try_get(0)?, cluster: row.try_get(1)?, change: row.try_get(2)? });
        rows.iter().map(placed).collect()
    }

    /// Stores the cluster of questions: pairs of question id and cluster id.
    pub async fn place(&self, places: Vec<(i64, i64)>) -> Result<(), StoreError> {
        for some in places.chunks(PLACED_AT_ONCE) {
            let some = some.to_vec();
            self.engine.write(move |c| Box::pin(async move { self::place(c, &some).await })).await?;
        }
        Ok(())
    }

    /// The ignored clusters, the latest first.
    pub async fn ignored(&self) -> Result<Vec<Remark>, StoreError> {
        let sql = "SELECT cluster, wording, actor, at FROM ignored ORDER BY at DESC, cluster";
        sqlx::query(sql).fetch_all(self.engine.read()).await?.iter().map(remark).collect()
    }

    /// The assigned clusters.
    pub async fn assigned(&self) -> Result<Vec<Remark>, StoreError> {
        let sql = "SELECT cluster, account, actor, at FROM assigned ORDER BY cluster";
        sqlx::query(sql).fetch_all(self.engine.read()).await?.iter().map(remark).collect()
    }

    /// Ignores the cluster by `wording`; `None`: shows it again.
    pub async fn ignore(&self, by: By, cluster: i64, wording: Option<String>) -> Result<(), StoreError> {
        let action = if wording.is_some() { Action::Ignore } else { Action::Unignore };
        self.remark("ignored (cluster, wording", by, action, cluster, wording).await
    }

    /// Assigns the cluster to `account`; `None`: to nobody.
    pub async fn assign(&self, by: By, cluster: i64, account: Option<String>) -> Result<(), StoreError> {
        self.remark("assigned (cluster, account", by, Action::Assign, cluster, account).await
    }

    async fn remark(
        &self,
        table: &'static str,
        by: By,
        action: Action,
        cluster: i64,
        what: Option<String>,
    ) -> Result<(), StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move {
                    let name = table.split(' ').next().unwrap_or_default();
                    let delete = format!("DELETE FROM {name} WHERE cluster = $1");
                    sqlx::query(sqlx::AssertSqlSafe(delete)).bind(cluster).execute(&mut *c).await?;
                    if let Some(what) = &what {
                        let insert = format!("INSERT INTO {table}, actor, at) VALUES ($1, $2, $3, $4)");
                        let query = sqlx::query(sqlx::AssertSqlSafe(insert)).bind(cluster).bind(what);
                        query.bind(&by.actor).bind(by.at.0).execute(&mut *c).await?;
                    }
                    audit::write(c, &by, action, &format!("#{cluster}"), what.as_deref().unwrap_or_default()).await
                })
            })
            .await
    }
}

/// A LIKE pattern for changes whose files include `path`. A file text that quotes such JSON does
/// not match, because its quotation marks are escaped.
fn names_file(path: &str) -> Result<String, StoreError> {
    let path = serde_json::to_string(path)?;
    let plain = path.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    Ok(format!("%\"path\":{plain}%"))
}

/// Rows per transaction, so that others can write in between.
const PLACED_AT_ONCE: usize = 1_000;

async fn publish(
    c: &mut AnyConnection,
    by: &By,
    draft: &StoredChange,
    acceptance: Option<&Acceptance>,
) -> Result<bool, StoreError> {
    let sql = "UPDATE changes SET state = 'published', published_by = $3, published_at = $4
               WHERE id = $1 AND revision = $2 AND state = 'draft'";
    let query = sqlx::query(sql).bind(draft.id).bind(draft.revision).bind(&by.actor).bind(by.at.0);
    if query.execute(&mut *c).await?.rows_affected() == 0 {
        return Ok(false);
    }
    let action = match draft.undoes {
        Some(undone) => {
            moved(c, undone, "published", "undone").await?;
            let sql = "UPDATE placed SET change = NULL WHERE change = $1";
            sqlx::query(sql).bind(undone).execute(&mut *c).await?;
            Action::Undo
        }
        None => Action::Publish,
    };
    for question in &draft.questions {
        let sql = "INSERT INTO placed (question, cluster, change) VALUES ($1, $1, $2)
                   ON CONFLICT (question) DO UPDATE SET change = excluded.change";
        sqlx::query(sql).bind(question).bind(draft.id).execute(&mut *c).await?;
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
    let query = sqlx::query("UPDATE changes SET state = $3 WHERE id = $1 AND state = $2").bind(id).bind(from).bind(to);
    Ok(query.execute(c).await?.rows_affected() == 1)
}

async fn place(c: &mut AnyConnection, places: &[(i64, i64)]) -> Result<(), StoreError> {
    for (question, cluster) in places {
        // a question erased meanwhile is not inserted again
        let sql = "INSERT INTO placed (question, cluster) SELECT j.id, $2 FROM journal j WHERE j.id = $1
                   ON CONFLICT (question) DO UPDATE SET cluster = excluded.cluster";
        sqlx::query(sql).bind(question).bind(cluster).execute(&mut *c).await?;
    }
    Ok(())
}

fn remark(row: &AnyRow) -> Result<Remark, StoreError> {
    Ok(Remark {
        cluster: row.try_get(0)?,
        what: row.try_get(1)?,
        actor: row.try_get(2)?,
        at: Timestamp(row.try_get(3)?),
    })
}

fn change(row: &AnyRow) -> Result<StoredChange, StoreError> {
    Ok(StoredChange {
        id: row.try_get("id")?,
        state: from_word(&row.try_get::<String, _>("state")?)?,
        revision: row.try_get("revision")?,
        summary: row.try_get("summary")?,
        files: row.try_get("files")?,
        edit: row.try_get("edit")?,
        questions: serde_json::from_str(&row.try_get::<String, _>("questions")?)?,
        undoes: row.try_get("undoes")?,
        actor: row.try_get("actor")?,
        at: Timestamp(row.try_get("at")?),
        published_by: row.try_get("published_by")?,
        published_at: row.try_get::<Option<i64>, _>("published_at")?.map(Timestamp),
        in_git: row.try_get("in_git")?,
    })
}
