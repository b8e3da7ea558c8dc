//! One span of service in a week. In: a day and a local time. Out: whether the span covers the time, and
//! when it begins. Must not know: time zones, texts, on which days there is none.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Weekday};

/// Starts at minute `from` of `day` and lasts `length` minutes, possibly beyond midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shift {
    pub(super) day: Weekday,
    pub(super) from: i32,
    pub(super) length: i32,
}

pub(super) const MINUTES_PER_DAY: i32 = 24 * 60;

impl Shift {
    /// When it begins if it is worked on `date`.
    pub(super) fn begins(&self, date: Date) -> Option<DateTime> {
        let midnight = date.at(0, 0, 0, 0);
        midnight.checked_add(i64::from(self.from).minutes()).ok()
    }

    /// From when to when it lasts if it is worked on `date`.
    pub(super) fn span(&self, date: Date) -> Option<(DateTime, DateTime)> {
        let begins = self.begins(date)?;
        let ends = begins.checked_add(i64::from(self.length).minutes()).ok()?;
        Some((begins, ends))
    }

    /// Whether it covers `local` if it is worked on `date`.
    pub(super) fn covers(&self, date: Date, local: DateTime) -> bool {
        let span = self.span(date);
        span.is_some_and(|(begins, ends)| (begins..ends).contains(&local))
    }
}
