//! The audit log, newest first; or what was erased, and by whom.

use crate::admin::AdminState;
use crate::admin::html::{PageResult, field, page, text, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::labels::audit_action_label;
use crate::store::audit::{AuditAction, AuditEntry, AuditFilter};
use crate::store::erase::audit_alias;
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;

const LINES: usize = 50;
const PATH: &str = "/admin/audit";
/// The value of `show` for the entries of erasures alone.
const ERASED: &str = "erased";

#[derive(Deserialize)]
pub(super) struct AuditLogQuery {
    before: Option<i64>,
    #[serde(default)]
    show: String,
    /// A conversation of which one wants to know whether it was erased.
    #[serde(default)]
    conversation: String,
}

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(query): FormInput<AuditLogQuery>,
) -> PageResult {
    let is_erased = query.show == ERASED;
    let conversation = query.conversation.trim();
    let filter = AuditFilter {
        action: is_erased.then_some(AuditAction::Erase),
        // the log has only a fingerprint, from which the conversation cannot be read
        subject: (is_erased && !conversation.is_empty()).then(|| audit_alias(conversation)),
    };
    let before = query.before.unwrap_or(i64::MAX);
    let log = admin.store().audit();
    let lines = log.filtered(&filter, before, LINES as i64).await?;
    let next = lines
        .last()
        .filter(|_| lines.len() == LINES)
        .map(|line| line.id);
    let body = html! {
        nav.filters aria-label="看哪些" {
            a href=(PATH) aria-current=[(!is_erased).then_some("page")] { "全部" }
            a href=(format!("{PATH}?show={ERASED}")) aria-current=[is_erased.then_some("page")] { "清除过的" }
        }
        @if is_erased { (search(conversation)) }
        @if lines.is_empty() { p.soft role="status" { (nothing(is_erased, conversation, query.before)) } }
        (table(&admin, &lines))
        @if let Some(next) = next {
            p { a.button href=(format!("{PATH}?before={next}{}", if is_erased { "&show=erased" } else { "" })) { "更早的" } }
        }
    };
    Ok(page(&user, PATH, "操作记录", body))
}

fn nothing(is_erased: bool, conversation: &str, before: Option<i64>) -> &'static str {
    match (is_erased, conversation, before) {
        (true, "", None) => "还没有清除过任何人的记录。",
        (true, "", Some(_)) => "没有更早的记录。",
        (true, ..) => "没有清除过这段对话的记录。",
        (false, ..) => "没有更早的记录。",
    }
}

/// Finds out whether a conversation was erased, for whoever has its name.
fn search(conversation: &str) -> Markup {
    html! {
        form method="get" action=(PATH) {
            input type="hidden" name="show" value=(ERASED);
            div.line {
                div.field.wide {
                    (field("会话", html! { input name="conversation" type="search" value=(text(conversation)) maxlength="200" autocomplete="off"; },
                        "这里只存指纹，不存清除了的内容。填会话的名字，就查得到它是谁、什么时候清除的。"))
                }
                button type="submit" { "查" }
            }
        }
    }
}

fn table(admin: &AdminState, lines: &[AuditEntry]) -> Markup {
    html! {
        div.card.scroll tabindex="0" role="region" aria-label="操作记录" {
            table {
                thead { tr { @for name in ["时间", "谁", "做了什么", "对象", "细节", "来自"] { th scope="col" { (name) } } } }
                tbody {
                    @for line in lines {
                        tr {
                            td { (time(admin, line.at)) }
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
    }
}
