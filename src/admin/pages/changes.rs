//! The list of changes to the data files, newest first.

use crate::admin::AdminState;
use crate::admin::html::{PageResult, page, text, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::labels::change_state_label;
use crate::store::reviews::{ChangeState as Is, StoredChange};
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;

const LINES: usize = 40;

#[derive(Deserialize)]
pub(super) struct ChangeListQuery {
    before: Option<i64>,
}

pub(super) async fn list(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(ChangeListQuery { before }): FormInput<ChangeListQuery>,
) -> PageResult {
    let changes = admin
        .store()
        .reviews()
        .changes(before.unwrap_or(i64::MAX), LINES as i64)
        .await?;
    let next = changes
        .last()
        .filter(|_| changes.len() == LINES)
        .map(|change| change.id);
    let body = html! {
        @if changes.is_empty() {
            section.card.empty {
                h2 { "还没有修改" }
                p { "在" a href="/admin/clusters" { "待处理" } "里挑一类问题，加为例句或新建意图；草稿和发布过的修改都会列在这里，可以撤销。" }
            }
        } @else {
            section.card { ul.rows { @for change in &changes { (row(&admin, change)) } } }
        }
        @if let Some(next) = next { p { a.button href=(format!("/admin/changes?before={next}")) { "更早的" } } }
    };
    Ok(page(&user, "/admin/changes", "修改", body))
}

fn row(admin: &AdminState, change: &StoredChange) -> Markup {
    let tone = match change.state {
        Is::Draft | Is::Discarded => "",
        Is::Published => "good",
        Is::Undone => "bad",
    };
    html! {
        li data-row {
            div {
                a href=(format!("/admin/changes/{}", change.id)) { "#" (change.id) " " (text(&change.summary)) }
                div.soft {
                    (text(&change.actor)) " 起草于 " (time(admin, change.at))
                    @if let (Some(by), Some(at)) = (&change.published_by, change.published_at) { "，" (text(by)) " 发布于 " (time(admin, at)) }
                }
            }
            span.tag.(tone) { (change_state_label(change.state)) }
        }
    }
}
