//! Settings. In: the global flags, the environment, and `.env` in the current folder; a flag
//! overrides the environment, the environment overrides `.env`. Out: [`Settings`], or every bad
//! value by name with what is allowed. Must not know: what the settings are used for. The only
//! module that reads the environment.

mod env_file;
mod env_syntax;
mod names;
mod telegram;

use env_file::EnvFile;
pub use env_file::{WriteError, write_threshold};
pub use names::{NameProblem, SettingWarning};
pub use telegram::{Telegram, WebhookSecret};

use crate::cli::Global;
use crate::desk::hours::{ServiceHours, time_zone};
use crate::message::Lang;
use jiff::tz::TimeZone;
use std::cell::RefCell;
use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// All settings. `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// `WENLU_ROOT`, `--root`: the folder that holds `intents/` and `content/`.
    pub root: Option<PathBuf>,
    /// Where the root was set; `None` if by the flag, or not at all.
    pub root_origin: Option<SettingOrigin>,
    /// `WENLU_LISTEN`.
    pub listen: SocketAddr,
    /// `DATABASE_URL`.
    pub database: DatabaseUrl,
    /// `WENLU_LOG`, `--log`: a filter such as `info` or `wenlu=debug`.
    pub log: String,
    /// `WENLU_LOG_FORMAT`.
    pub log_format: LogFormat,
    /// `WENLU_CONVERSATION_EXPIRY`: a conversation that was silent for longer starts anew.
    pub conversation_expiry: Duration,
    /// `WENLU_RETENTION`: how long the journal and conversations are kept; `None`: for ever.
    pub retention: Option<Duration>,
    /// `WENLU_RATE_PER_MINUTE`, `WENLU_RATE_BURST`: how much one client may send; `None`: no limit.
    pub rate: Option<Rate>,
    /// `WENLU_TRUSTED_PROXIES`: how many of our own proxies are in front; with 0, `X-Forwarded-For`
    /// is ignored.
    pub trusted_proxies: usize,
    /// `WENLU_BODY_LIMIT`: the largest request body, in bytes.
    pub body_limit: usize,
    /// `WENLU_THRESHOLD`: the least confidence for an answer; `None`: the calibrated one.
    pub threshold: Option<f64>,
    /// `WENLU_RELOAD`: whether edited data files go live while the server runs.
    pub reload: bool,
    /// `WENLU_SHUTDOWN_GRACE`: how long running work may take to finish.
    pub shutdown_grace: Duration,
    /// `WENLU_SERVICE_HOURS`: when operators can be reached, in the time zone `WENLU_TIMEZONE`;
    /// `None`: always.
    pub service_hours: Option<ServiceHours>,
    /// `WENLU_TIMEZONE`: the operators' time zone.
    pub timezone: TimeZone,
    /// `WENLU_HANDOVER_SILENCE`: after this long without a message a hand-over ends and the bot
    /// takes over again.
    pub handover_silence: Duration,
    /// `WENLU_LEASE`: after this long without renewal another process takes over a lease.
    pub lease: Duration,
    /// `WENLU_ADMIN`: who may reach the operators' pages.
    pub admin: AdminAccess,
    /// `WENLU_GIT`: whether every published change is committed in the data files' repository.
    pub git: bool,
    pub telegram: Telegram,
    /// Names that were set without effect, to be reported at start.
    pub warnings: Vec<SettingWarning>,
}

/// Where a value was set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingOrigin {
    Environment,
    /// In `.env` in the current folder.
    EnvFile {
        line: usize,
    },
}

impl fmt::Display for SettingOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingOrigin::Environment => f.write_str("环境变量 / environment"),
            SettingOrigin::EnvFile { line } => write!(f, ".env:{line}"),
        }
    }
}

/// Where the operators' pages can be reached from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AdminAccess {
    /// Nowhere.
    Off,
    /// Only from this machine, and not through a proxy.
    #[default]
    Loopback,
    /// Wherever the chat page can be reached from.
    Public,
}

/// A steady rate, and the largest burst.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub per_minute: NonZeroU32,
    pub burst: NonZeroU32,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

/// The address of the database. `Debug` and `Display` leave out the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl(String);

/// All values that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("设置有误 / these settings cannot be used:{}", .0.iter().map(|bad| format!("\n  {bad}")).collect::<String>())]
pub struct BadSettings(pub Vec<BadSetting>);

