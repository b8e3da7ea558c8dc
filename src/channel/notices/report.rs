//! The figures of a day or a week. In: the time, the store. Out: whether a report is due, and what it
//! says in numbers: those of the overview. Must not know: words, how it is sent.

use super::config::{NoticeConfig, ReportRhythm};
use crate::store::notices::NoticeKey;
use crate::store::ratings::RatingCounts;
use crate::store::stats::{QuestionOutcome, median};
use crate::store::{JournalWindow, Store, StoreError};
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use wenlu_core::model::Timestamp;

/// From this hour of the day on.
const HOUR: i8 = 9;

/// Which days a report is about: from the first to the last, both whole.
pub(super) struct ReportDay {
    pub from: Date,
    pub until: Date,
    begins: Timestamp,
    ends: Timestamp,
}

/// The figures.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReportFigures {
    pub answered: u64,
    pub clarified: u64,
    pub unknown: u64,
    pub people: u64,
    /// In milliseconds; `None`: no person answered.
    pub median_wait: Option<i64>,
    /// What askers said of hand-overs.
    pub ratings: RatingCounts,
    /// Waiting for a person now.
    pub waiting: i64,
    /// Left unanswered and not dealt with now.
    pub questions: i64,
}

impl ReportDay {
    /// `None` if none is due at this time.
    pub(super) fn due(config: &NoticeConfig, now: Timestamp) -> Option<Self> {
        let local = config.local(now);
        let days = match config.report? {
            ReportRhythm::Daily => 1,
            ReportRhythm::Weekly if local.weekday() == Weekday::Monday => 7,
            ReportRhythm::Weekly => return None,
        };
        if local.hour() < HOUR {
            return None;
        }
        let from = local.date().checked_sub(days.days()).ok()?;
        Some(ReportDay {
            from,
            until: local.date().yesterday().ok()?,
            begins: midnight(from, &config.timezone)?,
            ends: midnight(local.date(), &config.timezone)?,
        })
    }

    pub(super) fn notice(&self) -> NoticeKey {
        NoticeKey {
            kind: "report",
            key: format!("{} {}", self.from, self.until),
            spell: 0,
        }
    }
}

impl ReportFigures {
    pub(super) async fn read(store: &Store, day: &ReportDay) -> Result<Self, StoreError> {
        let window = JournalWindow {
            since: Some(day.begins),
            until: Some(day.ends),
        };
        let mut figures = ReportFigures {
            waiting: store.handover_list().waiting().await?,
            questions: store.backlog().unanswered().await?,
            ratings: store.ratings().counts(window).await?,
            median_wait: median(&store.stats().handover_waits(window).await?),
            ..ReportFigures::default()
        };
        let outcomes = store.stats().outcomes(day.begins).await?;
        for counted in outcomes.iter().filter(|counted| counted.at < day.ends) {
            let Some(outcome) = QuestionOutcome::of(counted.outcome) else {
                continue;
            };
            let sum = match outcome {
                QuestionOutcome::Answered => &mut figures.answered,
                QuestionOutcome::Clarified => &mut figures.clarified,
                QuestionOutcome::Unknown => &mut figures.unknown,
                QuestionOutcome::Human => &mut figures.people,
            };
            *sum += counted.count;
        }
        Ok(figures)
    }

    /// Questions in all.
    pub(super) fn asked(&self) -> u64 {
        self.answered + self.clarified + self.unknown
    }
}

fn midnight(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    let begins = date.at(0, 0, 0, 0).to_zoned_datetime(zone.clone()).ok()?;
    Some(Timestamp(begins.timestamp().as_millisecond()))
}
