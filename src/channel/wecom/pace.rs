//! How fast one asker may write. In: their messages. Out: whether each is answered, refused in words, or
//! passed over. Must not know: what a message says.

use crate::http::limit::{ClientLimiter, RequestRate};
use std::num::NonZeroU32;

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
}

impl AskerLimiter {
    /// `rate`: `None` for no limit.
    pub(super) fn new(rate: Option<RequestRate>) -> Self {
        AskerLimiter {
            messages: ClientLimiter::new(rate, NonZeroU32::MIN),
            told: ClientLimiter::new(Some(TOLD), NonZeroU32::MIN),
        }
    }

    /// Counts one message of a conversation.
    pub(super) fn count(&self, conversation: &str) -> AskerPace {
        match self.messages.check(conversation) {
            Ok(()) => AskerPace::Fine,
            Err(_) if self.told.check(conversation).is_ok() => AskerPace::TooFast,
            Err(_) => AskerPace::StillTooFast,
        }
    }
}
