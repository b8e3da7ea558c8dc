//! Settings. In: the flags, the environment, and `.env` in the current folder; a flag overrides the
//! environment, the environment overrides `.env`. Out: [`Settings`], or every bad value by name
//! with what is allowed. Must not know: what the settings are used for; the command line and the
//! parts of the program, which get what they need from those who call them.

mod admin;
mod bridge;
mod embed;
mod encoder;
mod env_file;
mod env_syntax;
mod environment;
mod flags;
mod handover;
mod knowledge;
mod language;
mod language_model;
mod logging;
mod mistake;
mod names;
mod notices;
mod proxy;
mod reader;
mod server;
mod store;
mod telegram;
mod upload;
mod wecom;
mod weixin;
mod weixin_sending;

pub use admin::{AccessSetting, AdminAddress, AdminSettings, local_url};
pub use bridge::{BridgeHookSetting, BridgeSettings};
pub use embed::EmbedSettings;
pub use encoder::EncoderSettings;
pub use env_file::EnvFileError;
pub(crate) use env_file::write_threshold;
pub(crate) use environment::{environment_sets_threshold, state_folder, user_name};
pub use flags::SettingFlags;
pub use handover::HandoverSettings;
pub use knowledge::{KnowledgeSettings, ModelCacheSetting};
pub(crate) use language::help_language;
pub use language_model::LanguageModelSettings;
pub use logging::{LogFormat, LogSettings};
pub use mistake::{BadSetting, BadSettings, SettingOrigin};
pub use names::{NameProblem, SettingWarning};
pub use notices::{MailSetting, NoticeHookSetting, NoticeSettings, ReportSetting};
pub use server::{ConnectionSettings, RateSetting, ServerSettings};
pub(crate) use store::DATABASE_HELP;
pub use store::{DatabaseUrl, StoreSettings};
pub use telegram::TelegramSettings;
pub use upload::{UploadSetting, UploadSettings};
pub use wecom::{WecomServicersSetting, WecomSettings};
pub use weixin::{WeixinAccountSetting, WeixinKindSetting, WeixinSettings};
pub use weixin_sending::{
    WeixinApiSetting, WeixinCreditSetting, WeixinPeopleSetting, WeixinSendSetting,
};

use reader::SettingsReader;
use std::cell::RefCell;
use std::path::Path;

/// All settings, part by part. `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    pub log: LogSettings,
    pub store: StoreSettings,
    pub server: ServerSettings,
    pub embed: EmbedSettings,
    pub upload: UploadSettings,
    pub knowledge: KnowledgeSettings,
    pub handover: HandoverSettings,
    pub admin: AdminSettings,
    pub telegram: TelegramSettings,
    pub weixin: WeixinSettings,
    /// `None`: WeCom is not set.
    pub wecom: Option<WecomSettings>,
    pub language_model: LanguageModelSettings,
    pub encoder: EncoderSettings,
    pub bridge: BridgeSettings,
    pub notices: NoticeSettings,
    /// Names that were set without effect, to be reported at start.
    pub warnings: Vec<SettingWarning>,
}

impl Settings {
    /// Reads the process's environment, `.env` in the current folder, and the flags.
    pub(crate) fn load(flags: &SettingFlags) -> Result<Self, BadSettings> {
        let known = known_names();
        let file = env_file::read(Path::new(env_file::ENV_FILE), |name| {
            names::is_ours(name, &known)
        })?;
        let origin = |name: &str| environment::origin(name, &file);
        let mut settings = Self::from_lookup(flags, environment::lookup(&file))
            .map_err(|mistakes| mistakes.with_origins(origin))?;
        if flags.root.is_none() {
            settings.knowledge.root_origin = origin(knowledge::ROOT);
        }
        settings.warnings = names::in_file(&file.0, &known);
        settings
            .warnings
            .extend(names::in_environment(&environment::names(), &known));
        Ok(settings)
    }

