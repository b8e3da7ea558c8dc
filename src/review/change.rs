//! A change of data files that nobody has made yet. In: the files as they are, and as they are to be. Out: a diff to look
//! at, and the change that takes it back. Must not know: the disk, TOML.

use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffOp, TextDiff, capture_diff_slices};
use std::ops::Range;

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
    /// else what was changed since stays. Where that is the very same place, or nothing is left of the change, there is no
    /// way back: `Err` names the file.
    pub fn reversed(&self, now: impl Fn(&str) -> Option<String>) -> Result<Change, String> {
        let mut files = Vec::new();
        for FileChange { path, before, after } in &self.files {
            let now = now(path);
            let back = match (before, after, &now) {
                _ if now == *after => before.clone(),
                (Some(before), Some(after), Some(now)) => Some(merged(after, now, before).ok_or_else(|| path.clone())?),
                _ => return Err(path.clone()),
            };
            if back == now {
                return Err(path.clone());
            }
            files.push(FileChange { path: path.clone(), before: now, after: back });
        }
        Ok(Change { files, summary: format!("撤销：{}", self.summary) })
    }
}

/// One file as a unified diff; empty where nothing differs.
pub fn diff(path: &str, before: Option<&str>, after: Option<&str>) -> String {
    let name = |side: &str, text: Option<&str>| text.map_or("/dev/null".to_owned(), |_| format!("{side}/{path}"));
    let lines = TextDiff::from_lines(before.unwrap_or_default(), after.unwrap_or_default());
    lines.unified_diff().context_radius(3).header(&name("a", before), &name("b", after)).to_string()
}

/// `base` with what `ours` and what `theirs` made of it, line by line; `None` where both changed the same lines.
pub fn merged(base: &str, ours: &str, theirs: &str) -> Option<String> {
    let [base, ours, theirs] = [base, ours, theirs].map(|text| text.split_inclusive('\n').collect::<Vec<&str>>());
    let mut edits: Vec<(Range<usize>, &[&str])> = Vec::new();
    for side in [&ours, &theirs] {
        for op in capture_diff_slices(Algorithm::Myers, &base, side) {
            if !matches!(op, DiffOp::Equal { .. }) {
                edits.push((op.old_range(), side.get(op.new_range())?));
            }
        }
    }
    edits.sort_by_key(|(range, _)| (range.start, range.end));
    edits.dedup();
    let mut out = String::new();
    let mut at = 0;
    let mut last: Option<Range<usize>> = None;
    for (range, lines) in edits {
        // what both put in at one place has no order
        if range.start < at || (range.is_empty() && last.as_ref() == Some(&range)) {
            return None;
        }
        out.extend(base.get(at..range.start)?.iter().copied());
        out.extend(lines.iter().copied());
        at = range.end;
        last = Some(range);
    }
    out.extend(base.get(at..)?.iter().copied());
    Some(out)
}
