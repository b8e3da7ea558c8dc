//! Writes data files atomically. In: a path, the text expected there, and the text to write. Out:
//! the new text, on disk and in one step; or the report that somebody edited the file meanwhile.
//! Must not know: what a change is for.
//!
//! An editor may save at any moment, so checking first and writing then could lose what it saved in
//! between. Therefore the new text is swapped with the old one in a single system call, and the old
//! text is checked afterwards: if it is not the expected one, it is swapped back. On file systems
//! without such a swap the check is made just before.

use super::apply_error::ApplyError;
use super::beside::{keep_aside, remove_if_there, temporary_path, write_beside};
use super::disk_rename::{RenameMode, rename};
use crate::folder_flush;
use crate::folder_lock::open_to_lock;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// The folder of the notes, which is also the folder that is locked.
pub(super) const NOTES_FOLDER: &str = "intents";

/// Locks the data files, across processes too, until the returned file is dropped. The folder
/// itself is locked, so that no lock file is needed.
pub(super) fn lock(root: &Path) -> Result<File, ApplyError> {
    let folder = root.join(NOTES_FOLDER);
    let open = || -> io::Result<File> {
        fs::create_dir_all(&folder)?;
        let file = open_to_lock(&folder)?;
        file.lock()?;
        Ok(file)
    };
    open().map_err(failed(&folder))
}

/// Adds the path to an I/O error.
pub(super) fn failed(path: &Path) -> impl FnOnce(io::Error) -> ApplyError + '_ {
    move |source| ApplyError::Io {
        path: path.to_owned(),
        source,
    }
}

/// The content of the file; `None` if there is none.
pub(super) fn bytes(path: &Path) -> Result<Option<Vec<u8>>, ApplyError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        // a parent is no longer a folder, so there can be no file
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(failed(path)(source)),
    }
}

/// The real path of a data file, with all links resolved. It must be below the root: files that a
/// link places elsewhere are not changed.
pub(super) fn resolve_path(root: &Path, path: &str) -> Result<PathBuf, ApplyError> {
    let outside = || ApplyError::Outside(path.to_owned());
    let (top, named) = (
        fs::canonicalize(root).map_err(failed(root))?,
        root.join(path),
    );
    let place = match fs::canonicalize(&named) {
        Ok(place) => place,
        // a dangling link could lead anywhere
        Err(_) if named.is_symlink() => return Err(outside()),
        Err(_) => {
            let (folder, name) = named.parent().zip(named.file_name()).ok_or_else(outside)?;
            standing(folder).map_err(failed(&named))?.join(name)
        }
    };
    if place.starts_with(&top) {
        Ok(place)
    } else {
        Err(outside())
    }
}

/// Resolves the links of a folder; its last parts need not exist.
fn standing(folder: &Path) -> io::Result<PathBuf> {
    match (
        fs::canonicalize(folder),
        folder.parent().zip(folder.file_name()),
    ) {
        (Err(error), Some((parent, name)))
            if error.kind() == ErrorKind::NotFound && !folder.is_symlink() =>
        {
            Ok(standing(parent)?.join(name))
        }
        (found, _) => found,
    }
}

/// The result of replacing a file's text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ReplaceOutcome {
    /// False if another text was there; it still is.
    pub is_done: bool,
    /// The path of a text that somebody saved at that very moment and that could not be put back;
    /// it is kept for people.
    pub kept: Option<PathBuf>,
}

/// Replaces the text `expected` by `text`; `None` stands for no file.
pub(super) fn replace(
    path: &Path,
    expected: Option<&str>,
    text: Option<&str>,
) -> Result<ReplaceOutcome, ApplyError> {
    if bytes(path)?.as_deref() != expected.map(str::as_bytes) {
        return Ok(ReplaceOutcome::default());
    }
    let beside = temporary_path(path);
    let inner = || -> io::Result<ReplaceOutcome> {
        if let Some(text) = text {
            write_beside(path, &beside, text)?;
        }
        if !swap(path, &beside, expected.is_some(), text.is_some())? {
            // nothing was swapped out, so what is at the temporary path can only be the new text
            remove_if_there(&beside)?;
            return Ok(ReplaceOutcome::default());
        }
        let is_expected = match fs::read(&beside) {
            Ok(came_out) => expected.is_some_and(|expected| came_out == expected.as_bytes()),
            Err(error) => error.kind() == ErrorKind::NotFound,
        };
        let kept = if is_expected {
            remove_if_there(&beside)?;
            None
        } else {
            put_back(path, &beside, text)?
        };
        flush_folder(path)?;
        Ok(ReplaceOutcome {
            is_done: is_expected,
            kept,
        })
    };
    inner().map_err(failed(path))
}

