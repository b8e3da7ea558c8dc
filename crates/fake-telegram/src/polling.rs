//! `getUpdates`. In: parameters. Out: the updates that wait, or the next one when it comes, or a conflict. Of two calls
//! that wait the earlier one is ended.

use super::failure::{Failure, Outcome};
use super::params::Params;
use super::state::Shared;
use serde_json::Value;
use tokio::sync::oneshot;

/// Seconds that a call may wait.
const LONGEST: i64 = 50;
/// A call that asks again for what it just asked waits so many seconds even if it did not want to.
const AGAIN: f64 = 3.0;
/// Asked again sooner than this, it gets one update.
const AT_ONCE: f64 = 0.5;
/// A second conflict within so many seconds is answered only after them.
const CONFLICTS: f64 = 3.0;

const OTHER: &str =
    "terminated by other getUpdates request; make sure that only one bot instance is running";
const SET_WEBHOOK: &str = "terminated by setWebhook request";
const WEBHOOK: &str = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first";

#[derive(Default)]
pub struct Polling {
    waiting: Option<oneshot::Sender<Failure>>,
    /// Offset and time of the last call.
    last: Option<(i64, f64)>,
    /// Until when the next conflict is held back.
    conflicts_after: f64,
}

/// What a call wants.
struct Wanted {
    offset: i64,
    limit: usize,
    until: f64,
}

enum Turn {
    Answer(Vec<Value>),
    Conflict,
    Wait(Wanted, oneshot::Receiver<Failure>),
}

pub(crate) async fn get_updates(shared: &Shared, params: &Params) -> Outcome {
    let mut changes = shared.changes();
    let turn = shared.change(|state| {
        if state.webhooks.current.is_some() {
            return Turn::Conflict;
        }
        let now = state.now();
        let offset = params.integer("offset", 0, i64::from(i32::MIN), i64::from(i32::MAX));
        let mut limit = params.integer("limit", 100, 1, 100) as usize;
        let mut timeout = params.integer("timeout", 0, 0, LONGEST) as f64;
        state.record.updates.allow(params.get("allowed_updates"));
        if let Some((_, last)) = state.polling.last.filter(|(before, _)| *before == offset) {
            timeout = if now < last + AGAIN {
                timeout.max(AGAIN)
            } else {
                timeout
            };
            limit = if now < last + AT_ONCE { 1 } else { limit };
        }
        state.polling.last = Some((offset, now));
        let updates = state.record.updates.get(offset, limit, now);
        if !updates.is_empty() || timeout == 0.0 {
            return Turn::Answer(updates);
        }
        state.polling.abort(Failure::conflict(OTHER));
        let (sender, ended) = oneshot::channel();
        state.polling.waiting = Some(sender);
        state.record.waits += 1;
        Turn::Wait(
            Wanted {
                offset: offset.max(0),
                limit,
                until: now + timeout,
            },
            ended,
        )
    });
    let (wanted, mut ended) = match turn {
        Turn::Answer(updates) => return Ok(Value::from(updates).into()),
        Turn::Conflict => return conflict(shared, Failure::conflict(WEBHOOK)).await,
        Turn::Wait(wanted, ended) => (wanted, ended),
    };
    loop {
        let over = tokio::select! {
            biased;
            failure = &mut ended => match failure {
                Ok(failure) => return conflict(shared, failure).await,
                Err(_) => true,
            },
            _ = changes.changed() => false,
            () = shared.clock.until(wanted.until) => true,
        };
        let now = shared.clock.now();
        let updates =
            shared.quietly(|state| state.record.updates.get(wanted.offset, wanted.limit, now));
        if over || !updates.is_empty() {
            return Ok(Value::from(updates).into());
        }
    }
}

async fn conflict(shared: &Shared, failure: Failure) -> Outcome {
    let now = shared.clock.now();
    let hold = shared.quietly(|state| {
        let hold = now < state.polling.conflicts_after;
        if !hold {
            state.polling.conflicts_after = now + CONFLICTS;
        }
        hold
    });
    if hold {
        shared.clock.sleep(CONFLICTS).await;
    }
    Err(failure)
}

impl Polling {
    /// A webhook takes over.
    pub fn end(&mut self) {
        self.abort(Failure::conflict(SET_WEBHOOK));
    }

    /// The call that waits, if its bot still does, fails.
    fn abort(&mut self, failure: Failure) {
        if let Some(waiting) = self.waiting.take() {
            let _ = waiting.send(failure);
        }
    }
}
