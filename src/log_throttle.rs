//! Throttling of repeated log messages. In: a message's text. Out: whether to log it now, and how
//! often it occurred since it was last logged, so that a failure in every message does not fill the
//! disk with equal lines. Must not know: what is logged.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often the same text is logged.
const LOG_INTERVAL: Duration = Duration::from_secs(60);
/// Maximum number of texts that are remembered.
const MAX_REMEMBERED: usize = 64;

/// When each text was last logged.
#[derive(Debug, Default)]
pub(crate) struct LogThrottle(Mutex<BTreeMap<String, LastLogged>>);

#[derive(Debug)]
struct LastLogged {
    at: Instant,
    since: u64,
}

impl LogThrottle {
    /// Counts `text`. `Some`: log it now, with the number of times since the last time, this time
    /// included.
    pub(crate) fn count(&self, text: &str) -> Option<u64> {
        self.count_at(text, Instant::now())
    }

    fn count_at(&self, text: &str, now: Instant) -> Option<u64> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(said) = said.get_mut(text) {
            said.since += 1;
            let is_due = now.duration_since(said.at) >= LOG_INTERVAL;
            return is_due.then(|| {
                said.at = now;
                std::mem::take(&mut said.since)
            });
        }
        if said.len() >= MAX_REMEMBERED {
            said.clear();
        }
        said.insert(text.to_owned(), LastLogged { at: now, since: 0 });
        Some(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_texts_are_said_once_a_minute_with_their_count() {
        let (repeats, begun) = (LogThrottle::default(), Instant::now());
        let at = |text: &str, seconds| repeats.count_at(text, begun + Duration::from_secs(seconds));
        assert_eq!(at("full", 0), Some(1));
        assert_eq!((at("full", 1), at("full", 59)), (None, None));
        assert_eq!(at("broken", 59), Some(1));
        assert_eq!(at("full", 60), Some(3));
        assert_eq!(at("full", 61), None);
        for other in 0..MAX_REMEMBERED {
            at(&other.to_string(), 62);
        }
        assert!(repeats.0.lock().unwrap().len() <= MAX_REMEMBERED);
    }
}
