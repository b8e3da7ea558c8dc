//! The calls in flight. In: a call that may be made now. Out: its outcome, in the order of
//! completion. At most one call per chat is in flight, so that its messages stay in order. Must not
//! know: what a call says, what its outcome means.

use super::dialect::{LineDialect, NextStep};
use crate::store::Lease;
use crate::store::records::OutboxHead;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};

/// Maximum number of calls in flight, each to another chat.
const MAX_IN_FLIGHT: usize = 30;

/// A call that has ended, with its outcome.
pub(super) struct FinishedCall<D: LineDialect> {
    pub lease: Lease,
    pub head: OutboxHead,
    pub meaning: D::Meaning,
    pub outcome: Result<D::Answer, D::Failure>,
    /// The last attempt failed while the service takes other calls: the call itself is at fault.
    pub is_last: bool,
}

pub(super) struct CallsInFlight<D: LineDialect> {
    under_way: JoinSet<FinishedCall<D>>,
    tasks: HashMap<Id, i64>,
    /// Call id to chat (empty for none) of the calls that are in flight, or whose outcome is not
    /// recorded yet.
    busy: HashMap<i64, String>,
    finished: VecDeque<FinishedCall<D>>,
}

impl<D: LineDialect> Default for CallsInFlight<D> {
    fn default() -> Self {
        CallsInFlight {
            under_way: JoinSet::new(),
            tasks: HashMap::new(),
            busy: HashMap::new(),
            finished: VecDeque::new(),
        }
    }
}

impl<D: LineDialect> CallsInFlight<D> {
    pub(super) fn is_empty(&self) -> bool {
        self.busy.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.busy.len() >= MAX_IN_FLIGHT
    }

    /// Whether a call is in flight, or must wait for another one to the same chat.
    pub(super) fn is_busy(&self, head: &OutboxHead) -> bool {
        self.busy.contains_key(&head.id)
            || !head.chat.is_empty() && self.busy.values().any(|chat| *chat == head.chat)
    }

    /// Starts a call. `is_last`: this is its last attempt; if it fails, it is found out whether the
    /// service as a whole fails.
    pub(super) fn launch(
        &mut self,
        dialect: Arc<D>,
        (lease, head, meaning): (Lease, OutboxHead, D::Meaning),
        payload: D::Payload,
        patience: Duration,
        is_last: bool,
    ) {
        let (call, chat) = (head.id, head.chat.clone());
        let task = self.under_way.spawn(async move {
            let outcome = dialect.call(&head, &payload, patience).await;
            let failed = outcome.as_ref().is_err_and(|failure| {
                matches!(dialect.next_step(failure), NextStep::TryAgain { .. })
            });
            let is_last = failed && is_last && dialect.takes_others().await;
            FinishedCall {
                lease,
                head,
                meaning,
                outcome,
                is_last,
            }
        });
        self.tasks.insert(task.id(), call);
        self.busy.insert(call, chat);
    }

    /// Waits until a call ends; forever if none is in flight.
    pub(super) async fn wait_for_one(&mut self) {
        match self.under_way.join_next_with_id().await {
            Some(ended) => self.ended(ended),
            None => std::future::pending().await,
        }
    }

    /// The oldest outcome that is not recorded yet.
    pub(super) fn oldest_finished(&mut self) -> Option<&FinishedCall<D>> {
        while let Some(ended) = self.under_way.try_join_next_with_id() {
            self.ended(ended);
        }
        self.finished.front()
    }

    fn ended(&mut self, ended: Result<(Id, FinishedCall<D>), JoinError>) {
        match ended {
            Ok((task, landed)) => {
                self.tasks.remove(&task);
                self.finished.push_back(landed);
            }
            Err(error) => {
                tracing::error!(%error, "a call failed by a defect; it is made again");
                if let Some(call) = self.tasks.remove(&error.id()) {
                    self.busy.remove(&call);
                }
            }
        }
    }

    /// The oldest outcome is recorded: the next call to its chat may start.
    pub(super) fn mark_recorded(&mut self) {
        if let Some(landed) = self.finished.pop_front() {
            self.busy.remove(&landed.head.id);
        }
    }
}
