//! The data files as bytes by path. In: what was read from a folder, or texts. Out: [`DataFiles`],
//! and what each file is for. Must not know: where they were read, what stands in them.

use crate::model::Lang;
use crate::text::fnv::fnv1a;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The files of a source by path (`intents/a.toml`), not yet parsed.
#[derive(Clone, Debug, Default)]
pub struct DataFiles {
    /// Whether there is a folder `intents/`, even an empty one.
    pub has_intents_folder: bool,
    /// By path under the knowledge folder, with `/` between its parts.
    pub entries: BTreeMap<String, FileContent>,
}

/// What was read of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileContent {
    /// All its bytes.
    Bytes(Cow<'static, [u8]>),
    /// More than [`MAX_FILE_BYTES`]; it was not read.
    TooLarge,
    /// Why it could not be read.
    Unreadable(String),
}

impl DataFiles {
    /// The [`super::Knowledge::version`] that they will have.
    pub fn version(&self) -> String {
        version(self)
    }

    /// These files with some of them replaced or (`None`) removed: a draft that is not on the disk.
    pub fn with<'a>(
        &self,
        changes: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> DataFiles {
        let mut files = self.clone();
        for (path, text) in changes {
            files.has_intents_folder |= path.starts_with("intents/") && text.is_some();
            match text {
                Some(text) if text.len() as u64 > MAX_FILE_BYTES => {
                    files.entries.insert(path.to_owned(), FileContent::TooLarge)
                }
                Some(text) => {
                    let bytes = FileContent::Bytes(Cow::Owned(text.as_bytes().to_vec()));
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
        let paths = self
            .entries
            .keys()
            .filter(|path| FileRole::of(path).is_data());
        paths
            .filter_map(|path| Some((path.clone(), self.text(path)?.to_owned())))
            .collect()
    }

    /// Files with these texts.
    ///
    /// ```
    /// # use wenlu_core::knowledge::files::DataFiles;
    /// let files = DataFiles::of_texts([("intents/refund.toml", "title = '退款'")]);
    /// assert_eq!(files.text("intents/refund.toml"), Some("title = '退款'"));
    /// assert_eq!(files.version().len(), 16);
    /// ```
    pub fn of_texts<P: Into<String>, T: Into<String>>(
        texts: impl IntoIterator<Item = (P, T)>,
    ) -> DataFiles {
        let entries: BTreeMap<String, FileContent> = texts
            .into_iter()
            .map(|(path, text)| {
                let bytes = text.into().into_bytes();
                (path.into(), FileContent::Bytes(Cow::Owned(bytes)))
            })
            .collect();
        DataFiles {
            has_intents_folder: entries.keys().any(|path| path.starts_with("intents/")),
            entries,
        }
    }

    /// The paths of data files that differ from those of `other`, or that only one of the two has.
    /// Other files do not count: they do not affect the knowledge and are not among
    /// [`DataFiles::texts`]. A data file that is unreadable or too large does count: it is a
    /// mistake, which no files that ever served have.
    pub fn differing<'a>(&'a self, other: &'a DataFiles) -> BTreeSet<&'a str> {
        let differs = |path: &&str| {
            FileRole::of(path).is_data() && self.entries.get(*path) != other.entries.get(*path)
        };
        self.entries
            .keys()
            .chain(other.entries.keys())
            .map(String::as_str)
            .filter(differs)
            .collect()
    }

    /// The text of a file; `None` if there is none, or if it cannot be read.
    pub fn text(&self, path: &str) -> Option<&str> {
        match self.entries.get(path)? {
            FileContent::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }
}

/// What a file is for, by its path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileRole {
    /// `intents/<id>.toml`; the id.
    Intent(String),
    /// `intents/lexicon.toml`.
    Lexicon,
    /// `intents/out-of-scope.toml`.
    OutOfScope,
    /// `intents/calibration.toml`.
    Calibration,
    /// `content/variables.toml`.
    Variables,
    /// `content/_brand.toml`: name, words and colours.
    Brand,
    /// `content/_logo.svg`.
    Logo,
    /// `content/<lang>/_bot.toml`: the bot's own sentences.
    Bot(Lang),
    /// `content/<lang>/_replies.toml`: replies that operators have at hand.
    CannedReplies(Lang),
    /// `content/<lang>/<id>.md`: the reply of an intent.
    Reply(Lang, String),
    /// Hidden files, backups, notes for people.
    Ignored,
    /// Anything else, which is reported.
    Unknown,
}

impl FileRole {
    /// Whether such a file is part of the knowledge.
    pub fn is_data(&self) -> bool {
        !matches!(self, Self::Ignored | Self::Unknown)
    }

    /// What the file at that path is for.
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
            ["intents", name] => name
                .strip_suffix(".toml")
                .map_or(Self::Unknown, |id| Self::Intent(id.to_owned())),
            ["content", "variables.toml"] => Self::Variables,
            ["content", "_brand.toml"] => Self::Brand,
            ["content", "_logo.svg"] => Self::Logo,
            ["content", lang, name] => match (language(lang), name.strip_suffix(".md")) {
                (Some(lang), _) if *name == "_bot.toml" => Self::Bot(lang),
                (Some(lang), _) if *name == "_replies.toml" => Self::CannedReplies(lang),
                (Some(lang), Some(id)) => Self::Reply(lang, id.to_owned()),
                _ => Self::Unknown,
            },
            _ => Self::Unknown,
        }
    }
}

/// The file of the examples that no intent should answer.
pub const OUT_OF_SCOPE_FILE: &str = "intents/out-of-scope.toml";

/// The file of the saved calibration.
pub const CALIBRATION_FILE: &str = "intents/calibration.toml";

/// Maximum size of a data file, which is written by hand: 1 MiB.
pub const MAX_FILE_BYTES: u64 = 1 << 20;

/// The label of messages that no intent should answer.
pub const NONE_LABEL: &str = "none";

/// Ids that no intent can have, with their meanings.
pub const RESERVED_IDS: [(&str, &str); 4] = [
    (NONE_LABEL, "在例句表里，none 表示不属于任何意图"),
    ("lexicon", "intents/lexicon.toml 是词表"),
    ("out-of-scope", "intents/out-of-scope.toml 是范围外的话"),
    ("calibration", "intents/calibration.toml 是校准的结果"),
];

/// The meaning of a reserved id.
pub fn reserved_meaning(id: &str) -> Option<&'static str> {
    RESERVED_IDS
        .iter()
        .find(|(name, _)| *name == id)
        .map(|(_, meaning)| *meaning)
}

