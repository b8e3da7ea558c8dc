//! Files beside data files: texts until they are complete, and texts that are kept for people. In: paths.
//! Out: hidden files in the same folder, which are not read as data files. Must not know: what a change is.

use super::disk_rename::{RenameMode, rename};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// The file name suffix of texts that are kept for people.
const KEPT: &str = ".kept";

/// A free temporary path for the file's text until it is complete. It is hidden, so it is not read
/// as a data file. An existing file is skipped: in a container the process id is the same at every
/// start, and an earlier process may have left a person's text there.
pub(super) fn temporary_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let named = |number: u32| path.with_file_name(format!(".{name}.{number}.tmp"));
    let mut numbers = std::process::id()..;
    let free = numbers.find(|number| named(*number).symlink_metadata().is_err());
    named(free.unwrap_or_default())
}

/// The name of the file that a temporary file belongs to; `None` if the name is not one of ours.
pub(super) fn belongs_to(name: &str) -> Option<&str> {
    let (of, process) = name
        .strip_prefix('.')?
        .strip_suffix(".tmp")?
        .rsplit_once('.')?;
    let is_process = !process.is_empty() && process.bytes().all(|byte| byte.is_ascii_digit());
    is_process.then_some(of)
}

/// Writes a file's text to its temporary path, with the rights of the file; it is on disk when this
/// returns.
pub(super) fn write_beside(path: &Path, beside: &Path, text: &str) -> io::Result<()> {
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

pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    fs::remove_file(path).or_else(|error| {
        if error.kind() == ErrorKind::NotFound {
            Ok(())
        } else {
            Err(error)
        }
    })
}

/// Renames a text of unknown origin to a free name, and keeps it for people.
pub(super) fn keep_aside(beside: &Path) -> io::Result<PathBuf> {
    let name = beside.file_name().unwrap_or_default().to_string_lossy();
    let of = belongs_to(&name).unwrap_or(&name).to_owned();
    for number in 1_u32.. {
        let kept = beside.with_file_name(format!(".{of}.{number}{KEPT}"));
        if kept.symlink_metadata().is_ok() {
            continue;
        }
        match rename(beside, &kept, RenameMode::KeepOther) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            moved => {
                moved?;
                tracing::warn!(
                    file = %kept.display(),
                    "a text that was saved while a change was made is kept beside its file; take over what is needed of it \
                     and delete it"
                );
                return Ok(kept);
            }
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// The kept texts in a folder, by name.
pub(super) fn kept_in(folder: &Path) -> Vec<PathBuf> {
    let listing = fs::read_dir(folder).into_iter().flatten().flatten();
    let is_kept = |name: &str| name.starts_with('.') && name.ends_with(KEPT);
    let kept = listing
        .filter(|item| item.file_name().to_str().is_some_and(is_kept))
        .map(|item| item.path());
    let mut kept: Vec<PathBuf> = kept.collect();
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_aside_takes_nothings_place() {
        let folder = tempfile::tempdir().unwrap();
        let waits = folder.path().join(".a.toml.1.tmp");
        for text in ["one", "two", "three"] {
            fs::write(&waits, text).unwrap();
            keep_aside(&waits).unwrap();
        }
        let kept = kept_in(folder.path());
        let names: Vec<_> = kept
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy())
            .collect();
        assert_eq!(
            names,
            [".a.toml.1.kept", ".a.toml.2.kept", ".a.toml.3.kept"]
        );
        let texts: Vec<_> = kept
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        assert_eq!(texts, ["one", "two", "three"]);
        // nor is the file of an earlier process with the same id overwritten
        let own = temporary_path(&folder.path().join("a.toml"));
        fs::write(&own, "left").unwrap();
        assert_ne!(temporary_path(&folder.path().join("a.toml")), own);
    }

    #[test]
    fn texts_that_wait_are_known_by_their_name() {
        let path = temporary_path(Path::new("/x/a.toml"));
        assert_eq!(
            belongs_to(path.file_name().unwrap().to_str().unwrap()),
            Some("a.toml")
        );
        for name in [
            "a.toml.1.tmp",
            ".a.toml.tmp",
            ".a.toml.x1.tmp",
            ".a.toml.1",
            ".tmp",
            ".1.tmp",
            "..tmp",
        ] {
            assert_eq!(belongs_to(name), None, "{name}");
        }
        assert_eq!(
            belongs_to("..wenlu-change.json.7.tmp"),
            Some(".wenlu-change.json")
        );
    }
}
