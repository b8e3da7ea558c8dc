//! The settings of the knowledge. In: the settings reader, and the flags. Out:
//! [`KnowledgeSettings`]. Must not know: the data files.

use super::flags::SettingFlags;
use super::mistake::SettingOrigin;
use super::reader::{SWITCH_HELP, SettingsReader, on_or_off};

use std::path::PathBuf;

/// Where the data files are, and how they are used.
#[derive(Clone, Debug, PartialEq)]
pub struct KnowledgeSettings {
    /// `WENLU_ROOT`, `--root`: the folder that holds `intents/` and `content/`.
    pub root: Option<PathBuf>,
    /// Where the root was set; `None` if by the flag, or not at all.
    pub root_origin: Option<SettingOrigin>,
    /// `WENLU_THRESHOLD`: the least confidence for an answer; `None`: the calibrated one.
    pub threshold: Option<f64>,
    /// `WENLU_MODEL_CACHE`: where trained models are kept.
    pub model_cache: ModelCacheSetting,
    /// `WENLU_RELOAD`: whether edited data files go live while the server runs.
    pub reload: bool,
    /// `WENLU_GIT`: whether every published change is committed in the data files' repository.
    pub git: bool,
}

/// Where trained models are kept between starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ModelCacheSetting {
    Off,
    /// Beside a SQLite database; nowhere with another one.
    BesideStore,
    Folder(PathBuf),
}

pub(super) const ROOT: &str = "WENLU_ROOT";
pub(super) const THRESHOLD: &str = "WENLU_THRESHOLD";
const MODEL_CACHE_HELP: &str = "a folder that this program may write, or off";
const THRESHOLD_HELP: &str = "a number from 0 to 1, such as 0.62";

impl KnowledgeSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>, flags: &SettingFlags) -> Self {
        let root = reader.get(ROOT, "", |text| Some(PathBuf::from(text)));
        KnowledgeSettings {
            root: flags.root.clone().or(root),
            root_origin: None,
            threshold: reader.get(THRESHOLD, THRESHOLD_HELP, share),
            model_cache: reader
                .get("WENLU_MODEL_CACHE", MODEL_CACHE_HELP, model_cache)
                .unwrap_or(ModelCacheSetting::BesideStore),
            reload: reader
                .get("WENLU_RELOAD", SWITCH_HELP, on_or_off)
                .unwrap_or(true),
            git: reader
                .get("WENLU_GIT", SWITCH_HELP, on_or_off)
                .unwrap_or(false),
        }
    }
}

fn model_cache(text: &str) -> Option<ModelCacheSetting> {
    Some(match text {
        "off" => ModelCacheSetting::Off,
        folder => ModelCacheSetting::Folder(folder.into()),
    })
}

/// A number from 0 to 1.
fn share(text: &str) -> Option<f64> {
    text.parse()
        .ok()
        .filter(|value| (0.0..=1.0).contains(value))
}

#[cfg(test)]
mod tests {
    use super::super::mistake::BadSettings;
    use super::super::reader::read_pairs;
    use super::*;

    fn read(
        pairs: &[(&str, &str)],
        flags: &SettingFlags,
    ) -> Result<KnowledgeSettings, BadSettings> {
        read_pairs(pairs, |reader| KnowledgeSettings::read(reader, flags))
    }

    #[test]
    fn a_flag_wins() {
        let flags = SettingFlags {
            root: Some("flag".into()),
            ..SettingFlags::default()
        };
        assert_eq!(
            read(&[("WENLU_ROOT", "variable")], &flags).unwrap().root,
            Some("flag".into())
        );
    }

    #[test]
    fn models_are_kept_beside_the_store_unless_a_folder_is_set() {
        let read = |text: &str| {
            read(&[("WENLU_MODEL_CACHE", text)], &SettingFlags::default())
                .map(|read| read.model_cache)
        };
        assert_eq!(read(""), Ok(ModelCacheSetting::BesideStore));
        assert_eq!(read("off"), Ok(ModelCacheSetting::Off));
        assert_eq!(read("/m"), Ok(ModelCacheSetting::Folder("/m".into())));
    }

    #[test]
    fn a_threshold_is_a_share() {
        let read = |text: &str| {
            read(&[("WENLU_THRESHOLD", text)], &SettingFlags::default()).map(|read| read.threshold)
        };
        assert_eq!(
            [read("0.62"), read("0"), read("1"), read("")],
            [Ok(Some(0.62)), Ok(Some(0.0)), Ok(Some(1.0)), Ok(None)]
        );
        assert!(
            ["-0.1", "1.01", "62%", "inf"]
                .iter()
                .all(|text| read(text).is_err())
        );
    }
}
