//! The settings of notices to colleagues. In: the settings reader. Out: [`NoticeSettings`]. `Debug`
//! shows no secret. Must not know: what is told, how it is sent.

use super::bridge::{SECRET_HELP, URL_HELP, present_and_old, url};
use super::reader::{SettingsReader, duration, number};
use crate::secret::{BridgeSecret, MailServer};
use std::num::NonZeroU32;
use std::time::Duration;
use url::Url;

/// Whom notices reach, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeSettings {
    /// `None`: none go out by e-mail.
    pub mail: Option<MailSetting>,
    /// `None`: no address is told.
    pub hook: Option<NoticeHookSetting>,
    /// `WENLU_NOTICE_QUIET`: from and until which hour, in the operators' time zone, nothing is
    /// told; `None`: at any time.
    pub quiet: Option<(i8, i8)>,
    /// `WENLU_NOTICE_MAX`: messages an hour, at most.
    pub per_hour: NonZeroU32,
    /// `WENLU_NOTICE_AFTER`: for how long something stands until it is told.
    pub after: Duration,
    /// `WENLU_NOTICE_QUEUE`: at which number of unanswered questions, and each time by how many
    /// more, it is told; `None`: never.
    pub queue: Option<NonZeroU32>,
    /// `WENLU_NOTICE_REPORT`: how often figures go out by e-mail.
    pub report: ReportSetting,
}

/// How notices go out by e-mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailSetting {
    /// `WENLU_SMTP_URL`.
    pub server: MailServer,
    /// `WENLU_NOTICE_MAIL_FROM`; the name at the server, if that is an address.
    pub from: String,
    /// `WENLU_NOTICE_MAIL_TO`.
    pub to: Vec<String>,
}

/// Which address is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeHookSetting {
    /// `WENLU_NOTICE_WEBHOOK`.
    pub url: Url,
    /// `WENLU_NOTICE_WEBHOOK_SECRET` and `WENLU_NOTICE_WEBHOOK_SECRET_OLD`.
    pub secrets: Vec<BridgeSecret>,
}

/// How often figures go out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReportSetting {
    #[default]
    Never,
    Daily,
    Weekly,
}

const SMTP: &str = "WENLU_SMTP_URL";
const FROM: &str = "WENLU_NOTICE_MAIL_FROM";
const TO: &str = "WENLU_NOTICE_MAIL_TO";
const HOOK: &str = "WENLU_NOTICE_WEBHOOK";
const SECRET: &str = "WENLU_NOTICE_WEBHOOK_SECRET";
const OLD_SECRET: &str = "WENLU_NOTICE_WEBHOOK_SECRET_OLD";
const QUIET: &str = "WENLU_NOTICE_QUIET";
const MAX: &str = "WENLU_NOTICE_MAX";
const AFTER: &str = "WENLU_NOTICE_AFTER";
const QUEUE: &str = "WENLU_NOTICE_QUEUE";
const REPORT: &str = "WENLU_NOTICE_REPORT";
const SMTP_HELP: &str = "smtps://name:password@smtp.example.org or smtp://name:password@smtp.example.org:587 (an @ in the name is %40)";
const ADDRESS_HELP: &str = "an e-mail address, such as bot@example.org";
const TO_HELP: &str = "e-mail addresses with commas between them, 20 at most";
const MAIL_HELP: &str = "WENLU_SMTP_URL and WENLU_NOTICE_MAIL_TO go together";
const HOOK_HELP: &str = "WENLU_NOTICE_WEBHOOK and WENLU_NOTICE_WEBHOOK_SECRET go together";
const QUIET_HELP: &str = "two different hours, such as 22-8";
const MAX_HELP: &str = "a whole number from 1 to 1000";
const AFTER_HELP: &str = "a number with s, m, h or d, such as 1m, from 1s to 1d";
const QUEUE_HELP: &str = "a whole number; 0: never";
const REPORT_HELP: &str = "daily, weekly or off";
const REPORT_MAIL_HELP: &str = "off, unless WENLU_SMTP_URL is set";
const MOST_ADDRESSES: usize = 20;
const DEFAULT_MAX: NonZeroU32 = NonZeroU32::new(12).expect("a number above zero");
const DEFAULT_AFTER: Duration = Duration::from_secs(60);
const DEFAULT_QUEUE: u32 = 50;

impl NoticeSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        let mail = mail(reader);
        let report = reader.get(REPORT, REPORT_HELP, report).unwrap_or_default();
        if report != ReportSetting::Never && !reader.is_set(SMTP) {
            reader.reject(REPORT, REPORT_MAIL_HELP);
        }
        let queue = reader.get(QUEUE, QUEUE_HELP, number(0..=1_000_000));
        NoticeSettings {
            mail,
            hook: hook(reader),
            quiet: reader.get(QUIET, QUIET_HELP, hours),
            per_hour: reader
                .get(MAX, MAX_HELP, number(1..=1_000))
                .and_then(NonZeroU32::new)
                .unwrap_or(DEFAULT_MAX),
            after: reader
                .get(AFTER, AFTER_HELP, duration(1, 86_400))
                .unwrap_or(DEFAULT_AFTER),
            queue: NonZeroU32::new(queue.unwrap_or(DEFAULT_QUEUE)),
            report,
        }
    }
}