/// A value that cannot be used. The value itself is left out: a wrong one may still be a secret.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{name}: {allowed}", .origin.map(|origin| format!("{origin}: ")).unwrap_or_default())]
pub struct BadSetting {
    pub name: String,
    pub allowed: String,
    /// Where the value was set, if that is known.
    pub origin: Option<SettingOrigin>,
}

impl Settings {
    /// Reads the process's environment, `.env` in the current folder, and the flags.
    pub fn load(flags: &Global) -> Result<Self, BadSettings> {
        let known = known_names();
        let file = env_file::read(Path::new(ENV_FILE), |name| names::is_ours(name, &known))?;
        let origin = |name: &str| match (std::env::var_os(name), file.line(name)) {
            (Some(_), _) => Some(SettingOrigin::Environment),
            (None, Some(line)) => Some(SettingOrigin::EnvFile { line: line.line }),
            (None, None) => None,
        };
        let mut settings = Self::from_lookup(flags, lookup(&file)).map_err(|BadSettings(mut all)| {
            all.iter_mut().for_each(|bad| bad.origin = origin(&bad.name));
            BadSettings(all)
        })?;
        settings.root_origin = if flags.root.is_none() { origin("WENLU_ROOT") } else { None };
        settings.warnings = names::in_file(&file.0, &known);
        settings.warnings.extend(names::in_environment(&environment_names(), &known));
        Ok(settings)
    }

    /// Reads any source of named values; an empty value counts as unset.
    pub fn from_lookup(
        flags: &Global,
        lookup: impl Fn(&str) -> Result<Option<String>, BadSetting>,
    ) -> Result<Self, BadSettings> {
        let mut read = Reader { lookup, mistakes: Vec::new() };
        let root = read.get("WENLU_ROOT", None, "", |text| Some(Some(PathBuf::from(text))));
        let log = read.get("WENLU_LOG", "warn,wenlu=info".into(), LOG_HELP, log_filter);
        let per_minute =
            read.get("WENLU_RATE_PER_MINUTE", 60, "a whole number; 0 sets no limit", number(0..=1_000_000));
        let burst = read.get("WENLU_RATE_BURST", 30, "a whole number from 1 to 1000000", number(1..=1_000_000));
        let zone = read.get("WENLU_TIMEZONE", None, ZONE_HELP, |text| time_zone(&text).map(|zone| Some((text, zone))));
        let (zone, timezone) = zone.unwrap_or_else(|| (ZONE.to_owned(), time_zone(ZONE).unwrap_or(TimeZone::UTC)));
        // the help has used the language already; here only a bad value is reported
        own_language(&mut read);
        let settings = Settings {
            root: flags.root.clone().or(root),
            root_origin: None,
            listen: read.get("WENLU_LISTEN", LOOPBACK, LISTEN_HELP, |text| text.parse().ok()),
            database: read.get("DATABASE_URL", DatabaseUrl::local(), DATABASE_HELP, DatabaseUrl::parse),
            log: flags.log.clone().unwrap_or(log),
            log_format: read.get("WENLU_LOG_FORMAT", LogFormat::Text, "text or json", LogFormat::parse),
            conversation_expiry: read.get(
                "WENLU_CONVERSATION_EXPIRY",
                minutes(30),
                DURATION_HELP,
                duration(60, 30 * 86_400),
            ),
            retention: read.get("WENLU_RETENTION", Some(RETENTION), RETENTION_HELP, |text| match text.as_str() {
                "off" => Some(None),
                _ => duration(86_400, 3_650 * 86_400)(text).map(Some),
            }),
            rate: NonZeroU32::new(per_minute)
                .zip(NonZeroU32::new(burst))
                .map(|(per_minute, burst)| Rate { per_minute, burst }),
            trusted_proxies: read.get("WENLU_TRUSTED_PROXIES", 0, "a whole number from 0 to 10", number(0..=10))
                as usize,
            body_limit: read.get("WENLU_BODY_LIMIT", 16_384, "bytes, from 1024 to 1048576", number(1_024..=1_048_576))
                as usize,
            threshold: read
                .get(THRESHOLD, None, "a number from 0 to 1, such as 0.62", |text| threshold(&text).map(Some)),
            reload: read.get("WENLU_RELOAD", true, "on or off", on_or_off),
            shutdown_grace: read.get("WENLU_SHUTDOWN_GRACE", Duration::from_secs(10), GRACE_HELP, duration(0, 300)),
            service_hours: read
                .get("WENLU_SERVICE_HOURS", None, HOURS_HELP, |text| ServiceHours::parse(&text, &zone).ok().map(Some)),
            timezone,
            handover_silence: read.get("WENLU_HANDOVER_SILENCE", minutes(30), SILENCE_HELP, duration(60, 7 * 86_400)),
            lease: read.get("WENLU_LEASE", Duration::from_secs(5), LEASE_HELP, lease),
            admin: read.get("WENLU_ADMIN", AdminAccess::Loopback, "off, loopback or public", AdminAccess::parse),
            git: read.get("WENLU_GIT", false, "on or off", on_or_off),
            telegram: Telegram::read(&mut read),
            warnings: Vec::new(),
        };
        if let Some(text) = flags.log.clone()
            && log_filter(text).is_none()
        {
            read.mistakes.push(bad("--log", LOG_HELP));
        }
        if read.mistakes.is_empty() { Ok(settings) } else { Err(BadSettings(read.mistakes)) }
    }
}

