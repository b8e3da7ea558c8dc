//! How long an asker may wait for an operator's words. In: since when they wait, and the time. Out:
//! whether it is too long; only service hours count. Pure.

use super::hours::ServiceHours;
use crate::model::Timestamp;
use std::time::Duration;

/// Counts the time until an operator's first reply.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplyClock {
    /// `None`: at any time.
    hours: Option<ServiceHours>,
    within: Duration,
}

impl ReplyClock {
    /// A reply is due `within` this time of service.
    pub fn new(hours: Option<ServiceHours>, within: Duration) -> Self {
        ReplyClock { hours, within }
    }

    /// The time within which a reply is due.
    pub fn within(&self) -> Duration {
        self.within
    }

    /// Whether an asker who has waited since `since` waits too long at `now`.
    pub fn is_overdue(&self, since: Timestamp, now: Timestamp) -> bool {
        let waited = match &self.hours {
            Some(hours) => hours.served_between(since, now),
            None => {
                let millis = now.0.saturating_sub(since.0).max(0);
                Duration::from_millis(millis.unsigned_abs())
            }
        };
        waited >= self.within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_service_hours_count() {
        let hours = ServiceHours::parse("Mon-Fri 09:00-18:00", "Asia/Shanghai").unwrap();
        let clock = ReplyClock::new(Some(hours), Duration::from_secs(600));
        let any_time = ReplyClock::new(None, Duration::from_secs(600));
        let at = |text: &str| {
            let at = format!("{text}[Asia/Shanghai]").parse::<jiff::ZonedDateTime>();
            Timestamp(at.unwrap().timestamp().as_millisecond())
        };
        // 2026-07-03 is a Friday
        for (since, now, wanted) in [
            ("2026-07-03T10:00", "2026-07-03T10:09:59", false),
            ("2026-07-03T10:00", "2026-07-03T10:10", true),
            ("2026-07-03T17:55", "2026-07-06T09:04", false),
            ("2026-07-03T17:55", "2026-07-06T09:05", true),
            ("2026-07-03T20:00", "2026-07-06T09:09", false),
            ("2026-07-03T20:00", "2026-07-06T09:10", true),
            ("2026-07-03T10:00", "2026-07-03T09:00", false),
            ("2026-01-01T10:00", "2026-07-03T09:00", true),
        ] {
            assert_eq!(
                clock.is_overdue(at(since), at(now)),
                wanted,
                "{since} {now}"
            );
        }
        assert!(any_time.is_overdue(at("2026-07-03T20:00"), at("2026-07-03T20:10")));
    }
}
