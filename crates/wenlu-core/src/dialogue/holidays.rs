//! Days on which service is not as the week has it. In: days as an operator writes them. Out: which
//! days are holidays, and which are worked although the week has them free. Pure.

use jiff::civil::Date;

/// Holidays, and the days that are worked in their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Holidays {
    free: Vec<HolidaySpan>,
    worked: Vec<HolidaySpan>,
}

/// From one day to another, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct HolidaySpan {
    from: Date,
    until: Date,
}

/// Spans that are read at most: years of them.
const MOST_SPANS: usize = 500;
/// The longest span, in days.
const LONGEST: i32 = 366;

impl Holidays {
    /// Parses days and spans with commas between them: `2026-10-01..07, 2026-12-31..2027-01-02`; with
    /// `+` before it, one that is worked: `+2026-10-10`. `None` if something is not understood.
    pub fn parse(text: &str) -> Option<Self> {
        let mut holidays = Holidays::default();
        for part in text.split([',', '，', '、']).map(str::trim) {
            match part.strip_prefix('+') {
                Some(part) => holidays.worked.push(span(part.trim())?),
                None => holidays.free.push(span(part)?),
            }
        }
        let count = holidays.free.len() + holidays.worked.len();
        (count <= MOST_SPANS).then_some(holidays)
    }

    pub(super) fn is_free(&self, date: Date) -> bool {
        covers(&self.free, date) && !self.is_worked(date)
    }

    pub(super) fn is_worked(&self, date: Date) -> bool {
        covers(&self.worked, date)
    }
}

fn covers(spans: &[HolidaySpan], date: Date) -> bool {
    spans
        .iter()
        .any(|span| (span.from..=span.until).contains(&date))
}

/// `2026-10-01`, `2026-10-01..07` or `2026-12-31..2027-01-02`.
fn span(text: &str) -> Option<HolidaySpan> {
    let (from, until) = match text.split_once("..") {
        Some((from, until)) => (from.trim(), until.trim()),
        None => (text, text),
    };
    let from: Date = from.parse().ok()?;
    let until = match until.parse::<i8>() {
        Ok(day) => Date::new(from.year(), from.month(), day).ok()?,
        Err(_) => until.parse().ok()?,
    };
    let days = (until - from).get_days();
    (0..LONGEST)
        .contains(&days)
        .then_some(HolidaySpan { from, until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_people_write_them() {
        let text = "2026-10-01..07，2026-12-31..2027-01-02, +2026-10-10";
        let holidays = Holidays::parse(text).unwrap();
        let date = |text: &str| text.parse::<Date>().unwrap();
        for day in ["2026-10-01", "2026-10-07", "2026-12-31", "2027-01-02"] {
            assert!(holidays.is_free(date(day)), "{day}");
        }
        for day in ["2026-09-30", "2026-10-08", "2026-10-10", "2027-01-03"] {
            assert!(!holidays.is_free(date(day)), "{day}");
        }
        assert!(holidays.is_worked(date("2026-10-10")));
        for bad in [
            "",
            "2026-13-01",
            "10-01",
            "2026-10-07..01",
            "2026-10-01..40",
            "2026-10-01,",
            "2026-01-01..2028-01-01",
            "++2026-10-01",
        ] {
            assert_eq!(Holidays::parse(bad), None, "{bad}");
        }
    }
}
