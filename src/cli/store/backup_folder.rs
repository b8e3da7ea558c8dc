//! A folder of backups. In: the time, and of how many days backups are kept. Out: the name of the
//! next one, and which old ones go. Must not know: what a backup holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use wenlu_core::model::Timestamp;

const PREFIX: &str = "wenlu-";
const SUFFIX: &str = ".db";
/// In UTC, so that names are in the order of time.
const FORMAT: &str = "%Y%m%dT%H%M%SZ";
/// Characters of [`FORMAT`] that are the day.
const DAY: usize = 8;

/// The file of a backup that is made now.
pub(super) fn next_file(folder: &Path, now: Timestamp) -> PathBuf {
    let now = jiff::Timestamp::from_millisecond(now.0).unwrap_or_default();
    folder.join(format!("{PREFIX}{}{SUFFIX}", now.strftime(FORMAT)))
}

/// Deletes old backups: of the newest `days` days that have any, the newest of each stays. That
/// many tries on one day push out none of another day. Files of other names are left alone.
pub(super) fn delete_old(folder: &Path, days: u16) -> std::io::Result<Vec<PathBuf>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string());
    }
    let old: Vec<PathBuf> = surplus(&names, days)
        .into_iter()
        .map(|name| folder.join(name))
        .collect();
    old.iter().try_for_each(std::fs::remove_file)?;
    Ok(old)
}

/// The names of backups that go.
fn surplus(names: &[String], days: u16) -> Vec<&str> {
    let mut by_day: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in names {
        if let Some(day) = day_of(name) {
            by_day.entry(day).or_default().push(name);
        }
    }
    let mut gone = Vec::new();
    for (at, mut of_day) in by_day.into_values().rev().enumerate() {
        of_day.sort_unstable();
        if at < usize::from(days) {
            of_day.pop();
        }
        gone.extend(of_day);
    }
    gone
}

/// The day of a backup's name; `None` for the name of another file.
fn day_of(name: &str) -> Option<&str> {
    let time = name.strip_prefix(PREFIX)?.strip_suffix(SUFFIX)?;
    jiff::fmt::strtime::parse(FORMAT, time).ok()?;
    time.get(..DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_each_of_the_last_days_stays() {
        let names = [
            "wenlu-20261101T030000Z.db",
            "wenlu-20261103T030000Z.db",
            "wenlu-20261103T190000Z.db",
            "wenlu-20261104T030000Z.db",
            "wenlu-before-upgrade.db",
            "wenlu.db",
            ".wenlu-abc.unfinished",
        ]
        .map(str::to_owned);
        assert_eq!(surplus(&names, 9), ["wenlu-20261103T030000Z.db"]);
        let gone = surplus(&names, 2);
        assert_eq!(
            gone,
            ["wenlu-20261103T030000Z.db", "wenlu-20261101T030000Z.db"]
        );
        let now = Timestamp(1_762_225_200_000);
        assert_eq!(
            next_file(Path::new("b"), now),
            Path::new("b/wenlu-20251104T030000Z.db")
        );
    }
}
