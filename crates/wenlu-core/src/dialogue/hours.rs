//! Service hours. In: hours as an operator writes them, the name of a time zone, and the time. Out:
//! [`OperatorAvailability`]. Pure: the time zone database is part of the binary. Must not know: who
//! the operators are, or how they are called.

pub use super::shift_text::ServiceHoursError;

use super::holidays::Holidays;
use super::shift::Shift;
use super::shift_text::{names, plain, shifts};
use crate::model::{Lang, Timestamp};
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, ToSpan};
use std::time::Duration;

/// Whether operators can be reached now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OperatorAvailability {
    /// Whether operators are on duty now.
    pub open: bool,
    /// When service begins again, to be told to the asker; `None` while it is open.
    pub opens: Option<NextOpening>,
}

/// When service begins again; [`NextOpening::in_words`] words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NextOpening {
    /// The current day in the time zone of the service hours.
    pub today: Date,
    /// When that is, in the time zone of the service hours.
    pub at: DateTime,
    /// The offset of that time zone from UTC at `at`.
    pub offset: Offset,
}

/// The hours of a week in which operators can be reached.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceHours {
    zone: TimeZone,
    /// Never empty.
    shifts: Vec<Shift>,
    holidays: Holidays,
}

/// How far ahead it is looked when service begins again, in days: longer than any holidays.
const LOOK_AHEAD: i64 = 40;

impl OperatorAvailability {
    /// Open at any time.
    pub const ALWAYS: OperatorAvailability = OperatorAvailability {
        open: true,
        opens: None,
    };
}

impl NextOpening {
    /// Such as 明天（周四）09:00 or `tomorrow, Thursday 09:00 (UTC+8)`. English names the offset,
    /// as its readers may live anywhere.
    pub fn in_words(&self, lang: Lang) -> String {
        let days = (self.at.date() - self.today).get_days();
        let week = (days + i32::from(self.today.weekday().to_monday_zero_offset())) / 7;
        let time = self.at.strftime("%H:%M");
        let (zh, en) = names(self.at.weekday());
        match (lang, days) {
            (Lang::Zh, 0) => format!("今天 {time}"),
            (Lang::Zh, 1) => format!("明天（{zh}）{time}"),
            (Lang::Zh, _) if week == 0 => format!("{zh} {time}"),
            (Lang::Zh, _) if week == 1 => format!("下{zh} {time}"),
            (Lang::Zh, _) => format!("{} {time}", self.at.strftime("%-m 月 %-d 日")),
            (Lang::En, 0) => format!("today {time} ({})", utc(self.offset)),
            (Lang::En, 1) => format!("tomorrow, {en} {time} ({})", utc(self.offset)),
            (Lang::En, 7) => format!("next {en} {time} ({})", utc(self.offset)),
            (Lang::En, ..7) => format!("{en} {time} ({})", utc(self.offset)),
            (Lang::En, _) => {
                let date = self.at.strftime("%A, %-d %B");
                format!("{date} {time} ({})", utc(self.offset))
            }
        }
    }
}

impl ServiceHours {
    /// Parses groups of days and times, separated by `;`: `Mon-Fri 09:00-12:00, 13:30-18:00; Sat
    /// 10:00-16:00`. Days in English or Chinese (周一至周五); a span that ends before it begins
    /// ends on the next day; 24:00 is midnight. `zone`: an IANA name.
    ///
    /// # Errors
    ///
    /// The zone, the form, a day or a span of time is not understood.
    pub fn parse(text: &str, zone: &str) -> Result<Self, ServiceHoursError> {
        let zone = time_zone(zone).ok_or_else(|| ServiceHoursError::Zone(zone.to_owned()))?;
        let plain = plain(text);
        let groups: Vec<&str> = plain
            .split(';')
            .map(str::trim)
            .filter(|group| !group.is_empty())
            .collect();
        if groups.is_empty() {
            return Err(ServiceHoursError::Form(text.to_owned()));
        }
        let shifts = groups
            .into_iter()
            .map(shifts)
            .collect::<Result<Vec<_>, _>>()?;
        Ok(ServiceHours {
            zone,
            shifts: shifts.concat(),
            holidays: Holidays::default(),
        })
    }

