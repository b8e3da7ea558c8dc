//! Clusters by hand: several become one, or wordings leave one for another or for one of their own. In:
//! the review queue, and what a reviewer chose in it. Out: which question lies in which cluster from
//! now on. Must not know: pages; how questions are clustered.

use super::review_queue::{ReviewItem, ReviewQueue};
use crate::store::audit::{AuditAction, AuditActor};
use crate::store::{Store, StoreError};
use std::collections::BTreeSet;

/// Why nothing was moved.
#[derive(Debug, thiserror::Error)]
pub enum RegroupError {
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Fewer than two clusters, or no question.
    #[error("there is nothing to move")]
    Nothing,
    /// Somebody dealt with it meanwhile.
    #[error("one of the clusters is not open any more")]
    Gone,
}

/// Puts clusters together under the oldest of them, and returns its id.
///
/// # Errors
///
/// If there are fewer than two, or one of them is not open any more.
pub async fn merge_clusters(
    store: &Store,
    by: AuditActor,
    queue: &ReviewQueue,
    ids: &[i64],
) -> Result<i64, RegroupError> {
    let items = open_items(queue, ids)?;
    let into = items.iter().map(|item| item.cluster.id.0).min();
    let into = into
        .filter(|_| items.len() > 1)
        .ok_or(RegroupError::Nothing)?;
    let questions = items.iter().flat_map(|item| &item.cluster.questions);
    let places = questions.map(|question| (*question, into)).collect();
    let reviews = store.reviews();
    reviews
        .regroup(by, AuditAction::MergeClusters, places, None)
        .await?;
    Ok(into)
}

/// Moves questions of a cluster into another; `None`: into one of their own, which stays apart.
/// Returns the id of the cluster in which they are.
///
/// # Errors
///
/// If there is no question to move, or the other cluster is not open any more.
pub async fn move_questions(
    store: &Store,
    by: AuditActor,
    queue: &ReviewQueue,
    questions: &[i64],
    into: Option<i64>,
) -> Result<i64, RegroupError> {
    if questions.is_empty() {
        return Err(RegroupError::Nothing);
    }
    let target = match into {
        Some(id) => open_items(queue, &[id])?[0].cluster.id.0,
        None => new_id(queue, questions).ok_or(RegroupError::Nothing)?,
    };
    let places = questions
        .iter()
        .map(|question| (*question, target))
        .collect();
    let fixed = into.is_none().then_some(target);
    let reviews = store.reviews();
    reviews
        .regroup(by, AuditAction::MoveQuestions, places, fixed)
        .await?;
    Ok(target)
}

fn open_items<'q>(
    queue: &'q ReviewQueue,
    ids: &[i64],
) -> Result<Vec<&'q ReviewItem>, RegroupError> {
    let distinct: BTreeSet<i64> = ids.iter().copied().collect();
    let open = |id: i64| {
        let mut items = queue.open.iter();
        items
            .find(|item| item.cluster.id.0 == id)
            .ok_or(RegroupError::Gone)
    };
    distinct.into_iter().map(open).collect()
}

/// A cluster is named after the question that founded it. Where that one has left it and the cluster
/// goes on, the number is taken: then its negative names the new one.
fn new_id(queue: &ReviewQueue, questions: &[i64]) -> Option<i64> {
    let items = queue
        .open
        .iter()
        .chain(queue.ignored.iter().map(|(item, _)| item));
    let taken: BTreeSet<i64> = items
        .flat_map(|item| item.cluster.absorbed.iter().chain([&item.cluster.id]))
        .map(|id| id.0)
        .collect();
    let own = questions.iter().copied();
    let negative = questions.iter().map(|question| -question);
    own.chain(negative).find(|id| !taken.contains(id))
}
