//! How fast one asker may write. In: their messages. Out: whether each is answered, refused in words,
//! or passed over. Must not know: what a message says.

use crate::http::limit::{ClientLimiter, RequestRate};
use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use wenlu_core::model::Timestamp;

/// A message that is older when it is answered does not count: it came with many others after nothing
/// was pulled for a while, and says nothing of how fast its asker writes.
const COUNTED_FOR: Duration = Duration::from_secs(60);
/// Askers of whom it is known which message was counted last.
const MOST_COUNTED: usize = 10_000;

/// Whoever is too fast is told so once in this time: each message that tells it is one of those that
/// may be sent.
const TOLD: RequestRate = RequestRate {
    per_minute: NonZeroU32::MIN,
    burst: NonZeroU32::MIN,
};

/// What follows from how fast an asker writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AskerPace {
    Fine,
    /// Too fast, and is told so.
    TooFast,
    /// Too fast, and was told so just now.
    StillTooFast,
}

/// Counts the messages of each asker.
pub(super) struct AskerLimiter {
    messages: ClientLimiter,
    told: ClientLimiter,
    /// The number of the message of each conversation that was counted last: one that is tried again is
    /// counted once.
    counted: Mutex<HashMap<String, i64>>,
}

impl AskerLimiter {
    /// `rate`: `None` for no limit.
    pub(super) fn new(rate: Option<RequestRate>) -> Self {
        AskerLimiter {
            messages: ClientLimiter::new(rate, NonZeroU32::MIN),
            told: ClientLimiter::new(Some(TOLD), NonZeroU32::MIN),
            counted: Mutex::default(),
        }
    }

    /// Counts one message of a conversation: its number in the inbox, and when it was sent.
    pub(super) fn count(
        &self,
        conversation: &str,
        (number, sent): (i64, Timestamp),
        now: Timestamp,
    ) -> AskerPace {
        if sent < now.before(COUNTED_FOR) || !self.is_new(conversation, number) {
            return AskerPace::Fine;
        }
        match self.messages.check(conversation) {
            Ok(()) => AskerPace::Fine,
            Err(_) if self.told.check(conversation).is_ok() => AskerPace::TooFast,
            Err(_) => AskerPace::StillTooFast,
        }
    }

    fn is_new(&self, conversation: &str, number: i64) -> bool {
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        if counted.len() >= MOST_COUNTED {
            counted.clear();
        }
        let last = counted.insert(conversation.to_owned(), number);
        last.is_none_or(|last| last < number)
    }
}
