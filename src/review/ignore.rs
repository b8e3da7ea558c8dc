//! What nobody wants to see again. In: clusters, and what was ignored. Out: the clusters that are left, and those that are
//! not, each with why. Must not know: SQL, who ignored it.
//!
//! A new question joins the cluster that it is like, so that most of what comes later is ignored by its cluster's id. The
//! wording is for the rest: a cluster whose questions were erased and which was founded anew.

use super::cluster::{Cluster, ClusterId};
use crate::text::similarity::dice;
use serde::{Deserialize, Serialize};

/// A cluster that was ignored, and the wording that stood for it then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ignored {
    pub cluster: ClusterId,
    pub wording: String,
}

/// From this likeness on two wordings are the same question: all but a character or two. Less would ignore what nobody has
/// seen (怎么注销小程序, 怎么注册小程序).
const SAME: f32 = 0.85;

/// The clusters that are shown, and those that are not with what ignores each.
pub fn sift(clusters: Vec<Cluster>, ignored: &[Ignored]) -> (Vec<Cluster>, Vec<(Cluster, &Ignored)>) {
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

/// Whether `ignored` is that cluster, or one in other words.
pub fn covers(ignored: &Ignored, cluster: &Cluster) -> bool {
    cluster.id == ignored.cluster
        || cluster.absorbed.contains(&ignored.cluster)
        || dice(&cluster.representative, &ignored.wording) >= SAME
}