/// Swaps the file with the one at its temporary path. False if a file appeared or disappeared just
/// now; then nothing was done.
fn swap(path: &Path, beside: &Path, stands: bool, waits: bool) -> io::Result<bool> {
    let moved = match (stands, waits) {
        (true, true) => rename(beside, path, RenameMode::Exchange),
        (false, true) => rename(beside, path, RenameMode::KeepOther),
        (true, false) => fs::rename(path, beside),
        (false, false) => Ok(()),
    };
    match moved {
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
            Ok(false)
        }
        moved => moved.map(|()| true),
    }
}

/// Swaps what somebody saved back to `path`, where our `text` is now. It is never deleted: if it
/// cannot go back, or yet another text is there by now, it is kept under another name.
fn put_back(path: &Path, beside: &Path, text: Option<&str>) -> io::Result<Option<PathBuf>> {
    let is_back = swap(path, beside, text.is_some(), true)?
        // somebody deleted our text meanwhile
        || (text.is_some() && swap(path, beside, false, true)?);
    let left = match fs::read(beside) {
        Ok(left) => Some(left),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(_) => None,
    };
    let is_ours = is_back && left.is_some() && left.as_deref() == text.map(str::as_bytes);
    if is_ours {
        remove_if_there(beside)?;
        return Ok(None);
    }
    keep_aside(beside).map(Some)
}

/// Writes a file of our own atomically; it is on disk when this returns.
pub(super) fn write(path: &Path, text: &str) -> Result<(), ApplyError> {
    let beside = temporary_path(path);
    write_beside(path, &beside, text)
        .and_then(|()| fs::rename(&beside, path))
        .and_then(|()| flush_folder(path))
        .inspect_err(|_| drop(fs::remove_file(&beside)))
        .map_err(failed(path))
}

/// Renames a file within its folder; it is on disk when this returns.
pub(super) fn set_name(from: &Path, to: &Path) -> Result<(), ApplyError> {
    fs::rename(from, to)
        .and_then(|()| flush_folder(to))
        .map_err(failed(from))
}

pub(super) fn remove(path: &Path) -> Result<(), ApplyError> {
    remove_if_there(path)
        .and_then(|()| flush_folder(path))
        .map_err(failed(path))
}

fn flush_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if folder.is_dir() => folder_flush::flush_folder(folder),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_expected_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.toml");
        let read = || {
            bytes(&file)
                .unwrap()
                .map(|bytes| String::from_utf8(bytes).unwrap())
        };
        for (stands, expected, text, is_done) in [
            (None, None, Some("new"), true),
            (Some("hand"), None, Some("new"), false),
            (Some("old"), Some("old"), Some("new"), true),
            (Some("hand"), Some("old"), Some("new"), false),
            (None, Some("old"), Some("new"), false),
            (Some("old"), Some("old"), None, true),
            (Some("hand"), Some("old"), None, false),
            (None, None, None, true),
        ] {
            match stands {
                Some(text) => fs::write(&file, text).unwrap(),
                None => drop(fs::remove_file(&file)),
            }
            let done = ReplaceOutcome {
                is_done,
                kept: None,
            };
            assert_eq!(
                replace(&file, expected, text).unwrap(),
                done,
                "{stands:?} {expected:?} {text:?}"
            );
            assert_eq!(
                read().as_deref(),
                if is_done { text } else { stands },
                "{stands:?} {expected:?} {text:?}"
            );
            let names = fs::read_dir(folder.path())
                .unwrap()
                .map(|item| item.unwrap().file_name());
            assert!(names.into_iter().all(|name| name == "a.toml"));
        }
    }

    /// What [`replace`] does if somebody saves just before the swap.
    #[test]
    fn what_somebody_saved_is_never_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let (file, waits) = (
            folder.path().join("a.toml"),
            folder.path().join(".a.toml.1.tmp"),
        );
        let read = |path: &Path| fs::read_to_string(path).ok();
        for (stands, ours, back, kept) in [
            // the usual case: their text goes back and ours is removed
            (Some("ours"), Some("ours"), "hand", None),
            (None, None, "hand", None),
            // somebody deleted our text
            (None, Some("ours"), "hand", None),
            // somebody saved once more: both texts are kept
            (Some("again"), Some("ours"), "hand", Some("again")),
            (Some("again"), None, "again", Some("hand")),
        ] {
            let said = format!("{stands:?} {ours:?}");
            fs::write(&waits, "hand").unwrap();
            match stands {
                Some(text) => fs::write(&file, text).unwrap(),
                None => drop(fs::remove_file(&file)),
            }
            let aside = put_back(&file, &waits, ours).unwrap();
            assert_eq!(read(&file).as_deref(), Some(back), "{said}");
            assert_eq!(aside.as_deref().and_then(read).as_deref(), kept, "{said}");
            assert!(!waits.exists(), "{said}");
        }
    }
}
