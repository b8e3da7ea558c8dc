//! Whether anybody can take a hand-over from the list. In: the store. Out: a value that is at most a
//! second old, so that a busy server does not ask for each turn. Must not know: what the list looks
//! like.

use crate::store::Store;
use crate::store::handover_list::ListAttendance;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use wenlu_core::model::Timestamp;

/// How old what is known may be.
const KNOWN_FOR: Duration = Duration::from_secs(1);

/// Looks at who attends the list.
#[derive(Debug)]
pub struct ListWatch {
    store: Store,
    known: Mutex<Option<(Instant, ListAttendance)>>,
}

impl ListWatch {
    pub fn new(store: Store) -> Self {
        ListWatch {
            store,
            known: Mutex::new(None),
        }
    }

    /// Who attends it. What was known before, if the store does not answer: the turn that asks
    /// reports that.
    pub(super) async fn look(&self, now: Timestamp) -> ListAttendance {
        let known = *self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, known)) = known
            && at.elapsed() < KNOWN_FOR
        {
            return known;
        }
        match self.store.handover_list().attendance(now).await {
            Ok(found) => {
                *self.known.lock().unwrap_or_else(PoisonError::into_inner) =
                    Some((Instant::now(), found));
                found
            }
            Err(_) => known.map(|(_, known)| known).unwrap_or_default(),
        }
    }
}
