//! Clusters of unanswered questions: the list.

use super::actions::NEAREST;
use super::questions::REASONS;
use super::regroup::acts_on_many;
use crate::admin::html::{self, PageResult, field, form, keys, page, serde_name, tabs, text, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::review::cluster::{ClusterId, ClusterWording, nearest};
use crate::review::review_queue::{ReviewItem, ReviewQueue};
use crate::store::accounts::AccountRight;
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;
use wenlu_core::labels::unanswered_label;
use wenlu_core::model::{Candidate, UnansweredReason};
use wenlu_core::text::normalize::normalize;

/// Intents with a lower confidence are not shown as near.
const MIN_CONFIDENCE: f64 = 0.01;
const SHOWN: usize = 40;
/// Filter and page of the list.
#[derive(Default, Deserialize)]
pub(super) struct ClusterListQuery {
    #[serde(default)]
    show: ClusterListFilter,
    #[serde(default)]
    page: usize,
    /// Only clusters with a wording that has this text.
    #[serde(default)]
    q: String,
    /// Only clusters with a question that is unanswered for this reason.
    #[serde(default)]
    reason: String,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum ClusterListFilter {
    #[default]
    All,
    Mine,
    Ignored,
}

pub(super) async fn list(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(filter): FormInput<ClusterListQuery>,
) -> PageResult {
    let Some(board) = admin.queue_cache.get(user.caller.now).await? else {
        return Ok(working(&user));
    };
    let shown = chosen(&admin, &board, &filter, &user).await?;
    let pages = shown.len().div_ceil(SHOWN).max(1);
    let at = filter.page.min(pages - 1);
    let rows: Vec<ReviewItem> = shown
        .iter()
        .skip(at * SHOWN)
        .take(SHOWN)
        .map(|case| (*case).clone())
        .collect();
    let (total, questions) = (
        shown.len(),
        shown.iter().map(|case| case.cluster.count).sum::<u64>(),
    );
    let near = near_all(&admin, &rows).await?;
    let body = html! {
        (tabs("/admin/clusters"))
        (filters(&filter, &board))
        (search_form(&filter))
        @if rows.is_empty() {
            (empty(&filter, admin.store().journal().count().await?))
        } @else {
            p.soft { (total) " 类，共 " (questions) " 次提问，问得多的在前。 " button.quiet #keys-open type="button" { "快捷键 " kbd { "?" } } }
            @let may_act = user.has(AccountRight::Review) && filter.show != ClusterListFilter::Ignored;
            @let listed = html! { section.card { ol.queue { @for (case, near) in rows.iter().zip(&near) { (row(&admin, case, near, may_act)) } } } };
            @if may_act { (form(&user, "/admin/clusters/act", html! { (listed) (acts_on_many(&admin)) })) } @else { (listed) }
            p {
                @if at > 0 { a.button href=(link(&filter, at - 1)) rel="prev" { "上一页" } " " }
                @if at + 1 < pages { a.button href=(link(&filter, at + 1)) rel="next" { "下一页" } " " }
                @if pages > 1 { span.soft { "第 " (at + 1) " 页，共 " (pages) " 页" } }
            }
        }
        (keys(&[("j / k", "下一类 / 上一类"), ("Enter", "打开"), ("?", "打开或关闭这个说明")]))
    };
    Ok(page(&user, "/admin/clusters", "没答上来的问题", body))
}

pub(super) async fn near_all(
    admin: &AdminState,
    cases: &[ReviewItem],
) -> Result<Vec<Vec<Candidate>>, AdminError> {
    let (engine, cases) = (admin.bot.engine(), cases.to_vec());
    let near = move || {
        let of = |case: &ReviewItem| {
            let near = nearest(&case.cluster, |text| engine.router.route(text));
            near.into_iter()
                .filter(|near| near.confidence >= MIN_CONFIDENCE)
                .take(NEAREST)
                .collect()
        };
        cases.iter().map(of).collect()
    };
    admin.run_limited(near).await
}

/// What the list shows, on all of its pages.
async fn chosen<'a>(
    admin: &AdminState,
    board: &'a Arc<ReviewQueue>,
    filter: &ClusterListQuery,
    user: &SignedInUser,
) -> Result<Vec<&'a ReviewItem>, AdminError> {
    let mut chosen = filtered(board, filter.show, &user.account.name);
    if let Some(reason) = filter.wanted_reason() {
        chosen.retain(|case| case.reasons.contains(&reason));
    }
    let wanted = normalize(&filter.q);
    if !wanted.is_empty() {
        let (board, show, account) = (board.clone(), filter.show, user.account.name.clone());
        // Normalising many texts takes long.
        let found = move || {
            let has = |wording: &ClusterWording| normalize(&wording.text).contains(&wanted);
            let cases = filtered(&board, show, &account).into_iter();
            let fitting = cases.filter(|case| case.cluster.wordings.iter().any(has));
            fitting.map(|case| case.cluster.id).collect()
        };
        let found: BTreeSet<ClusterId> = admin.run_limited(found).await?;
        chosen.retain(|case| found.contains(&case.cluster.id));
    }
    Ok(chosen)
}

/// The clusters under a filter; `account` is whose own they are.
fn filtered<'a>(
    board: &'a ReviewQueue,
    show: ClusterListFilter,
    account: &str,
) -> Vec<&'a ReviewItem> {
    let own = |case: &&ReviewItem| {
        case.assigned
            .as_ref()
            .is_some_and(|remark| remark.what == account)
    };
    match show {
        ClusterListFilter::All => board.open.iter().collect(),
        ClusterListFilter::Mine => board.open.iter().filter(own).collect(),
        ClusterListFilter::Ignored => board.ignored.iter().map(|(case, _)| case).collect(),
    }
}

