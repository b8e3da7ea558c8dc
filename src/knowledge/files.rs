//! The only module that reads data files. In: a folder, or the built-in files. Out: [`DataFiles`],
//! and through `validate` [`LoadedKnowledge`] or [`LoadError`].

pub use super::validate::{LoadError, Loaded};

use super::content::{self, Variables};
use super::{Sentences, validate};
use crate::message::Lang;
use include_dir::{Dir, DirEntry, include_dir};
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// Where knowledge comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// A folder that holds `intents/` and `content/`.
    Folder(PathBuf),
    /// The knowledge that is built into this binary.
    Embedded,
}

/// The files of a source by path (`intents/a.toml`), not yet parsed.
#[derive(Clone, Debug, Default)]
pub struct Files {
    pub has_intents_folder: bool,
    pub entries: BTreeMap<String, Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Entry {
    Bytes(Cow<'static, [u8]>),
    TooLarge,
    /// Why it could not be read.
    Unreadable(String),
}

impl Files {
    /// The [`super::Knowledge::version`] that they will have.
    pub fn version(&self) -> String {
        super::value::version(self)
    }

    /// These files with some of them replaced or (`None`) removed: a draft that is not on the disk.
    pub fn with<'a>(&self, changes: impl IntoIterator<Item = (&'a str, Option<&'a str>)>) -> Files {
        let mut files = self.clone();
        for (path, text) in changes {
            files.has_intents_folder |= path.starts_with("intents/") && text.is_some();
            match text {
                Some(text) if text.len() as u64 > LARGEST => files.entries.insert(path.to_owned(), Entry::TooLarge),
                Some(text) => {
                    let bytes = Entry::Bytes(Cow::Owned(text.as_bytes().to_vec()));
                    files.entries.insert(path.to_owned(), bytes)
                }
                None => files.entries.remove(path),
            };
        }
        files
    }

    /// The texts of all data files by path; [`DataFiles::of_texts`] makes the same knowledge of
    /// them. Other files, and files that are not text, are left out.
    pub fn texts(&self) -> BTreeMap<String, String> {
        let paths = self.entries.keys().filter(|path| Role::of(path).is_data());
        paths.filter_map(|path| Some((path.clone(), self.text(path)?.to_owned()))).collect()
    }

    /// Files with these texts.
    pub fn of_texts(texts: BTreeMap<String, String>) -> Files {
        let entry = |(path, text): (String, String)| (path, Entry::Bytes(Cow::Owned(text.into_bytes())));
        let has_intents_folder = texts.keys().any(|path| path.starts_with("intents/"));
        Files { has_intents_folder, entries: texts.into_iter().map(entry).collect() }
    }

    /// The paths of data files that differ from those of `other`, or that only one of the two has.
    /// Other files do not count: they do not affect the knowledge and are not among
    /// [`DataFiles::texts`]. A data file that is unreadable or too large does count: it is a
    /// mistake, which no files that ever served have.
    pub fn differing<'a>(&'a self, other: &'a Files) -> BTreeSet<&'a str> {
        let differs = |path: &&str| Role::of(path).is_data() && self.entries.get(*path) != other.entries.get(*path);
        self.entries.keys().chain(other.entries.keys()).map(String::as_str).filter(differs).collect()
    }

    /// The text of a file; `None` if there is none, or if it cannot be read.
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.entries.get(path)? {
            Entry::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

/// What a file is for, by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    Intent(String),
    Lexicon,
    OutOfScope,
    Calibration,
    Variables,
    Bot(Lang),
    Reply(Lang, String),
    /// Hidden files, backups, notes for people.
    Ignored,
    Unknown,
}

/// The file of the examples that no intent should answer.
pub const OUT_OF_SCOPE_FILE: &str = "intents/out-of-scope.toml";

/// The file of the saved calibration.
pub const CALIBRATION_FILE: &str = "intents/calibration.toml";

/// Maximum size of a data file, which is written by hand: 1 MiB.
pub const LARGEST: u64 = 1 << 20;

impl Source {
    /// `root` if given, else the current folder if it has `intents/`, else the built-in files.
    pub fn find(root: Option<&Path>) -> Self {
        match root {
            Some(root) => Self::Folder(root.to_owned()),
            None if Path::new("intents").is_dir() => Self::Folder(PathBuf::from(".")),
            None => Self::Embedded,
        }
    }

    /// Reads all files.
    pub fn files(&self) -> Files {
        match self {
            Self::Folder(root) => folder(root),
            Self::Embedded => embedded(),
        }
    }
}

/// Loads the knowledge of `source` as a whole. Fails with all mistakes if there is an error.
pub fn load(source: &Source) -> Result<Loaded, LoadError> {
    validate_files(&source.files())
}

/// As [`load`], for files that have been read already.
pub fn validate_files(files: &Files) -> Result<Loaded, LoadError> {
    validate::read(files, &shipped_sentences())
}

/// Ids that no intent can have, with their meanings.
pub const RESERVED: [(&str, &str); 4] = [
    ("none", "在例句表里，none 表示不属于任何意图"),
    ("lexicon", "intents/lexicon.toml 是词表"),
    ("out-of-scope", "intents/out-of-scope.toml 是范围外的话"),
    ("calibration", "intents/calibration.toml 是校准的结果"),
];

/// The meaning of a reserved id.
pub fn reserved(id: &str) -> Option<&'static str> {
    RESERVED.iter().find(|(name, _)| *name == id).map(|(_, meaning)| *meaning)
}

/// Lower-case letters, digits and `-`, 1 to 48 of them; not reserved.
pub fn is_id(id: &str) -> bool {
    (1..=48).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && reserved(id).is_none()
}

impl Role {
    /// Whether such a file is part of the knowledge.
    pub fn is_data(&self) -> bool {
        !matches!(self, Self::Ignored | Self::Unknown)
    }