    /// Reads any source of named values; an empty value counts as unset.
    pub fn from_lookup(
        flags: &SettingFlags,
        lookup: impl Fn(&str) -> Result<Option<String>, BadSetting>,
    ) -> Result<Self, BadSettings> {
        let mut reader = SettingsReader::new(&lookup);
        // the help has used the language already; here only a bad value is reported
        language::own_language(&mut reader);
        let settings = Settings {
            log: LogSettings::read(&mut reader, flags),
            store: StoreSettings::read(&mut reader),
            server: ServerSettings::read(&mut reader),
            embed: EmbedSettings::read(&mut reader),
            upload: UploadSettings::read(&mut reader),
            knowledge: KnowledgeSettings::read(&mut reader, flags),
            handover: HandoverSettings::read(&mut reader),
            admin: AdminSettings::read(&mut reader),
            telegram: TelegramSettings::read(&mut reader),
            weixin: WeixinSettings::read(&mut reader),
            wecom: WecomSettings::read(&mut reader),
            language_model: LanguageModelSettings::read(&mut reader),
            encoder: EncoderSettings::read(&mut reader),
            bridge: BridgeSettings::read(&mut reader),
            notices: NoticeSettings::read(&mut reader),
            warnings: Vec::new(),
        };
        let hook = settings.telegram.webhook.as_ref().map(url::Url::path);
        settings.weixin.check_paths(hook, &mut reader);
        if let Some(wecom) = &settings.wecom {
            let others = settings.weixin.accounts.iter();
            let taken = others.map(|account| account.path.as_str()).chain(hook);
            wecom.check_path(taken, &mut reader);
        }
        reader.finish(settings)
    }
}

