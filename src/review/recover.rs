//! Recovery after a killed process. In: the root of the data files. Out: the change that it was
//! making, applied in full or rolled back; manual edits made since are never lost. Must not know:
//! who asked for the change.
//!
//! A file that still has the text from before the change is written; one that has the change's text
//! stays. A file with any other text was edited by hand and stays as it is: then the other files
//! are rolled back, so that the change is not applied in part, and its note is set aside for
//! people. The draft stays a draft and can be rebased onto the files. The edited file may hold both
//! the change's text and later additions.

use super::apply::{ApplyError, Conflict, may_touch, unknown};
use super::change::{FileChange, diff};
use super::disk::{self, Replaced};
use super::note::{self, ChangeNote, Purpose};
use crate::message::Lang;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// A change that was found half applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recovered {
    /// Its draft, if the note names one.
    pub draft: Option<i64>,
    pub paths: Vec<String>,
    pub ending: Ending,
}

/// How the recovery ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The change is applied in full.
    Made,
    /// The change is rolled back; it had failed before the process ended.
    TakenBack,
    /// These files were edited by hand, so the change was rolled back; its note is now at `note`.
    Conflict { conflicts: Vec<Conflict>, note: PathBuf },
    /// The note is truncated, so no file had been changed yet. It is now at `note`.
    Broken { note: PathBuf },
}

/// Finishes a change that was interrupted, and logs it; `None` if there is none.
pub fn recover(root: &Path) -> Result<Option<Recovered>, ApplyError> {
    if !note::is_there(root) && waiting(root, &[]).is_empty() {
        return Ok(None);
    }
    let _alone = disk::lock(root)?;
    finish(root)
}

/// As [`recover`]; the caller holds the lock.
pub(super) fn finish(root: &Path) -> Result<Option<Recovered>, ApplyError> {
    let mut last = None;
    for purpose in [Purpose::TakeBack, Purpose::Make] {
        let Some(found) = ChangeNote::read(root, purpose)? else { continue };
        let recovered = match found {
            Some(change) => Recovered {
                ending: end(root, purpose, &change)?,
                draft: change.draft,
                paths: change.files.into_iter().map(|file| file.path).collect(),
            },
            None => {
                let ending = Ending::Broken { note: note::set_aside(root, purpose)? };
                Recovered { ending, draft: None, paths: Vec::new() }
            }
        };
        recovered.log();
        last = Some(recovered);
    }
    sweep(root, &[])?;
    Ok(last)
}

fn end(root: &Path, purpose: Purpose, change: &ChangeNote) -> Result<Ending, ApplyError> {
    sweep(root, &change.files)?;
    if purpose == Purpose::Make {
        let all_made = unknown(root, &change.files)?.is_empty() && make(root, &change.files)?.is_empty();
        if all_made {
            disk::remove(&purpose.path(root))?;
            return Ok(Ending::Made);
        }
        disk::set_name(&Purpose::Make.path(root), &Purpose::TakeBack.path(root))?;
    }
    let conflicts = take_back(root, &change.files)?;
    if conflicts.is_empty() && purpose == Purpose::TakeBack {
        disk::remove(&Purpose::TakeBack.path(root))?;
        return Ok(Ending::TakenBack);
    }
    Ok(Ending::Conflict { conflicts, note: note::set_aside(root, Purpose::TakeBack)? })
}

/// Writes the files that are not written yet; returns those with another text.
pub(super) fn make(root: &Path, files: &[FileChange]) -> Result<Vec<Conflict>, ApplyError> {
    turn(root, files, |file| (file.before.as_deref(), file.after.as_deref()))
}

/// Restores the files that were written; returns those with another text.
pub(super) fn take_back(root: &Path, files: &[FileChange]) -> Result<Vec<Conflict>, ApplyError> {
    turn(root, files, |file| (file.after.as_deref(), file.before.as_deref()))
}

