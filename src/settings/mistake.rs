//! What is wrong with settings. In: names, and what is allowed. Out: errors that say both, and where
//! the value was set. Must not know: the values; a wrong one may still be a secret.

use std::fmt;

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

/// All values that cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("设置有误 / these settings cannot be used:{}", .0.iter().map(|bad| format!("\n  {bad}")).collect::<String>())]
pub struct BadSettings(pub Vec<BadSetting>);

/// A value that cannot be used. The value itself is left out.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{name}: {allowed}", .origin.map(|origin| format!("{origin}: ")).unwrap_or_default())]
pub struct BadSetting {
    pub name: String,
    pub allowed: String,
    /// Where the value was set, if that is known.
    pub origin: Option<SettingOrigin>,
}

impl BadSettings {
    /// The same, with where each value was set.
    pub(super) fn with_origins(mut self, origin: impl Fn(&str) -> Option<SettingOrigin>) -> Self {
        for bad in &mut self.0 {
            bad.origin = origin(&bad.name);
        }
        self
    }
}

impl BadSetting {
    pub(super) fn new(name: &str, allowed: &str) -> Self {
        BadSetting {
            name: name.into(),
            allowed: allowed.into(),
            origin: None,
        }
    }
}
