//! The review queue. In: the journal's unanswered questions, their clusters, and the notes on
//! clusters. Out: clusters, the largest first, with the account that each is assigned to; ignored
//! clusters apart. The cluster of each question is stored, so that a cluster keeps its id after its
//! first questions were deleted. Must not know: pages, data files.

use super::cluster::{Cluster, ClusterId, Question, Wording, clusters};
use super::ignore::{Ignored, sift};
use super::{question, reasons};
use crate::message::Timestamp;
use crate::store::records::{Row, Unanswered};
use crate::store::reviews::{Placed, Remark};
use crate::store::{Since, Store, StoreError};
use crate::text::normalize::normalize;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The open and the ignored clusters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Board {
    pub open: Vec<Case>,
    /// Each with the note that ignores it.
    pub ignored: Vec<(Case, Remark)>,
}

/// A cluster with what a reviewer needs to know of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Case {
    #[serde(flatten)]
    pub cluster: Cluster,
    /// The number of different conversations among its questions.
    pub conversations: usize,
    pub last: Timestamp,
    /// Why its questions are unanswered, the most frequent reason first.
    pub reasons: Vec<Unanswered>,
    /// The gap that most of its questions were routed to.
    pub gap: Option<String>,
    /// The account that it is assigned to.
    pub assigned: Option<Remark>,
}

/// Clusters all unanswered questions that no change has handled, and stores new cluster
/// memberships. Takes seconds if there are many, so the clustering runs on the blocking pool.
pub async fn board(store: &Store, now: Timestamp) -> Result<Board, StoreError> {
    let (rows, placed, ignored, assigned) =
        tokio::try_join!(store.unanswered(Since(None)), store.placed(), store.ignored(), store.assigned())?;
    let made = tokio::task::spawn_blocking(move || make(&rows, &placed, ignored, assigned, now)).await;
    let (board, moved) = made.map_err(|_| StoreError::Closed)?;
    store.place(moved).await?;
    Ok(board)
}

/// The unanswered questions, oldest first, without those that are ignored or handled.
pub async fn queue(store: &Store, since: Since) -> Result<Vec<Row>, StoreError> {
    let (mut rows, placed, ignored) = tokio::try_join!(store.unanswered(since), store.placed(), store.ignored())?;
    let ignored: BTreeSet<i64> = ignored.iter().map(|remark| remark.cluster).collect();
    let hidden = |placed: &&Placed| placed.change.is_some() || ignored.contains(&placed.cluster);
    let hidden: BTreeSet<i64> = placed.iter().filter(hidden).map(|placed| placed.question).collect();
    rows.retain(|row| !hidden.contains(&row.id));
    Ok(rows)
}

impl Board {
    /// The cluster with this id, or else the one that holds the question with this id; with the
    /// note that ignores it, if any.
    pub fn find(&self, id: i64) -> Option<(&Case, Option<&Remark>)> {
        let all = || {
            let ignored = self.ignored.iter().map(|(case, remark)| (case, Some(remark)));
            self.open.iter().map(|case| (case, None)).chain(ignored)
        };
        all()
            .find(|(case, _)| case.cluster.id.0 == id)
            .or_else(|| all().find(|(case, _)| case.cluster.questions.binary_search(&id).is_ok()))
    }
}

/// How many wordings of a cluster are proposed. More of the same teach the router little and bias
/// it.
const PROPOSED: usize = 5;

impl Case {
    /// The wordings worth adding to a data file: the representative one, and the most frequent
    /// others.
    pub fn proposed(&self) -> Vec<&Wording> {
        let all = &self.cluster.wordings;
        let first = all.iter().find(|wording| wording.text == self.cluster.representative);
        let others = all.iter().filter(|wording| wording.text != self.cluster.representative);
        first.into_iter().chain(others).take(PROPOSED).collect()
    }

    /// The wordings of these questions.
    pub fn wordings_of<'a>(&'a self, questions: &'a [i64]) -> impl Iterator<Item = &'a Wording> {
        let is_meant = |wording: &&Wording| wording.questions.iter().any(|question| questions.contains(question));
        self.cluster.wordings.iter().filter(is_meant)
    }
}

/// The queue, and the questions whose cluster differs from the stored one.
fn make(
    rows: &[Row],
    placed: &[Placed],
    ignored: Vec<Remark>,
    assigned: Vec<Remark>,
    now: Timestamp,
) -> (Board, Vec<(i64, i64)>) {
    let placed: BTreeMap<i64, &Placed> = placed.iter().map(|placed| (placed.question, placed)).collect();
    let open = |row: &&Row| {
        placed.get(&row.id).is_none_or(|placed| placed.change.is_none()) && !normalize(question(row)).is_empty()
    };
    let rows: BTreeMap<i64, &Row> = rows.iter().filter(open).map(|row| (row.id, row)).collect();
    let questions: Vec<Question> = rows
        .values()
        .map(|row| Question {
            id: row.id,
            text: question(row).to_owned(),
            at: row.entry.at,
            count: 1,
            cluster: placed.get(&row.id).map(|placed| ClusterId(placed.cluster)),
        })
        .collect();
    let settled = ignored.iter().map(|remark| ClusterId(remark.cluster)).collect();
    let found = clusters(&questions, &settled, now);
    let moved =
        found.iter().flat_map(|cluster| cluster.questions.iter().map(move |question| (*question, cluster.id.0)));
    let moved =
        moved.filter(|(question, id)| placed.get(question).is_none_or(|placed| placed.cluster != *id)).collect();
    let names: Vec<Ignored> = ignored
        .iter()
        .map(|remark| Ignored { cluster: ClusterId(remark.cluster), wording: remark.what.clone() })
        .collect();
    let remark = |id: ClusterId| ignored.iter().find(|remark| remark.cluster == id.0).cloned();
    let (shown, hidden) = sift(found, &names);
    let case = |cluster| case(cluster, &rows, &assigned);
    let hidden = hidden.into_iter().filter_map(|(cluster, by)| Some((case(cluster), remark(by.cluster)?))).collect();
    (Board { open: shown.into_iter().map(case).collect(), ignored: hidden }, moved)
}

fn case(cluster: Cluster, rows: &BTreeMap<i64, &Row>, assigned: &[Remark]) -> Case {
    let own: Vec<&Row> = cluster.questions.iter().filter_map(|id| rows.get(id).copied()).collect();
    let mut gaps: BTreeMap<&str, usize> = BTreeMap::new();
    for gap in own.iter().filter_map(|row| row.entry.gap.as_deref()) {
        *gaps.entry(gap).or_default() += 1;
    }
    // a merged cluster inherits its assignee
    let is_own = |remark: &&Remark| {
        let id = ClusterId(remark.cluster);
        id == cluster.id || cluster.absorbed.contains(&id)
    };
    Case {
        conversations: own.iter().map(|row| &row.conversation).collect::<BTreeSet<_>>().len(),
        last: own.iter().map(|row| row.entry.at).max().unwrap_or_default(),
        reasons: reasons(&own),
        gap: gaps.into_iter().max_by_key(|(_, count)| *count).map(|(gap, _)| gap.to_owned()),
        assigned: assigned.iter().find(is_own).cloned(),
        cluster,
    }
}
