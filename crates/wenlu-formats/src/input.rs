//! Files to import. In: the path of a file, a folder or a zip. Out: texts by name. Enforces limits
//! on size and number, follows no symbolic links below the path, writes nothing, and uses names
//! inside a zip for messages only, never as paths. Must not know: formats.

use super::{ImportError, ImportLocation};
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

/// A file's text; its name is used in notes.
#[derive(Debug)]
pub(crate) struct ImportFile {
    pub name: String,
    pub text: String,
}

#[derive(Debug, Default)]
pub(crate) struct ImportSource {
    /// Sorted by name.
    pub files: Vec<ImportFile>,
    /// Names of other files, which were not read.
    pub skipped: Vec<String>,
    bytes: usize,
}

/// Largest file, in bytes.
const LARGEST: usize = 32 << 20;
/// Largest sum of all files, in bytes.
const LARGEST_SUM: usize = 64 << 20;
const MOST_FILES: usize = 10_000;
const DEEPEST: usize = 16;

/// Reads the files under `path` with an extension in `endings`; if `path` is a file, reads it
/// whatever its extension.
pub(crate) fn read(path: &Path, endings: &[&str]) -> Result<ImportSource, ImportError> {
    let name = path.display().to_string();
    let failed = |error: std::io::Error| {
        ImportLocation::file(&name).problem(format!("读不了 / cannot read: {error}"))
    };
    let kind = fs::metadata(path).map_err(failed)?;
    let mut input = ImportSource::default();
    if kind.is_dir() {
        input.folder(path, endings, 0)?;
    } else if kind.is_file() {
        let bytes = limited(fs::File::open(path).map_err(failed)?, &name)?;
        match bytes.starts_with(b"PK\x03\x04") {
            true => input.zip(&name, bytes, endings)?,
            false => input.add(name.clone(), bytes)?,
        }
    } else {
        return Err(ImportLocation::file(&name).problem("不是普通文件，也不是文件夹"));
    }
    if input.files.is_empty() {
        return Err(
            ImportLocation::file(&name).problem(format!("里面没有 .{} 文件", endings.join("、.")))
        );
    }
    input.files.sort_by(|a, b| a.name.cmp(&b.name));
    input.skipped.sort();
    Ok(input)
}

impl ImportSource {
    fn folder(&mut self, folder: &Path, endings: &[&str], depth: usize) -> Result<(), ImportError> {
        let shown = folder.display().to_string();
        let failed = |error: std::io::Error| {
            ImportLocation::file(&shown).problem(format!("读不了 / cannot read: {error}"))
        };
        if depth > DEEPEST {
            return Err(ImportLocation::file(&shown).problem("文件夹嵌套太深"));
        }
        for item in fs::read_dir(folder).map_err(failed)? {
            let item = item.map_err(failed)?;
            let path = item.path();
            let name = path.display().to_string();
            let kind = item.file_type().map_err(failed)?;
            if is_hidden(&item.file_name().to_string_lossy()) {
                continue;
            } else if kind.is_dir() {
                self.folder(&path, endings, depth + 1)?;
            } else if kind.is_file() && ends(&name, endings) {
                let file = fs::File::open(&path).map_err(failed)?;
                self.add(name.clone(), limited(file, &name)?)?;
            } else {
                self.skip(name)?;
            }
        }
        Ok(())
    }

    fn zip(&mut self, shown: &str, bytes: Vec<u8>, endings: &[&str]) -> Result<(), ImportError> {
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
            if entry.is_dir() || inner.split(['/', '\\']).any(is_hidden) {
                continue;
            }
            if entry.is_file() && ends(&name, endings) {
                let bytes = limited(entry, &name)?;
                self.add(name, bytes)?;
            } else {
                self.skip(name)?;
            }
        }
        Ok(())
    }

    fn add(&mut self, name: String, bytes: Vec<u8>) -> Result<(), ImportError> {
        self.bytes += bytes.len();
        if self.bytes > LARGEST_SUM {
            return Err(ImportLocation::file(&name).problem(format!(
                "到这个文件为止超过 {} MiB，请分几次导入",
                LARGEST_SUM >> 20
            )));
        }
        if self.files.len() + self.skipped.len() >= MOST_FILES {
            return Err(too_many(&name));
        }
        let text = decode(bytes, &name)?;
        self.files.push(ImportFile { name, text });
        Ok(())
    }

    fn skip(&mut self, name: String) -> Result<(), ImportError> {
        if self.files.len() + self.skipped.len() >= MOST_FILES {
            return Err(too_many(&name));
        }
        self.skipped.push(name);
        Ok(())
    }
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.') && name != ".." || name == "__MACOSX"
}

fn ends(name: &str, endings: &[&str]) -> bool {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    endings.iter().any(|e| e.eq_ignore_ascii_case(ending))
}

fn too_many(name: &str) -> ImportError {
    ImportLocation::file(name).problem(format!("文件超过 {MOST_FILES} 个，请指向更小的文件夹"))
}

fn limited(from: impl Read, name: &str) -> Result<Vec<u8>, ImportError> {
    let mut bytes = Vec::new();
    from.take(LARGEST as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| {
            ImportLocation::file(name).problem(format!("读不了 / cannot read: {error}"))
        })?;
    match bytes.len() > LARGEST {
        true => Err(ImportLocation::file(name).problem(format!("文件超过 {} MiB", LARGEST >> 20))),
        false => Ok(bytes),
    }
}

fn decode(bytes: Vec<u8>, name: &str) -> Result<String, ImportError> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error
            .as_bytes()
            .get(..error.utf8_error().valid_up_to())
            .unwrap_or_default();
        let line = good.iter().filter(|byte| **byte == b'\n').count() + 1;
        ImportLocation::line(name, line)
            .problem("不是 UTF-8 编码，请用编辑器另存为 UTF-8 / is not UTF-8")
    })?;
    // editors on Windows write a byte order mark
    match text.strip_prefix('\u{feff}') {
        Some(rest) => Ok(rest.to_owned()),
        None => Ok(text),
    }
}
