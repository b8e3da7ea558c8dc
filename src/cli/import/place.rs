//! Where an import goes. In: files as texts. Out: a new folder that is whole, or none: it is built
//! beside its place and takes its name at the end. Of two imports into one folder the second is
//! refused. Must not know: formats.

use crate::folder_flush::{flush_folder, flush_tree};
use crate::folder_lock::open_to_lock;
use anyhow::{Context, bail};
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A folder that only this process may make.
pub(super) struct NewFolder {
    out: PathBuf,
    /// Where it is built; always beside `out`.
    beside: PathBuf,
    /// Keeps others away: the lock ends with the process, however that ends.
    lock: File,
}

/// Fails if there is something at that place.
pub(super) fn is_free(out: &Path) -> anyhow::Result<()> {
    let shown = out.display();
    match fs::read_dir(out) {
        Ok(mut entries) => match entries.next() {
            Some(_) => bail!(
                "{shown} 里已有文件，没有改动；要并进去就用 --into / is not empty; nothing was changed"
            ),
            None => Ok(()),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("打不开 / cannot open {shown}")),
    }
}

/// Locks a folder for this import; a second one is refused.
pub(super) fn lock(folder: &Path) -> anyhow::Result<File> {
    try_lock(open_to_lock(folder), folder)
}

/// `shown`: what two imports would write.
fn try_lock(opened: io::Result<File>, shown: &Path) -> anyhow::Result<File> {
    let path = shown.display();
    let lock = opened.with_context(|| format!("打不开 / cannot open {path}"))?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => {
            bail!("另一个导入正在写 {path}，没有改动 / another import is writing it")
        }
        Err(TryLockError::Error(error)) => {
            Err(error).with_context(|| format!("锁不住 / cannot lock {path}"))
        }
    }
}

impl NewFolder {
    pub(super) fn reserve(out: &Path) -> anyhow::Result<Self> {
        is_free(out)?;
        let out = std::path::absolute(out).context("路径不对 / a bad path")?;
        let (Some(parent), Some(name)) = (out.parent(), out.file_name()) else {
            bail!("{} 不能是要写的文件夹 / cannot be made", out.display());
        };
        let beside = parent.join(format!(".{}.importing", name.to_string_lossy()));
        fs::create_dir_all(&beside)
            .with_context(|| format!("建不了 / cannot create {}", beside.display()))?;
        let lock = try_lock(open_beside(&beside), &out)?;
        let folder = Self { out, beside, lock };
        folder.is_still_ours()?;
        Ok(folder)
    }

    /// Another import may have given the folder its name between its opening and its locking.
    fn is_still_ours(&self) -> anyhow::Result<()> {
        if !is_locked(&self.beside, &self.lock) {
            bail!(
                "另一个导入刚写好 {}，没有改动 / another import has just made it",
                self.out.display()
            );
        }
        Ok(())
    }

    /// Writes the files, and then gives the folder its name.
    pub(super) fn fill(self, files: &BTreeMap<String, String>) -> anyhow::Result<()> {
        // what a killed import left
        for left in fs::read_dir(&self.beside)?.flatten() {
            match left.file_type()?.is_dir() {
                true => fs::remove_dir_all(left.path())?,
                false => fs::remove_file(left.path())?,
            }
        }
        for (path, text) in files {
            let path = self.beside.join(path);
            let shown = path.display();
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)
                    .with_context(|| format!("建不了 / cannot create {}", folder.display()))?;
            }
            File::create_new(&path)
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .with_context(|| format!("写不了 / cannot write {shown}"))?;
        }
        flush_tree(&self.beside).context("写不了 / cannot flush the files")?;
        is_free(&self.out)?;
        make_room(&self.out)?;
        // fails if the folder has got a file in this moment
        fs::rename(&self.beside, &self.out)
            .with_context(|| format!("写不了 / cannot make {}", self.out.display()))?;
        let parent = self.out.parent().unwrap_or(&self.out);
        flush_folder(parent).with_context(|| format!("写不了 / cannot flush {}", parent.display()))
    }
}

impl Drop for NewFolder {
    /// An import that failed leaves nothing; after one that did not, the folder has its name.
    fn drop(&mut self) {
        if self.is_still_ours().is_ok() {
            let _ = fs::remove_dir_all(&self.beside);
        }
    }
}

/// The folder itself: nothing is left when it takes its name.
#[cfg(unix)]
fn open_beside(beside: &Path) -> io::Result<File> {
    open_to_lock(beside)
}

/// There a folder with an open file in it cannot take another name, so that the file lies beside it. It
/// stays: who deletes it may delete what another import has just locked.
#[cfg(not(unix))]
fn open_beside(beside: &Path) -> io::Result<File> {
    File::options()
        .create(true)
        .append(true)
        .open(beside.with_added_extension("lock"))
}

/// Whether what is locked is what has that name now.
#[cfg(unix)]
fn is_locked(beside: &Path, lock: &File) -> bool {
    use std::os::unix::fs::MetadataExt;
    match (fs::metadata(beside), lock.metadata()) {
        (Ok(there), Ok(ours)) => (there.dev(), there.ino()) == (ours.dev(), ours.ino()),
        _ => false,
    }
}

#[cfg(not(unix))]
fn is_locked(beside: &Path, _: &File) -> bool {
    beside.is_dir()
}

/// An empty folder is replaced by another that takes its name.
#[cfg(unix)]
fn make_room(_: &Path) -> anyhow::Result<()> {
    Ok(())
}

/// There it is in the way.
#[cfg(not(unix))]
fn make_room(out: &Path) -> anyhow::Result<()> {
    match fs::remove_dir(out) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("写不了 / cannot make {}", out.display()))
        }
        _ => Ok(()),
    }
}
