//! Making a change. In: the root of the data files and a [`Change`]. Out: the files as the change says, all of them or none,
//! or what is in the way. With [`recover`] the one place that writes data files; whoever serves them takes the new ones up by
//! itself.
//!
//! A file must read as it did when the change was made: a second reviewer's change does not undo the first one's, it is
//! refused and shown what happened in between. New texts are written beside the old ones, flushed, and put in their place;
//! where that fails half way, the old ones come back. A process that is killed half way leaves a note beside the files, and
//! [`recover`] comes to an end with it, at the next start, reload or change.

use super::change::{Change, FileChange};
use super::disk;
use super::note::{ChangeNote, Purpose};
use super::recover::{finish, make, take_back};
use crate::knowledge::files::Role;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

pub use super::recover::recover;

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("{} changed since", .0.iter().map(|c| c.path.as_str()).collect::<Vec<_>>().join(", "))]
    Conflict(Vec<Conflict>),
    #[error("{0} is no data file that a change may touch")]
    Path(String),
    #[error("{0} is a link that leads out of the folder of the data files; nothing is written there")]
    Outside(String),
    #[error("cannot read or write {path}")]
    Io { path: PathBuf, source: io::Error },
    /// Neither made nor taken back: the note says what is left to do.
    #[error("a change failed and could not be taken back yet; that is tried again before anything else is changed")]
    HalfMade(#[source] Box<ApplyError>),
}

/// A file that is not what the change was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub path: String,
    /// What happened to it in between, as a unified diff.
    pub diff: String,
}

impl ApplyError {
    /// Whether it is about what stands in the place of a data file, and not about the disk: to try again changes nothing.
    pub(super) fn is_in_the_way(&self) -> bool {
        match self {
            ApplyError::Io { source, .. } => source.kind() == ErrorKind::IsADirectory,
            other => matches!(other, ApplyError::Outside(_) | ApplyError::Path(_)),
        }
    }
}

/// Makes `change` in the files under `root`.
pub fn apply(root: &Path, change: &Change) -> Result<(), ApplyError> {
    apply_draft(root, change, None)
}

/// As [`apply`], for the draft of that number: where the process is killed, its note names it. What was written already,
/// before a process was killed that could not record it any more, is not written again.
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

/// What was written of a change that cannot be made goes. From the first step on, nobody makes it who finds its note.
fn undo(root: &Path, files: &[FileChange]) -> Result<(), ApplyError> {
    disk::set_name(&Purpose::Make.path(root), &Purpose::TakeBack.path(root))?;
    // what somebody changed meanwhile is a conflict of the change, which is reported
    take_back(root, files)?;
    disk::remove(&Purpose::TakeBack.path(root))
}

/// The files that a change may be about; the bot's own sentences, since an intent that gets another name may stand among
/// their hot topics.
pub(super) fn may_touch(path: &str) -> bool {
    matches!(Role::of(path), Role::Intent(_) | Role::OutOfScope | Role::Calibration | Role::Reply(..) | Role::Bot(_))
}

/// Whether all files read as `change` wants them.
pub fn stands(root: &Path, change: &Change) -> Result<bool, ApplyError> {
    Ok(differing(root, &change.files, |file, now| now == file.after.as_deref().map(str::as_bytes))?.is_empty())
}

/// The files that are not what `change` was made from; none where all of them are what it wants: it was made, and only not
/// recorded.
pub fn conflicts(root: &Path, change: &Change) -> Result<Vec<Conflict>, ApplyError> {
    if stands(root, change)? {
        return Ok(Vec::new());
    }
    differing(root, &change.files, |file, now| now == file.before.as_deref().map(str::as_bytes))
}

/// The files that are neither what a change was made from nor what it wants.
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
