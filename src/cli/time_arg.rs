//! Times on the command line. In: `7d`, `2026-11-01`. Out: a [`Timestamp`], and timestamps as text.

use wenlu_core::model::Timestamp;

/// A span of time before now, or the beginning of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TimeArg {
    Ago(jiff::SignedDuration),
    Day(jiff::civil::Date),
}

impl TimeArg {
    pub(super) fn start(self) -> Result<Timestamp, jiff::Error> {
        let start = match self {
            TimeArg::Ago(span) => jiff::Timestamp::now().checked_sub(span)?,
            TimeArg::Day(day) => day
                .to_zoned_datetime(jiff::tz::TimeZone::system())?
                .timestamp(),
        };
        Ok(Timestamp(start.as_millisecond()))
    }
}

/// Parses `30m`, `24h`, `7d`, `2w`, or a day.
pub(super) fn parse(text: &str) -> Result<TimeArg, String> {
    if let Ok(day) = text.parse() {
        return Ok(TimeArg::Day(day));
    }
    let help = || "use 30m, 24h, 7d, 2w, or a day such as 2026-11-01".to_owned();
    let unit = text.chars().next_back().ok_or_else(help)?;
    let seconds: i64 = match unit {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(help()),
    };
    let number: u32 = text
        .strip_suffix(unit)
        .and_then(|n| n.parse().ok())
        .filter(|n| *n <= 100_000)
        .ok_or_else(help)?;
    Ok(TimeArg::Ago(jiff::SignedDuration::from_secs(
        i64::from(number) * seconds,
    )))
}

/// In the time zone of the machine, to the minute.
pub(super) fn local(at: Timestamp) -> String {
    jiff::Timestamp::from_millisecond(at.0).map_or_else(
        |_| "?".to_owned(),
        |at| {
            at.to_zoned_datetime(jiff::tz::TimeZone::system())
                .strftime("%Y-%m-%d %H:%M")
                .to_string()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since() {
        assert_eq!(
            parse("7d"),
            Ok(TimeArg::Ago(jiff::SignedDuration::from_hours(168)))
        );
        assert!(matches!(parse("2026-11-01"), Ok(TimeArg::Day(_))));
        for bad in ["", "7", "d", "七天", "-1d", "7天", "99999999999d"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }
}
