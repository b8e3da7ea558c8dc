//! The audit log, newest first.

use crate::admin::AdminState;
use crate::admin::html::{PageResult, page, text, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::labels::audit_action_label;
use axum::extract::State;
use maud::html;
use serde::Deserialize;

const LINES: usize = 50;

#[derive(Deserialize)]
pub(super) struct AuditLogQuery {
    before: Option<i64>,
}

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(AuditLogQuery { before }): FormInput<AuditLogQuery>,
) -> PageResult {
    let lines = admin
        .store()
        .audit()
        .entries(before.unwrap_or(i64::MAX), LINES as i64)
        .await?;
    let next = lines
        .last()
        .filter(|_| lines.len() == LINES)
        .map(|line| line.id);
    let body = html! {
        @if lines.is_empty() { p.soft { "没有更早的记录。" } }
        div.card.scroll tabindex="0" role="region" aria-label="操作记录" {
            table {
                thead { tr { @for name in ["时间", "谁", "做了什么", "对象", "细节", "来自"] { th scope="col" { (name) } } } }
                tbody {
                    @for line in &lines {
                        tr {
                            td { (time(&admin, line.at)) }
                            td { (text(&line.actor)) }
                            td { (audit_action_label(line.action)) }
                            td { (text(&line.subject)) }
                            td { (text(&line.detail)) }
                            td.soft { (line.client) }
                        }
                    }
                }
            }
        }
        @if let Some(next) = next { p { a.button href=(format!("/admin/audit?before={next}")) { "更早的" } } }
    };
    Ok(page(&user, "/admin/audit", "操作记录", body))
}
