//! What went unanswered. In: the store. Out: clusters of open questions, largest first, their texts
//! masked. Must not know: who asked: neither conversations nor turns are shown.

use super::failure::ToolFailure;
use crate::clock;
use crate::review::review_queue::{ReviewItem, load_queue};
use crate::store::Store;
use serde_json::{Value, json};
use wenlu_core::privacy::redact;

/// Wordings shown of each cluster.
const WORDINGS: usize = 8;

/// The open clusters, at most `most`.
pub(super) async fn unanswered(store: &Store, most: usize) -> Result<Value, ToolFailure> {
    let queue = load_queue(store, clock::now()).await?;
    let questions: u64 = queue.open.iter().map(|item| item.cluster.count).sum();
    let clusters: Vec<Value> = queue.open.iter().take(most).map(cluster).collect();
    Ok(json!({
        "clusters_in_all": queue.open.len(),
        "questions_in_all": questions,
        "clusters": clusters,
    }))
}

fn cluster(item: &ReviewItem) -> Value {
    let cluster = &item.cluster;
    let wordings: Vec<Value> = cluster
        .wordings
        .iter()
        .take(WORDINGS)
        // masked before it was stored; again, by what is recognised today
        .map(|wording| json!({"text": redact(&wording.text).text, "count": wording.count}))
        .collect();
    json!({
        "cluster": cluster.id.0,
        "representative": redact(&cluster.representative).text,
        "count": cluster.count,
        "conversations": item.conversations,
        "last_7_days": cluster.trend.last_week,
        "7_days_before": cluster.trend.week_before,
        "reasons": item.reasons,
        "gap": item.gap,
        "wordings": wordings,
        "wordings_in_all": cluster.wordings.len(),
    })
}

/// The numbers of the questions of a cluster; none for no cluster.
pub(super) async fn questions_of(
    store: &Store,
    cluster: Option<i64>,
) -> Result<Vec<i64>, ToolFailure> {
    let Some(id) = cluster else {
        return Ok(Vec::new());
    };
    let queue = load_queue(store, clock::now()).await?;
    let found = queue
        .find(id)
        .map(|(item, _)| item.cluster.questions.clone());
    found.ok_or(ToolFailure::NoCluster(id))
}