/// Replaces each file's text by the other one; returns the files with a third text, which are not
/// changed. After an error the remaining files are still tried.
fn turn<'a>(
    root: &Path,
    files: &'a [FileChange],
    way: impl Fn(&'a FileChange) -> (Option<&'a str>, Option<&'a str>),
) -> Result<Vec<Conflict>, ApplyError> {
    let (mut conflicts, mut failed) = (Vec::new(), None);
    for file in files {
        let (from, to) = way(file);
        let turned = || -> Result<Replaced, ApplyError> {
            if !may_touch(&file.path) {
                return Ok(Replaced::default());
            }
            let place = disk::place(root, &file.path)?;
            let is_there = disk::bytes(&place)?.as_deref() == to.map(str::as_bytes);
            if is_there { Ok(Replaced { is_done: true, kept: None }) } else { disk::replace(&place, from, to) }
        };
        match turned() {
            Ok(Replaced { is_done: true, .. }) => {}
            Ok(Replaced { kept, .. }) => conflicts.push(Conflict { kept, ..Conflict::of(root, file) }),
            Err(error) if error.is_in_the_way() => conflicts.push(Conflict::of(root, file)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    failed.map_or(Ok(conflicts), Err)
}

/// Removes temporary files left by a killed process, if nothing is lost by it: their text is one of
/// the change's own, or equals the file's. A text that a person saved at that moment is put back.
/// What could be either, such as the first half of a text, is kept under another name.
fn sweep(root: &Path, files: &[FileChange]) -> Result<(), ApplyError> {
    for TextBeside { beside, path } in waiting(root, files) {
        let Some(text) = disk::bytes(&beside)? else { continue };
        let stands = disk::bytes(&path)?;
        let own = files.iter().find(|file| disk::place(root, &file.path).is_ok_and(|place| place == path));
        let known: Vec<Option<&[u8]>> = own.map_or_else(Vec::new, |file| {
            [&file.before, &file.after].map(|text| text.as_deref().map(str::as_bytes)).to_vec()
        });
        let is_note = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(".wenlu-"));
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
            disk::keep_aside(&beside).map_err(disk::failed(&beside))?;
        }
    }
    Ok(())
}

/// The texts of people that could not be put back and have not been removed yet, by their path
/// below the root.
pub fn all_kept(root: &Path) -> Vec<PathBuf> {
    let kept = folders(root, &[]).into_iter().flat_map(|folder| disk::kept_in(&folder));
    let top = fs::canonicalize(root).unwrap_or_else(|_| root.to_owned());
    kept.map(|path| path.strip_prefix(&top).map_or_else(|_| path.clone(), Path::to_owned)).collect()
}

/// A temporary file, and the file it belongs to.
struct TextBeside {
    beside: PathBuf,
    path: PathBuf,
}

/// The temporary files in the folders of the data files, and in those that links of `files` lead
/// to.
fn waiting(root: &Path, files: &[FileChange]) -> Vec<TextBeside> {
    let folders = folders(root, files);
    let listed = folders.iter().flat_map(|folder| fs::read_dir(folder).into_iter().flatten().flatten());
    let waiting = listed.filter_map(|item| {
        let (beside, name) = (item.path(), item.file_name());
        let path = beside.with_file_name(disk::belongs_to(name.to_str()?)?);
        Some(TextBeside { beside, path })
    });
    waiting.collect()
}

fn folders(root: &Path, files: &[FileChange]) -> BTreeSet<PathBuf> {
    let replies = Lang::ALL.map(|lang| root.join("content").join(lang.tag()));
    let mut folders: BTreeSet<PathBuf> = replies.into_iter().chain([root.join(disk::NOTES)]).collect();
    let places = files.iter().filter_map(|file| disk::place(root, &file.path).ok());
    folders.extend(places.filter_map(|place| place.parent().map(Path::to_owned)));
    folders.into_iter().filter_map(|folder| fs::canonicalize(folder).ok()).collect()
}

impl Conflict {
    /// The conflict of a file, with a diff of its edits since the change was made.
    pub(super) fn of(root: &Path, file: &FileChange) -> Conflict {
        let now = disk::bytes(&root.join(&file.path)).ok().flatten();
        let now = now.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Conflict { path: file.path.clone(), diff: diff(&file.path, file.before.as_deref(), now.as_deref()), kept: None }
    }
}

impl Recovered {
    /// Logs ids and paths only, never texts.
    fn log(&self) {
        let (draft, files) = (self.draft, self.paths.join(", "));
        match &self.ending {
            Ending::Made => {
                tracing::warn!(
                    draft,
                    files,
                    "a publication was cut short; it is made whole now, publish its draft to record it"
                );
            }
            Ending::TakenBack => {
                tracing::warn!(draft, files, "a publication had failed; what was written of it is taken back now");
            }
            Ending::Conflict { conflicts, note } => {
                let changed: Vec<&str> = conflicts.iter().map(|conflict| conflict.path.as_str()).collect();
                let (changed, note) = (changed.join(", "), note.display());
                tracing::error!(draft, files, changed, %note, "a publication was cut short, and a file of it was changed by hand \
                     since: that stays, the rest is taken back, and its texts are kept in the note");
            }
            Ending::Broken { note } => {
                tracing::error!(note = %note.display(), "the note of a publication is not whole; nothing was changed by it");
            }
        }
    }
}
