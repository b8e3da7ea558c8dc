//! Service hours as text. In: `Mon-Fri 09:00-18:00`, or the same in Chinese. Out: shifts, or what is not
//! understood. Must not know: the current time.

use super::shift::{MINUTES_PER_DAY, Shift};
use jiff::civil::Weekday;

/// Why service hours cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ServiceHoursError {
    /// No such time zone; the name that was given.
    #[error("`{0}` is no time zone, such as Asia/Shanghai")]
    Zone(String),
    /// Neither `DAYS HH:MM-HH:MM` nor several of them; the text that was given.
    #[error("`{0}` must be days, then times, such as Mon-Fri 09:00-18:00")]
    Form(String),
    /// Not a day of the week, or a range of days; the text that was given.
    #[error("`{0}` is no day, such as Mon, or Mon-Fri")]
    Day(String),
    /// Not two different times of day with a hyphen between them; the text that was given.
    #[error("`{0}` is no span of time, such as 09:00-18:00")]
    Time(String),
}

/// Unifies the notation: lower case, half-width punctuation, no spaces around a dash.
pub(super) fn plain(text: &str) -> String {
    let narrow = |c: char| match c {
        '；' | '\n' => ';',
        '：' => ':',
        '，' | '、' => ',',
        '–' | '—' | '～' | '~' | '至' | '到' => '-',
        _ => c,
    };
    let text = text.to_lowercase().chars().map(narrow).collect::<String>();
    text.split('-').map(str::trim).collect::<Vec<_>>().join("-")
}

/// Parses one group: days, then times.
pub(super) fn shifts(group: &str) -> Result<Vec<Shift>, ServiceHoursError> {
    let parts = group.split([' ', ',']).filter(|part| !part.is_empty());
    let (times, names): (Vec<&str>, Vec<&str>) =
        parts.partition(|part| part.starts_with(|c: char| c.is_ascii_digit()));
    if times.is_empty() || names.is_empty() {
        return Err(ServiceHoursError::Form(group.to_owned()));
    }
    let days = names
        .into_iter()
        .map(days)
        .collect::<Result<Vec<_>, _>>()?
        .concat();
    let times = times.into_iter().map(span).collect::<Result<Vec<_>, _>>()?;
    Ok(days
        .iter()
        .flat_map(|&day| {
            times
                .iter()
                .map(move |&(from, length)| Shift { day, from, length })
        })
        .collect())
}

/// Parses `mon` or `fri-mon`.
fn days(text: &str) -> Result<Vec<Weekday>, ServiceHoursError> {
    let bad = || ServiceHoursError::Day(text.to_owned());
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (day(first).ok_or_else(bad)?, day(last).ok_or_else(bad)?);
    Ok(first
        .cycle_forward()
        .take(usize::from(first.until(last).unsigned_abs()) + 1)
        .collect())
}

fn day(text: &str) -> Option<Weekday> {
    let chinese = text
        .strip_prefix("周")
        .or_else(|| text.strip_prefix("星期"));
    let at = match chinese {
        Some("天") => 6,
        Some(day) => WEEKDAYS
            .iter()
            .position(|(zh, _)| zh.strip_prefix("周") == Some(day))?,
        None if text.len() < 3 => return None,
        None => WEEKDAYS
            .iter()
            .position(|(_, en)| en.to_lowercase().starts_with(text))?,
    };
    Weekday::from_monday_zero_offset(i8::try_from(at).ok()?).ok()
}

/// Parses `9:00-18:00` to its beginning, in minutes of the day, and its length in minutes.
fn span(text: &str) -> Result<(i32, i32), ServiceHoursError> {
    let read = || {
        let (from, until) = text.split_once('-')?;
        let (from, until) = (clock(from)?, clock(until)?);
        let length = if until > from {
            until - from
        } else {
            until + MINUTES_PER_DAY - from
        };
        (from < MINUTES_PER_DAY && from != until).then_some((from, length))
    };
    read().ok_or_else(|| ServiceHoursError::Time(text.to_owned()))
}

/// Parses a time to minutes since midnight, at most 24:00.
fn clock(text: &str) -> Option<i32> {
    let (hours, minutes) = text.split_once(':')?;
    let digits = |text: &str| {
        text.bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| text.parse::<i32>().ok())
            .flatten()
    };
    let (hours, minutes) = (
        digits(hours)?,
        digits(minutes).filter(|m| *m < 60 && minutes.len() == 2)?,
    );
    Some(hours.checked_mul(60)?.checked_add(minutes)?).filter(|all| *all <= MINUTES_PER_DAY)
}

const WEEKDAYS: [(&str, &str); 7] = [
    ("周一", "Monday"),
    ("周二", "Tuesday"),
    ("周三", "Wednesday"),
    ("周四", "Thursday"),
    ("周五", "Friday"),
    ("周六", "Saturday"),
    ("周日", "Sunday"),
];

pub(super) fn names(day: Weekday) -> (&'static str, &'static str) {
    let at = usize::try_from(day.to_monday_zero_offset()).unwrap_or_default();
    WEEKDAYS.get(at).copied().unwrap_or_default()
}
