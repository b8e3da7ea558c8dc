//! Recovery after a killed process. In: the root of the data files. Out: the change that it was
//! making, applied in full or rolled back; manual edits made since are never lost. Must not know:
//! who asked for the change.
//!
//! A file that still has the text from before the change is written; one that has the change's text
//! stays. A file with any other text was edited by hand and stays as it is: then the other files
//! are rolled back, so that the change is not applied in part, and its note is set aside for
//! people. The draft stays a draft and can be rebased onto the files. The edited file may hold both
//! the change's text and later additions.

use super::apply_error::{ApplyError, FileConflict};
use super::beside;
use super::change::FileChange;
use super::conflicts::{changed_by_hand, may_touch};
use super::disk::{self, ReplaceOutcome};
use super::note::{self, ChangeNote, NotePurpose};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use wenlu_core::model::Lang;

/// A change that was found half applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecoveredChange {
    /// Its draft, if the note names one.
    pub draft: Option<i64>,
    pub paths: Vec<String>,
    pub ending: RecoveryOutcome,
}

/// How the recovery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecoveryOutcome {
    /// The change is applied in full.
    Applied,
    /// The change is rolled back; it had failed before the process ended.
    RolledBack,
    /// These files were edited by hand, so the change was rolled back; its note is now at `note`.
    Conflict {
        conflicts: Vec<FileConflict>,
        note: PathBuf,
    },
    /// The note is truncated, so no file had been changed yet. It is now at `note`.
    Broken { note: PathBuf },
}

/// Finishes a change that was interrupted, and logs it; `None` if there is none.
pub fn recover(root: &Path) -> Result<Option<RecoveredChange>, ApplyError> {
    if !note::is_there(root) && waiting(root, &[]).is_empty() {
        return Ok(None);
    }
    let _alone = disk::lock(root)?;
    finish_interrupted(root)
}

/// As [`recover`]; the caller holds the lock.
pub(super) fn finish_interrupted(root: &Path) -> Result<Option<RecoveredChange>, ApplyError> {
    let mut last = None;
    for purpose in [NotePurpose::RollBack, NotePurpose::Apply] {
        let Some(found) = ChangeNote::read(root, purpose)? else {
            continue;
        };
        let recovered = match found {
            Some(change) => RecoveredChange {
                ending: end(root, purpose, &change)?,
                draft: change.draft,
                paths: change.files.into_iter().map(|file| file.path).collect(),
            },
            None => {
                let ending = RecoveryOutcome::Broken {
                    note: note::set_aside(root, purpose)?,
                };
                RecoveredChange {
                    ending,
                    draft: None,
                    paths: Vec::new(),
                }
            }
        };
        recovered.log();
        last = Some(recovered);
    }
    clear_leftovers(root, &[])?;
    Ok(last)
}

fn end(
    root: &Path,
    purpose: NotePurpose,
    change: &ChangeNote,
) -> Result<RecoveryOutcome, ApplyError> {
    clear_leftovers(root, &change.files)?;
    if purpose == NotePurpose::Apply {
        let all_made = changed_by_hand(root, &change.files)?.is_empty()
            && apply_files(root, &change.files)?.is_empty();
        if all_made {
            disk::remove(&purpose.path(root))?;
            return Ok(RecoveryOutcome::Applied);
        }
        disk::set_name(
            &NotePurpose::Apply.path(root),
            &NotePurpose::RollBack.path(root),
        )?;
    }
    let conflicts = roll_back_files(root, &change.files)?;
    if conflicts.is_empty() && purpose == NotePurpose::RollBack {
        disk::remove(&NotePurpose::RollBack.path(root))?;
        return Ok(RecoveryOutcome::RolledBack);
    }
    Ok(RecoveryOutcome::Conflict {
        conflicts,
        note: note::set_aside(root, NotePurpose::RollBack)?,
    })
}

/// Writes the files that are not written yet; returns those with another text.
pub(super) fn apply_files(
    root: &Path,
    files: &[FileChange],
) -> Result<Vec<FileConflict>, ApplyError> {
    replace_files(root, files, |file| {
        (file.before.as_deref(), file.after.as_deref())
    })
}

/// Restores the files that were written; returns those with another text.
pub(super) fn roll_back_files(
    root: &Path,
    files: &[FileChange],
) -> Result<Vec<FileConflict>, ApplyError> {
    replace_files(root, files, |file| {
        (file.after.as_deref(), file.before.as_deref())
    })
}

