//! Clusters of unanswered questions: which cluster each question is in, and which clusters are
//! ignored or assigned. Must not know: how questions are clustered.

use super::audit::{self, AuditAction, AuditActor};
use super::error::StoreError;
use super::reviews::ReviewStore;
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _};
use wenlu_core::model::Timestamp;

/// The cluster that a question is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterMembership {
    pub question: i64,
    pub cluster: i64,
    /// The published change that handled it.
    pub change: Option<i64>,
}

/// A note on a cluster: the wording by which it is ignored, or the account that it is assigned to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClusterNote {
    pub cluster: i64,
    pub what: String,
    pub actor: String,
    pub at: Timestamp,
}

/// Rows per transaction, so that others can write in between.
const PLACED_AT_ONCE: usize = 1_000;

impl ReviewStore<'_> {
    /// The cluster of each question, by question id.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn cluster_memberships(self) -> Result<Vec<ClusterMembership>, StoreError> {
        let sql = "SELECT question, cluster, change FROM placed ORDER BY question";
        let rows = sqlx::query(sql).fetch_all(self.engine.read()).await?;
        let placed = |row: &AnyRow| {
            Ok(ClusterMembership {
                question: row.try_get(0)?,
                cluster: row.try_get(1)?,
                change: row.try_get(2)?,
            })
        };
        rows.iter().map(placed).collect()
    }

    /// Stores the cluster of questions: pairs of question id and cluster id.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn set_question_clusters(self, places: Vec<(i64, i64)>) -> Result<(), StoreError> {
        for some in places.chunks(PLACED_AT_ONCE) {
            let some = some.to_vec();
            self.engine
                .write(move |c| Box::pin(async move { place(c, &some).await }))
                .await?;
        }
        Ok(())
    }

    /// Puts questions into a cluster by hand. `fixed`: one that is merged with no other from then on.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn regroup(
        self,
        by: AuditActor,
        action: AuditAction,
        places: Vec<(i64, i64)>,
        fixed: Option<i64>,
    ) -> Result<(), StoreError> {
        self.engine
            .write(move |connection| {
                Box::pin(async move {
                    place(connection, &places).await?;
                    if let Some(cluster) = fixed {
                        fix(connection, cluster, &by).await?;
                    }
                    let into = places.first().map_or(0, |(_, cluster)| *cluster);
                    let count = places.len().to_string();
                    audit::write(connection, &by, action, &format!("#{into}"), &count).await
                })
            })
            .await
    }

    /// The clusters that were made by hand.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn fixed_clusters(self) -> Result<Vec<i64>, StoreError> {
        let rows = sqlx::query("SELECT cluster FROM fixed_clusters ORDER BY cluster")
            .fetch_all(self.engine.read())
            .await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// The ignored clusters, the latest first.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn ignored(self) -> Result<Vec<ClusterNote>, StoreError> {
        let sql = "SELECT cluster, wording, actor, at FROM ignored ORDER BY at DESC, cluster";
        sqlx::query(sql)
            .fetch_all(self.engine.read())
            .await?
            .iter()
            .map(remark)
            .collect()
    }

    /// The assigned clusters.
    ///
    /// # Errors
    ///
    /// If the database cannot be read.
    pub async fn assigned(self) -> Result<Vec<ClusterNote>, StoreError> {
        let sql = "SELECT cluster, account, actor, at FROM assigned ORDER BY cluster";
        sqlx::query(sql)
            .fetch_all(self.engine.read())
            .await?
            .iter()
            .map(remark)
            .collect()
    }

    /// Ignores the cluster by `wording`; `None`: shows it again.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn ignore(
        self,
        by: AuditActor,
        cluster: i64,
        wording: Option<String>,
    ) -> Result<(), StoreError> {
        let action = if wording.is_some() {
            AuditAction::Ignore
        } else {
            AuditAction::Unignore
        };
        self.remark("ignored (cluster, wording", by, action, cluster, wording)
            .await
    }

    /// Assigns the cluster to `account`; `None`: to nobody.
    ///
    /// # Errors
    ///
    /// If the database cannot be written.
    pub async fn assign(
        self,
        by: AuditActor,
        cluster: i64,
        account: Option<String>,
    ) -> Result<(), StoreError> {
        self.remark(
            "assigned (cluster, account",
            by,
            AuditAction::Assign,
            cluster,
            account,
        )
        .await
    }

    async fn remark(
        self,
        table: &'static str,
        by: AuditActor,
        action: AuditAction,
        cluster: i64,
        what: Option<String>,
    ) -> Result<(), StoreError> {
        self.engine
            .write(move |c| {
                Box::pin(async move {
                    let name = table.split(' ').next().unwrap_or_default();
                    let delete = format!("DELETE FROM {name} WHERE cluster = $1");
                    sqlx::query(sqlx::AssertSqlSafe(delete))
                        .bind(cluster)
                        .execute(&mut *c)
                        .await?;
                    if let Some(what) = &what {
                        let insert =
                            format!("INSERT INTO {table}, actor, at) VALUES ($1, $2, $3, $4)");
                        let query = sqlx::query(sqlx::AssertSqlSafe(insert))
                            .bind(cluster)
                            .bind(what);
                        query.bind(&by.actor).bind(by.at.0).execute(&mut *c).await?;
                    }
                    audit::write(
                        c,
                        &by,
                        action,
                        &format!("#{cluster}"),
                        what.as_deref().unwrap_or_default(),
                    )
                    .await
                })
            })
            .await
    }
}

async fn place(c: &mut AnyConnection, places: &[(i64, i64)]) -> Result<(), StoreError> {
    for (question, cluster) in places {
        // a question erased meanwhile is not inserted again
        let sql =
            "INSERT INTO placed (question, cluster) SELECT j.id, $2 FROM journal j WHERE j.id = $1
                   ON CONFLICT (question) DO UPDATE SET cluster = excluded.cluster";
        sqlx::query(sql)
            .bind(question)
            .bind(cluster)
            .execute(&mut *c)
            .await?;
    }
    Ok(())
}

async fn fix(c: &mut AnyConnection, cluster: i64, by: &AuditActor) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO fixed_clusters (cluster, actor, at) VALUES ($1, $2, $3) ON CONFLICT (cluster) DO NOTHING",
    )
    .bind(cluster)
    .bind(&by.actor)
    .bind(by.at.0)
    .execute(c)
    .await?;
    Ok(())
}

fn remark(row: &AnyRow) -> Result<ClusterNote, StoreError> {
    Ok(ClusterNote {
        cluster: row.try_get(0)?,
        what: row.try_get(1)?,
        actor: row.try_get(2)?,
        at: Timestamp(row.try_get(3)?),
    })
}
