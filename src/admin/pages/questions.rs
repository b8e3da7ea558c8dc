//! Unanswered questions, newest first, with equal ones merged.

use super::clusters::tabs;
use crate::admin::Admin;
use crate::admin::html::{self, Page, page, text, time};
use crate::admin::visitor::{Sent, Visitor};
use crate::message::Timestamp;
use crate::review::board::queue;
use crate::review::{self, Question};
use crate::store::Since;
use crate::store::records::Unanswered;
use crate::wording::reason_name;
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;

const REASONS: [Unanswered; 7] = [
    Unanswered::Unknown,
    Unanswered::Gap,
    Unanswered::Clarified,
    Unanswered::NoneOfThese,
    Unanswered::Unsolved,
    Unanswered::Repeated,
    Unanswered::HandedOver,
];
/// Periods offered in the filter.
const DAYS: [(&str, i64); 3] = [("最近 7 天", 7), ("最近 30 天", 30), ("最近 90 天", 90)];
const USUAL_DAYS: i64 = 30;
const SHOWN: usize = 50;
/// Intents with a lower confidence are not shown as near.
const FAR: f64 = 0.01;
const DAY: i64 = 86_400_000;

/// Filter and page of the list.
#[derive(Deserialize)]
pub struct Filter {
    reason: Option<Unanswered>,
    #[serde(default = "usual_days")]
    days: i64,
    #[serde(default)]
    page: usize,
}

fn usual_days() -> i64 {
    USUAL_DAYS
}

pub async fn show(State(admin): State<Admin>, visitor: Visitor, Sent(filter): Sent<Filter>) -> Page {
    let since = visitor.caller.now.0.saturating_sub(filter.days.clamp(1, 3_650) * DAY);
    let rows = queue(admin.store(), Since(Some(Timestamp(since)))).await?;
    let reason = filter.reason;
    // Normalising many texts takes long.
    let mut questions = admin
        .aside(move || {
            let meant: Vec<_> =
                rows.into_iter().filter(|row| reason.is_none_or(|r| review::reason(row) == r)).collect();
            review::group(&meant)
        })
        .await?;
    questions.sort_by(|a, b| b.last.cmp(&a.last).then(b.id.cmp(&a.id)));
    let pages = questions.len().div_ceil(SHOWN).max(1);
    let at = filter.page.min(pages - 1);
    let shown = questions.iter().skip(at * SHOWN).take(SHOWN);
    let body = html! {
        (tabs("/admin/questions"))
        (filters(&filter))
        @if questions.is_empty() {
            (empty(&filter, admin.store().journal_len().await?))
        } @else {
            p.soft {
                (questions.len()) " 个不同的问题，最近问到的在前。 "
                button.quiet #keys-open type="button" { "快捷键 " kbd { "?" } }
            }
            section.card { ol.queue { @for question in shown { (row(&admin, question)) } } }
            p {
                @if at > 0 { a.button href=(link(filter.reason, filter.days, at - 1)) rel="prev" { "上一页" } " " }
                @if at + 1 < pages { a.button href=(link(filter.reason, filter.days, at + 1)) rel="next" { "下一页" } " " }
                @if pages > 1 { span.soft { "第 " (at + 1) " 页，共 " (pages) " 页" } }
            }
        }
        (keys(&[("j / k", "下一个 / 上一个"), ("Enter", "打开"), ("?", "打开或关闭这个说明")]))
    };
    Ok(page(&visitor, "/admin/clusters", "没答上来的问题", body))
}

fn filters(filter: &Filter) -> Markup {
    let current = |is: bool| is.then_some("true");
    html! {
        div.filters role="group" aria-label="原因" {
            a href=(link(None, filter.days, 0)) aria-current=[current(filter.reason.is_none())] { "全部原因" }
            @for reason in REASONS {
                a href=(link(Some(reason), filter.days, 0)) aria-current=[current(filter.reason == Some(reason))] { (reason_name(reason)) }
            }
        }
        div.filters role="group" aria-label="时间" {
            @for (label, days) in DAYS {
                a href=(link(filter.reason, days, 0)) aria-current=[current(filter.days == days)] { (label) }
            }
        }
    }
}

fn link(reason: Option<Unanswered>, days: i64, page: usize) -> String {
    let word = reason.and_then(|reason| serde_json::to_value(reason).ok());
    let word = word.as_ref().and_then(|word| word.as_str()).map(|word| format!("&reason={word}")).unwrap_or_default();
    format!("/admin/questions?days={days}&page={page}{word}")
}

fn row(admin: &Admin, question: &Question) -> Markup {
    let near = question.candidates.iter().filter(|near| near.confidence >= FAR).take(3);
    html! {
        li data-row {
            span.count { (question.count) small { " 次" } }
            div.what {
                a.asked href=(format!("/admin/clusters/{0}?question={0}", question.id)) { (text(&question.text)) }
                div.soft {
                    @for reason in &question.reasons { span.tag { (reason_name(*reason)) } " " }
                    @if let Some(gap) = &question.gap { (html::intent(admin, gap)) "　" }
                    (question.conversations) " 段对话，最近 " (time(admin, question.last)) "　" a href=(format!("/admin/conversations/{}", question.id)) { "前后文" }
                }
                @if near.clone().next().is_some() {
                    div.soft {
                        "接近："
                        @for near in near { (html::intent(admin, &near.intent)) (format!(" {:.2}　", near.confidence)) }
                    }
                }
            }
        }
    }
}

fn empty(filter: &Filter, turns: i64) -> Markup {
    let (title, advice) = match (turns, filter.reason) {
        (0, _) => ("还没有人提问", "到聊天页面问上几句；机器人答不上来的会排在这里。"),
        (_, Some(_)) => ("没有这一类问题", "换一个原因，或看更长的时间。"),
        (_, None) => ("这段时间里都答上来了", "很好。想看更早的，把时间放长。"),
    };
    html! { section.card.empty { h2 { (title) } p { (advice) } } }
}

/// The dialog that lists the keyboard shortcuts of a page.
pub fn keys(all: &[(&str, &str)]) -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { "快捷键" }
            table { tbody { @for (key, what) in all { tr { td { kbd { (key) } } td { (what) } } } } }
            form method="dialog" { p {} button.strong autofocus { "知道了" } }
        }
    }
}
