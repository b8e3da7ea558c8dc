//! Waits until a folder is on the disk, as far as the system can: its names, or all that is in it. In:
//! a folder. Out: an error if it is not. Must not know: what was written.

#[cfg(any(test, not(target_os = "linux")))]
use std::fs::File;
use std::io;
use std::path::Path;

#[cfg(unix)]
pub(crate) fn flush_folder(folder: &Path) -> io::Result<()> {
    std::fs::File::open(folder)?.sync_all()
}

/// There a folder cannot be opened like a file; the system writes its names by itself.
#[cfg(not(unix))]
pub(crate) fn flush_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// All files of the folder, and the names of each folder in it. One call flushes the whole file
/// system: much faster than each file by itself.
#[cfg(target_os = "linux")]
pub(crate) fn flush_tree(folder: &Path) -> io::Result<()> {
    Ok(rustix::fs::syncfs(std::fs::File::open(folder)?)?)
}

/// The same where the system has no such call.
#[cfg(not(target_os = "linux"))]
pub(crate) fn flush_tree(folder: &Path) -> io::Result<()> {
    flush_each(folder)
}

#[cfg(any(test, not(target_os = "linux")))]
fn flush_each(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        match entry.file_type()?.is_dir() {
            true => flush_each(&entry.path())?,
            // some systems flush only what is open for writing
            false => File::options().write(true).open(entry.path())?.sync_all()?,
        }
    }
    flush_folder(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_flushed_by_one_call_and_file_by_file() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
        for name in ["x", "a/y", "a/b/z"] {
            std::fs::write(folder.path().join(name), name).unwrap();
        }
        flush_tree(folder.path()).unwrap();
        flush_each(folder.path()).unwrap();
        let gone = folder.path().join("gone");
        assert!(flush_tree(&gone).is_err() && flush_each(&gone).is_err());
    }
}
