//! Unanswered questions, newest first, with equal ones merged.

use crate::admin::AdminState;
use crate::admin::html::{self, PageResult, keys, page, serde_name, tabs, text, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::review::review_queue::open_rows;
use crate::review::{self, UnansweredQuestion};
use crate::store::JournalSince;
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;
use wenlu_core::labels::unanswered_label;
use wenlu_core::model::Timestamp;
use wenlu_core::model::UnansweredReason;

pub(super) const REASONS: [UnansweredReason; 8] = [
    UnansweredReason::Unknown,
    UnansweredReason::Gap,
    UnansweredReason::NotCovered,
    UnansweredReason::Clarified,
    UnansweredReason::NoneOfThese,
    UnansweredReason::Unsolved,
    UnansweredReason::Repeated,
    UnansweredReason::HandedOver,
];
/// Periods offered in the filter.
const DAYS: [(&str, i64); 3] = [("最近 7 天", 7), ("最近 30 天", 30), ("最近 90 天", 90)];
const USUAL_DAYS: i64 = 30;
const SHOWN: usize = 50;
/// Intents with a lower confidence are not shown as near.
const MIN_CONFIDENCE: f64 = 0.01;
const DAY: i64 = 86_400_000;

/// Filter and page of the list.
#[derive(Deserialize)]
pub(super) struct QuestionListQuery {
    reason: Option<UnansweredReason>,
    #[serde(default = "usual_days")]
    days: i64,
    #[serde(default)]
    page: usize,
}

fn usual_days() -> i64 {
    USUAL_DAYS
}

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(filter): FormInput<QuestionListQuery>,
) -> PageResult {
    let since = user
        .caller
        .now
        .0
        .saturating_sub(filter.days.clamp(1, 3_650) * DAY);
    let rows = open_rows(admin.store(), JournalSince(Some(Timestamp(since)))).await?;
    let reason = filter.reason;
    // Normalising many texts takes long.
    let mut questions = admin
        .run_limited(move || {
            let meant: Vec<_> = rows
                .into_iter()
                .filter(|row| reason.is_none_or(|r| review::reason(row) == r))
                .collect();
            review::group_questions(&meant)
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
            (empty(&filter, admin.store().journal().count().await?))
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
    Ok(page(&user, "/admin/clusters", "没答上来的问题", body))
}

fn filters(filter: &QuestionListQuery) -> Markup {
    let current = |is: bool| is.then_some("true");
    html! {
        div.filters role="group" aria-label="原因" {
            a href=(link(None, filter.days, 0)) aria-current=[current(filter.reason.is_none())] { "全部原因" }
            @for reason in REASONS {
                a href=(link(Some(reason), filter.days, 0)) aria-current=[current(filter.reason == Some(reason))] { (unanswered_label(reason)) }
            }
        }
        div.filters role="group" aria-label="时间" {
            @for (label, days) in DAYS {
                a href=(link(filter.reason, days, 0)) aria-current=[current(filter.days == days)] { (label) }
            }
        }
    }
}

fn link(reason: Option<UnansweredReason>, days: i64, page: usize) -> String {
    let reason = reason.map(|reason| format!("&reason={}", serde_name(reason)));
    let reason = reason.unwrap_or_default();
    format!("/admin/questions?days={days}&page={page}{reason}")
}

fn row(admin: &AdminState, question: &UnansweredQuestion) -> Markup {
    let near = question
        .candidates
        .iter()
        .filter(|near| near.confidence >= MIN_CONFIDENCE)
        .take(3);
    html! {
        li data-row {
            span.count { (question.count) small { " 次" } }
            div.what {
                a.asked href=(format!("/admin/clusters/{0}?question={0}", question.id)) { (text(&question.text)) }
                div.soft {
                    @for reason in &question.reasons { span.tag { (unanswered_label(*reason)) } " " }
                    @if let Some(gap) = &question.gap { (html::intent_link(admin, gap)) "　" }
                    (question.conversations) " 段对话，最近 " (time(admin, question.last)) "　" a href=(format!("/admin/conversations/{}", question.id)) { "前后文" }
                }
                @for comment in &question.comments { p.comment { "哪里没说清楚：" (text(comment)) } }
                @if near.clone().next().is_some() {
                    div.soft {
                        "接近："
                        @for near in near { (html::intent_link(admin, &near.intent)) (format!(" {:.2}　", near.confidence)) }
                    }
                }
            }
        }
    }
}

fn empty(filter: &QuestionListQuery, turns: i64) -> Markup {
    let (title, advice) = match (turns, filter.reason) {
        (0, _) => (
            "还没有人提问",
            "到聊天页面问上几句；机器人答不上来的会排在这里。",
        ),
        (_, Some(_)) => ("没有这一类问题", "换一个原因，或看更长的时间。"),
        (_, None) => ("这段时间里都答上来了", "很好。想看更早的，把时间放长。"),
    };
    html! { section.card.empty { h2 { (title) } p { (advice) } } }
}
