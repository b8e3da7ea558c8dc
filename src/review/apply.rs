//! Applies a change to the data files. In: the root of the data files and a [`ChangeSet`]. Out: the
//! files as the change says, all of them or none; or what prevents it. Together with [`recover`]
//! the only code that writes data files; servers reload the new ones by themselves.
//!
//! A file must read as it did when the change was made. A second reviewer's change therefore cannot
//! overwrite the first one's: it is refused, with a diff of what happened in between. New texts are
//! written beside the old ones, flushed, and swapped in; on failure the change is rolled back. A
//! process killed half way leaves a note, from which [`recover`] finishes the change at the next
//! start, reload or change.

use super::change::{ChangeSet, FileChange};
use super::conflicts::may_touch;
use super::disk;
use super::note::{ChangeNote, NotePurpose};
use super::recover::{apply_files, finish_interrupted, roll_back_files};
use std::path::Path;

pub use super::apply_error::{ApplyError, FileConflict};
pub use super::conflicts::{conflicts, is_applied};
pub use super::recover::recover;

/// Applies `change` to the files under `root`.
pub fn apply(root: &Path, change: &ChangeSet) -> Result<(), ApplyError> {
    apply_draft(root, change, None)
}

/// As [`apply`]; the note names the draft `draft`. If the files already read as the change says,
/// because a process was killed after writing them and before recording it, nothing is written.
pub fn apply_draft(root: &Path, change: &ChangeSet, draft: Option<i64>) -> Result<(), ApplyError> {
    if let Some(file) = change.files.iter().find(|file| !may_touch(&file.path)) {
        return Err(ApplyError::Path(file.path.clone()));
    }
    // the note would be written there
    disk::resolve_path(root, disk::NOTES_FOLDER)?;
    let _alone = disk::lock(root)?;
    finish_interrupted(root)?;
    if is_applied(root, change)? {
        return Ok(());
    }
    for file in &change.files {
        disk::resolve_path(root, &file.path)?;
    }
    let conflicts = conflicts(root, change)?;
    if !conflicts.is_empty() {
        return Err(ApplyError::Conflict(conflicts));
    }
    ChangeNote::of(change, draft).write(root)?;
    let failed = match apply_files(root, &change.files) {
        Ok(conflicts) if conflicts.is_empty() => {
            return disk::remove(&NotePurpose::Apply.path(root));
        }
        Ok(conflicts) => ApplyError::Conflict(conflicts),
        Err(error) => error,
    };
    undo(root, &change.files).map_err(|error| ApplyError::HalfMade(Box::new(error)))?;
    Err(failed)
}

/// Rolls back what was written of a change. After the first step, whoever finds the note rolls back
/// too and does not apply it.
fn undo(root: &Path, files: &[FileChange]) -> Result<(), ApplyError> {
    disk::set_name(
        &NotePurpose::Apply.path(root),
        &NotePurpose::RollBack.path(root),
    )?;
    // files that somebody edited meanwhile are reported as conflicts of the change
    roll_back_files(root, files)?;
    disk::remove(&NotePurpose::RollBack.path(root))
}
