//! One conversation from the journal.

use crate::admin::html::{self, PageResult, page, text, time};
use crate::admin::middleware::SignedInUser;
use crate::admin::{AdminError, AdminState};
use crate::store::accounts::AccountRight;
use crate::store::records::JournalRow;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use maud::{Markup, html};
use wenlu_core::labels::score_source_label;
use wenlu_core::model::TurnOutcome;

/// Turns shown before the requested one, and after it.
const AROUND: i64 = 100;

/// `id` is a turn's number in the journal.
pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: Result<Path<i64>, PathRejection>,
) -> PageResult {
    let Path(id) = id.map_err(|_| AdminError::NotFound)?;
    let row = admin
        .store()
        .journal()
        .entry(id)
        .await?
        .ok_or(AdminError::NotFound)?;
    let mut turns = admin
        .store()
        .journal()
        .until(&row.conversation, id, AROUND)
        .await?;
    turns.extend(
        admin
            .store()
            .journal()
            .after(&row.conversation, id, AROUND)
            .await?,
    );
    let asked = crate::review::question(&row).to_owned();
    let body = html! {
        p.soft { "会话 " code { (text(&row.conversation)) } "，共 " (turns.len()) " 轮" @if turns.len() as i64 >= AROUND { "（前后各最多 100 轮）" } }
        @if user.has(AccountRight::Accounts) {
            p { a.button href=(format!("/admin/erase?conversation={}", row.conversation)) { "清除这段对话" } }
        }
        section.card { ol.talk { @for turn in &turns { (one(&admin, turn, turn.id == id)) } } }
        @if !asked.is_empty() {
            section.card {
                h2 { "标出的这一问" }
                p { span.said { (text(&asked)) } }
                p.soft { "当时的知识版本 " code { (row.entry.knowledge) } }
                (nearest(&admin, &row))
                p {
                    a.button href=(playground_path(&asked)) { "现在会怎样回答？" } " "
                    @if user.has(AccountRight::Review) { a.button href=(format!("/admin/turns/{id}")) { "处理这一问" } }
                }
            }
        }
    };
    Ok(page(&user, "/admin/clusters", "对话", body))
}

fn one(admin: &AdminState, turn: &JournalRow, here: bool) -> Markup {
    let entry = &turn.entry;
    let who = if entry.outcome == TurnOutcome::Person {
        "同事"
    } else {
        "提问的人"
    };
    html! {
        li.here[here] id=(turn.id) aria-current=[here.then_some("true")] {
            div.soft { (who) "　" (time(admin, entry.at)) }
            @if entry.text.is_empty() { span.said.soft { "（打开对话）" } } @else { span.said { (text(&entry.text)) } }
            div.soft {
                "→ " (html::outcome_label(entry))
                @if let Some(id) = entry.gap.as_ref().or(entry.intent.as_ref()) { "　" (html::intent_link(admin, id)) }
                @if entry.decision.is_some() { (format!("　把握 {:.2}", entry.confidence)) }
                @if let Some(scored_by) = entry.scored_by { "　" span.tag { (score_source_label(scored_by)) } }
                @if entry.handed_over { "　" span.tag { "已转人工" } }
            }
            (comment(turn))
        }
    }
}

/// What the asker wrote after 没解决.
pub(super) fn comment(turn: &JournalRow) -> Markup {
    html! { @if let Some(comment) = &turn.comment { p.comment { "哪里没说清楚：" (text(comment)) } } }
}

fn nearest(admin: &AdminState, row: &JournalRow) -> Markup {
    html! {
        @if row.entry.candidates.is_empty() { p.soft { "当时没有接近的意图。" } } @else {
            p { "当时最接近的：" }
            ol.tally {
                @for near in &row.entry.candidates {
                    li { (html::intent_link(admin, &near.intent)) span.number { (format!("{:.4}", near.confidence)) } }
                }
            }
        }
    }
}

/// The playground's address with `asked` filled in.
pub(super) fn playground_path(asked: &str) -> String {
    format!(
        "/admin/try?{}",
        form_urlencoded::Serializer::new(String::new())
            .append_pair("text", asked)
            .finish()
    )
}
