//! Files to import. In: the path of a file, a folder or a zip, or a file's bytes. Out: texts and
//! workbooks by name. Enforces limits on size and number, follows no symbolic links below the path,
//! writes nothing, and uses names inside a zip for messages only, never as paths. Must not know:
//! formats.

use super::encoding;
use super::{ImportError, ImportLocation};
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

/// A file's text; its name is used in notes.
#[derive(Debug)]
pub(crate) struct ImportFile {
    pub name: String,
    pub text: String,
    pub encoding: &'static str,
}

/// A file of a spreadsheet program.
#[derive(Debug)]
pub(crate) struct WorkbookFile {
    pub name: String,
    pub bytes: Vec<u8>,
}

#[derive(Debug, Default)]
pub(crate) struct ImportSource {
    /// What was asked for, for messages.
    pub name: String,
    /// Sorted by name.
    pub files: Vec<ImportFile>,
    /// Sorted by name.
    pub books: Vec<WorkbookFile>,
    /// Names of other files, which were not read.
    pub skipped: Vec<String>,
    /// Files that could not be read.
    pub faults: Vec<ImportError>,
    bytes: usize,
}

/// Largest file, in bytes.
const LARGEST: usize = 32 << 20;
/// Largest sum of all files, in bytes.
const LARGEST_SUM: usize = 64 << 20;
const MOST_FILES: usize = 10_000;
const DEEPEST: usize = 16;

/// Texts that some format is written in.
const TEXTS: [&str; 9] = [
    "tsv", "txt", "csv", "yml", "yaml", "json", "jsonl", "ndjson", "md",
];
const WORKBOOKS: [&str; 4] = ["xlsx", "xlsm", "xls", "ods"];
/// Folders of programs and their packages, in which no knowledge stands.
const FOREIGN_FOLDERS: [&str; 5] = ["__MACOSX", "node_modules", "__pycache__", "venv", "target"];

/// Reads the files under `path`; if `path` is a file, reads it whatever its extension.
pub(crate) fn read(path: &Path) -> Result<ImportSource, ImportError> {
    let name = path.display().to_string();
    let failed = |error: std::io::Error| cannot_read(&name, &error);
    let kind = fs::metadata(path).map_err(failed)?;
    let mut input = ImportSource {
        name: name.clone(),
        ..ImportSource::default()
    };
    if kind.is_dir() {
        input.folder(path, 0)?;
    } else if kind.is_file() {
        input.alone(
            &name,
            limited(fs::File::open(path).map_err(failed)?, &name)?,
        )?;
    } else {
        return Err(ImportLocation::file(&name).problem("不是普通文件，也不是文件夹"));
    }
    input.finish()
}

/// Reads a file that somebody sent, with the name it had.
pub(crate) fn read_bytes(name: &str, bytes: Vec<u8>) -> Result<ImportSource, ImportError> {
    let mut input = ImportSource {
        name: name.to_owned(),
        ..ImportSource::default()
    };
    let bytes = limited(Cursor::new(bytes), name)?;
    input.alone(name, bytes)?;
    input.finish()
}

impl ImportSource {
    fn finish(mut self) -> Result<Self, ImportError> {
        // of AIML the format is named, although nothing of it is read
        let has_aiml = self.skipped.iter().any(|name| ends(name, &["aiml"]));
        if self.files.is_empty() && self.books.is_empty() && !has_aiml {
            if !self.faults.is_empty() {
                return Err(self.faults.remove(0));
            }
            let endings = [&TEXTS[..], &WORKBOOKS[..]].concat().join("、.");
            return Err(
                ImportLocation::file(&self.name).problem(format!("里面没有 .{endings} 文件"))
            );
        }
        self.files.sort_by(|a, b| a.name.cmp(&b.name));
        self.books.sort_by(|a, b| a.name.cmp(&b.name));
        self.skipped.sort();
        Ok(self)
    }

    /// A file that was named itself: a workbook, an archive or a text, by its first bytes.
    fn alone(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), ImportError> {
        if bytes.starts_with(b"\xD0\xCF\x11\xE0") || is_workbook(&bytes) {
            self.book(name.to_owned(), bytes)
        } else if bytes.starts_with(b"PK\x03\x04") {
            self.zip(name, bytes)
        } else {
            self.text(name.to_owned(), &bytes)
        }
    }

    fn folder(&mut self, folder: &Path, depth: usize) -> Result<(), ImportError> {
        let shown = folder.display().to_string();
        let failed = |error: std::io::Error| cannot_read(&shown, &error);
        if depth > DEEPEST {
            return Err(ImportLocation::file(&shown).problem("文件夹嵌套太深"));
        }
        for item in fs::read_dir(folder).map_err(failed)? {
            let item = item.map_err(failed)?;
            let path = item.path();
            let name = path.display().to_string();
            let kind = item.file_type().map_err(failed)?;
            if is_foreign(&item.file_name().to_string_lossy()) {
                continue;
            } else if kind.is_dir() {
                self.folder(&path, depth + 1)?;
            } else if kind.is_file() && ends(&name, &[&TEXTS[..], &WORKBOOKS[..]].concat()) {
                let opened = fs::File::open(&path).map_err(|error| cannot_read(&name, &error));
                self.entry(name.clone(), opened.and_then(|file| limited(file, &name)))?;
            } else {
                self.skip(name)?;
            }
        }
        Ok(())
    }

