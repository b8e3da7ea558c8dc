//! Making a change. In: the root of the data files and a [`Change`]. Out: the files as the change says, all of them or none,
//! or what is in the way. The one place that writes data files; whoever serves them takes the new ones up by itself.
//!
//! A file must read as it did when the change was made: a second reviewer's change does not undo the first one's, it is
//! refused and shown what happened in between. New texts are written beside the old ones, flushed, and put in their place;
//! where that fails half way, the old ones come back. A machine that stops half way finds the rest in a note beside the
//! files, and [`recover`] finishes it.

use super::change::{Change, FileChange, diff};
use crate::knowledge::files::Role;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Why a change was not made.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    #[error("{} changed since", .0.iter().map(|c| c.path.as_str()).collect::<Vec<_>>().join(", "))]
    Conflict(Vec<Conflict>),
    #[error("{0} is no data file that a change may touch")]
    Path(String),
    #[error("cannot read or write {path}")]
    Io { path: PathBuf, source: io::Error },
}

/// A file that is not what the change was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    pub path: String,
    /// What happened to it in between, as a unified diff.
    pub diff: String,
}

/// Half of a change, for [`recover`]. Hidden, so that it is no data file.
const NOTE: &str = "intents/.wenlu-change.json";

/// Makes `change` in the files under `root`.
pub fn apply(root: &Path, change: &Change) -> Result<(), ApplyError> {
    if let Some(file) = change.files.iter().find(|file| !may_touch(&file.path)) {
        return Err(ApplyError::Path(file.path.clone()));
    }
    let _alone = lock(root)?;
    finish(root)?;
    let conflicts = conflicts(root, change)?;
    if !conflicts.is_empty() {
        return Err(ApplyError::Conflict(conflicts));
    }
    let note = root.join(NOTE);
    write(&note, &serde_json::to_string(change).unwrap_or_default())?;
    let made = change.files.iter().try_for_each(|file| put(root, &file.path, file.after.as_deref()));
    if made.is_err() {
        for file in &change.files {
            put(root, &file.path, file.before.as_deref())?;
        }
    }
    remove(&note)?;
    made
}

/// Finishes a change that a crash cut short. `true`: there was one.
pub fn recover(root: &Path) -> Result<bool, ApplyError> {
    if !root.join(NOTE).is_file() {
        return Ok(false);
    }
    let _alone = lock(root)?;
    finish(root)
}

/// The files that a change may be about; the bot's own sentences, since an intent that gets another name may stand among
/// their hot topics.
fn may_touch(path: &str) -> bool {
    matches!(Role::of(path), Role::Intent(_) | Role::OutOfScope | Role::Reply(..) | Role::Bot(_))
}

fn finish(root: &Path) -> Result<bool, ApplyError> {
    let note = root.join(NOTE);
    let Some(text) = read(&note)? else { return Ok(false) };
    // A note that cannot be read was not yet written whole, and nothing was changed.
    if let Ok(change) = serde_json::from_str::<Change>(&text) {
        for file in change.files.iter().filter(|file| may_touch(&file.path)) {
            put(root, &file.path, file.after.as_deref())?;
        }
    }
    remove(&note)?;
    Ok(true)
}

/// The files that are not what `change` was made from.
pub fn conflicts(root: &Path, change: &Change) -> Result<Vec<Conflict>, ApplyError> {
    let mut conflicts = Vec::new();
    for FileChange { path, before, .. } in &change.files {
        let now = read(&root.join(path))?;
        if now != *before {
            conflicts.push(Conflict { path: path.clone(), diff: diff(path, before.as_deref(), now.as_deref()) });
        }
    }
    Ok(conflicts)
}

/// Held until it is dropped; across processes, too. The folder itself is locked, so that no file is left behind.
fn lock(root: &Path) -> Result<File, ApplyError> {
    let folder = root.join("intents");
    let open = || -> io::Result<File> {
        fs::create_dir_all(&folder)?;
        let file = File::open(&folder)?;
        file.lock()?;
        Ok(file)
    };
    open().map_err(|source| ApplyError::Io { path: folder.clone(), source })
}

fn read(path: &Path) -> Result<Option<String>, ApplyError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(ApplyError::Io { path: path.to_owned(), source }),
    }
}

fn put(root: &Path, path: &str, text: Option<&str>) -> Result<(), ApplyError> {
    let path = root.join(path);
    match text {
        Some(text) => write(&path, text),
        None => remove(&path),
    }
}

fn remove(path: &Path) -> Result<(), ApplyError> {
    let gone =
        fs::remove_file(path).or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) });
    gone.and_then(|()| flush_folder(path)).map_err(|source| ApplyError::Io { path: path.to_owned(), source })
}

/// Puts a file in its place in one step; on the disk when this returns.
fn write(path: &Path, text: &str) -> Result<(), ApplyError> {
    let inner = || -> io::Result<()> {
        // what a link names is written, and the link stays
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = folder.join(format!(".{name}.{}.tmp", std::process::id()));
        let mut file = File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        if let Ok(old) = fs::metadata(&path) {
            file.set_permissions(old.permissions())?;
        }
        file.sync_all()?;
        fs::rename(&beside, &path).inspect_err(|_| drop(fs::remove_file(&beside)))?;
        flush_folder(&path)
    };
    inner().map_err(|source| ApplyError::Io { path: path.to_owned(), source })
}

fn flush_folder(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) if folder.is_dir() => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}
