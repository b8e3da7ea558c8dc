//! What the command line sets. In: nothing. Out: plain values that the parts read. Must not know: the command line.

use std::path::PathBuf;

/// Settings from the command line. One that is set wins over the environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingFlags {
    /// `--root`.
    pub root: Option<PathBuf>,
    /// `--log`.
    pub log: Option<String>,
}
