//! The calls in flight. In: a call that may be made now. Out: its outcome, in the order of
//! completion. At most one call per chat is in flight, so that its messages stay in order. Must not
//! know: what a call says, what its outcome means.

use super::client::Client;
use super::failure::{Failure, Next};
use super::outgoing::After;
use crate::store::Lease;
use crate::store::records::CallHead;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{Id, JoinError, JoinSet};

/// Maximum number of calls in flight, each to another chat.
const AT_ONCE: usize = 30;
/// Timeout of the probe whether the Bot API works.
const SHORT: Duration = Duration::from_secs(3);

/// A call that has ended, with its outcome.
pub struct Landed {
    pub lease: Lease,
    pub head: CallHead,
    pub after: After,
    pub outcome: Result<Value, Failure>,
    /// The last attempt failed while the Bot API answers other calls: the call itself is at fault.
    pub is_last: bool,
}

#[derive(Default)]
pub struct Flights {
    under_way: JoinSet<Landed>,
    tasks: HashMap<Id, i64>,
    /// Call id to chat id (0 for no chat) of the calls that are in flight, or whose outcome is not
    /// recorded yet.
    busy: HashMap<i64, i64>,
    landed: VecDeque<Landed>,
}

impl Flights {
    pub fn is_empty(&self) -> bool {
        self.busy.is_empty()
    }

    pub fn is_full(&self) -> bool {
        self.busy.len() >= AT_ONCE
    }

    /// Whether a call is in flight, or must wait for another one to the same chat.
    pub fn is_busy(&self, head: &CallHead) -> bool {
        self.busy.contains_key(&head.id) || head.chat != 0 && self.busy.values().any(|chat| *chat == head.chat)
    }

    /// Starts a call. `is_last`: this is its last attempt; if it fails, a probe finds out whether
    /// the Bot API as a whole fails.
    pub fn launch(
        &mut self,
        client: Arc<Client>,
        (lease, head, after): (Lease, CallHead, After),
        payload: Value,
        patience: Duration,
        is_last: bool,
    ) {
        let (call, chat) = (head.id, head.chat);
        let task = self.under_way.spawn(async move {
            let outcome = client.call(&head.method, &payload, patience).await;
            let failed = outcome.as_ref().is_err_and(|failure| failure.next() == Next::Backoff);
            let is_last = failed && is_last && client.call("getMe", &json!({}), SHORT).await.is_ok();
            Landed { lease, head, after, outcome, is_last }
        });
        self.tasks.insert(task.id(), call);
        self.busy.insert(call, chat);
    }

    /// Waits until a call ends; forever if none is in flight.
    pub async fn land(&mut self) {
        match self.under_way.join_next_with_id().await {
            Some(ended) => self.ended(ended),
            None => std::future::pending().await,
        }
    }

    /// The oldest outcome that is not recorded yet.
    pub fn landed(&mut self) -> Option<&Landed> {
        while let Some(ended) = self.under_way.try_join_next_with_id() {
            self.ended(ended);
        }
        self.landed.front()
    }

    fn ended(&mut self, ended: Result<(Id, Landed), JoinError>) {
        match ended {
            Ok((task, landed)) => {
                self.tasks.remove(&task);
                self.landed.push_back(landed);
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
    pub fn recorded(&mut self) {
        if let Some(landed) = self.landed.pop_front() {
            self.busy.remove(&landed.head.id);
        }
    }
}
