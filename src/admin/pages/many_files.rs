//! A change of many files, such as an imported table: the page shows the first, and one file or all on
//! request, since a page of a thousand editors is of no use to anybody. In: a change and what was
//! asked for. Out: the change as it is shown, and links to the rest. Must not know: how a file is shown.

use crate::review::change::{ChangeSet, FileChange};
use crate::review::change_service::to_be_written;
use crate::store::reviews::StoredChange;
use maud::{Markup, html};
use serde::Deserialize;

/// Files that a page shows without being asked.
const SHOWN: usize = 30;

/// What the page is to show: one file by its path, or all; without either the first files.
#[derive(Deserialize)]
pub(super) struct FileChoice {
    #[serde(default)]
    file: String,
    #[serde(default)]
    all: String,
}

/// The change with the files that are shown, and what is said of the others.
pub(super) fn leave_out(
    change: &ChangeSet,
    stored: &StoredChange,
    choice: &FileChoice,
) -> (ChangeSet, Markup) {
    if change.files.len() <= SHOWN || choice.all == "yes" {
        return (change.clone(), html! {});
    }
    // what has to be mended first is always there
    let first = change.conflicting().or(to_be_written(stored, change));
    let is_wanted =
        |file: &FileChange| file.path == choice.file || Some(file.path.as_str()) == first;
    let wanted = change.files.iter().filter(|file| is_wanted(file));
    let others = change.files.iter().filter(|file| !is_wanted(file));
    let files: Vec<FileChange> = wanted.chain(others).take(SHOWN).cloned().collect();
    let page = format!("/admin/changes/{}", stored.id);
    let left: Vec<&str> = change
        .files
        .iter()
        .filter(|file| files.iter().all(|shown| shown.path != file.path))
        .map(|file| file.path.as_str())
        .collect();
    let said = html! {
        p { "一共 " (change.files.len()) " 个文件，这里先列 " (files.len()) " 个。" a href=(format!("{page}?all=yes")) { "全部列出" } }
        details {
            summary { "其余 " (left.len()) " 个" }
            ul.chips { @for path in &left { li { a href=(format!("{page}?file={path}")) { code { (path) } } } } }
        }
    };
    let shown = ChangeSet {
        files,
        summary: change.summary.clone(),
    };
    (shown, said)
}
