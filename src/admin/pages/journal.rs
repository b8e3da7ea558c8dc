//! The journal: search with paging, and download as CSV or JSON lines.

use crate::admin::export::{self, Format};
use crate::admin::html::{self, Page, field, form, page, text, time};
use crate::admin::visitor::{Sent, Visitor};
use crate::admin::{Admin, AdminError};
use crate::message::Timestamp;
use crate::store::Window;
use crate::store::accounts::Role;
use crate::store::audit::Action;
use crate::store::figures::Search;
use crate::store::records::{Outcome, Row};
use crate::wording::outcome_name;
use axum::extract::{Query, State};
use axum::response::Response;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};

const ROWS: usize = 50;
/// Outcomes offered in the search form.
const OUTCOMES: [Outcome; 9] = [
    Outcome::Answered,
    Outcome::Clarified,
    Outcome::Menu,
    Outcome::Unknown,
    Outcome::Gap,
    Outcome::Solved,
    Outcome::Unsolved,
    Outcome::Human,
    Outcome::Person,
];

/// The search as the form sends it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Asked {
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
pub struct Taken {
    /// [`JournalSearchQuery`] as a query string.
    #[serde(default)]
    asked: String,
    format: Format,
}

impl Asked {
    fn search(&self, admin: &Admin) -> Search {
        let begins = |date: Date| {
            date.to_zoned_datetime(admin.timezone.clone()).ok().map(|at| Timestamp(at.timestamp().as_millisecond()))
        };
        let until = self.to.parse().ok().and_then(|date: Date| date.checked_add(1.day()).ok());
        Search {
            text: self.text.trim().to_owned(),
            outcome: OUTCOMES.into_iter().find(|outcome| word(*outcome) == self.outcome),
            intent: self.intent.trim().to_owned(),
            conversation: self.conversation.trim().to_owned(),
            window: Window { since: self.from.parse().ok().and_then(begins), until: until.and_then(begins) },
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

pub async fn show(State(admin): State<Admin>, visitor: Visitor, Sent(asked): Sent<Asked>) -> Page {
    let rows = admin.store().search(&asked.search(&admin), asked.before.unwrap_or(i64::MAX), ROWS as i64).await?;
    let next = rows.last().filter(|_| rows.len() == ROWS).map(|row| row.id);
    let body = html! {
        (search_form(&asked))
        @if rows.is_empty() {
            section.card.empty {
                @if asked.fields().next().is_some() { h2 { "没有符合的记录" } p { "放宽条件再找，或" a href="/admin/journal" { "看全部" } "。" } }
                @else if asked.before.is_some() { h2 { "没有更早的记录" } }
                @else { h2 { "还没有对话记录" } p { "到" a href="/" { "聊天页面" } "问上几句，就会记在这里。" } }
            }
        } @else {
            section.card { (table(&admin, &rows)) }
            @if let Some(next) = next { p { a.button href=(format!("/admin/journal?{}", asked.query(Some(next)))) rel="next" { "更早的" } } }
            @if visitor.may(Role::Reviewer) { (take_along(&visitor, &asked)) }
        }
    };
    Ok(page(&visitor, "/admin/journal", "对话记录", body))
}

/// Downloads all rows that match; the audit log records who did.
pub async fn take(
    State(admin): State<Admin>,
    visitor: Visitor,
    Sent(Taken { asked, format }): Sent<Taken>,
) -> Result<Response, AdminError> {
    let address = format!("/?{asked}").parse().map_err(|_| AdminError::BadForm)?;
    let Query(asked) = Query::<Asked>::try_from_uri(&address).map_err(|_| AdminError::BadForm)?;
    let detail = asked.fields().map(|(name, value)| format!("{name}={}", text(value))).collect::<Vec<_>>().join(" ");
    admin.store().note(visitor.by(), Action::Export, format.extension().to_owned(), detail).await?;
    Ok(export::file(admin.store().clone(), asked.search(&admin), format))
}

fn search_form(asked: &Asked) -> Markup {
    let more = [&asked.from, &asked.to, &asked.conversation].into_iter().any(|value| !value.is_empty());
    html! {
        form.card method="get" action="/admin/journal" role="search" {
            div.line {
                div.field.wide { (field("说了什么", html! { input type="search" name="text" value=(text(&asked.text)); }, "")) }
                (field("结果", html! {
                    select name="outcome" {
                        option value="" { "全部" }
                        @for outcome in OUTCOMES { option value=(word(outcome)) selected[word(outcome) == asked.outcome] { (outcome_name(outcome)) } }
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

fn table(admin: &Admin, rows: &[Row]) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="对话记录" {
            table {
                thead { tr { @for name in ["时间", "说了什么", "结果", "意图"] { th scope="col" { (name) } } } }
                tbody {
                    @for row in rows {
                        tr data-row {
                            td.soft { (time(admin, row.entry.at)) }
                            td { a.said href=(format!("/admin/conversations/{}", row.id)) { @if row.entry.text.is_empty() { "（打开对话）" } @else { (text(&row.entry.text)) } } }
                            td { (html::ended(&row.entry)) }
                            td { @if let Some(id) = row.entry.gap.as_ref().or(row.entry.intent.as_ref()) { (html::intent(admin, id)) } }
                        }
                    }
                }
            }
        }
    }
}

fn take_along(visitor: &Visitor, asked: &Asked) -> Markup {
    html! {
        section.card {
            h2 { "导出" }
            p.soft { "导出符合上面条件的全部记录，不止这一页。谁导出过，会记在操作记录里。" }
            (form(visitor, "/admin/journal/export", html! {
                input type="hidden" name="asked" value=(asked.query(None));
                div.acts {
                    button type="submit" name="format" value="csv" { "CSV（表格软件）" }
                    button type="submit" name="format" value="jsonl" { "JSONL（程序）" }
                }
            }))
        }
    }
}

fn word(outcome: Outcome) -> String {
    serde_json::to_value(outcome).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}