fn mail(reader: &mut SettingsReader<'_>) -> Option<MailSetting> {
    let server = reader.get(SMTP, SMTP_HELP, MailServer::parse);
    let to = reader.get(TO, TO_HELP, addresses);
    let from = reader.get(FROM, ADDRESS_HELP, address);
    if reader.is_set(SMTP) != reader.is_set(TO) {
        let missing = if reader.is_set(SMTP) { TO } else { SMTP };
        reader.reject(missing, MAIL_HELP);
    }
    let (server, to) = (server?, to?);
    let own = || server.user().and_then(address);
    let Some(from) = from.or_else(own) else {
        if !reader.is_set(FROM) {
            reader.reject(FROM, ADDRESS_HELP);
        }
        return None;
    };
    Some(MailSetting { server, from, to })
}

fn hook(reader: &mut SettingsReader<'_>) -> Option<NoticeHookSetting> {
    let names = (SECRET, OLD_SECRET);
    let secrets = present_and_old(reader, names, SECRET_HELP, BridgeSecret::parse);
    let url = reader.get(HOOK, URL_HELP, url);
    if reader.is_set(HOOK) != reader.is_set(SECRET) {
        let missing = if reader.is_set(HOOK) { SECRET } else { HOOK };
        reader.reject(missing, HOOK_HELP);
    }
    let url = url.filter(|_| !secrets.is_empty())?;
    Some(NoticeHookSetting { url, secrets })
}

/// One that every mail server takes without quotes.
fn address(text: &str) -> Option<String> {
    let (name, host) = text.split_once('@')?;
    let is_plain = |part: &str| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || ".-_+=".contains(c);
        !part.is_empty() && part.chars().all(is_part) && !part.starts_with('.')
    };
    let is_address = is_plain(name) && is_plain(host) && text.len() <= 254;
    is_address.then(|| text.to_owned())
}

fn addresses(text: &str) -> Option<Vec<String>> {
    let mut all: Vec<String> = text
        .split(',')
        .map(|one| address(one.trim()))
        .collect::<Option<_>>()?;
    all.sort_unstable();
    all.dedup();
    (all.len() <= MOST_ADDRESSES).then_some(all)
}

fn hours(text: &str) -> Option<(i8, i8)> {
    let (from, until) = text.split_once('-')?;
    let hour = |text: &str| {
        let hour: i8 = text.trim().parse().ok()?;
        (0..24).contains(&hour).then_some(hour)
    };
    let (from, until) = (hour(from)?, hour(until)?);
    (from != until).then_some((from, until))
}

fn report(text: &str) -> Option<ReportSetting> {
    match text {
        "off" => Some(ReportSetting::Never),
        "daily" => Some(ReportSetting::Daily),
        "weekly" => Some(ReportSetting::Weekly),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    const SMTP_PAIR: (&str, &str) = (SMTP, "smtps://bot%40x.cn:secret@smtp.x.cn");
    const TO_PAIR: (&str, &str) = (TO, "ann@x.cn, bob@x.cn,ann@x.cn");
    const HOOK_PAIR: (&str, &str) = (HOOK, "https://hooks.x.cn/wenlu");
    const SECRET_PAIR: (&str, &str) = (SECRET, "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3");

    #[test]
    fn nobody_is_told_by_default() {
        let set = read_pairs(&[], NoticeSettings::read).unwrap();
        assert_eq!((set.mail, set.hook, set.quiet), (None, None, None));
        assert_eq!((set.per_hour.get(), set.after.as_secs()), (12, 60));
        assert_eq!(set.queue.map(NonZeroU32::get), Some(50));
    }

    #[test]
    fn who_is_told() {
        let pairs = [SMTP_PAIR, TO_PAIR, HOOK_PAIR, SECRET_PAIR];
        let more = [(QUIET, "22-8"), (QUEUE, "0"), (REPORT, "weekly")];
        let set = read_pairs(&[&pairs[..], &more].concat(), NoticeSettings::read).unwrap();
        let mail = set.mail.clone().unwrap();
        assert_eq!((mail.from.as_str(), mail.to.len()), ("bot@x.cn", 2));
        assert_eq!((set.quiet, set.queue), (Some((22, 8)), None));
        assert_eq!(set.report, ReportSetting::Weekly);
        assert!(!format!("{set:?}").contains("secret@"));
    }

    #[test]
    fn what_is_half_set_or_wrong() {
        for (pairs, names) in [
            (&[SMTP_PAIR][..], &[TO][..]),
            (&[TO_PAIR], &[SMTP]),
            (&[(SMTP, "smtp://localhost"), TO_PAIR], &[FROM]),
            (&[(SMTP, "https://x.cn"), TO_PAIR], &[SMTP]),
            (&[SMTP_PAIR, (TO, "ann")], &[TO]),
            (&[SMTP_PAIR, (TO, "ann@x.cn\r\nBcc: eve@x.cn")], &[TO]),
            (&[SMTP_PAIR, TO_PAIR, (FROM, "Bot <bot@x.cn>")], &[FROM]),
            (&[HOOK_PAIR], &[SECRET]),
            (&[SECRET_PAIR], &[HOOK]),
            (&[(QUIET, "8-8")], &[QUIET]),
            (&[(QUIET, "22-24")], &[QUIET]),
            (&[(MAX, "0")], &[MAX]),
            (&[(REPORT, "daily")], &[REPORT]),
        ] {
            let bad = read_pairs(pairs, NoticeSettings::read).unwrap_err();
            let found: Vec<String> = bad.0.into_iter().map(|bad| bad.name).collect();
            assert_eq!(found, names, "{pairs:?}");
        }
    }
}
