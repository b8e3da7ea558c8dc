//! The settings of the store. In: the settings reader. Out: [`StoreSettings`]. Must not know: SQL.

use super::reader::{SettingsReader, duration, minutes};
use std::fmt;
use std::time::Duration;
use url::Url;

/// Where things are kept, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreSettings {
    /// `DATABASE_URL`.
    pub database: DatabaseUrl,
    /// `WENLU_CONVERSATION_EXPIRY`: a conversation that was silent for longer starts anew.
    pub conversation_expiry: Duration,
    /// `WENLU_RETENTION`: how long the journal and conversations are kept; `None`: for ever.
    pub retention: Option<Duration>,
    /// `WENLU_JOURNAL_MAX`: how many bytes the journal may take; `None`: any number.
    pub journal_max: Option<u64>,
    /// `WENLU_LEASE`: after this long without renewal another process takes over a lease.
    pub lease: Duration,
}

/// The address of the database. `Debug` and `Display` leave out the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// What is allowed as a database address.
pub(crate) const DATABASE_HELP: &str =
    "sqlite://FILE, such as sqlite://wenlu.db, or postgres://USER:PASSWORD@HOST/DATABASE";
const EXPIRY_HELP: &str = "a number with s, m, h or d, such as 30m, from 1m to 30d";
const RETENTION_HELP: &str =
    "a number with d or h, such as 90d, from 1d to 3650d; or off, to keep everything";
const LEASE_HELP: &str = "a number with ms or s, such as 5s, from 200ms to 60s";
const JOURNAL_MAX_HELP: &str =
    "a size with MB, GB or TB, such as 4GB, from 1MB; or off, for no limit";
const DAY: u64 = 86_400;
const MEGABYTE: u64 = 1_024 * 1_024;
/// Some four million turns. SQLite needs twice as much again while it rewrites its file, which still
/// fits on the disk of 20 GB that the smallest servers have.
const JOURNAL_MAX: u64 = 4 * 1_024 * MEGABYTE;

impl StoreSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        StoreSettings {
            database: reader
                .get("DATABASE_URL", DATABASE_HELP, DatabaseUrl::parse)
                .unwrap_or_else(DatabaseUrl::local),
            conversation_expiry: reader
                .get(
                    "WENLU_CONVERSATION_EXPIRY",
                    EXPIRY_HELP,
                    duration(60, 30 * DAY),
                )
                .unwrap_or(minutes(30)),
            retention: reader
                .get("WENLU_RETENTION", RETENTION_HELP, retention)
                .unwrap_or(Some(Duration::from_secs(90 * DAY))),
            journal_max: reader
                .get("WENLU_JOURNAL_MAX", JOURNAL_MAX_HELP, journal_max)
                .unwrap_or(Some(JOURNAL_MAX)),
            lease: reader
                .get("WENLU_LEASE", LEASE_HELP, lease)
                .unwrap_or(Duration::from_secs(5)),
        }
    }
}

/// `90d`, `36h`; `off` is for ever.
fn retention(text: &str) -> Option<Option<Duration>> {
    match text {
        "off" => Some(None),
        _ => duration(DAY, 3_650 * DAY)(text).map(Some),
    }
}

/// `500MB`, `4GB`; `off` is no limit.
fn journal_max(text: &str) -> Option<Option<u64>> {
    match text {
        "off" => Some(None),
        _ => byte_count(text).map(Some),
    }
}

/// `500MB`, `4GB`, `1TB`; at least a megabyte.
pub(super) fn byte_count(text: &str) -> Option<u64> {
    let (digits, unit) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let unit = match unit {
        "MB" => MEGABYTE,
        "GB" => 1_024 * MEGABYTE,
        "TB" => 1_024 * 1_024 * MEGABYTE,
        _ => return None,
    };
    let bytes = digits.parse::<u64>().ok()?.checked_mul(unit)?;
    (bytes >= MEGABYTE).then_some(bytes)
}

/// `200ms`, `5s`, at most a minute.
fn lease(text: &str) -> Option<Duration> {
    let time = match text.strip_suffix("ms") {
        Some(digits) => Duration::from_millis(digits.parse().ok()?),
        None => duration(1, 60)(text)?,
    };
    (time >= Duration::from_millis(200)).then_some(time)
}

