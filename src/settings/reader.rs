//! Typed reading of named values. In: a lookup of names. Out: values, and all mistakes. Must not
//! know: which settings there are, where their values come from.

use super::mistake::{BadSetting, BadSettings};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// The text that a name is set to; `None` if it is not set.
type NameLookup<'a> = dyn Fn(&str) -> Result<Option<String>, BadSetting> + 'a;

/// Reads values one by one and collects the mistakes.
pub(super) struct SettingsReader<'a> {
    lookup: &'a NameLookup<'a>,
    mistakes: Vec<BadSetting>,
}

impl<'a> SettingsReader<'a> {
    pub(super) fn new(lookup: &'a NameLookup<'a>) -> Self {
        SettingsReader {
            lookup,
            mistakes: Vec::new(),
        }
    }

    /// The value of `name`. `None` if it is unset or blank; also if `parse` does not accept it,
    /// which is a mistake then: it is not what is `allowed`.
    pub(super) fn get<T>(
        &mut self,
        name: &str,
        allowed: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = match (self.lookup)(name) {
            Ok(text) => text?,
            Err(mistake) => {
                self.mistakes.push(mistake);
                return None;
            }
        };
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let value = parse(text);
        if value.is_none() {
            self.reject(name, allowed);
        }
        value
    }

    /// Whether `name` is set to anything.
    pub(super) fn is_set(&self, name: &str) -> bool {
        !matches!((self.lookup)(name), Ok(text) if text.as_deref().unwrap_or_default().trim().is_empty())
    }

    /// Notes that the value of `name` is not what is `allowed`.
    pub(super) fn reject(&mut self, name: &str, allowed: &str) {
        self.mistakes.push(BadSetting::new(name, allowed));
    }

    /// `settings`, unless a value that they were read from was a mistake.
    pub(super) fn finish<T>(self, settings: T) -> Result<T, BadSettings> {
        if self.mistakes.is_empty() {
            Ok(settings)
        } else {
            Err(BadSettings(self.mistakes))
        }
    }
}

/// A whole number within `range`.
pub(super) fn number<T: FromStr + PartialOrd>(
    range: RangeInclusive<T>,
) -> impl FnOnce(&str) -> Option<T> {
    move |text| text.parse().ok().filter(|value| range.contains(value))
}

pub(super) const SWITCH_HELP: &str = "on or off";

pub(super) fn on_or_off(text: &str) -> Option<bool> {
    match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

/// `90s`, `30m`, `24h`, `7d`, within `least..=most` seconds.
pub(super) fn duration(least: u64, most: u64) -> impl FnOnce(&str) -> Option<Duration> {
    move |text| {
        let (digits, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };
        let total = digits.parse::<u64>().ok()?.checked_mul(seconds)?;
        (least..=most)
            .contains(&total)
            .then(|| Duration::from_secs(total))
    }
}

pub(super) const fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

/// Reads a part from `pairs` of names and values.
#[cfg(test)]
pub(super) fn read_pairs<T>(
    pairs: &[(&str, &str)],
    read: impl FnOnce(&mut SettingsReader<'_>) -> T,
) -> Result<T, BadSettings> {
    let lookup = |name: &str| {
        let set = pairs.iter().rfind(|(set, _)| *set == name);
        Ok(set.map(|(_, value)| (*value).to_owned()))
    };
    let mut reader = SettingsReader::new(&lookup);
    let part = read(&mut reader);
    reader.finish(part)
}
