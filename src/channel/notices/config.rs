//! What notices are built from. Must not know: where it is read.

use crate::channel::event_hook::{EventHook, EventHookError};
use crate::secret::MailServer;
use jiff::tz::TimeZone;
use std::time::Duration;
use wenlu_core::dialogue::ReplyClock;
use wenlu_core::model::Timestamp;

/// Its names in the outbox.
pub(super) const MAIL: &str = "mail";
pub(super) const HOOK: &str = "notices";

/// Which version of the data files is refused at present.
pub(crate) type RefusedEdit = Box<dyn Fn() -> Option<String> + Send + Sync>;

/// Why notices cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum NoticeError {
    #[error(transparent)]
    Hook(#[from] EventHookError),
    /// The server or an address; neither is part of it.
    #[error("no e-mail can be sent: {0}")]
    Mail(String),
}

/// Whom notices reach, and when.
#[derive(Clone, Debug)]
pub(crate) struct NoticeConfig {
    pub mail: Option<MailRoute>,
    pub hook: Option<EventHook>,
    /// `None`: at any time.
    pub quiet: Option<QuietHours>,
    /// The operators'.
    pub timezone: TimeZone,
    /// How long an asker may wait for an operator's words; `None`: it is not watched.
    pub reply_clock: Option<ReplyClock>,
    /// Messages an hour, at most.
    pub per_hour: i64,
    /// For how long something stands until it is told.
    pub after: Duration,
    /// At which number of unanswered questions, and each time by how many more, it is told.
    pub queue: Option<i64>,
    /// How often figures go out by e-mail; `None`: never.
    pub report: Option<ReportRhythm>,
    /// What the addresses of the operators' pages begin with, if they have any from outside.
    pub pages: Option<String>,
    /// How long a lease lasts without renewal until another process takes it.
    pub lease: Duration,
}

/// How e-mail goes out.
#[derive(Clone, Debug)]
pub(crate) struct MailRoute {
    pub server: MailServer,
    pub from: String,
    pub to: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReportRhythm {
    Daily,
    /// On Mondays.
    Weekly,
}

/// From and until which hour of the day nothing is told, possibly beyond midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QuietHours {
    pub from: i8,
    pub until: i8,
}

impl QuietHours {
    pub(super) fn covers(self, hour: i8) -> bool {
        match self.from < self.until {
            true => (self.from..self.until).contains(&hour),
            false => hour >= self.from || hour < self.until,
        }
    }
}

impl NoticeConfig {
    /// The time on the operators' clocks.
    pub(super) fn local(&self, at: Timestamp) -> jiff::civil::DateTime {
        let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
        self.timezone.to_datetime(at)
    }

    pub(super) fn is_quiet(&self, at: Timestamp) -> bool {
        let hour = self.local(at).hour();
        self.quiet.is_some_and(|quiet| quiet.covers(hour))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_may_pass_midnight() {
        let night = QuietHours { from: 22, until: 8 };
        let noon = QuietHours {
            from: 12,
            until: 14,
        };
        for (hour, at_night, at_noon) in [
            (0, true, false),
            (7, true, false),
            (8, false, false),
            (12, false, true),
            (13, false, true),
            (14, false, false),
            (21, false, false),
            (22, true, false),
        ] {
            let covered = (night.covers(hour), noon.covers(hour));
            assert_eq!(covered, (at_night, at_noon), "{hour}");
        }
    }
}