    /// Closed on holidays; on a day that is worked in place of one as on the first working day of
    /// the week, if the week has it free.
    pub fn with_holidays(self, holidays: Holidays) -> Self {
        ServiceHours { holidays, ..self }
    }

    /// How long service was open between two times; of more than [`LOOK_AHEAD`] days the first.
    pub(super) fn served_between(&self, since: Timestamp, until: Timestamp) -> Duration {
        let local = |at: Timestamp| {
            let at = jiff::Timestamp::from_millisecond(at.0).unwrap_or_default();
            self.zone.to_datetime(at)
        };
        let (since, until) = (local(since), local(until));
        // a shift of the day before may pass midnight
        let days = (-1..=LOOK_AHEAD).filter_map(|days| since.date().checked_add(days.days()).ok());
        let mut served = SignedDuration::ZERO;
        for date in days.take_while(|date| *date <= until.date()) {
            for (begins, ends) in self.shifts_on(date).filter_map(|shift| shift.span(date)) {
                let part = ends.min(until).duration_since(begins.max(since));
                served += part.max(SignedDuration::ZERO);
            }
        }
        served.unsigned_abs()
    }

    fn shifts_on(&self, date: Date) -> impl Iterator<Item = &Shift> {
        let has_shifts = |day: Weekday| self.shifts.iter().any(|shift| shift.day == day);
        let own = date.weekday();
        let day = match self.holidays.is_worked(date) && !has_shifts(own) {
            true => Weekday::Monday
                .cycle_forward()
                .take(7)
                .find(|day| has_shifts(*day)),
            false => Some(own).filter(|_| !self.holidays.is_free(date)),
        };
        self.shifts
            .iter()
            .filter(move |shift| Some(shift.day) == day)
    }

    /// When service begins after `local`.
    fn next(&self, local: DateTime) -> Option<DateTime> {
        (0..=LOOK_AHEAD).find_map(|days| {
            let date = local.date().checked_add(days.days()).ok()?;
            let begins = self.shifts_on(date).filter_map(|shift| shift.begins(date));
            begins.filter(|at| *at > local).min()
        })
    }

    /// Whether service is open at `now`, and when it opens next if not.
    pub fn availability_at(&self, now: Timestamp) -> OperatorAvailability {
        let now = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
        let local = self.zone.to_datetime(now);
        let days = [local.date().yesterday().ok(), Some(local.date())];
        let is_open = |date: Date| self.shifts_on(date).any(|shift| shift.covers(date, local));
        if days.into_iter().flatten().any(is_open) {
            return OperatorAvailability::ALWAYS;
        }
        let next = self.next(local);
        let next = next.and_then(|at| at.to_zoned_datetime(self.zone.clone()).ok());
        let opens = next.map(|at| NextOpening {
            today: local.date(),
            at: at.datetime(),
            offset: at.offset(),
        });
        OperatorAvailability { open: false, opens }
    }
}

/// The time zone with an IANA name, such as `Asia/Shanghai`.
pub fn time_zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