    pub fn of(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').collect();
        let name = parts.last().copied().unwrap_or_default();
        if is_ignored(name) {
            return Self::Ignored;
        }
        match parts.as_slice() {
            ["intents", "lexicon.toml"] => Self::Lexicon,
            ["intents", "out-of-scope.toml"] => Self::OutOfScope,
            ["intents", "calibration.toml"] => Self::Calibration,
            ["intents", name] => name.strip_suffix(".toml").map_or(Self::Unknown, |id| Self::Intent(id.to_owned())),
            ["content", "variables.toml"] => Self::Variables,
            ["content", lang, name] => match (language(lang), name.strip_suffix(".md")) {
                (Some(lang), _) if *name == "_bot.toml" => Self::Bot(lang),
                (Some(lang), Some(id)) => Self::Reply(lang, id.to_owned()),
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }
}

static INTENTS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/intents");
static CONTENT: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/content");

fn language(folder: &str) -> Option<Lang> {
    Lang::ALL.into_iter().find(|lang| lang.tag() == folder)
}

fn is_ignored(name: &str) -> bool {
    let ends = ["~", ".bak", ".orig", ".swp", ".swo", ".tmp"];
    name.starts_with(['.', '#']) || name.starts_with("README") || ends.iter().any(|end| name.ends_with(end))
}

/// The built-in sentences, with the built-in variables, which stand in for those that a folder
/// leaves out.
fn shipped_sentences() -> BTreeMap<Lang, Sentences> {
    static SHIPPED: LazyLock<BTreeMap<Lang, Sentences>> = LazyLock::new(|| {
        let text = |path: &str| CONTENT.get_file(path).and_then(|f| f.contents_utf8()).unwrap_or_default();
        // mistakes in them are reported where the built-in files are loaded
        let mut mistakes = Vec::new();
        let variables: Variables = content::variables("", text("variables.toml"), &mut mistakes);
        let read = |lang: Lang| {
            let file = text(&format!("{}/_bot.toml", lang.tag())).to_owned();
            (lang, content::sentences("", lang, &file, &variables, &mut Vec::new()).0)
        };
        Lang::ALL.into_iter().map(read).collect()
    });
    SHIPPED.clone()
}

fn embedded() -> Files {
    fn add(dir: &'static Dir, prefix: &str, entries: &mut BTreeMap<String, Entry>) {
        for entry in dir.entries() {
            match entry {
                DirEntry::Dir(dir) => add(dir, prefix, entries),
                DirEntry::File(file) => {
                    let path = file.path().components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>();
                    entries
                        .insert(format!("{prefix}/{}", path.join("/")), Entry::Bytes(Cow::Borrowed(file.contents())));
                }
            }
        }
    }
    let mut files = Files { has_intents_folder: true, ..Files::default() };
    add(&INTENTS, "intents", &mut files.entries);
    add(&CONTENT, "content", &mut files.entries);
    files
}

fn folder(root: &Path) -> Files {
    let mut files = Files { has_intents_folder: root.join("intents").is_dir(), ..Files::default() };
    let mut folders = vec!["intents".to_owned(), "content".to_owned()];
    while let Some(folder) = folders.pop() {
        let listing = match fs::read_dir(root.join(&folder)) {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                files.entries.insert(folder, Entry::Unreadable(error.to_string()));
                continue;
            }
        };
        for item in listing.flatten() {
            let path = format!("{folder}/{}", item.file_name().to_string_lossy());
            let is_language = folder == "content" && language(&item.file_name().to_string_lossy()).is_some();
            if is_language && item.path().is_dir() {
                folders.push(path);
            } else {
                let entry = read_file(&item.path(), &Role::of(&path));
                files.entries.insert(path, entry);
            }
        }
    }
    files
}

/// Reads a data file, up to one byte more than is allowed.
fn read_file(path: &Path, role: &Role) -> Entry {
    if matches!(role, Role::Ignored | Role::Unknown) {
        return Entry::Bytes(Cow::Borrowed(&[]));
    }
    let read = || -> std::io::Result<Entry> {
        if !fs::metadata(path)?.is_file() {
            return Ok(Entry::Unreadable("不是普通文件".to_owned()));
        }
        let mut bytes = Vec::new();
        fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
        Ok(if bytes.len() as u64 > LARGEST { Entry::TooLarge } else { Entry::Bytes(Cow::Owned(bytes)) })
    };
    read().unwrap_or_else(|error| Entry::Unreadable(error.to_string()))
}
