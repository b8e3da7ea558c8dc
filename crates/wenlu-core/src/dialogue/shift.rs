//! One span of service in a week. In: a local time. Out: whether the span covers it, and when it begins
//! next. Must not know: time zones, texts.

use jiff::ToSpan;
use jiff::civil::{DateTime, Weekday};

/// Starts at minute `from` of `day` and lasts `length` minutes, possibly beyond midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) day: Weekday,
    pub(super) from: i32,
    pub(super) length: i32,
}

pub(super) const MINUTES_PER_DAY: i32 = 24 * 60;

impl Shift {
    pub(super) fn covers(&self, local: DateTime) -> bool {
        let begin = i32::from(self.day.to_monday_zero_offset()) * MINUTES_PER_DAY + self.from;
        let now =
            i32::from(local.weekday().to_monday_zero_offset()) * MINUTES_PER_DAY + minute(local);
        (now - begin).rem_euclid(7 * MINUTES_PER_DAY) < self.length
    }

    /// The next time at which this shift begins.
    pub(super) fn next(&self, local: DateTime) -> Option<DateTime> {
        let days = match local.weekday().until(self.day) {
            0 if self.from <= minute(local) => 7,
            days => days,
        };
        let date = local.date().checked_add(i64::from(days).days()).ok()?;
        Some(date.at(
            i8::try_from(self.from / 60).ok()?,
            i8::try_from(self.from % 60).ok()?,
            0,
            0,
        ))
    }
}

pub(super) fn minute(at: DateTime) -> i32 {
    i32::from(at.hour()) * 60 + i32::from(at.minute())
}