/// The language of help texts: `WENLU_LANG` in the environment or in `.env`, else Chinese for a
/// Chinese locale, else English. Runs before the command line is parsed, so mistakes in `.env` are
/// not reported here.
pub fn help_language() -> Lang {
    let file = env_file::read(Path::new(ENV_FILE), |_| false).unwrap_or_default();
    let own = own_language(&mut Reader { lookup: lookup(&file), mistakes: Vec::new() });
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let locale = || ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    own.or_else(|| language(&locale()?)).unwrap_or(Lang::En)
}

/// `WENLU_LANG`; `None` if unset.
fn own_language<F: Fn(&str) -> Result<Option<String>, BadSetting>>(read: &mut Reader<F>) -> Option<Lang> {
    read.get(LANG, None, LANG_HELP, |text| language(&text).map(Some))
}

/// The value in the environment, else in `.env`.
fn lookup(file: &EnvFile) -> impl Fn(&str) -> Result<Option<String>, BadSetting> {
    |name| match std::env::var_os(name) {
        Some(value) => value.into_string().map(Some).map_err(|_| bad(name, "must be UTF-8")),
        None => Ok(file.value(name).map(str::to_owned)),
    }
}

/// The names of all settings: those that the reader asks for.
fn known_names() -> Vec<String> {
    let asked = RefCell::new(Vec::new());
    let read = Settings::from_lookup(&Global::default(), |name| {
        asked.borrow_mut().push(name.to_owned());
        Ok(None)
    });
    debug_assert!(read.is_ok(), "the defaults are no settings: {read:?}");
    asked.into_inner()
}

/// Sorted, so that warnings have a fixed order.
fn environment_names() -> Vec<String> {
    let mut names: Vec<String> = std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The folder for state that is not a document, such as the terminal's history; `None` if the
/// environment names none.
pub fn state_folder() -> Option<PathBuf> {
    let folder = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    folder("XDG_STATE_HOME").or_else(|| Some(folder("HOME")?.join(".local/state")))
}

/// The system's name of the current user.
pub fn user_name() -> String {
    let name = |name| std::env::var(name).ok().filter(|name| !name.trim().is_empty());
    name("USER").or_else(|| name("LOGNAME")).unwrap_or_else(|| "terminal".to_owned())
}

/// Whether the environment sets the threshold, so that one in `.env` has no effect.
pub fn environment_sets_threshold() -> bool {
    std::env::var_os(THRESHOLD).is_some()
}

/// In the current folder.
const ENV_FILE: &str = ".env";
const THRESHOLD: &str = "WENLU_THRESHOLD";
const LANG: &str = "WENLU_LANG";
const LANG_HELP: &str = "zh or en";
const LOOPBACK: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);
const LISTEN_HELP: &str = "an address and a port, such as 127.0.0.1:8080, 0.0.0.0:80 or [::1]:8080";
/// The time zone of the platforms that the built-in knowledge is about.
const ZONE: &str = "Asia/Shanghai";
/// What is allowed as a database address.
pub const DATABASE_HELP: &str = "sqlite://FILE, such as sqlite://wenlu.db, or postgres://USER:PASSWORD@HOST/DATABASE";
const LOG_HELP: &str = "a filter, such as info, warn or wenlu=debug";
const DURATION_HELP: &str = "a number with s, m, h or d, such as 30m, from 1m to 30d";
const RETENTION: Duration = Duration::from_secs(90 * 86_400);
const RETENTION_HELP: &str = "a number with d or h, such as 90d, from 1d to 3650d; or off, to keep everything";
const LEASE_HELP: &str = "a number with ms or s, such as 5s, from 200ms to 60s";
const GRACE_HELP: &str = "a number with s, m, h or d, such as 10s, from 0s to 5m";
const SILENCE_HELP: &str = "a number with s, m, h or d, such as 30m, from 1m to 7d";
const ZONE_HELP: &str = "the IANA name of a time zone, such as Asia/Shanghai";
const HOURS_HELP: &str = "days and times, such as Mon-Fri 09:00-12:00, 13:30-18:00; Sat 10:00-16:00";

