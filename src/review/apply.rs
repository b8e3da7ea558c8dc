//! Applies a change to the data files. In: the root of the data files and a [`ChangeSet`]. Out: the
//! files as the change says, all of them or none; or what prevents it. Together with [`recover`]
//! the only code that writes data files; servers reload the new ones by themselves.
//!
//! A file must read as it did when the change was made. A second reviewer's change therefore cannot
//! overwrite the first one's: it is refused, with a diff of what happened in between. New texts are
//! written beside the old ones, flushed, and swapped in; on failure the change is rolled back. A
//! process killed half way leaves a note, from which [`recover`] finishes the change at the next
//! start, reload or change.

use super::change::{Change, FileChange};
use super::disk;
use super::note::{ChangeNote, Purpose};
use super::recover::{finish, make, take_back};
use crate::knowledge::files::Role;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

pub use super::recover::recover;

/// Why a change was not applied.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("{} changed since", .0.iter().map(Conflict::told).collect::<Vec<_>>().join(", "))]
    Conflict(Vec<Conflict>),
    #[error("{0} is no data file that a change may touch")]
    Path(String),
    #[error("{0} is a link that leads out of the folder of the data files; nothing is written there")]
    Outside(String),
    #[error("cannot read or write {path}")]
    Io { path: PathBuf, source: io::Error },
    /// Neither applied nor rolled back; the note says what is left to do.
    #[error("a change failed and could not be taken back yet; that is tried again before anything else is changed")]
    HalfMade(#[source] Box<ApplyError>),
}

/// A file that differs from the one that the change was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
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

impl Conflict {
    /// The path, and where a text that could not be put back is kept.
    pub fn told(&self) -> String {
        let kept =
            self.kept.as_ref().map_or_else(String::new, |kept| format!(" (a text is kept in {})", kept.display()));
        format!("{}{kept}", self.path)
    }
}

/// Applies `change` to the files under `root`.
pub fn apply(root: &Path, change: &Change) -> Result<(), ApplyError> {
    apply_draft(root, change, None)
}

/// As [`apply`]; the note names the draft `draft`. If the files already read as the change says,
/// because a process was killed after writing them and before recording it, nothing is written.
pub fn apply_draft(root: &Path, change: &Change, draft: Option<i64>) -> Result<(), ApplyError> {
    if let Some(file) = change.files.iter().find(|file| !may_touch(&file.path)) {
        return Err(ApplyError::Path(file.path.clone()));
    }
    let _alone = disk::lock(root)?;
    finish(root)?;
    if stands(root, change)? {
        return Ok(());
    }
    for file in &change.files {
        disk::place(root, &file.path)?;
    }
    let conflicts = conflicts(root, change)?;
    if !conflicts.is_empty() {
        return Err(ApplyError::Conflict(conflicts));
    }
    ChangeNote::of(change, draft).write(root)?;
    let failed = match make(root, &change.files) {
        Ok(conflicts) if conflicts.is_empty() => return disk::remove(&Purpose::Make.path(root)),
        Ok(conflicts) => ApplyError::Conflict(conflicts),
        Err(error) => error,
    };
    undo(root, &change.files).map_err(|error| ApplyError::HalfMade(Box::new(error)))?;
    Err(failed)
}

/// Rolls back what was written of a change. After the first step, whoever finds the note rolls back
/// too and does not apply it.
fn undo(root: &Path, files: &[FileChange]) -> Result<(), ApplyError> {
    disk::set_name(&Purpose::Make.path(root), &Purpose::TakeBack.path(root))?;
    // files that somebody edited meanwhile are reported as conflicts of the change
    take_back(root, files)?;
    disk::remove(&Purpose::TakeBack.path(root))
}

/// Whether a change may touch this file. The bot's own sentences are included because their hot
/// topics may name an intent that is renamed.
pub(super) fn may_touch(path: &str) -> bool {
    matches!(Role::of(path), Role::Intent(_) | Role::OutOfScope | Role::Calibration | Role::Reply(..) | Role::Bot(_))
}

/// Whether all files read as `change` says.
pub fn stands(root: &Path, change: &Change) -> Result<bool, ApplyError> {
    Ok(differing(root, &change.files, |file, now| now == file.after.as_deref().map(str::as_bytes))?.is_empty())
}

/// The files that differ from what `change` was made from. None if all of them read as it says:
/// then it was applied and only not recorded.
pub fn conflicts(root: &Path, change: &Change) -> Result<Vec<Conflict>, ApplyError> {
    if stands(root, change)? {
        return Ok(Vec::new());
    }
    differing(root, &change.files, |file, now| now == file.before.as_deref().map(str::as_bytes))
}

/// The files that are neither what the change was made from nor what it makes of them.
pub(super) fn unknown(root: &Path, files: &[FileChange]) -> Result<Vec<Conflict>, ApplyError> {
    differing(root, files, |file, now| {
        [&file.before, &file.after].into_iter().any(|text| now == text.as_deref().map(str::as_bytes))
    })
}

fn differing(
    root: &Path,
    files: &[FileChange],
    is_right: impl Fn(&FileChange, Option<&[u8]>) -> bool,
) -> Result<Vec<Conflict>, ApplyError> {
    let mut conflicts = Vec::new();
    for file in files {
        let is_right = match disk::bytes(&root.join(&file.path)) {
            Ok(now) => is_right(file, now.as_deref()),
            Err(error) if error.is_in_the_way() => false,
            Err(error) => return Err(error),
        };
        if !is_right {
            conflicts.push(Conflict::of(root, file));
        }
    }
    Ok(conflicts)
}