/// Lower-case letters, digits and `-`, 1 to 48 of them; not reserved.
pub fn is_intent_id(id: &str) -> bool {
    (1..=48).contains(&id.len())
        && id
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && reserved_meaning(id).is_none()
}

/// The language whose replies a folder under `content/` holds.
pub fn language(folder: &str) -> Option<Lang> {
    Lang::ALL.into_iter().find(|lang| lang.tag() == folder)
}

fn is_ignored(name: &str) -> bool {
    let ends = ["~", ".bak", ".orig", ".swp", ".swo", ".tmp"];
    name.starts_with(['.', '#'])
        || name.starts_with("README")
        || ends.iter().any(|end| name.ends_with(end))
}

/// A hash over path, length and bytes of each data file, sorted by path.
fn version(files: &DataFiles) -> String {
    let parts: Vec<_> = files
        .entries
        .iter()
        .filter_map(|(path, entry)| match (FileRole::of(path), entry) {
            (FileRole::Ignored | FileRole::Unknown, _) => None,
            (_, FileContent::Bytes(bytes)) => {
                Some((path.as_bytes(), (bytes.len() as u64).to_le_bytes(), bytes))
            }
            _ => None,
        })
        .collect();
    let hash = fnv1a(
        parts
            .iter()
            .flat_map(|(path, length, bytes)| [*path, &[0], length, bytes]),
    );
    format!("{hash:016x}")
}