impl DatabaseUrl {
    /// `None` if the scheme is not one that the store supports.
    pub fn parse(text: String) -> Option<Self> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return reqwest::Url::parse(&text).is_ok().then_some(Self(text));
        }
        // A file has no user or password; the store would take them for a part of its name.
        let host = text.strip_prefix("sqlite:")?.strip_prefix("//").and_then(|rest| rest.split('/').next());
        (!host.unwrap_or_default().contains('@')).then_some(Self(text))
    }

    /// A file in the current folder: the default.
    pub fn local() -> Self {
        Self("sqlite://wenlu.db".into())
    }

    /// The address with its password, for the store only.
    pub fn reveal(&self) -> &str {
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
        let (secret, place) = rest.rsplit_once('@').map_or(("", rest), |(_, place)| ("***@", place));
        write!(f, "{scheme}://{secret}{}", place.split('?').next().unwrap_or(""))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl LogFormat {
    fn parse(text: String) -> Option<Self> {
        match text.as_str() {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}

impl AdminAccess {
    fn parse(text: String) -> Option<Self> {
        match text.as_str() {
            "off" => Some(Self::Off),
            "loopback" => Some(Self::Loopback),
            "public" => Some(Self::Public),
            _ => None,
        }
    }
}

/// Reads values one by one and collects the mistakes.
struct Reader<F> {
    lookup: F,
    mistakes: Vec<BadSetting>,
}

impl<F: Fn(&str) -> Result<Option<String>, BadSetting>> Reader<F> {
    fn get<T>(&mut self, name: &str, default: T, allowed: &str, parse: impl Fn(String) -> Option<T>) -> T {
        match (self.lookup)(name).map(|value| value.filter(|text| !text.trim().is_empty())) {
            Ok(None) => default,
            Ok(Some(text)) => parse(text.trim().to_owned()).unwrap_or_else(|| {
                self.mistakes.push(bad(name, allowed));
                default
            }),
            Err(mistake) => {
                self.mistakes.push(mistake);
                default
            }
        }
    }
}

fn bad(name: &str, allowed: &str) -> BadSetting {
    BadSetting { name: name.into(), allowed: allowed.into(), origin: None }
}

/// `zh`, `zh_CN.UTF-8`, `en-GB`; `None` for another language.
fn language(text: &str) -> Option<Lang> {
    let tag = text.split(['_', '-', '.', '@']).next().unwrap_or_default();
    Lang::ALL.into_iter().find(|lang| tag.eq_ignore_ascii_case(lang.tag()))
}

fn minutes(count: u64) -> Duration {
    Duration::from_secs(60 * count)
}

fn number(range: std::ops::RangeInclusive<u32>) -> impl Fn(String) -> Option<u32> {
    move |text| text.parse().ok().filter(|value| range.contains(value))
}

fn threshold(text: &str) -> Option<f64> {
    text.parse().ok().filter(|value| (0.0..=1.0).contains(value))
}

fn on_or_off(text: String) -> Option<bool> {
    match text.as_str() {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    }
}

fn log_filter(text: String) -> Option<String> {
    tracing_subscriber::EnvFilter::builder().parse(&text).is_ok().then_some(text)
}

/// `200ms`, `5s`, at most a minute.
fn lease(text: String) -> Option<Duration> {
    let time = match text.strip_suffix("ms") {
        Some(digits) => Duration::from_millis(digits.parse().ok()?),
        None => duration(1, 60)(text)?,
    };
    (time >= Duration::from_millis(200)).then_some(time)
}

/// `90s`, `30m`, `24h`, `7d`, within `least..=most` seconds.
fn duration(least: u64, most: u64) -> impl Fn(String) -> Option<Duration> {
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
        (least..=most).contains(&total).then(|| Duration::from_secs(total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::channel::telegram::token::Token;
    use std::collections::HashMap;

    fn load(pairs: &[(&str, &str)], flags: &Global) -> Result<Settings, BadSettings> {
        let values: HashMap<_, _> = pairs.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect();
        Settings::from_lookup(flags, |name| Ok(values.get(name).cloned()))
    }

    #[test]
    fn defaults_serve_on_loopback_with_a_local_file() {
        let settings = load(&[("WENLU_ROOT", " ")], &Global::default()).unwrap();
        assert_eq!(settings.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.database.reveal(), "sqlite://wenlu.db");
        assert_eq!(settings.root, None);
    }

    #[test]
    fn telegram_is_off_and_people_are_always_there() {
        let settings = load(&[], &Global::default()).unwrap();
        assert_eq!((settings.service_hours, settings.handover_silence), (None, minutes(30)));
        assert_eq!(settings.timezone.iana_name(), Some("Asia/Shanghai"));
        let Telegram { token, api, webhook, secret, max_connections, group, .. } = settings.telegram;
        assert_eq!((token, webhook, secret, max_connections, group), (None, None, None, 40, None));
        assert_eq!(api.as_str(), "https://api.telegram.org/");
    }

    #[test]
    fn what_the_example_file_says_can_be_set() {
        let example = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.env.example")).unwrap();
        let set = |line: &str| {
            line.strip_prefix('#').filter(|l| l.starts_with(|c: char| c.is_ascii_uppercase())).map(str::to_owned)
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), example.lines().map(|l| set(l).unwrap_or_default() + "\n").collect::<String>())
            .unwrap();
        let values = env_file::read(file.path(), |_| true).unwrap();
        let settings = Settings::from_lookup(&Global::default(), |name| Ok(values.value(name).map(str::to_owned)));
        let settings = settings.unwrap();
        assert!(settings.service_hours.is_some() && settings.telegram.token.is_some(), "{settings:?}");
        let (mut known, mut shown) = (known_names(), values.0.iter().map(|line| line.name.clone()).collect::<Vec<_>>());
        known.sort();
        shown.sort();
        assert_eq!(known, shown);
    }

    #[test]
    fn a_flag_wins() {
        let flags = Global { root: Some("flag".into()), ..Global::default() };
        assert_eq!(load(&[("WENLU_ROOT", "variable")], &flags).unwrap().root, Some("flag".into()));
    }

    #[test]
    fn every_bad_value_is_named_with_what_is_allowed_and_none_is_shown() {
        let pairs = [
            ("WENLU_LISTEN", "8080"),
            ("DATABASE_URL", "mysql://root:hunter2@db/wenlu"),
            ("WENLU_LANG", "fr"),
            ("WENLU_LOG", "wenlu=loud"),
            ("WENLU_LOG_FORMAT", "xml"),
            ("WENLU_CONVERSATION_EXPIRY", "5 minutes"),
            ("WENLU_RETENTION", "0"),
            ("WENLU_RATE_PER_MINUTE", "-1"),
            ("WENLU_RATE_BURST", "0"),
            ("WENLU_TRUSTED_PROXIES", "11"),
            ("WENLU_BODY_LIMIT", "1"),
            ("WENLU_THRESHOLD", "NaN"),
            ("WENLU_RELOAD", "yes"),
            ("WENLU_SHUTDOWN_GRACE", "一会儿"),
            ("WENLU_LEASE", "100ms"),
            ("WENLU_TELEGRAM_SPEED", "0"),
            ("WENLU_SERVICE_HOURS", "Mon-Fri 9-18"),
            ("WENLU_TIMEZONE", "Mars/Olympus"),
            ("WENLU_HANDOVER_SILENCE", "0s"),
            ("WENLU_LEASE", "1h"),
            ("WENLU_ADMIN", "on"),
            ("WENLU_GIT", "yes"),
            ("TELOXIDE_TOKEN", "123456:hunter2"),
            ("TELEGRAM_API_URL", "https://user:hunter2@api.example.com"),
            ("WENLU_TELEGRAM_WEBHOOK", "http://bot.example.com/"),
            ("WENLU_TELEGRAM_SECRET", "hunter2!"),
            ("WENLU_TELEGRAM_MAX_CONNECTIONS", "101"),
            ("WENLU_TELEGRAM_SPEED", "0"),
            ("WENLU_TELEGRAM_GROUP", "1001234567890"),
        ];
        insta::assert_snapshot!(load(&pairs, &Global::default()).unwrap_err(), @r#"
        设置有误 / these settings cannot be used:
          WENLU_LOG: a filter, such as info, warn or wenlu=debug
          WENLU_RATE_PER_MINUTE: a whole number; 0 sets no limit
          WENLU_RATE_BURST: a whole number from 1 to 1000000
          WENLU_TIMEZONE: the IANA name of a time zone, such as Asia/Shanghai
          WENLU_LANG: zh or en
          WENLU_LISTEN: an address and a port, such as 127.0.0.1:8080, 0.0.0.0:80 or [::1]:8080
          DATABASE_URL: sqlite://FILE, such as sqlite://wenlu.db, or postgres://USER:PASSWORD@HOST/DATABASE
          WENLU_LOG_FORMAT: text or json
          WENLU_CONVERSATION_EXPIRY: a number with s, m, h or d, such as 30m, from 1m to 30d
          WENLU_RETENTION: a number with d or h, such as 90d, from 1d to 3650d; or off, to keep everything
          WENLU_TRUSTED_PROXIES: a whole number from 0 to 10
          WENLU_BODY_LIMIT: bytes, from 1024 to 1048576
          WENLU_THRESHOLD: a number from 0 to 1, such as 0.62
          WENLU_RELOAD: on or off
          WENLU_SHUTDOWN_GRACE: a number with s, m, h or d, such as 10s, from 0s to 5m
          WENLU_SERVICE_HOURS: days and times, such as Mon-Fri 09:00-12:00, 13:30-18:00; Sat 10:00-16:00
          WENLU_HANDOVER_SILENCE: a number with s, m, h or d, such as 30m, from 1m to 7d
          WENLU_LEASE: a number with ms or s, such as 5s, from 200ms to 60s
          WENLU_ADMIN: off, loopback or public
          WENLU_GIT: on or off
          TELEGRAM_API_URL: an http or https address without a user, such as https://api.telegram.org
          TELOXIDE_TOKEN: a bot's token, as the BotFather gives it: digits, a colon, 35 letters, digits, _ or -
          WENLU_TELEGRAM_WEBHOOK: a public https address without a user, such as https://bot.example.com/telegram
          WENLU_TELEGRAM_SECRET: 1 to 256 letters, digits, _ or -
          WENLU_TELEGRAM_MAX_CONNECTIONS: a whole number from 1 to 100
          WENLU_TELEGRAM_SPEED: a whole number from 1 to 100
          WENLU_TELEGRAM_GROUP: the chat id of a group: a negative number, such as -1001234567890
        "#);
    }

    #[test]
    fn a_language_by_its_tag() {
        let own = |text: &str| {
            let mut reader = Reader { lookup: |_: &str| Ok(Some(text.to_owned())), mistakes: Vec::new() };
            (own_language(&mut reader), reader.mistakes.len())
        };
        assert_eq!([own("zh"), own("EN"), own("")], [(Some(Lang::Zh), 0), (Some(Lang::En), 0), (None, 0)]);
        assert_eq!(own("français"), (None, 1));
        assert!(load(&[("WENLU_LANG", "français")], &Global::default()).is_err());
        let locales = ["zh_CN.UTF-8", "zh-TW", "en_GB@euro", "C.UTF-8", "zhx"];
        assert_eq!(locales.map(language), [Some(Lang::Zh), Some(Lang::Zh), Some(Lang::En), None, None]);
    }

    #[test]
    fn a_threshold_is_a_share() {
        let read = |text: &str| load(&[("WENLU_THRESHOLD", text)], &Global::default()).map(|s| s.threshold);
        assert_eq!(
            [read("0.62"), read("0"), read("1"), read("")],
            [Ok(Some(0.62)), Ok(Some(0.0)), Ok(Some(1.0)), Ok(None)]
        );
        assert!(["-0.1", "1.01", "62%", "inf"].iter().all(|text| read(text).is_err()));
    }

    #[test]
    fn telegram_takes_what_telegram_gives() {
        let token = "123456789:AAExample_Example-ExampleExampleExa";
        let pairs = [
            ("TELOXIDE_TOKEN", token),
            ("TELEGRAM_API_URL", "http://127.0.0.1:8081/api"),
            ("WENLU_TELEGRAM_WEBHOOK", "https://bot.example.com:8443/hook"),
            ("WENLU_TELEGRAM_SECRET", "a_Secret-1"),
            ("WENLU_TELEGRAM_MAX_CONNECTIONS", "100"),
            ("WENLU_TELEGRAM_GROUP", "-1001234567890"),
        ];
        let settings = load(&pairs, &Global::default()).unwrap();
        let debug = format!("{settings:?}");
        assert!(!debug.contains("AAExample") && !debug.contains("a_Secret"), "{debug}");
        let Telegram { token: read, api, webhook, secret, max_connections, group, .. } = settings.telegram;
        assert_eq!(read, Token::parse(token).ok());
        assert_eq!(api.as_str(), "http://127.0.0.1:8081/api");
        assert_eq!(webhook.unwrap().as_str(), "https://bot.example.com:8443/hook");
        assert_eq!((secret.unwrap().reveal(), max_connections, group), ("a_Secret-1", 100, Some(-1_001_234_567_890)));
    }

    #[test]
    fn what_telegram_would_not_take() {
        let secret = "A".repeat(35);
        for (name, value) in [
            ("TELOXIDE_TOKEN", secret.clone()),
            ("TELOXIDE_TOKEN", format!(":{secret}")),
            ("TELOXIDE_TOKEN", format!("bot123:{secret}")),
            ("TELOXIDE_TOKEN", format!("123:{secret}/../getMe")),
            ("TELOXIDE_TOKEN", format!("123:{secret}é")),
            ("TELEGRAM_API_URL", "api.telegram.org".into()),
            ("TELEGRAM_API_URL", "ftp://api.telegram.org".into()),
            ("TELEGRAM_API_URL", "https://api.telegram.org/?token=1".into()),
            ("WENLU_TELEGRAM_WEBHOOK", "https://bot.example.com/#here".into()),
            ("WENLU_TELEGRAM_WEBHOOK", "https:///hook?".into()),
            ("WENLU_TELEGRAM_SECRET", "A".repeat(257)),
            ("WENLU_TELEGRAM_MAX_CONNECTIONS", "0".into()),
            ("WENLU_TELEGRAM_GROUP", "0".into()),
            ("WENLU_TELEGRAM_GROUP", "@operators".into()),
        ] {
            let bad = load(&[(name, &value)], &Global::default()).unwrap_err();
            assert_eq!(bad.0.iter().map(|bad| bad.name.as_str()).collect::<Vec<_>>(), [name], "{value}");
        }
    }

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
            assert_eq!(DatabaseUrl::parse(url.into()).is_some(), known, "{url}");
        }
    }

    #[test]
    fn the_journal_is_kept_for_a_while_unless_it_is_to_stay() {
        let kept = |pairs: &[(&str, &str)]| load(pairs, &Global::default()).map(|settings| settings.retention);
        assert_eq!(kept(&[]), Ok(Some(Duration::from_secs(90 * 86_400))));
        assert_eq!(kept(&[("WENLU_RETENTION", "36h")]), Ok(Some(Duration::from_secs(36 * 3_600))));
        assert_eq!(kept(&[("WENLU_RETENTION", "off")]), Ok(None));
        assert!(["0", "0d", "23h", "3651d", "90"].iter().all(|text| kept(&[("WENLU_RETENTION", text)]).is_err()));
    }

    #[test]
    fn no_rate_limit_when_zero() {
        assert_eq!(load(&[("WENLU_RATE_PER_MINUTE", "0")], &Global::default()).unwrap().rate, None);
    }

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://wenlu:hunter2@db:5432/wenlu", "postgres://***@db:5432/wenlu"),
            ("postgres://wenlu:hun@ter/2?@db/wenlu", "postgres://***@db/wenlu"),
            ("postgres://db/wenlu?password=hunter2", "postgres://db/wenlu"),
            ("sqlite:///var/lib/wenlu/wenlu.db", "sqlite:///var/lib/wenlu/wenlu.db"),
        ] {
            let settings = Settings { database: DatabaseUrl(url.into()), ..load(&[], &Global::default()).unwrap() };
            assert_eq!(settings.database.to_string(), shown);
            let debug = format!("{settings:?}");
            assert!(!debug.contains("hunter2") && !debug.contains("hun@"), "{debug}");
        }
    }
}