impl DatabaseUrl {
    /// `None` if the scheme is not one that the store supports.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Url::parse(text).is_ok().then(|| Self(text.to_owned()));
        }
        // A file has no user or password; the store would take them for a part of its name.
        let host = text
            .strip_prefix("sqlite:")?
            .strip_prefix("//")
            .and_then(|rest| rest.split('/').next());
        (!host.unwrap_or_default().contains('@')).then(|| Self(text.to_owned()))
    }

    /// A file in the current folder: the default.
    fn local() -> Self {
        Self("sqlite://wenlu.db".into())
    }

    /// The address with its password, for the store only.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.starts_with("sqlite:") {
            return f.write_str(&self.0);
        }
        // A password may hold an unescaped `/`, `?` or `@`. So everything before the last `@` is
        // hidden, and so are the parameters, which may hold a password too.
        let (scheme, rest) = self.0.split_once("://").unwrap_or(("", &self.0));
        let (secret, place) = rest
            .rsplit_once('@')
            .map_or(("", rest), |(_, place)| ("***@", place));
        let place = place.split('?').next().unwrap_or_default();
        write!(f, "{scheme}://{secret}{place}")
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    #[test]
    fn databases() {
        for (url, known) in [
            ("sqlite://wenlu.db", true),
            ("postgres://wenlu:secret@db:5432/wenlu", true),
            ("postgresql://db/wenlu?sslmode=require", true),
            ("postgresql:///wenlu?host=/run/postgresql", true),
            ("postgres://wenlu:se cret@[db/wenlu", false),
            ("postgres:wenlu", false),
            ("mysql://db/wenlu", false),
            ("sqlite://user@host/wenlu.db", false),
        ] {
            assert_eq!(DatabaseUrl::parse(url).is_some(), known, "{url}");
        }
    }

    #[test]
    fn the_journal_is_kept_for_a_while_unless_it_is_to_stay() {
        let kept = |pairs: &[(&str, &str)]| {
            read_pairs(pairs, StoreSettings::read).map(|store| store.retention)
        };
        assert_eq!(kept(&[]), Ok(Some(Duration::from_secs(90 * 86_400))));
        assert_eq!(
            kept(&[("WENLU_RETENTION", "36h")]),
            Ok(Some(Duration::from_secs(36 * 3_600)))
        );
        assert_eq!(kept(&[("WENLU_RETENTION", "off")]), Ok(None));
        assert!(
            ["0", "0d", "23h", "3651d", "90"]
                .iter()
                .all(|text| kept(&[("WENLU_RETENTION", text)]).is_err())
        );
    }

    #[test]
    fn the_journal_has_a_size_unless_it_is_to_have_none() {
        let max = |pairs: &[(&str, &str)]| {
            read_pairs(pairs, StoreSettings::read).map(|store| store.journal_max)
        };
        let set = |text| max(&[("WENLU_JOURNAL_MAX", text)]);
        assert_eq!(max(&[]), Ok(Some(4 << 30)));
        assert_eq!((set("500MB"), set("off")), (Ok(Some(500 << 20)), Ok(None)));
        let bad = ["0", "0MB", "4", "4G", "GB", "99999999999999TB", "四GB"];
        assert!(bad.iter().all(|text| set(text).is_err()));
    }

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            (
                "postgres://wenlu:hunter2@db:5432/wenlu",
                "postgres://***@db:5432/wenlu",
            ),
            (
                "postgres://wenlu:hun@ter/2?@db/wenlu",
                "postgres://***@db/wenlu",
            ),
            (
                "postgres://db/wenlu?password=hunter2",
                "postgres://db/wenlu",
            ),
            (
                "sqlite:///var/lib/wenlu/wenlu.db",
                "sqlite:///var/lib/wenlu/wenlu.db",
            ),
        ] {
            let settings = StoreSettings {
                database: DatabaseUrl(url.into()),
                ..read_pairs(&[], StoreSettings::read).unwrap()
            };
            assert_eq!(settings.database.to_string(), shown);
            let debug = format!("{settings:?}");
            assert!(
                !debug.contains("hunter2") && !debug.contains("hun@"),
                "{debug}"
            );
        }
    }
}
