//! The settings of the operators' pages. In: the settings reader. Out: [`AdminSettings`]. Must not
//! know: the pages.

use super::reader::SettingsReader;

/// Who reaches the operators' pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminSettings {
    /// `WENLU_ADMIN`.
    pub access: AccessSetting,
}

/// Where the operators' pages can be reached from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccessSetting {
    /// Nowhere.
    Off,
    /// Only from this machine, and not through a proxy.
    #[default]
    Loopback,
    /// Wherever the chat page can be reached from.
    Public,
}

impl AdminSettings {
    pub(super) fn read(reader: &mut SettingsReader<'_>) -> Self {
        AdminSettings {
            access: reader
                .get(
                    "WENLU_ADMIN",
                    "off, loopback or public",
                    AccessSetting::parse,
                )
                .unwrap_or_default(),
        }
    }
}

impl AccessSetting {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "off" => Some(Self::Off),
            "loopback" => Some(Self::Loopback),
            "public" => Some(Self::Public),
            _ => None,
        }
    }
}
