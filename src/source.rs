//! Where knowledge is read from. In: a folder, or nothing. Out: its [`Files`], and by way of the core [`Loaded`] or
//! [`LoadError`]. The only module that reads data files from the disk. Must not know: what is in them.

use std::borrow::Cow;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use wenlu_core::knowledge::files::{
    DataFiles, FileContent, FileRole, LoadError, LoadedKnowledge, MAX_FILE_BYTES, language,
    validate_files,
};

/// Where knowledge comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KnowledgeSource {
    /// A folder that holds `intents/` and `content/`.
    Folder(PathBuf),
    /// The knowledge that is built into this binary.
    Embedded,
}

impl KnowledgeSource {
    /// `root` if given, else the current folder if it has `intents/`, else the built-in files.
    pub fn find(root: Option<&Path>) -> Self {
        match root {
            Some(root) => Self::Folder(root.to_owned()),
            None if Path::new("intents").is_dir() => Self::Folder(PathBuf::from(".")),
            None => Self::Embedded,
        }
    }

    /// Reads all files.
    pub fn files(&self) -> DataFiles {
        match self {
            Self::Folder(root) => folder(root),
            Self::Embedded => DataFiles::shipped(),
        }
    }
}

/// Loads the knowledge of `source` as a whole. Fails with all mistakes if there is an error.
pub fn load(source: &KnowledgeSource) -> Result<LoadedKnowledge, LoadError> {
    validate_files(&source.files())
}

fn folder(root: &Path) -> DataFiles {
    let mut files = DataFiles {
        has_intents_folder: root.join("intents").is_dir(),
        ..DataFiles::default()
    };
    let mut folders = vec!["intents".to_owned(), "content".to_owned()];
    while let Some(folder) = folders.pop() {
        let listing = match fs::read_dir(root.join(&folder)) {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                files
                    .entries
                    .insert(folder, FileContent::Unreadable(error.to_string()));
                continue;
            }
        };
        for item in listing.flatten() {
            let path = format!("{folder}/{}", item.file_name().to_string_lossy());
            let is_language =
                folder == "content" && language(&item.file_name().to_string_lossy()).is_some();
            if is_language && item.path().is_dir() {
                folders.push(path);
            } else {
                let entry = if leads_out(root, &item.path()) {
                    FileContent::Unreadable(LINK_OUT.to_owned())
                } else {
                    read_file(&item.path(), &FileRole::of(&path))
                };
                files.entries.insert(path, entry);
            }
        }
    }
    files
}

const LINK_OUT: &str = "是一个链接，指到知识文件夹之外，没有读";

/// Whether the file is a link that leads out of the root and out of its own folder, which may be a
/// link itself. Whoever can add a data file, perhaps in a repository of others, must not have the
/// bot show what else this process can read.
fn leads_out(root: &Path, file: &Path) -> bool {
    if !file.is_symlink() {
        return false;
    }
    let Ok(place) = fs::canonicalize(file) else {
        // it cannot be read, which is said in its own words
        return false;
    };
    let mut homes = [Some(root), file.parent()].into_iter().flatten();
    !homes.any(|home| fs::canonicalize(home).is_ok_and(|home| place.starts_with(home)))
}

/// Reads a data file, up to one byte more than is allowed.
fn read_file(path: &Path, role: &FileRole) -> FileContent {
    if !role.is_data() {
        return FileContent::Bytes(Cow::Borrowed(&[]));
    }
    let read = || -> std::io::Result<FileContent> {
        if !fs::metadata(path)?.is_file() {
            return Ok(FileContent::Unreadable("不是普通文件".to_owned()));
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?
            .take(MAX_FILE_BYTES + 1)
            .read_to_end(&mut bytes)?;
        Ok(if bytes.len() as u64 > MAX_FILE_BYTES {
            FileContent::TooLarge
        } else {
            FileContent::Bytes(Cow::Owned(bytes))
        })
    };
    read().unwrap_or_else(|error| FileContent::Unreadable(error.to_string()))
}
