//! Data files on the disk, for those who change them. In: a path, what stood there when the change was made, and what is to
//! stand there. Out: that, on the disk and in one step, or word that somebody changed the file meanwhile. Must not know:
//! what a change is for.
//!
//! An editor saves whenever it likes, so that looking first and writing then would lose what it saved in between. The new
//! text therefore changes places with the old one in one step of the operating system, and what came out is looked at: where
//! it is not what was expected, it goes back. A file system that cannot do this is looked at just before.

use super::apply::ApplyError;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The folder in which notes of changes are kept, and which is locked.
pub const NOTES: &str = "intents";

/// Held until it is dropped; across processes, too. The folder itself is locked, so that no file is left behind.
pub fn lock(root: &Path) -> Result<File, ApplyError> {
    let folder = root.join(NOTES);
    let open = || -> io::Result<File> {
        fs::create_dir_all(&folder)?;
        let file = File::open(&folder)?;
        file.lock()?;
        Ok(file)
    };
    open().map_err(failed(&folder))
}

/// An error with the path that it is about.
pub fn failed(path: &Path) -> impl FnOnce(io::Error) -> ApplyError + '_ {
    move |source| ApplyError::Io { path: path.to_owned(), source }
}

/// What stands there; `None`: nothing does.
pub fn bytes(path: &Path) -> Result<Option<Vec<u8>>, ApplyError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        // a folder that is no folder any more: nothing can stand in it
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(source) => Err(failed(path)(source)),
    }
}

/// Where a data file really is, by way of all links. Only below the root: what a link makes of a folder elsewhere is not
/// for us to change.
pub fn place(root: &Path, path: &str) -> Result<PathBuf, ApplyError> {
    let outside = || ApplyError::Outside(path.to_owned());
    let (top, named) = (fs::canonicalize(root).map_err(failed(root))?, root.join(path));
    let place = match fs::canonicalize(&named) {
        Ok(place) => place,
        // a link to nothing could lead anywhere
        Err(_) if named.is_symlink() => return Err(outside()),
        Err(_) => {
            let (folder, name) = named.parent().zip(named.file_name()).ok_or_else(outside)?;
            standing(folder).map_err(failed(&named))?.join(name)
        }
    };
    if place.starts_with(&top) { Ok(place) } else { Err(outside()) }
}

/// A folder without its links, of which the last parts need not be there yet.
fn standing(folder: &Path) -> io::Result<PathBuf> {
    match (fs::canonicalize(folder), folder.parent().zip(folder.file_name())) {
        (Err(error), Some((parent, name))) if error.kind() == ErrorKind::NotFound && !folder.is_symlink() => {
            Ok(standing(parent)?.join(name))
        }
        (found, _) => found,
    }
}

/// Puts `text` in the place of `expected`; `None`: no file. False: something else stood there, and still does.
pub fn replace(path: &Path, expected: Option<&str>, text: Option<&str>) -> Result<bool, ApplyError> {
    if bytes(path)?.as_deref() != expected.map(str::as_bytes) {
        return Ok(false);
    }
    let beside = beside(path);
    let inner = || -> io::Result<bool> {
        if let Some(text) = text {
            write_beside(path, &beside, text)?;
        }
        if !change_places(path, &beside, expected.is_some(), text.is_some())? {
            return Ok(false);
        }
        let came_out = fs::read(&beside).ok();
        let is_expected = came_out.is_none() || came_out.as_deref() == expected.map(str::as_bytes);
        if !is_expected {
            // what somebody saved goes back
            change_places(path, &beside, text.is_some(), true)?;
        }
        let left = fs::read(&beside).ok();
        if left == came_out || left.as_deref() == text.map(str::as_bytes) {
            let _ = fs::remove_file(&beside);
        } else {
            keep_aside(&beside)?;
        }
        flush_folder(path)?;
        Ok(is_expected)
    };
    inner().map_err(failed(path))
}

