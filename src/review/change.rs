//! A change of data files that nobody has made yet. In: the files as they are, and as they are to be. Out: a diff to look
//! at, and the change that takes it back. Must not know: the disk, TOML.

use super::merge::{has_conflict, merge};
use serde::{Deserialize, Serialize};
use similar::TextDiff;

/// What becomes of some files, all of it or nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub files: Vec<FileChange>,
    /// One line, for people: what is done.
    pub summary: String,
}

/// One file, named from the root of the data files (`intents/a.toml`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    pub path: String,
    /// `None`: there is none yet.
    pub before: Option<String>,
    /// `None`: there is to be none.
    pub after: Option<String>,
}

impl Change {
    /// All files as one unified diff.
    pub fn diff(&self) -> String {
        self.files.iter().map(|file| diff(&file.path, file.before.as_deref(), file.after.as_deref())).collect()
    }

    /// What takes it back, in files that read like `now` says. Where nothing else was changed since, that is the text before;
    /// else what was changed since stays. Where that is the very same place, both texts stand there, for a person to choose
    /// ([`Self::conflicting`]). A file of which nothing is left of the change stays as it is.
    pub fn reversed(&self, now: impl Fn(&str) -> Option<String>) -> Change {
        let back = |file: &FileChange| {
            let now = now(&file.path);
            let is_gone = now.is_none() && file.after.is_some();
            let after = match is_gone {
                true => None,
                false => merge(file.after.as_deref(), now.as_deref(), file.before.as_deref()),
            };
            FileChange { path: file.path.clone(), before: now, after }
        };
        Change { files: self.files.iter().map(back).collect(), summary: format!("撤销：{}", self.summary) }
    }

    /// The same change, of files that read like `now` says. What was changed since stays, as in [`Self::reversed`].
    pub fn rebased(&self, now: impl Fn(&str) -> Option<String>) -> Change {
        let place = |file: &FileChange| {
            let now = now(&file.path);
            let after = merge(file.before.as_deref(), now.as_deref(), file.after.as_deref());
            FileChange { path: file.path.clone(), before: now, after }
        };
        Change { files: self.files.iter().map(place).collect(), summary: self.summary.clone() }
    }

    /// The first file in which a person has to choose between two texts.
    pub fn conflicting(&self) -> Option<&str> {
        let in_conflict = |file: &&FileChange| file.after.as_deref().is_some_and(has_conflict);
        self.files.iter().find(in_conflict).map(|file| file.path.as_str())
    }

    /// Without the files that stay as they are. An undo has such: they may be written on by hand.
    pub fn of_moved_files(&self) -> Change {
        let moved = self.files.iter().filter(|file| file.before != file.after).cloned().collect();
        Change { files: moved, summary: self.summary.clone() }
    }

    /// Whether the files stay as they are: what an undo takes back is gone already.
    pub fn is_empty(&self) -> bool {
        self.files.iter().all(|file| file.before == file.after)
    }
}

/// One file as a unified diff; empty where nothing differs.
pub fn diff(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    let name = |side: &str, text: Option<&str>| text.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"));
    let lines = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
    lines.unified_diff().context_radius(3).header(&name("a", before), &name("b", after)).to_string()
}
