//! The settings of hand-overs to operators. In: the settings reader. Out: [`HandoverSettings`]. Must
//! not know: how operators are reached.

use super::reader::{SettingsReader, duration, minutes};
use jiff::tz::TimeZone;
use std::time::Duration;
use wenlu_core::dialogue::Holidays;
use wenlu_core::dialogue::hours::{ServiceHours, time_zone};

/// When operators can be reached, and how long they may be silent.
#[derive(Clone, Debug, PartialEq)]
pub struct HandoverSettings {
    /// `WENLU_SERVICE_HOURS`: when operators can be reached, in the time zone `WENLU_TIMEZONE`, but
    /// for `WENLU_HOLIDAYS`; `None`: always.
    pub service_hours: Option<ServiceHours>,
    /// `WENLU_TIMEZONE`: the operators' time zone.
    pub timezone: TimeZone,
    /// `WENLU_HANDOVER_SILENCE`: after this long without a message a hand-over ends and the bot
    /// takes over again.
    pub silence: Duration,
    /// `WENLU_HANDOVER_AWAY`: after this long without the operator who has taken a hand-over, and
    /// with an asker who waits, another one may take it, and the bot answers meanwhile.
    pub away: Duration,
    /// `WENLU_FIRST_REPLY`: within which time of service an asker is to be answered by an operator;
    /// `None`: it is not watched.
    pub first_reply: Option<Duration>,
}

/// The time zone of the platforms that the built-in knowledge is about.
const ZONE: &str = "Asia/Shanghai";
const ZONE_HELP: &str = "the IANA name of a time zone, such as Asia/Shanghai";
const HOURS_HELP: &str =
    "days and times, such as Mon-Fri 09:00-12:00, 13:30-18:00; Sat 10:00-16:00";
const HOURS: &str = "WENLU_SERVICE_HOURS";
const HOLIDAYS: &str = "WENLU_HOLIDAYS";
const HOLIDAYS_HELP: &str = "days and spans with commas between them, + before a day that is worked: 2026-10-01..07,+2026-10-10";
const HOLIDAYS_ALONE_HELP: &str = "unset, unless WENLU_SERVICE_HOURS is set";
const SILENCE_HELP: &str = "a number with s, m, h or d, such as 30m, from 1m to 7d";

const REPLY_HELP: &str = "a number with s, m, h or d, such as 10m, from 1s to 7d";
const AWAY_HELP: &str = "a number with s, m, h or d, such as 5m, from 1s to 7d";

impl HandoverSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let (zone, timezone) = reader
            .get("WENLU_TIMEZONE", ZONE_HELP, |text| {
                Some((text.to_owned(), time_zone(text)?))
            })
            .unwrap_or_else(|| (ZONE.to_owned(), time_zone(ZONE).unwrap_or(TimeZone::UTC)));
        let hours = reader.get(HOURS, HOURS_HELP, |text| {
            ServiceHours::parse(text, &zone).ok()
        });
        let holidays = reader.get(HOLIDAYS, HOLIDAYS_HELP, Holidays::parse);
        if holidays.is_some() && !reader.is_set(HOURS) {
            reader.reject(HOLIDAYS, HOLIDAYS_ALONE_HELP);
        }
        HandoverSettings {
            service_hours: hours.map(|hours| hours.with_holidays(holidays.unwrap_or_default())),
            timezone,
            silence: reader
                .get(
                    "WENLU_HANDOVER_SILENCE",
                    SILENCE_HELP,
                    duration(60, 7 * 86_400),
                )
                .unwrap_or(minutes(30)),
            away: reader
                .get("WENLU_HANDOVER_AWAY", AWAY_HELP, duration(1, 7 * 86_400))
                .unwrap_or(minutes(5)),
            first_reply: reader.get("WENLU_FIRST_REPLY", REPLY_HELP, duration(1, 7 * 86_400)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    #[test]
    fn people_are_always_there() {
        let handover = read_pairs(&[], HandoverSettings::read).unwrap();
        assert_eq!(
            (handover.service_hours, handover.silence, handover.away),
            (None, minutes(30), minutes(5))
        );
        assert_eq!(handover.first_reply, None);
        assert_eq!(handover.timezone.iana_name(), Some("Asia/Shanghai"));
    }

    #[test]
    fn holidays_are_of_service_hours() {
        let hours = (HOURS, "Mon-Fri 09:00-18:00");
        let days = (HOLIDAYS, "2026-10-01..07,+2026-10-10");
        assert!(read_pairs(&[hours, days], HandoverSettings::read).is_ok());
        for pairs in [&[days][..], &[hours, (HOLIDAYS, "October")]] {
            let bad = read_pairs(pairs, HandoverSettings::read).unwrap_err();
            assert_eq!(bad.0[0].name, HOLIDAYS, "{pairs:?}");
        }
    }
}
