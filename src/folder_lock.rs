//! Opens what is locked so that one process at a time changes a folder, as far as the system can. In: a
//! folder. Out: a file to lock, whose lock ends with the process. Must not know: what is changed.

use std::fs::File;
use std::io;
use std::path::Path;

/// The folder itself, so that no lock file is needed.
#[cfg(unix)]
pub(crate) fn open_to_lock(folder: &Path) -> io::Result<File> {
    File::open(folder)
}

/// There only a file can be locked.
#[cfg(not(unix))]
pub(crate) fn open_to_lock(folder: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .append(true)
        .open(folder.join(".wenlu-lock"))
}