/// What waits beside a file takes its place, and what stood there waits then. False: one came or went just now, and nothing
/// was done.
fn change_places(path: &Path, beside: &Path, stands: bool, waits: bool) -> io::Result<bool> {
    let moved = match (stands, waits) {
        (true, true) => rename(beside, path, RenameFlags::EXCHANGE),
        (false, true) => rename(beside, path, RenameFlags::NOREPLACE),
        (true, false) => fs::rename(path, beside),
        (false, false) => Ok(()),
    };
    match moved {
        Err(error) if matches!(error.kind(), ErrorKind::AlreadyExists | ErrorKind::NotFound) => {
            let _ = fs::remove_file(beside);
            Ok(false)
        }
        moved => moved.map(|()| true),
    }
}

/// Where nobody knows whose text waits there, it is left to people.
pub fn keep_aside(beside: &Path) -> io::Result<PathBuf> {
    let kept = beside.with_extension("kept");
    fs::rename(beside, &kept)?;
    Ok(kept)
}

/// As [`fs::rename`], with flags where the file system knows them.
fn rename(from: &Path, to: &Path, flags: RenameFlags) -> io::Result<()> {
    match renameat_with(CWD, from, CWD, to, flags) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => fs::rename(from, to),
        done => done.map_err(io::Error::from),
    }
}

/// Writes a file of our own in one step; on the disk when this returns.
pub fn write(path: &Path, text: &str) -> Result<(), ApplyError> {
    let beside = beside(path);
    write_beside(path, &beside, text)
        .and_then(|()| fs::rename(&beside, path))
        .and_then(|()| flush_folder(path))
        .inspect_err(|_| drop(fs::remove_file(&beside)))
        .map_err(failed(path))
}

/// Another name for a file, in the same folder; on the disk when this returns.
pub fn set_name(from: &Path, to: &Path) -> Result<(), ApplyError> {
    fs::rename(from, to).and_then(|()| flush_folder(to)).map_err(failed(from))
}

pub fn remove(path: &Path) -> Result<(), ApplyError> {
    let gone =
        fs::remove_file(path).or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) });
    gone.and_then(|()| flush_folder(path)).map_err(failed(path))
}

/// Where the text of a file stands until it is whole. Hidden, so that it is no data file.
fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.{}.tmp", std::process::id()))
}

/// Of which file in the same folder that is the text that [`beside`] names; `None`: it is none of ours.
pub fn belongs_to(name: &str) -> Option<&str> {
    let (of, process) = name.strip_prefix('.')?.strip_suffix(".tmp")?.rsplit_once('.')?;
    let is_process = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
    is_process.then_some(of)
}

fn write_beside(path: &Path, beside: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let inner = || -> io::Result<()> {
        let mut file = File::create(beside)?;
        file.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(path) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()
    };
    inner().inspect_err(|_| drop(fs::remove_file(beside)))
}

fn flush_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if folder.is_dir() => File::open(folder)?.sync_all(),
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
        let read = || bytes(&file).unwrap().map(|bytes| String::from_utf8(bytes).unwrap());
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
            assert_eq!(replace(&file, expected, text).unwrap(), is_done, "{stands:?} {expected:?} {text:?}");
            assert_eq!(read().as_deref(), if is_done { text } else { stands }, "{stands:?} {expected:?} {text:?}");
            let names = fs::read_dir(folder.path()).unwrap().map(|item| item.unwrap().file_name());
            assert!(names.into_iter().all(|name| name == "a.toml"));
        }
    }

    #[test]
    fn texts_that_wait_are_known_by_their_name() {
        let path = beside(Path::new("/x/a.toml"));
        assert_eq!(belongs_to(path.file_name().unwrap().to_str().unwrap()), Some("a.toml"));
        for name in ["a.toml.1.tmp", ".a.toml.tmp", ".a.toml.x1.tmp", ".a.toml.1", ".tmp", ".1.tmp", "..tmp"] {
            assert_eq!(belongs_to(name), None, "{name}");
        }
        assert_eq!(belongs_to("..wenlu-change.json.7.tmp"), Some(".wenlu-change.json"));
    }
}
