//! A change of data files that is not applied yet. In: the files before and after. Out: a diff, and
//! the change that undoes it. Must not know: the disk, TOML.

use super::merge::{has_conflict, merge};
use serde::{Deserialize, Serialize};
use similar::TextDiff;
use wenlu_core::knowledge::files::DataFiles;

/// A change of one or more files, applied as a whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeSet {
    pub files: Vec<FileChange>,
    /// One line for people.
    pub summary: String,
}

/// One file, by its path below the root of the data files (`intents/a.toml`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileChange {
    pub path: String,
    /// `None` if the change creates the file.
    pub before: Option<String>,
    /// `None` if the change deletes the file.
    pub after: Option<String>,
}

impl ChangeSet {
    /// `files` as they are with this change.
    pub(crate) fn applied_to(&self, files: &DataFiles) -> DataFiles {
        files.with(
            self.files
                .iter()
                .map(|file| (file.path.as_str(), file.after.as_deref())),
        )
    }

    /// One unified diff of all files.
    pub fn diff(&self) -> String {
        self.files
            .iter()
            .map(|file| diff(&file.path, file.before.as_deref(), file.after.as_deref()))
            .collect()
    }

    /// The change that undoes this one, given the current files (`now`). Files that were not edited
    /// since get their old text back; later edits are kept. If both changed the same lines, the
    /// file gets both versions with conflict markers ([`Self::conflicting`]). A file without any
    /// trace of this change stays as it is.
    pub fn reversed(&self, now: impl Fn(&str) -> Option<String>) -> ChangeSet {
        let back = |file: &FileChange| {
            let now = now(&file.path);
            let is_gone = now.is_none() && file.after.is_some();
            let after = match is_gone {
                true => None,
                false => merge(
                    file.after.as_deref(),
                    now.as_deref(),
                    file.before.as_deref(),
                ),
            };
            FileChange {
                path: file.path.clone(),
                before: now,
                after,
            }
        };
        ChangeSet {
            files: self.files.iter().map(back).collect(),
            summary: format!("撤销：{}", self.summary),
        }
    }

    /// The same change on top of the current files (`now`). Later edits are kept, as in
    /// [`Self::reversed`].
    pub fn rebased(&self, now: impl Fn(&str) -> Option<String>) -> ChangeSet {
        let place = |file: &FileChange| {
            let now = now(&file.path);
            let after = merge(
                file.before.as_deref(),
                now.as_deref(),
                file.after.as_deref(),
            );
            FileChange {
                path: file.path.clone(),
                before: now,
                after,
            }
        };
        ChangeSet {
            files: self.files.iter().map(place).collect(),
            summary: self.summary.clone(),
        }
    }

    /// The first file with conflict markers.
    pub fn conflicting(&self) -> Option<&str> {
        let in_conflict = |file: &&FileChange| file.after.as_deref().is_some_and(has_conflict);
        self.files
            .iter()
            .find(in_conflict)
            .map(|file| file.path.as_str())
    }

    /// Without files that the change leaves as they are. An undo can have such files, so that they
    /// can be edited by hand.
    pub fn without_unchanged_files(&self) -> ChangeSet {
        let moved = self
            .files
            .iter()
            .filter(|file| file.before != file.after)
            .cloned()
            .collect();
        ChangeSet {
            files: moved,
            summary: self.summary.clone(),
        }
    }

    /// Whether no file changes. An undo is empty if all that it would undo is gone already.
    pub fn is_empty(&self) -> bool {
        self.files.iter().all(|file| file.before == file.after)
    }
}

/// A unified diff of one file; empty if nothing differs.
pub fn diff(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    let name = |side: &str, text: Option<&str>| {
        text.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"))
    };
    let lines = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
    lines
        .unified_diff()
        .context_radius(3)
        .header(&name("a", before), &name("b", after))
        .to_string()
}
