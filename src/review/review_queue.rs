//! The review queue. In: the journal's unanswered questions, their clusters, and the notes on
//! clusters. Out: clusters, the largest first, with the account that each is assigned to; ignored
//! clusters apart. The cluster of each question is stored, so that a cluster keeps its id after its
//! first questions were deleted. Must not know: pages, data files.

use super::cluster::{Cluster, ClusterId, ClusterMarks, ClusterQuestion, ClusterWording, clusters};
use super::ignore::{IgnoredCluster, partition_ignored};
use super::{question, reasons};
use crate::store::clusters::{ClusterMembership, ClusterNote};
use crate::store::records::JournalRow;
use crate::store::{JournalSince, Store, StoreError};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use wenlu_core::model::Timestamp;
use wenlu_core::model::UnansweredReason;
use wenlu_core::text::normalize::normalize;
use wenlu_core::text::similarity::dice_similarity;

/// The open and the ignored clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReviewQueue {
    pub open: Vec<ReviewItem>,
    /// Each with the note that ignores it.
    pub ignored: Vec<(ReviewItem, ClusterNote)>,
}

/// A cluster with what a reviewer needs to know of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReviewItem {
    #[serde(flatten)]
    pub cluster: Cluster,
    /// The number of different conversations among its questions.
    pub conversations: usize,
    pub last: Timestamp,
    /// Why its questions are unanswered, the most frequent reason first.
    pub reasons: Vec<UnansweredReason>,
    /// The gap that most of its questions were routed to.
    pub gap: Option<String>,
    /// The account that it is assigned to.
    pub assigned: Option<ClusterNote>,
}

/// Clusters all unanswered questions that no change has handled, and stores new cluster
/// memberships. Takes seconds if there are many, so the clustering runs on the blocking pool.
pub async fn load_queue(store: &Store, now: Timestamp) -> Result<ReviewQueue, StoreError> {
    let (rows, placed, ignored, assigned, fixed) = tokio::try_join!(
        store.journal().unanswered(JournalSince(None)),
        store.reviews().cluster_memberships(),
        store.reviews().ignored(),
        store.reviews().assigned(),
        store.reviews().fixed_clusters()
    )?;
    let make = move || build_queue(&rows, &placed, ignored, assigned, fixed, now);
    let made = tokio::task::spawn_blocking(make).await;
    let (board, moved) = made.map_err(|_| StoreError::Closed)?;
    store.reviews().set_question_clusters(moved).await?;
    Ok(board)
}

/// The unanswered questions, oldest first, without those that are ignored or handled.
pub async fn open_rows(store: &Store, since: JournalSince) -> Result<Vec<JournalRow>, StoreError> {
    let (mut rows, placed, ignored) = tokio::try_join!(
        store.journal().unanswered(since),
        store.reviews().cluster_memberships(),
        store.reviews().ignored()
    )?;
    let ignored: BTreeSet<i64> = ignored.iter().map(|remark| remark.cluster).collect();
    let hidden =
        |placed: &&ClusterMembership| placed.change.is_some() || ignored.contains(&placed.cluster);
    let hidden: BTreeSet<i64> = placed
        .iter()
        .filter(hidden)
        .map(|placed| placed.question)
        .collect();
    rows.retain(|row| !hidden.contains(&row.id));
    Ok(rows)
}

impl ReviewQueue {
    /// The cluster with this id, or else the one that holds the question with this id; with the
    /// note that ignores it, if any.
    pub fn find(&self, id: i64) -> Option<(&ReviewItem, Option<&ClusterNote>)> {
        let all = || {
            let ignored = self
                .ignored
                .iter()
                .map(|(case, remark)| (case, Some(remark)));
            self.open.iter().map(|case| (case, None)).chain(ignored)
        };
        all()
            .find(|(case, _)| case.cluster.id.0 == id)
            .or_else(|| all().find(|(case, _)| case.cluster.questions.binary_search(&id).is_ok()))
    }
}

/// How many wordings of a cluster are proposed. More of the same teach the router little and bias
/// it.
const MAX_PROPOSED: usize = 5;
/// How many wordings are looked at for that.
const MAX_LOOKED_AT: usize = 50;
/// From this similarity on, a wording adds nothing to another.
const ALIKE: f32 = 0.9;

impl ReviewItem {
    /// The wordings worth adding to a data file: the representative one, and the most frequent of
    /// the others that say it in other words.
    pub fn proposed(&self) -> Vec<&ClusterWording> {
        let all = &self.cluster.wordings;
        let is_first = |wording: &&ClusterWording| wording.text == self.cluster.representative;
        let mut chosen: Vec<&ClusterWording> = all.iter().find(is_first).into_iter().collect();
        for wording in all.iter().take(MAX_LOOKED_AT) {
            if chosen.len() == MAX_PROPOSED {
                break;
            }
            let likeness = |other: &&ClusterWording| dice_similarity(&wording.text, &other.text);
            if chosen.iter().all(|other| likeness(other) < ALIKE) {
                chosen.push(wording);
            }
        }
        chosen
    }

