//! A customer's session: its state, what it may change to, and how much may still be sent.

use std::time::{Duration, Instant};

/// After a customer's message so many may be sent, for so many of the platform's seconds.
const MESSAGES: u32 = 5;
const LASTS: u32 = 48 * 3_600;

/// As the platform numbers them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SessionState {
    /// The customer wrote, and nothing else happened.
    New = 0,
    Assistant = 1,
    Queued = 2,
    /// A person serves.
    Served = 3,
    #[default]
    Ended = 4,
}

impl SessionState {
    pub(crate) fn read(number: i64) -> Option<Self> {
        use SessionState::*;
        let all = [New, Assistant, Queued, Served, Ended];
        all.into_iter().find(|state| *state as i64 == number)
    }

    /// Whether the API may change a session so.
    pub(crate) fn may_become(self, next: SessionState) -> bool {
        use SessionState::*;
        match self {
            New => matches!(next, Assistant | Queued | Served | Ended),
            Assistant => matches!(next, Queued | Served | Ended),
            Queued => matches!(next, Served | Ended),
            Served => matches!(next, Queued | Served | Ended),
            Ended => false,
        }
    }

    /// Whether messages may be sent by the API.
    pub(crate) fn may_send(self) -> bool {
        matches!(self, SessionState::New | SessionState::Assistant)
    }
}

/// Of one customer.
#[derive(Debug, Default)]
pub(crate) struct KfSession {
    pub state: SessionState,
    pub servicer: Option<String>,
    left: u32,
    until: Option<Instant>,
    /// A code with which the customer may be welcomed.
    pub welcome: Option<(String, Instant)>,
}

impl KfSession {
    /// The customer wrote.
    pub(crate) fn wrote(&mut self, second: Duration) {
        if self.state == SessionState::Ended {
            self.state = SessionState::New;
        }
        self.left = MESSAGES;
        self.until = Some(Instant::now() + second * LASTS);
    }

    /// Nothing was said for 48 hours.
    pub(crate) fn lapse(&mut self) {
        self.until = None;
        self.state = SessionState::Ended;
    }

    /// The time is over, and the state is still the one before.
    pub(crate) fn run_out(&mut self) {
        self.until = None;
    }

    /// Uses up one; the real one's code if none may be sent.
    pub(crate) fn spend(&mut self) -> Result<(), (i64, &'static str)> {
        if !self.state.may_send() && self.until.is_some() {
            return Err((95_018, "send msg session status invalid"));
        }
        if self.until.is_none_or(|until| until <= Instant::now()) {
            return Err((95_002, "send msg time limit"));
        }
        self.left = self
            .left
            .checked_sub(1)
            .ok_or((95_001, "send msg count limit"))?;
        Ok(())
    }
}
