//! The clock. Out: the current time, passed as a value to modules that must not read a clock; and
//! whether it was set while the process ran.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use wenlu_core::model::Timestamp;

/// The current time.
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Compares the clock with the time that has passed, which nobody can set.
#[derive(Debug)]
pub(crate) struct ClockWatch {
    began: (Timestamp, Instant),
    /// By how much the clock was off when it was last looked at, in milliseconds.
    off: i64,
}

/// In milliseconds: a larger step is no correction of a clock that runs a little fast.
const CLOCK_STEP: i64 = 30_000;
/// After this long a clock that was set counts as right.
const SET_FOR: Duration = Duration::from_secs(24 * 3_600);

/// The clock was set since it was last looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClockJump {
    /// By this many seconds since the last look.
    pub seconds: i64,
    /// By this many seconds since the watch began.
    pub in_all: i64,
}

impl ClockWatch {
    /// `now` and `passed` are the same moment.
    pub(crate) fn new(now: Timestamp, passed: Instant) -> Self {
        ClockWatch {
            began: (now, passed),
            off: 0,
        }
    }

    /// The step that the clock has made since the last look, if it made one.
    pub(crate) fn look(&mut self, now: Timestamp, passed: Instant) -> Option<ClockJump> {
        let (began, begun) = self.began;
        let passed = passed.saturating_duration_since(begun);
        let off = now.0 - began.0 - i64::try_from(passed.as_millis()).unwrap_or(i64::MAX);
        let step = off - self.off;
        if step.abs() < CLOCK_STEP {
            return None;
        }
        self.off = off;
        Some(ClockJump {
            seconds: whole_seconds(step),
            in_all: whole_seconds(off),
        })
    }

    /// Whether the clock is as it was when the watch began.
    pub(crate) fn is_right(&self) -> bool {
        self.off.abs() < CLOCK_STEP
    }

    /// Takes the clock as right once it has stood for long.
    pub(crate) fn settle(&mut self, now: Timestamp, passed: Instant) -> bool {
        let is_due = passed.saturating_duration_since(self.began.1) >= SET_FOR;
        if is_due {
            *self = Self::new(now, passed);
        }
        is_due
    }
}

/// To the nearest second: the two clocks are not read at the same moment on a busy machine.
fn whole_seconds(milliseconds: i64) -> i64 {
    (milliseconds + 500).div_euclid(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_was_set_is_noticed_once_each_time() {
        let begun = Instant::now();
        let at = |seconds: i64| Timestamp(1_000_000_000 + seconds * 1_000);
        let passed = |seconds: u64| begun + Duration::from_secs(seconds);
        let mut watch = ClockWatch::new(at(0), begun);
        assert_eq!(watch.look(at(60), passed(60)), None);
        assert_eq!(watch.look(at(125), passed(120)), None, "a little fast");
        let ahead = watch.look(at(130 + 8_640_000), passed(130));
        let expected = ClockJump {
            seconds: 8_640_000,
            in_all: 8_640_000,
        };
        assert_eq!(ahead, Some(expected));
        assert!(!watch.is_right());
        assert_eq!(watch.look(at(140 + 8_640_000), passed(140)), None);
        let late = passed(150) + Duration::from_millis(40);
        let back = watch.look(at(150), late).unwrap();
        assert_eq!((back.seconds, back.in_all), (-8_640_000, 0));
        assert!(watch.is_right());
        assert!(!watch.settle(at(160), passed(160)));
        assert!(watch.settle(at(86_400), passed(86_400)));
    }
}
