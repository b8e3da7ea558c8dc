//! Calls on their way. In: a call that may be made now. Out: what came of it, whichever is over first. Never two to one
//! chat: order is a chat's own, and so is the wait for an answer. Must not know: what a call says, what its end means.

use super::client::Client;
use super::failure::{Failure, Next};
use super::outgoing::After;
use crate::store::Lease;
use crate::store::records::CallHead;
use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::{Id, JoinSet};

/// So many at once, each to a chat of its own.
const AT_ONCE: usize = 30;
/// How long the Bot API may take to say that it works.
const SHORT: Duration = Duration::from_secs(3);

/// What came of a call.
pub struct Landed {
    pub lease: Lease,
    pub head: CallHead,
    pub after: After,
    pub outcome: Result<Value, Failure>,
    /// It failed and was to be tried for the last time, and the Bot API answers other calls: the fault is this one's.
    pub is_last: bool,
}

#[derive(Default)]
pub struct Flights {
    under_way: JoinSet<Landed>,
    tasks: HashMap<Id, i64>,
    /// The chats of the calls that are under way, or whose end is not on record; 0 for none.
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

    /// Whether a call has to wait for another one to its chat, or is under way itself.
    pub fn is_busy(&self, head: &CallHead) -> bool {
        self.busy.contains_key(&head.id) || head.chat != 0 && self.busy.values().any(|chat| *chat == head.chat)
    }

    /// `is_last`: if it fails for now, it is looked whether the Bot API fails as a whole.
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

    /// Waits for the next to come to its end; forever where none is under way.
    pub async fn land(&mut self) {
        match self.under_way.join_next_with_id().await {
            Some(Ok((task, landed))) => {
                self.tasks.remove(&task);
                self.landed.push_back(landed);
            }
            Some(Err(error)) => {
                tracing::error!(%error, "a call failed by a defect; it is made again");
                if let Some(call) = self.tasks.remove(&error.id()) {
                    self.busy.remove(&call);
                }
            }
            None => std::future::pending().await,
        }
    }

    /// The oldest that is over and not on record yet.
    pub fn landed(&self) -> Option<&Landed> {
        self.landed.front()
    }

    /// It is on record: the next call to its chat may go.
    pub fn recorded(&mut self) {
        if let Some(landed) = self.landed.pop_front() {
            self.busy.remove(&landed.head.id);
        }
    }
}
