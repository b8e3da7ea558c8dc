//! The note of a change that is being applied. In: the root of the data files. Out: the change that
//! a killed process was making, complete or not at all. Must not know: how a change is applied or
//! rolled back.
//!
//! The file name says what is to be done: [`NotePurpose::Apply`], or [`NotePurpose::RollBack`]
//! after a failure. Switching from one to the other is a rename, which works on a full disk too. If
//! neither is possible because somebody edited a file of the change, the note is set aside under a
//! third name: nothing acts on it any more, and the texts of the change can still be read in it.

use super::apply_error::ApplyError;
use super::change::{ChangeSet, FileChange};
use super::disk;
use crate::hash::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// How many set-aside notes are kept; the oldest are deleted.
const MAX_SET_ASIDE: usize = 16;
const ASIDE_PREFIX: &str = ".wenlu-conflict-";

/// What is to be done with the change of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotePurpose {
    Apply,
    RollBack,
}

/// A change that is being applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeNote {
    pub files: Vec<FileChange>,
    pub summary: String,
    /// The id of its draft.
    #[serde(default)]
    pub draft: Option<i64>,
    /// The hash of the fields above, to detect a truncated note. Older versions wrote none.
    #[serde(default)]
    sha256: Option<String>,
}

/// A change that conflicted with manual edits; its note was set aside for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAsideChange {
    /// The path of the note, below the root.
    pub file: String,
    /// The change's summary; empty if the note cannot be read.
    pub summary: String,
    pub paths: Vec<String>,
    pub draft: Option<i64>,
}

impl NotePurpose {
    pub const ALL: [NotePurpose; 2] = [NotePurpose::Apply, NotePurpose::RollBack];

    pub fn path(self, root: &Path) -> PathBuf {
        root.join(disk::NOTES_FOLDER).join(match self {
            NotePurpose::Apply => ".wenlu-change.json",
            NotePurpose::RollBack => ".wenlu-undo.json",
        })
    }
}

impl ChangeNote {
    pub fn of(change: &ChangeSet, draft: Option<i64>) -> Self {
        let mut note = ChangeNote {
            files: change.files.clone(),
            summary: change.summary.clone(),
            draft,
            sha256: None,
        };
        note.sha256 = note.digest();
        note
    }

    /// Writes the note; it is on disk when this returns.
    pub fn write(&self, root: &Path) -> Result<(), ApplyError> {
        let path = NotePurpose::Apply.path(root);
        let text =
            serde_json::to_string(self).map_err(|error| disk::failed(&path)(error.into()))?;
        disk::write(&path, &text)
    }

    /// `None` if there is no note; `Some(None)` if it is truncated.
    pub fn read(root: &Path, purpose: NotePurpose) -> Result<Option<Option<Self>>, ApplyError> {
        let Some(bytes) = disk::bytes(&purpose.path(root))? else {
            return Ok(None);
        };
        let note = serde_json::from_slice::<ChangeNote>(&bytes).ok();
        Ok(Some(note.filter(|note| {
            note.sha256.is_none() || note.sha256 == note.digest()
        })))
    }

    fn digest(&self) -> Option<String> {
        let told = serde_json::to_vec(&(&self.files, &self.summary, self.draft)).ok()?;
        Some(hex(&Sha256::digest(told)))
    }
}

/// Whether there is a note of an unfinished change. Read errors count as no.
pub fn is_there(root: &Path) -> bool {
    NotePurpose::ALL
        .iter()
        .any(|purpose| purpose.path(root).exists())
}

/// Sets a note aside; returns its new path.
pub fn set_aside(root: &Path, purpose: NotePurpose) -> Result<PathBuf, ApplyError> {
    let folder = root.join(disk::NOTES_FOLDER);
    let now = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    // names sort by age, even within one second
    let prefix = format!("{ASIDE_PREFIX}{now}-");
    let numbers = names_aside(&folder).into_iter().filter_map(|name| {
        name.strip_prefix(&prefix)?
            .strip_suffix(".json")?
            .parse::<u32>()
            .ok()
    });
    let next = numbers.max().map_or(0, |last| last + 1);
    let to = folder.join(format!("{prefix}{next:04}.json"));
    disk::set_name(&purpose.path(root), &to)?;
    let all = names_aside(&folder);
    for old in all.iter().take(all.len().saturating_sub(MAX_SET_ASIDE)) {
        disk::remove(&folder.join(old))?;
    }
    Ok(to)
}

/// The changes that were set aside, the oldest first.
pub fn all_aside(root: &Path) -> Vec<SetAsideChange> {
    let folder = root.join(disk::NOTES_FOLDER);
    let read = |name: String| {
        let note = fs::read(folder.join(&name))
            .ok()
            .and_then(|bytes| serde_json::from_slice::<ChangeNote>(&bytes).ok());
        let file = format!("{}/{name}", disk::NOTES_FOLDER);
        let (summary, draft, files) = note.map_or_else(Default::default, |note| {
            (note.summary, note.draft, note.files)
        });
        SetAsideChange {
            file,
            summary,
            draft,
            paths: files.into_iter().map(|file| file.path).collect(),
        }
    };
    names_aside(&folder).into_iter().map(read).collect()
}

fn names_aside(folder: &Path) -> Vec<String> {
    let listing = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = listing.filter_map(|item| item.file_name().into_string().ok());
    let mut names: Vec<String> = names
        .filter(|name| name.starts_with(ASIDE_PREFIX) && name.ends_with(".json"))
        .collect();
    names.sort_unstable();
    names
}
