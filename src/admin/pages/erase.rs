//! Erases all data of one conversation, after a confirmation.

use crate::admin::html::{PageResult, form, note, page, text};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::store::erase::{ConversationTraces, audit_alias};
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;
use wenlu_core::model::ConversationId;

#[derive(Deserialize)]
pub(super) struct EraseConversationForm {
    #[serde(default)]
    conversation: String,
}

/// Shows what would be erased.
pub(super) async fn ask(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(whose): FormInput<EraseConversationForm>,
) -> PageResult {
    let conversation = conversation(whose)?;
    let traces = admin
        .store()
        .erasure()
        .traces(conversation.as_str())
        .await?;
    let is_known = !traces.rows.is_empty();
    let sure = html! {
        p { "清除之后无法恢复。Telegram 里已经发出的消息、导出过的文件、已发布进数据文件的句子不在其内；备份要用命令清除：" }
        p { code { "wenlu review erase --conversation " (text(conversation.as_str())) " --backup 文件…" } }
        (form(&user, "/admin/erase", html! {
            input type="hidden" name="conversation" value=(text(conversation.as_str()));
            button.strong type="submit" { "全部清除" } " "
            a.button href="/admin/journal" { "不清除" }
        }))
    };
    let body = html! {
        section.card {
            h2 { "会话 " code { (text(conversation.as_str())) } }
            (table(&traces))
            @if is_known { (sure) }
        }
    };
    Ok(page(&user, "/admin/journal", "清除一段对话", body))
}

pub(super) async fn erase(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(whose): FormInput<EraseConversationForm>,
) -> PageResult {
    let conversation = conversation(whose)?;
    let erased = admin
        .store()
        .erasure()
        .erase(user.by(), conversation.as_str())
        .await?;
    let said = if erased.is_wiped {
        note("good", "已经清除，数据库文件里也没有了。备份里可能还有。")
    } else {
        note(
            "bad",
            "行已删除，但一直有人在读数据库，写前日志里还有残留；最迟一分钟后会再清一次。",
        )
    };
    let body = html! {
        (said)
        section.card {
            h2 { "指纹 " code { (audit_alias(conversation.as_str())) } }
            (table(&erased.traces))
            @if !erased.traces.published.is_empty() {
                p { "这些已发布的变更用过这里的问题，原话可能在数据文件和 git 里，请去看看：" }
                ul { @for id in &erased.traces.published { li { a href=(format!("/admin/changes/{id}")) { "#" (id) } } } }
            }
        }
    };
    Ok(page(&user, "/admin/journal", "清除一段对话", body))
}

fn conversation(whose: EraseConversationForm) -> Result<ConversationId, AdminError> {
    match whose.conversation.trim() {
        "" => Err(AdminError::NotFound),
        name => ConversationId::parse(name).map_err(|_| AdminError::BadForm),
    }
}

fn table(traces: &ConversationTraces) -> Markup {
    html! {
        @if traces.rows.is_empty() { p { "没有它的记录。" } } @else {
            table {
                thead { tr { th { "表" } th.number { "行" } } }
                tbody { @for (table, count) in &traces.rows { tr { td { code { (table) } } td.number { (count) } } } }
            }
        }
    }
}
