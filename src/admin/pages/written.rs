//! Editors for the texts of a draft.

use super::draft::act;
use super::files;
use crate::admin::Admin;
use crate::admin::visitor::Visitor;
use crate::admin::work::{Trial, Trials};
use crate::review::change::Change;
use crate::review::workshop::to_be_written;
use crate::store::accounts::Role;
use crate::store::reviews::StoredChange;
use maud::{Markup, html};
use std::collections::BTreeSet;

/// Files outside the draft that are offered for editing because the draft makes mistakes in them.
const OFFERED: usize = 3;

/// An editor for each file of the draft; for operators also for other files in which it makes
/// mistakes.
pub fn by_hand(admin: &Admin, visitor: &Visitor, stored: &StoredChange, change: &Change) -> Markup {
    let missing = change.conflicting().or(to_be_written(stored, change));
    let editor = |path: &str, content: &str, open: bool, label: &str, hint: &str| {
        html! {
            details.card open[open] {
                summary { (label) code { (path) } }
                (act(visitor, stored, "file", html! {
                    input type="hidden" name="path" value=(path);
                    (writing(content, path))
                    p.acts { button type="submit" { "保存到草稿" } small { (hint) } }
                }))
            }
        }
    };
    html! {
        @for file in &change.files {
            @let content = file.after.as_deref().unwrap_or_default();
            (editor(&file.path, content, missing == Some(file.path.as_str()), "改草稿里的 ", "清空就是不要这个文件"))
        }
        @if visitor.may(Role::Operator) {
            @let files = admin.workshop.files();
            @for path in mistaken(admin, stored, change) {
                (editor(&path, files.text(&path).unwrap_or_default(), false, "一起改有错误的 ", "会加进这份草稿"))
            }
        }
    }
}

/// Files outside the draft in which it makes mistakes.
fn mistaken(admin: &Admin, stored: &StoredChange, change: &Change) -> Vec<String> {
    let Trial::Known(preview) = Trials::of(admin, stored, change) else { return Vec::new() };
    let is_other = |path: &&str| change.files.iter().all(|file| file.path != *path) && files::check(path).is_ok();
    let paths: BTreeSet<&str> = preview.verdict.mistakes.iter().map(|mistake| mistake.place.file.as_str()).collect();
    paths.into_iter().filter(is_other).take(OFFERED).map(str::to_owned).collect()
}

/// A text area with a file's content.
pub fn writing(content: &str, label: &str) -> Markup {
    // HTML drops the first line break in a text area
    html! { textarea name="content" rows="16" spellcheck="false" aria-label=(label) { "\n" (content) } }
}