    /// The wordings of these questions.
    pub fn wordings_of<'a>(
        &'a self,
        questions: &'a [i64],
    ) -> impl Iterator<Item = &'a ClusterWording> {
        let is_meant = |wording: &&ClusterWording| {
            wording
                .questions
                .iter()
                .any(|question| questions.contains(question))
        };
        self.cluster.wordings.iter().filter(is_meant)
    }
}

/// The queue, and the questions whose cluster differs from the stored one.
fn build_queue(
    rows: &[JournalRow],
    placed: &[ClusterMembership],
    ignored: Vec<ClusterNote>,
    assigned: Vec<ClusterNote>,
    fixed: Vec<i64>,
    now: Timestamp,
) -> (ReviewQueue, Vec<(i64, i64)>) {
    let placed: BTreeMap<i64, &ClusterMembership> = placed
        .iter()
        .map(|placed| (placed.question, placed))
        .collect();
    let rows = rows_to_cluster(rows, &placed);
    let questions: Vec<ClusterQuestion> = rows
        .values()
        .map(|row| ClusterQuestion {
            id: row.id,
            text: question(row).to_owned(),
            at: row.entry.at,
            count: 1,
            cluster: placed.get(&row.id).map(|placed| ClusterId(placed.cluster)),
            candidates: row.entry.candidates.clone(),
        })
        .collect();
    let marks = ClusterMarks {
        settled: ignored
            .iter()
            .map(|remark| ClusterId(remark.cluster))
            .collect(),
        fixed: fixed.into_iter().map(ClusterId).collect(),
    };
    let found = clusters(&questions, &marks, now);
    let moved = moved_questions(&found, &placed);
    let case = |cluster| review_item(cluster, &rows, &assigned);
    (open_and_ignored(found, &ignored, case), moved)
}

/// The questions, by id, that no change has handled and that have a text to compare.
fn rows_to_cluster<'a>(
    rows: &'a [JournalRow],
    placed: &BTreeMap<i64, &ClusterMembership>,
) -> BTreeMap<i64, &'a JournalRow> {
    let open = |row: &&JournalRow| {
        placed
            .get(&row.id)
            .is_none_or(|placed| placed.change.is_none())
            && !normalize(question(row)).is_empty()
    };
    rows.iter().filter(open).map(|row| (row.id, row)).collect()
}

/// The questions whose cluster differs from the stored one, each with its new cluster.
fn moved_questions(
    found: &[Cluster],
    placed: &BTreeMap<i64, &ClusterMembership>,
) -> Vec<(i64, i64)> {
    let all = found.iter().flat_map(|cluster| {
        cluster
            .questions
            .iter()
            .map(move |question| (*question, cluster.id.0))
    });
    all.filter(|(question, id)| {
        placed
            .get(question)
            .is_none_or(|placed| placed.cluster != *id)
    })
    .collect()
}

/// Separates the ignored clusters from the others; `case` makes the item of a cluster.
fn open_and_ignored(
    found: Vec<Cluster>,
    ignored: &[ClusterNote],
    case: impl Fn(Cluster) -> ReviewItem,
) -> ReviewQueue {
    let names: Vec<IgnoredCluster> = ignored
        .iter()
        .map(|remark| IgnoredCluster {
            cluster: ClusterId(remark.cluster),
            wording: remark.what.clone(),
        })
        .collect();
    let remark = |id: ClusterId| {
        ignored
            .iter()
            .find(|remark| remark.cluster == id.0)
            .cloned()
    };
    let (shown, hidden) = partition_ignored(found, &names);
    let hidden = hidden
        .into_iter()
        .filter_map(|(cluster, by)| Some((case(cluster), remark(by.cluster)?)))
        .collect();
    ReviewQueue {
        open: shown.into_iter().map(case).collect(),
        ignored: hidden,
    }
}

fn review_item(
    cluster: Cluster,
    rows: &BTreeMap<i64, &JournalRow>,
    assigned: &[ClusterNote],
) -> ReviewItem {
    let own: Vec<&JournalRow> = cluster
        .questions
        .iter()
        .filter_map(|id| rows.get(id).copied())
        .collect();
    let mut gaps: BTreeMap<&str, usize> = BTreeMap::new();
    for gap in own.iter().filter_map(|row| row.entry.gap.as_deref()) {
        *gaps.entry(gap).or_default() += 1;
    }
    // a merged cluster inherits its assignee
    let is_own = |remark: &&ClusterNote| {
        let id = ClusterId(remark.cluster);
        id == cluster.id || cluster.absorbed.contains(&id)
    };
    ReviewItem {
        conversations: own
            .iter()
            .map(|row| &row.conversation)
            .collect::<BTreeSet<_>>()
            .len(),
        last: own.iter().map(|row| row.entry.at).max().unwrap_or_default(),
        reasons: reasons(&own),
        gap: gaps
            .into_iter()
            .max_by_key(|(_, count)| *count)
            .map(|(gap, _)| gap.to_owned()),
        assigned: assigned.iter().find(is_own).cloned(),
        cluster,
    }
}
