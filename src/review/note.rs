//! The note of a change that is being made. In: the root of the data files. Out: what a process was about to do when it was
//! stopped, whole or not at all. Must not know: how a change is made or taken back.
//!
//! The name says what is to be done: [`Purpose::Make`], or [`Purpose::TakeBack`] where it could not be made whole. To turn
//! the one into the other takes a rename, which a full disk does not prevent. Where neither can be done because somebody
//! changed the same file by hand, the note is set aside under a third name: nothing waits for it any more, and what the
//! change was to write can still be read in it.

use super::apply::ApplyError;
use super::change::{Change, FileChange};
use super::disk;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

/// Notes that are kept for people; the oldest go.
const ASIDE: usize = 16;
const ASIDE_PREFIX: &str = ".wenlu-conflict-";

/// What is to be done with the change of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    Make,
    TakeBack,
}

/// A change on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeNote {
    pub files: Vec<FileChange>,
    pub summary: String,
    /// The number of the draft that it was.
    #[serde(default)]
    pub draft: Option<i64>,
    /// Of everything before it: half a note is none. Older versions wrote none.
    #[serde(default)]
    sha256: Option<String>,
}

/// A change that met what somebody had written by hand, for those who look after the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Named from the root.
    pub file: String,
    /// Of the change; empty where the note cannot be read.
    pub summary: String,
    pub paths: Vec<String>,
    pub draft: Option<i64>,
}

impl Purpose {
    pub const ALL: [Purpose; 2] = [Purpose::Make, Purpose::TakeBack];

    pub fn path(self, root: &Path) -> PathBuf {
        root.join(disk::NOTES).join(match self {
            Purpose::Make => ".wenlu-change.json",
            Purpose::TakeBack => ".wenlu-undo.json",
        })
    }
}

impl ChangeNote {
    pub fn of(change: &Change, draft: Option<i64>) -> Self {
        let mut note = ChangeNote { files: change.files.clone(), summary: change.summary.clone(), draft, sha256: None };
        note.sha256 = note.digest();
        note
    }

    /// On the disk when this returns.
    pub fn write(&self, root: &Path) -> Result<(), ApplyError> {
        let path = Purpose::Make.path(root);
        let text = serde_json::to_string(self).map_err(|error| disk::failed(&path)(error.into()))?;
        disk::write(&path, &text)
    }

    /// `None`: there is none. `Some(None)`: what stands there is not whole.
    pub fn read(root: &Path, purpose: Purpose) -> Result<Option<Option<Self>>, ApplyError> {
        let Some(bytes) = disk::bytes(&purpose.path(root))? else { return Ok(None) };
        let note = serde_json::from_slice::<ChangeNote>(&bytes).ok();
        Ok(Some(note.filter(|note| note.sha256.is_none() || note.sha256 == note.digest())))
    }

    fn digest(&self) -> Option<String> {
        let told = serde_json::to_vec(&(&self.files, &self.summary, self.draft)).ok()?;
        Some(Sha256::digest(told).iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Whether a change was begun that nobody has come to an end with, as far as can be seen.
pub fn is_there(root: &Path) -> bool {
    Purpose::ALL.iter().any(|purpose| purpose.path(root).exists())
}

/// Puts a note where nothing waits for it; its new name.
pub fn set_aside(root: &Path, purpose: Purpose) -> Result<PathBuf, ApplyError> {
    let folder = root.join(disk::NOTES);
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    // the names sort by age, also those of one second
    let prefix = format!("{ASIDE_PREFIX}{now}-");
    let numbers = names_aside(&folder)
        .into_iter()
        .filter_map(|name| name.strip_prefix(&prefix)?.strip_suffix(".json")?.parse::<u32>().ok());
    let next = numbers.max().map_or(0, |last| last + 1);
    let to = folder.join(format!("{prefix}{next:04}.json"));
    disk::set_name(&purpose.path(root), &to)?;
    let all = names_aside(&folder);
    for old in all.iter().take(all.len().saturating_sub(ASIDE)) {
        disk::remove(&folder.join(old))?;
    }
    Ok(to)
}

/// What was set aside, the oldest first.
pub fn all_aside(root: &Path) -> Vec<SetAside> {
    let folder = root.join(disk::NOTES);
    let read = |name: String| {
        let note =
            fs::read(folder.join(&name)).ok().and_then(|bytes| serde_json::from_slice::<ChangeNote>(&bytes).ok());
        let file = format!("{}/{name}", disk::NOTES);
        let (summary, draft, files) = note.map_or_else(Default::default, |note| (note.summary, note.draft, note.files));
        SetAside { file, summary, draft, paths: files.into_iter().map(|file| file.path).collect() }
    };
    names_aside(&folder).into_iter().map(read).collect()
}

fn names_aside(folder: &Path) -> Vec<String> {
    let listing = fs::read_dir(folder).into_iter().flatten().flatten();
    let names = listing.filter_map(|item| item.file_name().into_string().ok());
    let mut names: Vec<String> =
        names.filter(|name| name.starts_with(ASIDE_PREFIX) && name.ends_with(".json")).collect();
    names.sort_unstable();
    names
}
