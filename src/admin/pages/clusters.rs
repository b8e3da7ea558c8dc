//! Clusters of unanswered questions: the list, one cluster, and how to ignore and to assign it.

use super::act::{About, Said, Subject, actions};
use super::questions::keys;
use crate::admin::html::{self, Page, button, field, form, page, text, time};
use crate::admin::visitor::{Sent, Visitor};
use crate::admin::work::Boards;
use crate::admin::{Admin, AdminError};
use crate::review::board::{Board, Case};
use crate::review::cluster::{Wording, nearest};
use crate::router::Candidate;
use crate::store::accounts::Role;
use crate::store::reviews::Remark;
use crate::wording::reason_name;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::Arc;

/// Nearest intents shown.
pub const NEAREST: usize = 3;
/// Intents with a lower confidence are not shown as near.
const FAR: f64 = 0.01;
const SHOWN: usize = 40;
/// Keyboard shortcuts of a page with the form of [`actions_form`].
pub const KEYS: [(&str, &str); 7] = [
    ("e", "加为例句"),
    ("n", "记为不属于"),
    ("o", "记为范围外"),
    ("s", "到意图的选择"),
    ("i", "忽略"),
    ("m", "交给我"),
    ("?", "打开或关闭这个说明"),
];

/// Filter and page of the list.
#[derive(Default, Deserialize)]
pub struct Filter {
    #[serde(default)]
    show: Show,
    #[serde(default)]
    page: usize,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Show {
    #[default]
    All,
    Mine,
    Ignored,
}

pub async fn list(State(admin): State<Admin>, visitor: Visitor, Sent(filter): Sent<Filter>) -> Page {
    let Some(board) = Boards::get(&admin, visitor.caller.now).await? else { return Ok(working(&visitor)) };
    let shown = chosen(&board, &filter, &visitor);
    let pages = shown.len().div_ceil(SHOWN).max(1);
    let at = filter.page.min(pages - 1);
    let rows: Vec<Case> = shown.iter().skip(at * SHOWN).take(SHOWN).map(|case| (*case).clone()).collect();
    let (total, questions) = (shown.len(), shown.iter().map(|case| case.cluster.count).sum::<u64>());
    let near = near_all(&admin, &rows).await?;
    let body = html! {
        (tabs("/admin/clusters"))
        (filters(&filter, &board))
        @if rows.is_empty() {
            (empty(&filter, admin.store().journal_len().await?))
        } @else {
            p.soft { (total) " 类，共 " (questions) " 次提问，问得多的在前。 " button.quiet #keys-open type="button" { "快捷键 " kbd { "?" } } }
            section.card { ol.queue { @for (case, near) in rows.iter().zip(&near) { (row(&admin, case, near)) } } }
            p {
                @if at > 0 { a.button href=(link(&filter, at - 1)) rel="prev" { "上一页" } " " }
                @if at + 1 < pages { a.button href=(link(&filter, at + 1)) rel="next" { "下一页" } " " }
                @if pages > 1 { span.soft { "第 " (at + 1) " 页，共 " (pages) " 页" } }
            }
        }
        (keys(&[("j / k", "下一类 / 上一类"), ("Enter", "打开"), ("?", "打开或关闭这个说明")]))
    };
    Ok(page(&visitor, "/admin/clusters", "没答上来的问题", body))
}

/// `question`: tick the wording of this question only.
#[derive(Deserialize)]
pub struct Only {
    question: Option<i64>,
}

pub async fn one(
    State(admin): State<Admin>,
    visitor: Visitor,
    id: Result<Path<i64>, PathRejection>,
    Sent(Only { question }): Sent<Only>,
) -> Page {
    let Path(id) = id.map_err(|_| AdminError::NotFound)?;
    let Some(board) = Boards::get(&admin, visitor.caller.now).await? else { return Ok(working(&visitor)) };
    let Some((case, ignored)) = board.find(id) else { return gone(&admin, &visitor, id).await };
    let near = near_all(&admin, std::slice::from_ref(case)).await?.pop().unwrap_or_default();
    let proposed: Vec<&str> = case.proposed().iter().map(|wording| wording.text.as_str()).collect();
    let chosen = |wording: &Wording| match question {
        Some(question) => wording.questions.contains(&question),
        None => proposed.contains(&wording.text.as_str()),
    };
    let said = case.cluster.wordings.iter().map(|wording| Said {
        text: wording.text.clone(),
        count: wording.count,
        chosen: chosen(wording),
        turn: wording.questions.last().copied().unwrap_or(case.cluster.id.0),
    });
    let subject = Subject {
        about: About::Cluster(case.cluster.id.0),
        said: said.collect(),
        whole: question.is_none() && case.cluster.wordings.len() > proposed.len(),
        nearest: near,
        gap: case.gap.clone(),
    };
    let body = html! {
        (facts(&admin, case))
        @if let Some(remark) = ignored {
            p.note.bad { "这一类被 " (text(&remark.actor)) " 于 " (time(&admin, remark.at)) " 忽略，以后相似的提问也不再列出。" }
        }
        @if visitor.may(Role::Reviewer) { (whose(&admin, &visitor, case, ignored.is_some()).await?) }
        (actions(&admin, &visitor, &subject))
        (keys(&KEYS))
    };
    Ok(page(&visitor, "/admin/clusters", &case.cluster.representative, body))
}

#[derive(Deserialize)]
pub struct Ignore {
    ignored: bool,
}

pub async fn ignore(
    State(admin): State<Admin>,
    visitor: Visitor,
    id: Result<Path<i64>, PathRejection>,
    Sent(Ignore { ignored }): Sent<Ignore>,
) -> Result<Redirect, AdminError> {
    let (id, board) = found(&admin, &visitor, id).await?;
    let (case, remark) = board.find(id).ok_or(AdminError::NotFound)?;
    admin.workshop.ignore(visitor.by(), case, remark, ignored).await?;
    admin.boards.forget();
    Ok(Redirect::to(if ignored { "/admin/clusters" } else { "/admin/clusters?show=ignored" }))
}

#[derive(Deserialize)]
pub struct Assign {
    /// Empty: unassign.
    #[serde(default)]
    account: String,
}

pub async fn assign(
    State(admin): State<Admin>,
    visitor: Visitor,
    id: Result<Path<i64>, PathRejection>,
    Sent(Assign { account }): Sent<Assign>,
) -> Result<Redirect, AdminError> {
    let (id, board) = found(&admin, &visitor, id).await?;
    let (case, _) = board.find(id).ok_or(AdminError::NotFound)?;
    let account = Some(account).filter(|name| !name.is_empty());
    if let Some(name) = &account
        && admin.store().account(name).await?.is_none()
    {
        return Err(AdminError::BadForm);
    }
    admin.workshop.assign(visitor.by(), case, account).await?;
    admin.boards.forget();
    Ok(Redirect::to(&format!("/admin/clusters/{id}")))
}

/// Links to the two views of open questions: by cluster, and one by one.
pub fn tabs(here: &str) -> Markup {
    html! {
        nav.filters aria-label="怎么看" {
            @for (path, label) in [("/admin/clusters", "按类"), ("/admin/questions", "逐个")] {
                a href=(path) aria-current=[(here == path).then_some("page")] { (label) }
            }
        }
    }
}

async fn found(
    admin: &Admin,
    visitor: &Visitor,
    id: Result<Path<i64>, PathRejection>,
) -> Result<(i64, Arc<Board>), AdminError> {
    let Path(id) = id.map_err(|_| AdminError::NotFound)?;
    Ok((id, Boards::get(admin, visitor.caller.now).await?.ok_or(AdminError::Busy)?))
}

/// The page for a cluster that was handled meanwhile: links to the change.
async fn gone(admin: &Admin, visitor: &Visitor, id: i64) -> Page {
    let placed = admin.store().placed().await?;
    let done = placed.iter().find(|placed| placed.question == id || placed.cluster == id);
    let change = done.and_then(|placed| placed.change).ok_or(AdminError::NotFound)?;
    let body = html! {
        section.card.empty {
            h2 { "这一类已经处理了" }
            p { a.button href=(format!("/admin/changes/{change}")) { "看修改 #" (change) } " " a.button href="/admin/clusters" { "下一类" } }
        }
    };
    Ok(page(visitor, "/admin/clusters", "没答上来的问题", body))
}

async fn near_all(admin: &Admin, cases: &[Case]) -> Result<Vec<Vec<Candidate>>, AdminError> {
    let (brain, cases) = (admin.bot.brain(), cases.to_vec());
    let near = move || {
        let of = |case: &Case| {
            let near = nearest(&case.cluster, |text| brain.router.route(text));
            near.into_iter().filter(|near| near.confidence >= FAR).take(NEAREST).collect()
        };
        cases.iter().map(of).collect()
    };
    admin.aside(near).await
}

fn chosen<'a>(board: &'a Board, filter: &Filter, visitor: &Visitor) -> Vec<&'a Case> {
    let own = |case: &&Case| case.assigned.as_ref().is_some_and(|remark| remark.what == visitor.account.name);
    match filter.show {
        Show::All => board.open.iter().collect(),
        Show::Mine => board.open.iter().filter(own).collect(),
        Show::Ignored => board.ignored.iter().map(|(case, _)| case).collect(),
    }
}

