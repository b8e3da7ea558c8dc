//! What reviewers did: changes of data files, as drafts and published; where questions stand; what is ignored, and who
//! looks after what. Every act is written into the audit log with it. Must not know: what a change's files say.

use super::accepted::{self, Acceptance};
use super::audit::{self, Action, By};
use super::{Store, StoreError, from_word};
use crate::message::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};

/// How far a change is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Draft,
    Published,
    /// Published, and taken back by a later change.
    Undone,
    /// A draft that was not wanted.
    Discarded,
}

/// A change that somebody wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewChange {
    /// One line, for people.
    pub summary: String,
    /// The files, as JSON.
    pub files: String,
    /// The action that it came from, as JSON.
    pub edit: Option<String>,
    /// The journal's numbers of the questions that it deals with.
    pub questions: Vec<i64>,
    /// The change that it takes back.
    pub undoes: Option<i64>,
}

/// A change, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StoredChange {
    pub id: i64,
    pub state: State,
    /// Counts how often it was rewritten: what was looked at is what is published.
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
    /// The commit; or why there is none, behind `!`.
    pub in_git: Option<String>,
}

/// Where a question stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    pub question: i64,
    pub cluster: i64,
    /// The published change that dealt with it.
    pub change: Option<i64>,
}

/// Something that somebody said of a cluster: the wording by which it is ignored, or the account that looks after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Remark {
    pub cluster: i64,
    pub what: String,
    pub actor: String,
    pub at: Timestamp,
}

impl Store {
    /// A change that nothing is done with yet; its number.
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

    /// A change by its number.
    pub async fn change(&self, id: i64) -> Result<Option<StoredChange>, StoreError> {
        let row =
            sqlx::query("SELECT * FROM changes WHERE id = $1").bind(id).fetch_optional(self.engine.read()).await?;
        row.as_ref().map(change).transpose()
    }

    /// Changes, newest first: at most `limit`, all with a number below `before`.
    pub async fn changes(&self, before: i64, limit: i64) -> Result<Vec<StoredChange>, StoreError> {
        let sql = "SELECT * FROM changes WHERE id < $1 ORDER BY id DESC LIMIT $2";
        let rows = sqlx::query(sql).bind(before).bind(limit).fetch_all(self.engine.read()).await?;
        rows.iter().map(change).collect()
    }

    /// The change that was published last, and not taken back, of those that are about the file at `path`.
    pub async fn latest_publication_of(&self, path: &str) -> Result<Option<StoredChange>, StoreError> {
        let sql = "SELECT * FROM changes WHERE state = 'published' AND files LIKE $1 ESCAPE '!'
                   ORDER BY published_at DESC, id DESC LIMIT 1";
        let row = sqlx::query(sql).bind(names_file(path)?).fetch_optional(self.engine.read()).await?;
        row.as_ref().map(change).transpose()
    }

    /// The number of the change that was published last.
    pub async fn latest_publication(&self) -> Result<Option<i64>, StoreError> {
        let sql = "SELECT id FROM changes WHERE state = 'published' ORDER BY published_at DESC, id DESC LIMIT 1";
        let row = sqlx::query(sql).fetch_optional(self.engine.read()).await?;
        Ok(row.map(|row| row.try_get(0)).transpose()?)
    }

    /// Other files for a draft. False: it is no draft any more, or another revision; nothing was changed.
    /// `by_hand`: it is no longer what its action says.
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

    /// A draft that nobody wants. False: it is no draft any more.
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

    /// The draft stands in the data files now: its questions are dealt with, or, where it takes another change back, that
    /// one's are open again. `acceptance` says why it is right that tests of other intents turn. False: somebody was faster.
    pub async fn publish_draft(
        &self,
        by: By,
        draft: StoredChange,
        acceptance: Option<Acceptance>,
    ) -> Result<bool, StoreError> {
        self.engine.write(move |c| Box::pin(async move { publish(c, &by, &draft, acceptance.as_ref()).await })).await
    }

    /// What became of the commit of a published change.
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

    /// Where questions stand, by their numbers.
    pub async fn placed(&self) -> Result<Vec<Placed>, StoreError> {
        let sql = "SELECT question, cluster, change FROM placed ORDER BY question";
        let rows = sqlx::query(sql).fetch_all(self.engine.read()).await?;
        let placed =
            |row: &AnyRow| Ok(Placed { question: row.try_get(0)?, cluster: row.try_get(1)?, change: row.try_get(2)? });
        rows.iter().map(placed).collect()
    }

    /// Puts questions into clusters: pairs of question and cluster.
    pub async fn place(&self, places: Vec<(i64, i64)>) -> Result<(), StoreError> {
        for some in places.chunks(PLACED_AT_ONCE) {
            let some = some.to_vec();
            self.engine.write(move |c| Box::pin(async move { self::place(c, &some).await })).await?;
        }
        Ok(())
    }

    /// Clusters that nobody wants to see, the latest first.
    pub async fn ignored(&self) -> Result<Vec<Remark>, StoreError> {
        let sql = "SELECT cluster, wording, actor, at FROM ignored ORDER BY at DESC, cluster";
        sqlx::query(sql).fetch_all(self.engine.read()).await?.iter().map(remark).collect()
    }

    /// Who looks after which cluster.
    pub async fn assigned(&self) -> Result<Vec<Remark>, StoreError> {
        let sql = "SELECT cluster, account, actor, at FROM assigned ORDER BY cluster";
        sqlx::query(sql).fetch_all(self.engine.read()).await?.iter().map(remark).collect()
    }

    /// `wording` stands for the cluster; `None`: it is to be seen again.
    pub async fn ignore(&self, by: By, cluster: i64, wording: Option<String>) -> Result<(), StoreError> {
        let action = if wording.is_some() { Action::Ignore } else { Action::Unignore };
        self.remark("ignored (cluster, wording", by, action, cluster, wording).await
    }

    /// `account` looks after the cluster; `None`: nobody does.
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

/// What the files of a change are like that is about `path`. A text that quotes such files is none: its quotation marks are
/// written with a backslash.
fn names_file(path: &str) -> Result<String, StoreError> {
    let path = serde_json::to_string(path)?;
    let plain = path.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    Ok(format!("%\"path\":{plain}%"))
}

/// Rows of one transaction: others write in between.
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

/// Whether the change was in that state; it is in the other now.
async fn moved(c: &mut AnyConnection, id: i64, from: &str, to: &str) -> Result<bool, StoreError> {
    let query = sqlx::query("UPDATE changes SET state = $3 WHERE id = $1 AND state = $2").bind(id).bind(from).bind(to);
    Ok(query.execute(c).await?.rows_affected() == 1)
}

async fn place(c: &mut AnyConnection, places: &[(i64, i64)]) -> Result<(), StoreError> {
    for (question, cluster) in places {
        // what was erased meanwhile is not put back
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
