//! The journal: search with paging, and download as CSV or JSON lines.

use super::conversation::comment;
use crate::admin::html::{self, PageResult, chat_link, field, form, page, serde_name, text, time};
use crate::admin::journal_export::{self, JournalExportFormat};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::store::JournalSearch;
use crate::store::JournalWindow;
use crate::store::accounts::AccountRight;
use crate::store::audit::AuditAction;
use crate::store::records::JournalRow;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use wenlu_core::labels::turn_outcome_label;
use wenlu_core::model::Timestamp;
use wenlu_core::model::TurnOutcome;

const ROWS: usize = 50;
/// Outcomes offered in the search form.
const OUTCOMES: [TurnOutcome; 9] = [
    TurnOutcome::Answered,
    TurnOutcome::Clarified,
    TurnOutcome::Menu,
    TurnOutcome::Unknown,
    TurnOutcome::Gap,
    TurnOutcome::Solved,
    TurnOutcome::Unsolved,
    TurnOutcome::Human,
    TurnOutcome::Person,
];

/// The search as the form sends it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct JournalSearchQuery {
    #[serde(default)]
    text: String,
    #[serde(default)]
    outcome: String,
    #[serde(default)]
    intent: String,
    #[serde(default)]
    conversation: String,
    /// First and last day, such as 2026-11-01.
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    before: Option<i64>,
}

#[derive(Deserialize)]
pub(super) struct JournalExportForm {
    /// [`JournalSearchQuery`] as a query string.
    #[serde(default)]
    asked: String,
    format: JournalExportFormat,
}

impl JournalSearchQuery {
    fn search(&self, admin: &AdminState) -> JournalSearch {
        let begins = |date: Date| {
            date.to_zoned_datetime(admin.config.timezone.clone())
                .ok()
                .map(|at| Timestamp(at.timestamp().as_millisecond()))
        };
        let until = self
            .to
            .parse()
            .ok()
            .and_then(|date: Date| date.checked_add(1.day()).ok());
        JournalSearch {
            text: self.text.trim().to_owned(),
            outcome: OUTCOMES
                .into_iter()
                .find(|outcome| serde_name(*outcome) == self.outcome),
            intent: self.intent.trim().to_owned(),
            conversation: self.conversation.trim().to_owned(),
            window: JournalWindow {
                since: self.from.parse().ok().and_then(begins),
                until: until.and_then(begins),
            },
        }
    }

    /// The search as a query string; `before` continues below that row.
    fn query(&self, before: Option<i64>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(self.fields());
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        query.finish()
    }

    fn fields(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("text", self.text.as_str()),
            ("outcome", &self.outcome),
            ("intent", &self.intent),
            ("conversation", &self.conversation),
            ("from", &self.from),
            ("to", &self.to),
        ];
        all.into_iter().filter(|(_, value)| !value.is_empty())
    }
}

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(asked): FormInput<JournalSearchQuery>,
) -> PageResult {
    let rows = admin
        .store()
        .journal()
        .search(
            &asked.search(&admin),
            asked.before.unwrap_or(i64::MAX),
            ROWS as i64,
        )
        .await?;
    let next = rows.last().filter(|_| rows.len() == ROWS).map(|row| row.id);
    let body = html! {
        (search_form(&asked))
        @if rows.is_empty() {
            section.card.empty {
                @if asked.fields().next().is_some() { h2 { "没有符合的记录" } p { "放宽条件再找，或" a href="/admin/journal" { "看全部" } "。" } }
                @else if asked.before.is_some() { h2 { "没有更早的记录" } }
                @else { h2 { "还没有对话记录" } p { "到" (chat_link(&admin, "聊天页面")) "问上几句，就会记在这里。" } }
            }
        } @else {
            section.card { (table(&admin, &rows)) }
            @if let Some(next) = next { p { a.button href=(format!("/admin/journal?{}", asked.query(Some(next)))) rel="next" { "更早的" } } }
            @if user.has(AccountRight::Review) { (take_along(&user, &asked)) }
        }
    };
    Ok(page(&user, "/admin/journal", "对话记录", body))
}

/// Downloads all rows that match; the audit log records who did.
pub(super) async fn download(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(JournalExportForm { asked, format }): FormInput<JournalExportForm>,
) -> Result<Response, AdminError> {
    let address = format!("/?{asked}")
        .parse()
        .map_err(|_| AdminError::BadForm)?;
    let Query(asked) =
        Query::<JournalSearchQuery>::try_from_uri(&address).map_err(|_| AdminError::BadForm)?;
    let detail = asked
        .fields()
        .map(|(name, value)| format!("{name}={}", text(value)))
        .collect::<Vec<_>>()
        .join(" ");
    admin
        .store()
        .audit()
        .record(
            user.by(),
            AuditAction::Export,
            format.extension().to_owned(),
            detail,
        )
        .await?;
    Ok(journal_export::journal_download(
        admin.store().clone(),
        asked.search(&admin),
        format,
    ))
}

fn search_form(asked: &JournalSearchQuery) -> Markup {
    let more = [&asked.from, &asked.to, &asked.conversation]
        .into_iter()
        .any(|value| !value.is_empty());
    html! {
        form.card method="get" action="/admin/journal" role="search" {
            div.line {
                div.field.wide { (field("说了什么", html! { input type="search" name="text" value=(text(&asked.text)); }, "")) }
                (field("结果", html! {
                    select name="outcome" {
                        option value="" { "全部" }
                        @for outcome in OUTCOMES { option value=(serde_name(outcome)) selected[serde_name(outcome) == asked.outcome] { (turn_outcome_label(outcome)) } }
                    }
                }, ""))
                (field("意图", html! { input name="intent" value=(text(&asked.intent)) autocapitalize="none" spellcheck="false"; }, ""))
            }
            details open[more] {
                summary { "时间和会话" }
                div.line {
                    (field("从", html! { input type="date" name="from" value=(text(&asked.from)); }, ""))
                    (field("到", html! { input type="date" name="to" value=(text(&asked.to)); }, ""))
                    (field("会话", html! { input name="conversation" value=(text(&asked.conversation)) autocapitalize="none" spellcheck="false"; }, ""))
                }
            }
            button.strong type="submit" { "搜索" }
        }
    }
}

fn table(admin: &AdminState, rows: &[JournalRow]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="对话记录" {
            table {
                thead { tr { @for name in ["时间", "说了什么", "结果", "意图"] { th scope="col" { (name) } } } }
                tbody {
                    @for row in rows {
                        tr data-row {
                            td.soft { (time(admin, row.entry.at)) }
                            td { a.said href=(format!("/admin/conversations/{}", row.id)) { @if row.entry.text.is_empty() { "（打开对话）" } @else { (text(&row.entry.text)) } } (comment(row)) }
                            td { (html::outcome_label(&row.entry)) }
                            td { @if let Some(id) = row.entry.gap.as_ref().or(row.entry.intent.as_ref()) { (html::intent_link(admin, id)) } }
                        }
                    }
                }
            }
        }
    }
}

fn take_along(user: &SignedInUser, asked: &JournalSearchQuery) -> Markup {
    html! {
        section.card {
            h2 { "导出" }
            p.soft { "导出符合上面条件的全部记录，不止这一页。谁导出过，会记在操作记录里。" }
            (form(user, "/admin/journal/export", html! {
                input type="hidden" name="asked" value=(asked.query(None));
                div.acts {
                    button type="submit" name="format" value="csv" { "CSV（表格软件）" }
                    button type="submit" name="format" value="jsonl" { "JSONL（程序）" }
                }
            }))
        }
    }
}