fn filters(filter: &Filter, board: &Board) -> Markup {
    let all = [
        (Show::All, "全部", "/admin/clusters".to_owned()),
        (Show::Mine, "交给我的", "/admin/clusters?show=mine".to_owned()),
        (Show::Ignored, "已忽略", "/admin/clusters?show=ignored".to_owned()),
    ];
    html! {
        div.filters role="group" aria-label="哪些" {
            @for (show, label, href) in all {
                a href=(href) aria-current=[(filter.show == show).then_some("true")] {
                    (label) @if show == Show::Ignored { " " (board.ignored.len()) }
                }
            }
        }
    }
}

fn link(filter: &Filter, page: usize) -> String {
    let show = match filter.show {
        Show::All => "all",
        Show::Mine => "mine",
        Show::Ignored => "ignored",
    };
    format!("/admin/clusters?show={show}&page={page}")
}

fn row(admin: &Admin, case: &Case, near: &[Candidate]) -> Markup {
    let cluster = &case.cluster;
    html! {
        li data-row {
            span.count { (cluster.count) small { " 次" } }
            div.what {
                a.asked href=(format!("/admin/clusters/{}", cluster.id.0)) { (text(&cluster.representative)) }
                div.soft {
                    @for reason in &case.reasons { span.tag { (reason_name(*reason)) } " " }
                    @if cluster.wordings.len() > 1 { (cluster.wordings.len()) " 种说法，" }
                    (case.conversations) " 段对话，" (trend(case)) "，最近 " (time(admin, case.last))
                    @if let Some(remark) = &case.assigned { "　" span.tag.good { (text(&remark.what)) " 在处理" } }
                }
                @if case.gap.is_some() || !near.is_empty() {
                    div.soft {
                        @if let Some(gap) = &case.gap { "没有资料的话题：" (html::intent(admin, gap)) "　" }
                        @if !near.is_empty() { "接近：" }
                        @for near in near { (html::intent(admin, &near.intent)) (format!(" {:.2}　", near.confidence)) }
                    }
                }
            }
        }
    }
}

