//! Why a change of the data files was not applied. In: what failed. Out: typed errors with the files that are concerned.

use std::io::{self, ErrorKind};
use std::path::PathBuf;

/// Why a change was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("{} changed since", .0.iter().map(FileConflict::told).collect::<Vec<_>>().join(", "))]
    Conflict(Vec<FileConflict>),
    #[error("{0} is no data file that a change may touch")]
    Path(String),
    #[error(
        "{0} is a link that leads out of the folder of the data files; nothing is written there"
    )]
    Outside(String),
    #[error("cannot read or write {path}")]
    Io { path: PathBuf, source: io::Error },
    /// Neither applied nor rolled back; the note says what is left to do.
    #[error(
        "a change failed and could not be taken back yet; that is tried again before anything else is changed"
    )]
    HalfMade(#[source] Box<ApplyError>),
}

/// A file that differs from the one that the change was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileConflict {
    pub path: String,
    /// How it differs, as a unified diff.
    pub diff: String,
    /// The path of a text that somebody saved while the change was being applied, and that could
    /// not be put back.
    pub kept: Option<PathBuf>,
}

impl ApplyError {
    /// Whether the error concerns what is at the data file's path (a folder, a link, a foreign
    /// path) and not the disk; trying again does not help.
    pub(super) fn is_in_the_way(&self) -> bool {
        match self {
            ApplyError::Io { source, .. } => source.kind() == ErrorKind::IsADirectory,
            other => matches!(other, ApplyError::Outside(_) | ApplyError::Path(_)),
        }
    }
}

impl FileConflict {
    /// The path, and where a text that could not be put back is kept.
    pub fn told(&self) -> String {
        let kept = self.kept.as_ref().map_or_else(String::new, |kept| {
            format!(" (a text is kept in {})", kept.display())
        });
        format!("{}{kept}", self.path)
    }
}