impl ClusterListQuery {
    /// `None`: for whatever reason.
    fn wanted_reason(&self) -> Option<UnansweredReason> {
        REASONS
            .into_iter()
            .find(|reason| serde_name(*reason) == self.reason)
    }

    fn is_searched(&self) -> bool {
        !self.q.trim().is_empty() || self.wanted_reason().is_some()
    }
}

/// Searches the clusters that are listed.
fn search_form(filter: &ClusterListQuery) -> Markup {
    html! {
        form.line method="get" action="/admin/clusters" role="search" {
            input type="hidden" name="show" value=(show_name(filter.show));
            div.field.wide { (field("找", html! { input type="search" name="q" value=(filter.q) maxlength="100" autocomplete="off"; }, "")) }
            div.field { (field("原因", html! {
                select name="reason" {
                    option value="" { "全部" }
                    @for reason in REASONS {
                        option value=(serde_name(reason)) selected[filter.wanted_reason() == Some(reason)] { (unanswered_label(reason)) }
                    }
                }
            }, "")) }
            button type="submit" { "查找" }
        }
    }
}

fn filters(filter: &ClusterListQuery, board: &ReviewQueue) -> Markup {
    let all = [
        (ClusterListFilter::All, "全部", "/admin/clusters".to_owned()),
        (
            ClusterListFilter::Mine,
            "交给我的",
            "/admin/clusters?show=mine".to_owned(),
        ),
        (
            ClusterListFilter::Ignored,
            "已忽略",
            "/admin/clusters?show=ignored".to_owned(),
        ),
    ];
    html! {
        div.filters role="group" aria-label="哪些" {
            @for (show, label, href) in all {
                a href=(href) aria-current=[(filter.show == show).then_some("true")] {
                    (label) @if show == ClusterListFilter::Ignored { " " (board.ignored.len()) }
                }
            }
        }
    }
}

fn show_name(show: ClusterListFilter) -> &'static str {
    match show {
        ClusterListFilter::All => "all",
        ClusterListFilter::Mine => "mine",
        ClusterListFilter::Ignored => "ignored",
    }
}

fn link(filter: &ClusterListQuery, page: usize) -> String {
    let show = show_name(filter.show);
    let sought = form_urlencoded::Serializer::new(String::new())
        .append_pair("q", filter.q.trim())
        .append_pair("reason", &filter.reason)
        .finish();
    match filter.is_searched() {
        true => format!("/admin/clusters?show={show}&page={page}&{sought}"),
        false => format!("/admin/clusters?show={show}&page={page}"),
    }
}

fn row(admin: &AdminState, case: &ReviewItem, near: &[Candidate], may_act: bool) -> Markup {
    let cluster = &case.cluster;
    html! {
        li data-row {
            @if may_act { input type="checkbox" name="cluster" value=(cluster.id.0) aria-label=(text(&cluster.representative)); }
            span.count { (cluster.count) small { " 次" } }
            div.what {
                a.asked href=(format!("/admin/clusters/{}", cluster.id.0)) { (text(&cluster.representative)) }
                div.soft {
                    @for reason in &case.reasons { span.tag { (unanswered_label(*reason)) } " " }
                    @if cluster.wordings.len() > 1 { (cluster.wordings.len()) " 种说法，" }
                    (case.conversations) " 段对话，" (trend(case)) "，最近 " (time(admin, case.last))
                    @if let Some(remark) = &case.assigned { "　" span.tag.good { (text(&remark.what)) " 在处理" } }
                }
                @if case.gap.is_some() || !near.is_empty() {
                    div.soft {
                        @if let Some(gap) = &case.gap { "没有资料的话题：" (html::intent_link(admin, gap)) "　" }
                        @if !near.is_empty() { "接近：" }
                        @for near in near { (html::intent_link(admin, &near.intent)) (format!(" {:.2}　", near.confidence)) }
                    }
                }
            }
        }
    }
}

/// `近 7 天 12 次 ↑`
pub(super) fn trend(case: &ReviewItem) -> String {
    let trend = case.cluster.trend;
    let arrow = match trend.last_week.cmp(&trend.week_before) {
        std::cmp::Ordering::Greater => "↑",
        std::cmp::Ordering::Less => "↓",
        std::cmp::Ordering::Equal => "→",
    };
    let before = match trend.week_before {
        0 => String::new(),
        before => format!("（前 7 天 {before} 次）"),
    };
    format!("近 7 天 {} 次 {arrow}{before}", trend.last_week)
}

pub(super) fn working(user: &SignedInUser) -> Markup {
    let body = html! {
        section.card.empty data-reload="1" {
            h2 { "正在把相似的问题归到一起" }
            p role="status" { "问题多的时候要几秒到半分钟，好了会自动显示。" }
            progress aria-label="正在归类" {}
        }
    };
    page(user, "/admin/clusters", "没答上来的问题", body)
}

fn empty(filter: &ClusterListQuery, turns: i64) -> Markup {
    let (title, advice) = match (turns, filter.show) {
        _ if filter.is_searched() => ("没有找到", "换个说法再找，或者把原因放宽到全部。"),
        (_, ClusterListFilter::Mine) => {
            ("没有交给您的", "在任何一类里点“交给我”，就会出现在这里。")
        }
        (_, ClusterListFilter::Ignored) => (
            "没有忽略过什么",
            "不想再看到的闲话、广告，可以在那一类里点“忽略这一类”。",
        ),
        (0, ClusterListFilter::All) => (
            "还没有人提问",
            "到聊天页面问上几句；机器人答不上来的会排在这里。",
        ),
        (_, ClusterListFilter::All) => ("都处理完了", "没有等着处理的问题，很好。"),
    };
    html! { section.card.empty { h2 { (title) } p { (advice) } } }
}