/// `近 7 天 12 次 ↑`
fn trend(case: &Case) -> String {
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

fn facts(admin: &Admin, case: &Case) -> Markup {
    html! {
        p.soft {
            (case.cluster.count) " 次提问，" (case.cluster.wordings.len()) " 种说法，来自 " (case.conversations) " 段对话；"
            (trend(case)) "，最近 " (time(admin, case.last)) "。"
            @for reason in &case.reasons { " " span.tag { (reason_name(*reason)) } }
            @if let Some(gap) = &case.gap { "　没有资料的话题：" (html::intent(admin, gap)) }
            " " button.quiet #keys-open type="button" { "快捷键 " kbd { "?" } }
        }
    }
}

/// Forms that assign the cluster, and ignore it or not.
async fn whose(admin: &Admin, visitor: &Visitor, case: &Case, ignored: bool) -> Result<Markup, AdminError> {
    let accounts = admin.store().accounts().await?;
    let path = format!("/admin/clusters/{}", case.cluster.id.0);
    let holder: Option<&Remark> = case.assigned.as_ref();
    let hidden = |name: &str, value: &str| html! { input type="hidden" name=(name) value=(value); };
    Ok(html! {
        div.acts.big {
            (form(visitor, &format!("{path}/assign"), html! {
                (field("谁来处理", html! {
                    select name="account" {
                        option value="" { "还没有人" }
                        @for account in accounts.iter().filter(|account| !account.disabled && account.role >= Role::Reviewer) {
                            option value=(account.name) selected[holder.is_some_and(|remark| remark.what == account.name)] { (account.name) }
                        }
                    }
                }, ""))
                button.quiet type="submit" { "指派" }
            }))
            @if holder.is_none_or(|remark| remark.what != visitor.account.name) {
                (form(visitor, &format!("{path}/assign"), html! { (hidden("account", &visitor.account.name)) button.quiet type="submit" data-key="m" { "交给我" } }))
            }
            @if ignored {
                (button(visitor, &format!("{path}/ignore"), "不再忽略", hidden("ignored", "false")))
            } @else {
                (form(visitor, &format!("{path}/ignore"), html! { (hidden("ignored", "true")) button.quiet type="submit" data-key="i" { "忽略这一类" } }))
            }
        }
    })
}

fn working(visitor: &Visitor) -> Markup {
    let body = html! {
        section.card.empty data-reload="1" {
            h2 { "正在把相似的问题归到一起" }
            p role="status" { "问题多的时候要几秒到半分钟，好了会自动显示。" }
            progress aria-label="正在归类" {}
        }
    };
    page(visitor, "/admin/clusters", "没答上来的问题", body)
}

fn empty(filter: &Filter, turns: i64) -> Markup {
    let (title, advice) = match (turns, filter.show) {
        (_, Show::Mine) => ("没有交给您的", "在任何一类里点“交给我”，就会出现在这里。"),
        (_, Show::Ignored) => ("没有忽略过什么", "不想再看到的闲话、广告，可以在那一类里点“忽略这一类”。"),
        (0, Show::All) => ("还没有人提问", "到聊天页面问上几句；机器人答不上来的会排在这里。"),
        (_, Show::All) => ("都处理完了", "没有等着处理的问题，很好。"),
    };
    html! { section.card.empty { h2 { (title) } p { (advice) } } }
}