/// Such as `UTC+8` or `UTC-3:30`.
fn utc(offset: Offset) -> String {
    let minutes = offset.seconds() / 60;
    let (sign, minutes) = (if minutes < 0 { '-' } else { '+' }, minutes.abs());
    match (minutes / 60, minutes % 60) {
        (0, 0) => "UTC".to_owned(),
        (hours, 0) => format!("UTC{sign}{hours}"),
        (hours, minutes) => format!("UTC{sign}{hours}:{minutes:02}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `hours` say at a time in `zone`: `open`, or when they open next, in Chinese and
    /// English.
    fn said(hours: &str, zone: &str, at: &str) -> String {
        let hours = ServiceHours::parse(hours, zone).unwrap_or_else(|error| panic!("{error}"));
        let now = format!("{at}[{zone}]")
            .parse::<jiff::ZonedDateTime>()
            .unwrap()
            .timestamp();
        match hours.availability_at(Timestamp(now.as_millisecond())) {
            OperatorAvailability {
                open: true,
                opens: None,
            } => "open".to_owned(),
            OperatorAvailability {
                open: false,
                opens: Some(opens),
            } => {
                format!(
                    "{} | {}",
                    opens.in_words(Lang::Zh),
                    opens.in_words(Lang::En)
                )
            }
            other => format!("{other:?}"),
        }
    }

    /// 2026-07-01 is a Wednesday.
    #[test]
    fn open_or_when_it_opens_next() {
        let office = "Mon-Fri 09:00-12:00, 13:30-18:00; Sat 10:00-16:00";
        for (hours, at, wanted) in [
            (office, "2026-07-01T09:00", "open"),
            (office, "2026-07-01T11:59:59", "open"),
            (
                office,
                "2026-07-01T08:59:59",
                "今天 09:00 | today 09:00 (UTC+8)",
            ),
            (
                office,
                "2026-07-01T12:00",
                "今天 13:30 | today 13:30 (UTC+8)",
            ),
            (
                office,
                "2026-07-01T18:00",
                "明天（周四）09:00 | tomorrow, Thursday 09:00 (UTC+8)",
            ),
            (
                office,
                "2026-07-03T23:59",
                "明天（周六）10:00 | tomorrow, Saturday 10:00 (UTC+8)",
            ),
            (
                office,
                "2026-07-04T16:00",
                "下周一 09:00 | Monday 09:00 (UTC+8)",
            ),
            (
                office,
                "2026-07-05T12:00",
                "明天（周一）09:00 | tomorrow, Monday 09:00 (UTC+8)",
            ),
            (
                "Fri 09:00-10:00",
                "2026-07-01T12:00",
                "周五 09:00 | Friday 09:00 (UTC+8)",
            ),
            (
                "Sun 09:00-10:00",
                "2026-06-29T12:00",
                "周日 09:00 | Sunday 09:00 (UTC+8)",
            ),
            (
                "Wed 09:00-10:00",
                "2026-07-01T12:00",
                "下周三 09:00 | next Wednesday 09:00 (UTC+8)",
            ),
            (
                "Tue 09:00-10:00",
                "2026-07-01T12:00",
                "下周二 09:00 | Tuesday 09:00 (UTC+8)",
            ),
            // over midnight, over the end of the week, and round the clock
            ("Sun 22:00-06:00", "2026-07-06T05:59", "open"),
            (
                "Sun 22:00-06:00",
                "2026-07-06T06:00",
                "周日 22:00 | Sunday 22:00 (UTC+8)",
            ),
            ("Sat-Mon 00:00-24:00", "2026-07-06T23:59", "open"),
            (
                "Sat-Mon 00:00-24:00",
                "2026-07-07T00:00",
                "周六 00:00 | Saturday 00:00 (UTC+8)",
            ),
            // as people write it
            ("monday - friday 9:00 - 18:00", "2026-07-01T09:00", "open"),
            (
                "周一至周五 09：00—18：00；周六、周天 10:00-16:00",
                "2026-07-05T15:00",
                "open",
            ),
            (
                "mon,wed 9:00-18:00;",
                "2026-07-02T10:00",
                "下周一 09:00 | Monday 09:00 (UTC+8)",
            ),
        ] {
            assert_eq!(said(hours, "Asia/Shanghai", at), wanted, "{hours} at {at}");
        }
    }

    #[test]
    fn holidays_and_the_days_worked_for_them() {
        let office = "Mon-Fri 09:00-18:00; Fri 22:00-02:00";
        let hours = ServiceHours::parse(office, "Asia/Shanghai").unwrap();
        let holidays = Holidays::parse("2026-10-01..08,+2026-10-10").unwrap();
        let hours = hours.with_holidays(holidays);
        let said = |at: &str| {
            let at = format!("{at}[Asia/Shanghai]").parse::<jiff::ZonedDateTime>();
            let at = at.unwrap().timestamp().as_millisecond();
            let there = hours.availability_at(Timestamp(at));
            let words =
                |opens: NextOpening| opens.in_words(Lang::Zh) + " | " + &opens.in_words(Lang::En);
            there.opens.map_or_else(|| "open".to_owned(), words)
        };
        for (at, wanted) in [
            ("2026-09-30T17:59", "open"),
            (
                "2026-09-30T18:00",
                "下周五 09:00 | Friday, 9 October 09:00 (UTC+8)",
            ),
            (
                "2026-10-02T23:00",
                "下周五 09:00 | next Friday 09:00 (UTC+8)",
            ),
            ("2026-10-09T10:00", "open"),
            ("2026-10-10T01:00", "open"),
            ("2026-10-10T03:00", "今天 09:00 | today 09:00 (UTC+8)"),
            ("2026-10-10T12:00", "open"),
            (
                "2026-10-11T12:00",
                "明天（周一）09:00 | tomorrow, Monday 09:00 (UTC+8)",
            ),
        ] {
            assert_eq!(said(at), wanted, "{at}");
        }
    }

    #[test]
    fn clocks_that_are_put_forward() {
        // in the night to 2026-03-29, 02:00 is 03:00 in Berlin
        assert_eq!(
            said("Sun 02:30-04:00", "Europe/Berlin", "2026-03-28T20:00"),
            "明天（周日）03:30 | tomorrow, Sunday 03:30 (UTC+2)"
        );
        assert_eq!(
            said("Mon 09:00-10:00", "Europe/Berlin", "2026-03-28T20:00"),
            "下周一 09:00 | Monday 09:00 (UTC+2)"
        );
        assert_eq!(
            said("Mon 09:00-10:00", "Asia/Kolkata", "2026-03-28T20:00"),
            "下周一 09:00 | Monday 09:00 (UTC+5:30)"
        );
        assert_eq!(
            said("Mon 09:00-10:00", "America/St_Johns", "2026-01-10T20:00"),
            "下周一 09:00 | Monday 09:00 (UTC-3:30)"
        );
    }

    #[test]
    fn hours_that_cannot_be_read() {
        for (hours, zone, wanted) in [
            (
                "Mon 09:00-18:00",
                "Asia/Atlantis",
                "`Asia/Atlantis` is no time zone, such as Asia/Shanghai",
            ),
            (
                " ; ",
                "UTC",
                "` ; ` must be days, then times, such as Mon-Fri 09:00-18:00",
            ),
            (
                "Mon-Fri",
                "UTC",
                "`mon-fri` must be days, then times, such as Mon-Fri 09:00-18:00",
            ),
            (
                "09:00-18:00",
                "UTC",
                "`09:00-18:00` must be days, then times, such as Mon-Fri 09:00-18:00",
            ),
            (
                "Funday 09:00-18:00",
                "UTC",
                "`funday` is no day, such as Mon, or Mon-Fri",
            ),
            (
                "Mon-Fro 09:00-18:00",
                "UTC",
                "`mon-fro` is no day, such as Mon, or Mon-Fri",
            ),
            (
                "周八 09:00-18:00",
                "UTC",
                "`周八` is no day, such as Mon, or Mon-Fri",
            ),
            (
                "Mon 9-18",
                "UTC",
                "`9-18` is no span of time, such as 09:00-18:00",
            ),
            (
                "Mon 09:00",
                "UTC",
                "`09:00` is no span of time, such as 09:00-18:00",
            ),
            (
                "Mon 09:00-24:01",
                "UTC",
                "`09:00-24:01` is no span of time, such as 09:00-18:00",
            ),
            (
                "Mon 24:00-24:00",
                "UTC",
                "`24:00-24:00` is no span of time, such as 09:00-18:00",
            ),
            (
                "Mon 9:0-10:00",
                "UTC",
                "`9:0-10:00` is no span of time, such as 09:00-18:00",
            ),
            (
                "Mon 09:60-10:00",
                "UTC",
                "`09:60-10:00` is no span of time, such as 09:00-18:00",
            ),
            (
                "Mon 99999999999:00-10:00",
                "UTC",
                "`99999999999:00-10:00` is no span of time, such as 09:00-18:00",
            ),
        ] {
            let error = ServiceHours::parse(hours, zone).map_err(|error| error.to_string());
            assert_eq!(error, Err(wanted.to_owned()), "{hours}");
        }
    }
}
