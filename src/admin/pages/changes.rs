//! The list of changes to the data files, newest first.

use crate::admin::Admin;
use crate::admin::html::{Page, page, text, time};
use crate::admin::visitor::{Sent, Visitor};
use crate::store::reviews::{State as Is, StoredChange};
use crate::wording::state_name;
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;

const LINES: usize = 40;

#[derive(Deserialize)]
pub struct From {
    before: Option<i64>,
}

pub async fn list(State(admin): State<Admin>, visitor: Visitor, Sent(From { before }): Sent<From>) -> Page {
    let changes = admin.store().changes(before.unwrap_or(i64::MAX), LINES as i64).await?;
    let next = changes.last().filter(|_| changes.len() == LINES).map(|change| change.id);
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
    Ok(page(&visitor, "/admin/changes", "修改", body))
}

fn row(admin: &Admin, change: &StoredChange) -> Markup {
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
            span.tag.(tone) { (state_name(change.state)) }
        }
    }
}