/// Replaces each file's text by the other one; returns the files with a third text, which are not
/// changed. After an error the remaining files are still tried.
fn replace_files<'a>(
    root: &Path,
    files: &'a [FileChange],
    way: impl Fn(&'a FileChange) -> (Option<&'a str>, Option<&'a str>),
) -> Result<Vec<FileConflict>, ApplyError> {
    let (mut conflicts, mut failed) = (Vec::new(), None);
    for file in files {
        let (from, to) = way(file);
        let turned = || -> Result<ReplaceOutcome, ApplyError> {
            if !may_touch(&file.path) {
                return Ok(ReplaceOutcome::default());
            }
            let place = disk::resolve_path(root, &file.path)?;
            let is_there = disk::bytes(&place)?.as_deref() == to.map(str::as_bytes);
            if is_there {
                Ok(ReplaceOutcome {
                    is_done: true,
                    kept: None,
                })
            } else {
                disk::replace(&place, from, to)
            }
        };
        match turned() {
            Ok(ReplaceOutcome { is_done: true, .. }) => {}
            Ok(ReplaceOutcome { kept, .. }) => conflicts.push(FileConflict {
                kept,
                ..FileConflict::of(root, file)
            }),
            Err(error) if error.is_in_the_way() => conflicts.push(FileConflict::of(root, file)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(conflicts), Err)
}

/// Removes temporary files left by a killed process, if nothing is lost by it: their text is one of
/// the change's own, or equals the file's. A text that a person saved at that moment is put back.
/// What could be either, such as the first half of a text, is kept under another name.
fn clear_leftovers(root: &Path, files: &[FileChange]) -> Result<(), ApplyError> {
    for LeftoverText { beside, path } in waiting(root, files) {
        let Some(text) = disk::bytes(&beside)? else {
            continue;
        };
        let stands = disk::bytes(&path)?;
        let own = files
            .iter()
            .find(|file| disk::resolve_path(root, &file.path).is_ok_and(|place| place == path));
        let known: Vec<Option<&[u8]>> = own.map_or_else(Vec::new, |file| {
            [&file.before, &file.after]
                .map(|text| text.as_deref().map(str::as_bytes))
                .to_vec()
        });
        let is_note = path
            .file_name()
            .is_some_and(|name| name.to_string_lossy().starts_with(".wenlu-"));
        let is_known = known.contains(&Some(&text)) || stands.as_ref() == Some(&text);
        if is_note || is_known || text.is_empty() {
            disk::remove(&beside)?;
            continue;
        }
        // the text was swapped out by one of ours and not checked yet; or it is ours, written in
        // part
        let is_out = known.contains(&stands.as_deref());
        let may_be_ours = known.iter().flatten().any(|whole| whole.starts_with(&text));
        if is_out && !may_be_ours {
            disk::set_name(&beside, &path)?;
        } else {
            beside::keep_aside(&beside).map_err(disk::failed(&beside))?;
        }
    }
    Ok(())
}

/// The texts of people that could not be put back and have not been removed yet, by their path
/// below the root.
pub fn all_kept(root: &Path) -> Vec<PathBuf> {
    let kept = folders(root, &[])
        .into_iter()
        .flat_map(|folder| beside::kept_in(&folder));
    let top = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    kept.map(|path| {
        path.strip_prefix(&top)
            .map_or_else(|_| path.clone(), Path::to_owned)
    })
    .collect()
}

/// A temporary file, and the file it belongs to.
struct LeftoverText {
    beside: PathBuf,
    path: PathBuf,
}

/// The temporary files in the folders of the data files, and in those that links of `files` lead
/// to.
fn waiting(root: &Path, files: &[FileChange]) -> Vec<LeftoverText> {
    let folders = folders(root, files);
    let listed = folders
        .iter()
        .flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    let waiting = listed.filter_map(|item| {
        let (beside, name) = (item.path(), item.file_name());
        let path = beside.with_file_name(beside::belongs_to(name.to_str()?)?);
        Some(LeftoverText { beside, path })
    });
    waiting.collect()
}

fn folders(root: &Path, files: &[FileChange]) -> BTreeSet<PathBuf> {
    let replies = Lang::ALL.map(|lang| root.join("content").join(lang.tag()));
    let mut folders: BTreeSet<PathBuf> = replies
        .into_iter()
        .chain([root.join(disk::NOTES_FOLDER)])
        .collect();
    let places = files
        .iter()
        .filter_map(|file| disk::resolve_path(root, &file.path).ok());
    folders.extend(places.filter_map(|place| place.parent().map(Path::to_owned)));
    folders
        .into_iter()
        .filter_map(|folder| fs::canonicalize(folder).ok())
        .collect()
}

impl RecoveredChange {
    /// Logs ids and paths only, never texts.
    fn log(&self) {
        let (draft, files) = (self.draft, self.paths.join(", "));
        match &self.ending {
            RecoveryOutcome::Applied => {
                tracing::warn!(
                    draft,
                    files,
                    "a publication was cut short; it is made whole now, publish its draft to record it"
                );
            }
            RecoveryOutcome::RolledBack => {
                tracing::warn!(
                    draft,
                    files,
                    "a publication had failed; what was written of it is taken back now"
                );
            }
            RecoveryOutcome::Conflict { conflicts, note } => {
                let changed: Vec<&str> = conflicts
                    .iter()
                    .map(|conflict| conflict.path.as_str())
                    .collect();
                let (changed, note) = (changed.join(", "), note.display());
                tracing::error!(draft, files, changed, %note, "a publication was cut short, and a file of it was changed by hand \
                     since: that stays, the rest is taken back, and its texts are kept in the note");
            }
            RecoveryOutcome::Broken { note } => {
                tracing::error!(note = %note.display(), "the note of a publication is not whole; nothing was changed by it");
            }
        }
    }
}
