//! Renaming with conditions, as far as the system can. In: paths. Out: one step, or an error. Must not
//! know: what the files hold.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::Path;

/// What happens to a file that is at the new name already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RenameMode {
    /// The two change places.
    Exchange,
    /// It stays: [`ErrorKind::AlreadyExists`].
    KeepOther,
}

/// As [`fs::rename`], in one step if the system and the file system have one.
#[cfg(unix)]
pub(super) fn rename(from: &Path, to: &Path, mode: RenameMode) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    let flags = match mode {
        RenameMode::Exchange => RenameFlags::EXCHANGE,
        RenameMode::KeepOther => RenameFlags::NOREPLACE,
    };
    match renameat_with(CWD, from, CWD, to, flags) {
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => rename_in_steps(from, to, mode),
        done => done.map_err(io::Error::from),
    }
}

#[cfg(not(unix))]
pub(super) fn rename(from: &Path, to: &Path, mode: RenameMode) -> io::Result<()> {
    rename_in_steps(from, to, mode)
}

/// A file that must not be replaced is checked for just before; one that was to change places is
/// replaced.
fn rename_in_steps(from: &Path, to: &Path, mode: RenameMode) -> io::Result<()> {
    if mode == RenameMode::KeepOther && to.symlink_metadata().is_ok() {
        return Err(ErrorKind::AlreadyExists.into());
    }
    fs::rename(from, to)
}
