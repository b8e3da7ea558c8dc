//! Erases all data of one conversation, after a confirmation.

use crate::admin::html::{Page, form, note, page, text};
use crate::admin::visitor::{Sent, Visitor};
use crate::admin::{Admin, AdminError};
use crate::message::ConversationId;
use crate::store::erase::{Traces, known_as};
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Whose {
    #[serde(default)]
    conversation: String,
}

/// Shows what would be erased.
pub async fn ask(State(admin): State<Admin>, visitor: Visitor, Sent(whose): Sent<Whose>) -> Page {
    let conversation = conversation(whose)?;
    let traces = admin.store().traces(conversation.as_str()).await?;
    let is_known = !traces.rows.is_empty();
    let sure = html! {
        p { "清除之后无法恢复。Telegram 里已经发出的消息、导出过的文件、已发布进数据文件的句子不在其内；备份要用命令清除：" }
        p { code { "wenlu review erase --conversation " (text(conversation.as_str())) " --backup 文件…" } }
        (form(&visitor, "/admin/erase", html! {
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
    Ok(page(&visitor, "/admin/journal", "清除一段对话", body))
}

pub async fn erase(State(admin): State<Admin>, visitor: Visitor, Sent(whose): Sent<Whose>) -> Page {
    let conversation = conversation(whose)?;
    let erased = admin.store().erase(visitor.by(), conversation.as_str()).await?;
    let said = if erased.is_wiped {
        note("good", "已经清除，数据库文件里也没有了。备份里可能还有。")
    } else {
        note("bad", "行已删除，但一直有人在读数据库，写前日志里还有残留；最迟一分钟后会再清一次。")
    };
    let body = html! {
        (said)
        section.card {
            h2 { "指纹 " code { (known_as(conversation.as_str())) } }
            (table(&erased.traces))
            @if !erased.traces.published.is_empty() {
                p { "这些已发布的变更用过这里的问题，原话可能在数据文件和 git 里，请去看看：" }
                ul { @for id in &erased.traces.published { li { a href=(format!("/admin/changes/{id}")) { "#" (id) } } } }
            }
        }
    };
    Ok(page(&visitor, "/admin/journal", "清除一段对话", body))
}

fn conversation(whose: Whose) -> Result<ConversationId, AdminError> {
    match whose.conversation.trim() {
        "" => Err(AdminError::NotFound),
        name => ConversationId::parse(name).map_err(|_| AdminError::BadForm),
    }
}

fn table(traces: &Traces) -> Markup {
    html! {
        @if traces.rows.is_empty() { p { "没有它的记录。" } } @else {
            table {
                thead { tr { th { "表" } th.number { "行" } } }
                tbody { @for (table, count) in &traces.rows { tr { td { code { (table) } } td.number { (count) } } } }
            }
        }
    }
}
