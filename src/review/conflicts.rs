//! Compares the data files with a change. In: the root of the data files and a change. Out: whether it is applied, and which
//! files differ from what it was made from. Writes nothing.

use super::apply_error::{ApplyError, FileConflict};
use super::change::{ChangeSet, FileChange, diff};
use super::disk;
use std::path::Path;
use wenlu_core::knowledge::files::FileRole;

/// Whether a change may touch this file. The bot's own sentences are included because their hot
/// topics may name an intent that is renamed.
pub(super) fn may_touch(path: &str) -> bool {
    matches!(
        FileRole::of(path),
        FileRole::Intent(_)
            | FileRole::OutOfScope
            | FileRole::Calibration
            | FileRole::Reply(..)
            | FileRole::Bot(_)
            | FileRole::CannedReplies(_)
            | FileRole::Brand
            | FileRole::Logo
    )
}

/// Whether all files read as `change` says.
pub fn is_applied(root: &Path, change: &ChangeSet) -> Result<bool, ApplyError> {
    Ok(differing(root, &change.files, |file, now| {
        now == file.after.as_deref().map(str::as_bytes)
    })?
    .is_empty())
}

/// The files that differ from what `change` was made from. None if all of them read as it says:
/// then it was applied and only not recorded.
pub fn conflicts(root: &Path, change: &ChangeSet) -> Result<Vec<FileConflict>, ApplyError> {
    if is_applied(root, change)? {
        return Ok(Vec::new());
    }
    differing(root, &change.files, |file, now| {
        now == file.before.as_deref().map(str::as_bytes)
    })
}

/// The files that are neither what the change was made from nor what it makes of them.
pub(super) fn changed_by_hand(
    root: &Path,
    files: &[FileChange],
) -> Result<Vec<FileConflict>, ApplyError> {
    differing(root, files, |file, now| {
        [&file.before, &file.after]
            .into_iter()
            .any(|text| now == text.as_deref().map(str::as_bytes))
    })
}

fn differing(
    root: &Path,
    files: &[FileChange],
    is_right: impl Fn(&FileChange, Option<&[u8]>) -> bool,
) -> Result<Vec<FileConflict>, ApplyError> {
    let mut conflicts = Vec::new();
    for file in files {
        let is_right = match disk::bytes(&root.join(&file.path)) {
            Ok(now) => is_right(file, now.as_deref()),
            Err(error) if error.is_in_the_way() => false,
            Err(error) => return Err(error),
        };
        if !is_right {
            conflicts.push(FileConflict::of(root, file));
        }
    }
    Ok(conflicts)
}

impl FileConflict {
    /// The conflict of a file, with a diff of its edits since the change was made.
    pub(super) fn of(root: &Path, file: &FileChange) -> FileConflict {
        let now = disk::bytes(&root.join(&file.path)).ok().flatten();
        let now = now.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        FileConflict {
            path: file.path.clone(),
            diff: diff(&file.path, file.before.as_deref(), now.as_deref()),
            kept: None,
        }
    }
}
