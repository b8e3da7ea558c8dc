//! Pictures and files in conversations. In: the settings reader. Out: [`UploadSettings`]. Must not
//! know: what is done with a file.

use super::reader::SettingsReader;
use super::store::byte_count;

/// Whether pictures and files may be sent, and how much of them is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadSettings {
    /// `WENLU_UPLOADS`.
    pub policy: UploadSetting,
    /// `WENLU_UPLOADS_TOTAL`: bytes of all files together.
    pub total: u64,
}

/// When pictures and files may be sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UploadSetting {
    #[default]
    Off,
    /// While a colleague is expected or takes part.
    WithPerson,
    On,
}

const UPLOADS_HELP: &str = "off, people (while a person is expected or takes part) or on";
const TOTAL_HELP: &str = "a number with MB, GB or TB, such as 2GB, from 1MB";
const TOTAL: u64 = 2 << 30;

impl UploadSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        UploadSettings {
            policy: reader
                .get("WENLU_UPLOADS", UPLOADS_HELP, UploadSetting::parse)
                .unwrap_or_default(),
            total: reader
                .get("WENLU_UPLOADS_TOTAL", TOTAL_HELP, byte_count)
                .unwrap_or(TOTAL),
        }
    }
}

impl UploadSetting {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(UploadSetting::Off),
            "people" => Some(UploadSetting::WithPerson),
            "on" => Some(UploadSetting::On),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::reader::read_pairs;
    use super::*;

    #[test]
    fn files_are_sent_only_where_somebody_wants_it() {
        let read = |pairs: &[(&str, &str)]| read_pairs(pairs, UploadSettings::read);
        let unset = read(&[]).unwrap();
        assert_eq!((unset.policy, unset.total), (UploadSetting::Off, 2 << 30));
        let set = read(&[
            ("WENLU_UPLOADS", "people"),
            ("WENLU_UPLOADS_TOTAL", "500MB"),
        ])
        .unwrap();
        assert_eq!(
            (set.policy, set.total),
            (UploadSetting::WithPerson, 500 << 20)
        );
        assert!(read(&[("WENLU_UPLOADS", "yes")]).is_err());
        assert!(read(&[("WENLU_UPLOADS_TOTAL", "0MB")]).is_err());
    }
}