    fn zip(&mut self, shown: &str, bytes: Vec<u8>) -> Result<(), ImportError> {
        let bad = |error: zip::result::ZipError| {
            ImportLocation::file(shown).problem(format!("zip 文件读不出来：{error}"))
        };
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).map_err(bad)?;
        if archive.len() > MOST_FILES {
            return Err(too_many(shown));
        }
        for at in 0..archive.len() {
            let entry = archive.by_index(at).map_err(bad)?;
            let inner = entry.name().map_err(bad)?.into_owned();
            let name = format!("{shown}/{inner}");
            if entry.is_dir() || inner.split(['/', '\\']).any(is_foreign) {
                continue;
            }
            if entry.is_file() && ends(&name, &[&TEXTS[..], &WORKBOOKS[..]].concat()) {
                let bytes = limited(entry, &name);
                self.entry(name, bytes)?;
            } else {
                self.skip(name)?;
            }
        }
        Ok(())
    }

    /// One of several files: what cannot be read is no reason to leave the others.
    fn entry(
        &mut self,
        name: String,
        bytes: Result<Vec<u8>, ImportError>,
    ) -> Result<(), ImportError> {
        match bytes {
            Ok(bytes) if ends(&name, &WORKBOOKS) => self.book(name, bytes),
            Ok(bytes) => match self.text(name, &bytes) {
                Err(fault) if self.bytes <= LARGEST_SUM && self.count() < MOST_FILES => {
                    self.faults.push(fault);
                    Ok(())
                }
                done => done,
            },
            Err(fault) => {
                self.faults.push(fault);
                Ok(())
            }
        }
    }

    fn text(&mut self, name: String, bytes: &[u8]) -> Result<(), ImportError> {
        self.count_in(&name, bytes.len())?;
        let Some(read) = encoding::decode(bytes) else {
            let what = "看不出是什么编码的文字，请另存为 UTF-8 / is no text, or not in UTF-8";
            return Err(ImportLocation::file(&name).problem(what));
        };
        self.files.push(ImportFile {
            name,
            text: read.text,
            encoding: read.encoding,
        });
        Ok(())
    }

    fn book(&mut self, name: String, bytes: Vec<u8>) -> Result<(), ImportError> {
        self.count_in(&name, bytes.len())?;
        self.books.push(WorkbookFile { name, bytes });
        Ok(())
    }

    fn count(&self) -> usize {
        self.files.len() + self.books.len() + self.skipped.len() + self.faults.len()
    }

    fn count_in(&mut self, name: &str, bytes: usize) -> Result<(), ImportError> {
        self.bytes += bytes;
        if self.bytes > LARGEST_SUM {
            return Err(ImportLocation::file(name).problem(format!(
                "到这个文件为止超过 {} MiB，请分几次导入",
                LARGEST_SUM >> 20
            )));
        }
        if self.count() >= MOST_FILES {
            return Err(too_many(name));
        }
        Ok(())
    }

    fn skip(&mut self, name: String) -> Result<(), ImportError> {
        if self.count() >= MOST_FILES {
            return Err(too_many(&name));
        }
        self.skipped.push(name);
        Ok(())
    }
}

/// Whether the archive is a workbook: its parts tell, in their first bytes for OpenDocument.
fn is_workbook(bytes: &[u8]) -> bool {
    if !bytes.starts_with(b"PK\x03\x04") {
        return false;
    }
    let Ok(archive) = zip::ZipArchive::new(Cursor::new(bytes)) else {
        return false;
    };
    let has = |name: &str| archive.index_for_name(name).is_some();
    has("xl/workbook.xml") || has("xl/workbook.bin") || has("content.xml") && has("mimetype")
}

fn is_foreign(name: &str) -> bool {
    name.starts_with('.') && name != ".." || FOREIGN_FOLDERS.contains(&name)
}

pub(crate) fn ends(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings.iter().any(|e| e.eq_ignore_ascii_case(ending))
}

fn cannot_read(name: &str, error: &std::io::Error) -> ImportError {
    ImportLocation::file(name).problem(format!("读不了 / cannot read: {error}"))
}

fn too_many(name: &str) -> ImportError {
    ImportLocation::file(name).problem(format!("文件超过 {MOST_FILES} 个，请指向更小的文件夹"))
}

/// Reads to the end, up to the largest size of a file.
pub(crate) fn limited(from: impl Read, name: &str) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    from.take(LARGEST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| cannot_read(name, &error))?;
    match bytes.len() > LARGEST {
        true => Err(ImportLocation::file(name).problem(format!("文件超过 {} MiB", LARGEST >> 20))),
        false => Ok(bytes),
    }
}
