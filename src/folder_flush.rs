//! Waits until the names in a folder are on the disk, as far as the system can. In: a folder. Out: an
//! error if they are not. Must not know: what was written.

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