/// The names of all settings: those that the reader asks for.
fn known_names() -> Vec<String> {
    let asked = RefCell::new(Vec::<String>::new());
    let read = Settings::from_lookup(&SettingFlags::default(), |name| {
        let mut asked = asked.borrow_mut();
        if !asked.iter().any(|known| known == name) {
            asked.push(name.to_owned());
        }
        Ok(None)
    });
    debug_assert!(read.is_ok(), "the defaults are no settings: {read:?}");
    asked.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(pairs: &[(&str, &str)]) -> Result<Settings, BadSettings> {
        Settings::from_lookup(&SettingFlags::default(), |name| {
            let set = pairs.iter().rfind(|(set, _)| *set == name);
            Ok(set.map(|(_, value)| (*value).to_owned()))
        })
    }

    #[test]
    fn defaults_serve_on_loopback_with_a_local_file() {
        let settings = load(&[("WENLU_ROOT", " ")]).unwrap();
        assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(settings.store.database.reveal(), "sqlite://wenlu.db");
        assert_eq!(settings.knowledge.root, None);
    }

    #[test]
    fn what_the_example_file_says_can_be_set() {
        let example =
            std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/.env.example")).unwrap();
        let set = |line: &str| {
            line.strip_prefix('#')
                .filter(|l| l.starts_with(|c: char| c.is_ascii_uppercase()))
                .map(str::to_owned)
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(
            file.path(),
            example
                .lines()
                .map(|l| set(l).unwrap_or_default() + "\n")
                .collect::<String>(),
        )
        .unwrap();
        let values = env_file::read(file.path(), |_| true).unwrap();
        let settings = Settings::from_lookup(&SettingFlags::default(), |name| {
            // not beside WENLU_EMBEDDINGS_URL
            let value = values.value(name).filter(|_| name != "WENLU_EMBEDDINGS");
            Ok(value.map(str::to_owned))
        });
        let settings = settings.unwrap();
        assert!(
            settings.handover.service_hours.is_some() && settings.telegram.token.is_some(),
            "{settings:?}"
        );
        let (mut known, mut shown) = (
            known_names(),
            values
                .0
                .iter()
                .map(|line| line.name.clone())
                .collect::<Vec<_>>(),
        );
        known.sort();
        shown.sort();
        assert_eq!(known, shown);
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
            ("WENLU_JOURNAL_MAX", "4G"),
            ("WENLU_RATE_PER_MINUTE", "-1"),
            ("WENLU_RATE_BURST", "0"),
            ("WENLU_REPLICAS", "0"),
            ("WENLU_TRUSTED_PROXIES", "11"),
            ("WENLU_BODY_LIMIT", "1"),
            ("WENLU_CONNECTIONS", "0"),
            ("WENLU_IDLE_TIMEOUT", "0s"),
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
            ("WENLU_ADMIN_LISTEN", "8081"),
            ("WENLU_PUBLIC_URL", "bot.example.org"),
            ("WENLU_GIT", "yes"),
            ("TELOXIDE_TOKEN", "123456:hunter2"),
            ("HTTPS_PROXY", "socks6://hunter2@127.0.0.1:1080"),
            ("TELEGRAM_API_URL", "https://user:hunter2@api.example.com"),
            ("WENLU_TELEGRAM_WEBHOOK", "http://bot.example.com/"),
            ("WENLU_TELEGRAM_SECRET", "hunter2!"),
            ("WENLU_TELEGRAM_MAX_CONNECTIONS", "101"),
            ("WENLU_TELEGRAM_SPEED", "0"),
            ("WENLU_TELEGRAM_GROUP", "1001234567890"),
        ];
        insta::assert_snapshot!(load(&pairs).unwrap_err(), @r#"
        设置有误 / these settings cannot be used:
          WENLU_LANG: zh or en
          WENLU_LOG: a filter, such as info, warn or wenlu=debug
          WENLU_LOG_FORMAT: text or json
          DATABASE_URL: sqlite://FILE, such as sqlite://wenlu.db, or postgres://USER:PASSWORD@HOST/DATABASE
          WENLU_CONVERSATION_EXPIRY: a number with s, m, h or d, such as 30m, from 1m to 30d
          WENLU_RETENTION: a number with d or h, such as 90d, from 1d to 3650d; or off, to keep everything
          WENLU_JOURNAL_MAX: a size with MB, GB or TB, such as 4GB, from 1MB; or off, for no limit
          WENLU_LEASE: a number with ms or s, such as 5s, from 200ms to 60s
          WENLU_LISTEN: an address and a port, such as 127.0.0.1:8080, 0.0.0.0:80 or [::1]:8080
          WENLU_PUBLIC_URL: an http or https address without a path, such as https://bot.example.org
          WENLU_RATE_PER_MINUTE: a whole number; 0 sets no limit
          WENLU_RATE_BURST: a whole number from 1 to 1000000
          WENLU_REPLICAS: a whole number from 1 to 1000
          WENLU_TRUSTED_PROXIES: a whole number from 0 to 10
          WENLU_BODY_LIMIT: bytes, from 1024 to 1048576
          WENLU_CONNECTIONS: a whole number from 1 to 1000000
          WENLU_IDLE_TIMEOUT: a number with s, m, h or d, such as 10s, from 1s to 1h
          WENLU_SHUTDOWN_GRACE: a number with s, m, h or d, such as 10s, from 0s to 5m
          WENLU_THRESHOLD: a number from 0 to 1, such as 0.62
          WENLU_RELOAD: on or off
          WENLU_GIT: on or off
          WENLU_TIMEZONE: the IANA name of a time zone, such as Asia/Shanghai
          WENLU_SERVICE_HOURS: days and times, such as Mon-Fri 09:00-12:00, 13:30-18:00; Sat 10:00-16:00
          WENLU_HANDOVER_SILENCE: a number with s, m, h or d, such as 30m, from 1m to 7d
          WENLU_ADMIN: off, loopback or public
          WENLU_ADMIN_LISTEN: an address and a port, such as 127.0.0.1:8080, 0.0.0.0:80 or [::1]:8080
          TELEGRAM_API_URL: an http or https address without a user, such as https://api.telegram.org
          TELOXIDE_TOKEN: a bot's token, as the BotFather gives it: digits, a colon, 35 letters, digits, _ or -
          HTTPS_PROXY: a proxy, such as http://127.0.0.1:7890, or socks5h://USER:PASSWORD@HOST:1080 (http, https, socks5 or socks5h)
          WENLU_TELEGRAM_WEBHOOK: a public https address without a user, such as https://bot.example.com/telegram
          WENLU_TELEGRAM_SECRET: 1 to 256 letters, digits, _ or -
          WENLU_TELEGRAM_MAX_CONNECTIONS: a whole number from 1 to 100
          WENLU_TELEGRAM_SPEED: a whole number from 1 to 100
          WENLU_TELEGRAM_GROUP: the chat id of a group: a negative number, such as -1001234567890
        "#);
    }
}
