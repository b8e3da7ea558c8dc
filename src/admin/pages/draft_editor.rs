//! Editors for the texts of a draft.

use super::draft_form::{draft_form, editor_field};
use super::files;
use crate::admin::AdminState;
use crate::admin::middleware::SignedInUser;
use crate::admin::preview_jobs::PreviewState;
use crate::review::change::ChangeSet;
use crate::review::change_service::to_be_written;
use crate::store::accounts::AccountRight;
use crate::store::reviews::StoredChange;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Files outside the draft that are offered for editing because the draft makes mistakes in them.
const OFFERED: usize = 3;

/// An editor for each file of the draft that is shown; for operators also for files outside the draft
/// in which it makes mistakes.
pub(super) fn editors(
    admin: &AdminState,
    user: &SignedInUser,
    stored: &StoredChange,
    (change, shown): (&ChangeSet, &ChangeSet),
) -> Markup {
    let missing = change.conflicting().or(to_be_written(stored, change));
    let editor = |path: &str, content: &str, open: bool, label: &str, hint: &str| {
        html! {
            details.card open[open] {
                summary { (label) code { (path) } }
                (draft_form(user, stored, "file", html! {
                    input type="hidden" name="path" value=(path);
                    (editor_field(content, path))
                    p.acts { button type="submit" { "保存到草稿" } small { (hint) } }
                }))
            }
        }
    };
    html! {
        @for file in &shown.files {
            @let content = file.after.as_deref().unwrap_or_default();
            (editor(&file.path, content, missing == Some(file.path.as_str()), "改草稿里的 ", "清空就是不要这个文件"))
        }
        @if user.has(AccountRight::Change) {
            @let files = admin.change_service.files();
            @for path in mistaken(admin, stored, change) {
                (editor(&path, files.text(&path).unwrap_or_default(), false, "一起改有错误的 ", "会加进这份草稿"))
            }
        }
    }
}

/// Files outside the draft in which it makes mistakes.
fn mistaken(admin: &AdminState, stored: &StoredChange, change: &ChangeSet) -> Vec<String> {
    let PreviewState::Known(preview) = admin.preview_jobs.of(stored, change) else {
        return Vec::new();
    };
    let is_other = |path: &&str| {
        change.files.iter().all(|file| file.path != *path) && files::check(path).is_ok()
    };
    let paths: BTreeSet<&str> = preview
        .verdict
        .mistakes
        .iter()
        .map(|mistake| mistake.place.file.as_str())
        .collect();
    paths
        .into_iter()
        .filter(is_other)
        .take(OFFERED)
        .map(str::to_owned)
        .collect()
}
