//! The settings of hand-overs to operators. In: the settings reader. Out: [`HandoverSettings`]. Must
//! not know: how operators are reached.

use super::reader::{SettingsReader, duration, minutes};
use jiff::tz::TimeZone;
use std::time::Duration;
use wenlu_core::dialogue::hours::{ServiceHours, time_zone};

/// When operators can be reached, and how long they may be silent.
#[derive(Clone, Debug, PartialEq)]
pub struct HandoverSettings {
    /// `WENLU_SERVICE_HOURS`: when operators can be reached, in the time zone `WENLU_TIMEZONE`;
    /// `None`: always.
    pub service_hours: Option<ServiceHours>,
    /// `WENLU_TIMEZONE`: the operators' time zone.
    pub timezone: TimeZone,
    /// `WENLU_HANDOVER_SILENCE`: after this long without a message a hand-over ends and the bot
    /// takes over again.
    pub silence: Duration,
}

/// The time zone of the platforms that the built-in knowledge is about.
const ZONE: &str = "Asia/Shanghai";
const ZONE_HELP: &str = "the IANA name of a time zone, such as Asia/Shanghai";
const HOURS_HELP: &str =
    "days and times, such as Mon-Fri 09:00-12:00, 13:30-18:00; Sat 10:00-16:00";
const SILENCE_HELP: &str = "a number with s, m, h or d, such as 30m, from 1m to 7d";

impl HandoverSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let (zone, timezone) = reader
            .get("WENLU_TIMEZONE", ZONE_HELP, |text| {
                Some((text.to_owned(), time_zone(text)?))
            })
            .unwrap_or_else(|| (ZONE.to_owned(), time_zone(ZONE).unwrap_or(TimeZone::UTC)));
        HandoverSettings {
            service_hours: reader.get("WENLU_SERVICE_HOURS", HOURS_HELP, |text| {
                ServiceHours::parse(text, &zone).ok()
            }),
            timezone,
            silence: reader
                .get(
                    "WENLU_HANDOVER_SILENCE",
                    SILENCE_HELP,
                    duration(60, 7 * 86_400),
                )
                .unwrap_or(minutes(30)),
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
            (handover.service_hours, handover.silence),
            (None, minutes(30))
        );
        assert_eq!(handover.timezone.iana_name(), Some("Asia/Shanghai"));
    }
}
