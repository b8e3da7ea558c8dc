//! Ignored clusters. In: clusters, and what was ignored. Out: the clusters to show, and the hidden
//! ones with what hides each. Must not know: SQL, who ignored it.
//!
//! New questions join the cluster that they are similar to, so most of them are ignored by the
//! cluster's id. The wording covers the rest: a cluster whose questions were erased and that was
//! founded anew.

use super::cluster::{Cluster, ClusterId};
use serde::{Deserialize, Serialize};
use wenlu_core::text::similarity::dice_similarity;

/// A cluster that was ignored, and its representative wording at that time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IgnoredCluster {
    pub cluster: ClusterId,
    pub wording: String,
}

/// From this similarity on, two wordings count as the same question: all but a character or two are
/// equal. A lower value would ignore questions that nobody has seen (怎么注销小程序, 怎么注册小程序).
const SAME_SIMILARITY: f32 = 0.85;

/// Splits the clusters into those to show and those to hide, each hidden one with what hides it.
pub fn partition_ignored(
    clusters: Vec<Cluster>,
    ignored: &[IgnoredCluster],
) -> (Vec<Cluster>, Vec<(Cluster, &IgnoredCluster)>) {
    let mut shown = Vec::new();
    let mut hidden = Vec::new();
    for cluster in clusters {
        match ignored.iter().find(|ignored| covers(ignored, &cluster)) {
            Some(ignored) => hidden.push((cluster, ignored)),
            None => shown.push(cluster),
        }
    }
    (shown, hidden)
}

/// Whether `ignored` names this cluster, one merged into it, or nearly its wording.
pub fn covers(ignored: &IgnoredCluster, cluster: &Cluster) -> bool {
    cluster.id == ignored.cluster
        || cluster.absorbed.contains(&ignored.cluster)
        || dice_similarity(&cluster.representative, &ignored.wording) >= SAME_SIMILARITY
}
