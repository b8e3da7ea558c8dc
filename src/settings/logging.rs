//! The settings of the log. In: the settings reader, and the flags. Out: [`LogSettings`]. Must not
//! know: what is logged.

use super::flags::SettingFlags;
use super::reader::SettingsReader;
use tracing_subscriber::EnvFilter;

/// What is logged, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogSettings {
    /// `WENLU_LOG`, `--log`: a filter such as `info` or `wenlu=debug`.
    pub filter: String,
    /// `WENLU_LOG_FORMAT`.
    pub format: LogFormat,
}

/// The format of log lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    #[default]
    Text,
    Json,
}

const FILTER: &str = "warn,wenlu=info";
const FILTER_HELP: &str = "a filter, such as info, warn or wenlu=debug";

impl LogSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>, flags: &SettingFlags) -> Self {
        let set = reader.get("WENLU_LOG", FILTER_HELP, filter);
        if flags
            .log
            .as_deref()
            .is_some_and(|text| filter(text).is_none())
        {
            reader.reject("--log", FILTER_HELP);
        }
        LogSettings {
            filter: flags.log.clone().or(set).unwrap_or_else(|| FILTER.into()),
            format: reader
                .get("WENLU_LOG_FORMAT", "text or json", LogFormat::parse)
                .unwrap_or_default(),
        }
    }
}

fn filter(text: &str) -> Option<String> {
    EnvFilter::builder()
        .parse(text)
        .is_ok()
        .then(|| text.to_owned())
}

impl LogFormat {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        }
    }
}
