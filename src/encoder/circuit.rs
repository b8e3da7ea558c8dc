//! The circuit breaker. In: successes and failures of requests. Out: whether to make the next one.
//! Must not know: what is asked.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Failures in a row after which nothing is asked for a while.
const MAX_FAILURES: u32 = 3;
/// For how long; then one request tries whether it works again.
const OPEN_FOR: Duration = Duration::from_secs(20);

/// Spares those who wait for an endpoint that does not answer.
#[derive(Debug, Default)]
pub(super) struct CircuitBreaker(Mutex<CircuitState>);

#[derive(Debug, Default)]
struct CircuitState {
    failures: u32,
    /// When the next request may try; `None`: all may.
    next_try: Option<Instant>,
}

impl CircuitBreaker {
    /// Whether to ask now. While it is open, this is true for one request each time that
    /// [`OPEN_FOR`] has passed.
    pub(super) fn may_ask(&self, now: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match state.next_try {
            None => true,
            Some(at) if now < at => false,
            Some(_) => {
                state.next_try = Some(now + OPEN_FOR);
                true
            }
        }
    }

    pub(super) fn is_open(&self) -> bool {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.next_try.is_some()
    }

    /// Whether this closed it.
    pub(super) fn succeeded(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let was_open = state.next_try.is_some();
        *state = CircuitState::default();
        was_open
    }

    /// Whether this opened it.
    pub(super) fn failed(&self, now: Instant) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state.failures = state.failures.saturating_add(1);
        let opens = state.failures >= MAX_FAILURES && state.next_try.is_none();
        if state.failures >= MAX_FAILURES {
            state.next_try = Some(now + OPEN_FOR);
        }
        opens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_in_a_row_open_it_and_one_try_at_a_time_may_close_it() {
        let (circuit, begin) = (CircuitBreaker::default(), Instant::now());
        let at = |seconds| begin + Duration::from_secs(seconds);
        assert!(!circuit.failed(at(0)) && !circuit.failed(at(0)));
        assert!(circuit.may_ask(at(0)));
        circuit.succeeded();
        assert_eq!(
            [0, 0, 0].map(|s| circuit.failed(at(s))),
            [false, false, true]
        );
        assert!(!circuit.may_ask(at(19)));
        assert!(circuit.may_ask(at(20)) && !circuit.may_ask(at(20)));
        // the try fails, and it stays open
        assert!(!circuit.failed(at(21)));
        assert!(!circuit.may_ask(at(40)) && circuit.may_ask(at(41)));
        assert!(circuit.succeeded() && circuit.may_ask(at(41)) && circuit.may_ask(at(41)));
    }
}
