//! The list of intents with examples, tests, findings and traffic; and the page of one intent with
//! its files.

use super::conversation::try_it;
use crate::admin::health::{Findings, State as Health};
use crate::admin::html::{self, Page, page, share, text, time};
use crate::admin::visitor::Visitor;
use crate::admin::{Admin, AdminError};
use crate::knowledge::diagnostic::{self, Diagnostic, Severity};
use crate::knowledge::{Intent, Kind};
use crate::message::{Lang, Timestamp};
use crate::store::accounts::Role;
use crate::store::figures::{Search, Traffic};
use axum::extract::{Path, State};
use maud::{Markup, html};
use std::collections::HashMap;

/// Traffic is counted over the last thirty days, in milliseconds.
const SINCE: i64 = 30 * 86_400_000;
/// Recent questions shown on an intent's page.
const ASKED: i64 = 20;

pub async fn list(State(admin): State<Admin>, visitor: Visitor) -> Page {
    let brain = admin.bot.brain();
    let since = Timestamp(visitor.caller.now.0.saturating_sub(SINCE));
    let traffic: HashMap<String, Traffic> =
        admin.store().traffic(since).await?.into_iter().map(|one| (one.intent.clone(), one)).collect();
    let health = admin.health.of(brain.clone());
    let body = html! {
        (looked(&health))
        @if brain.knowledge.intents.is_empty() {
            section.card.empty { h2 { "还没有意图" } p { "在服务器上运行 " code { "wenlu new 名字" } " 创建第一个，保存后自动生效。" } }
        } @else {
            section.card {
                div.scroll tabindex="0" role="region" aria-label="意图" {
                    table {
                        thead { tr {
                            th scope="col" { "意图" } th scope="col" { "种类" } th.number scope="col" { "例句" } th.number scope="col" { "测试" }
                            th scope="col" { "问题" } th.number scope="col" { "30 天出现" } th scope="col" { "解决率" }
                        } }
                        tbody { @for intent in &brain.knowledge.intents { (row(intent, &health, traffic.get(&intent.id))) } }
                    }
                }
            }
        }
    };
    Ok(page(&visitor, "/admin/intents", "意图", body))
}

pub async fn one(State(admin): State<Admin>, visitor: Visitor, Path(id): Path<String>) -> Page {
    let brain = admin.bot.brain();
    let intent = brain.knowledge.intent(&id).ok_or(AdminError::NotFound)?;
    let asked = Search { intent: id.clone(), ..Search::default() };
    let asked = admin.store().search(&asked, i64::MAX, ASKED).await?;
    let health = admin.health.of(brain.clone());
    let paths = [format!("intents/{id}.toml"), format!("content/zh/{id}.md"), format!("content/en/{id}.md")];
    let (reader, wanted) = (admin.clone(), paths.clone());
    let files = admin.aside(move || wanted.map(|path| reader.health.file(&path))).await?;
    let body = html! {
        p { code { (intent.id) } "　" (kind(intent)) @if let Some(parent) = &intent.parent { "　属于 " (html::intent(&admin, parent)) } }
        (looked(&health))
        @if let Health::Known(findings) = &health { (found(findings, &id)) }
        section.card {
            h2 { "最近问到的" }
            @if asked.is_empty() { p.soft { "还没有人问到。" } }
            ul.rows {
                @for turn in &asked {
                    li data-row {
                        a href=(format!("/admin/conversations/{}", turn.id)) { (text(&turn.entry.text)) }
                        span.soft { (crate::wording::outcome_name(turn.entry.outcome)) "　" (time(&admin, turn.entry.at)) }
                    }
                }
            }
        }
        section.card {
            h2 { (intent.examples.len()) " 条例句" }
            ul.chips { @for example in &intent.examples { li { a href=(try_it(example)) { (text(example)) } } } }
            @if !intent.not.is_empty() { h2 { "不要到这里来的" } ul.chips { @for not in &intent.not { li { (text(not)) } } } }
        }
        @if let Some(reply) = brain.knowledge.replies.get(&(id.clone(), Lang::Zh)) { (outline(reply)) }
        @for (path, file) in paths.iter().zip(&files) {
            @if let Some(file) = file {
                section.card {
                    details { summary { code { (path) } } pre tabindex="0" aria-label=(path) { (text(file)) } }
                    @if visitor.may(Role::Operator) { p { a.button href=(format!("/admin/files?path={path}")) { "改这个文件" } } }
                }
            }
        }
    };
    Ok(page(&visitor, "/admin/intents", &intent.title, body))
}

/// A note if there is no result of the check for conflicts.
fn looked(health: &Health) -> Markup {
    html! {
        @match health {
            Health::Known(_) => {}
            Health::Working => p.note role="status" data-reload="2" { "正在检查测试和冲突，几秒后自动刷新……" },
            Health::Other => p.note.bad role="status" { "磁盘上的文件不是正在使用的版本，所以没有检查冲突。见" a href="/admin" { "概览" } "。" },
        }
    }
}

fn row(intent: &Intent, health: &Health, traffic: Option<&Traffic>) -> Markup {
    let (failing, other) = match health {
        Health::Known(findings) => counted(findings, &intent.id),
        _ => (0, 0),
    };
    let tests = intent.tests.len();
    html! {
        tr data-row {
            td { a href=(format!("/admin/intents/{}", intent.id)) { (intent.title) } div.soft { (intent.id) } }
            td.name { (kind(intent)) }
            td.number { (intent.examples.len()) }
            td.number { @if matches!(health, Health::Known(_)) { (tests.saturating_sub(failing)) "/" (tests) } @else { (tests) } }
            td {
                @if failing > 0 { span.tag.bad { (failing) " 条测试不过" } " " }
                @if other > 0 { span.tag { (other) " 处提醒" } }
                @if failing + other == 0 && matches!(health, Health::Known(_)) { span.soft { "无" } }
            }
            td.number { (traffic.map_or(0, |t| t.shown)) }
            td { (share(traffic.and_then(Traffic::solved_rate))) }
        }
    }
}

/// Number of failing tests, and of other findings, in an intent's file.
fn counted(findings: &Findings, id: &str) -> (usize, usize) {
    findings.of(id).fold((0, 0), |(failing, other), one| match one.severity() {
        Severity::Error => (failing + 1, other),
        Severity::Warning | Severity::Note => (failing, other + 1),
    })
}

fn found(findings: &Findings, id: &str) -> Markup {
    let all: Vec<Diagnostic> = findings.of(id).cloned().collect();
    html! {
        @if all.is_empty() { p.soft { "测试全部通过，与别的意图没有冲突。" } } @else {
            section.card {
                h2 { (all.len()) " 处要看的" }
                pre tabindex="0" aria-label="要看的" { (text(&diagnostic::render(&all, &findings.texts, false))) }
            }
        }
    }
}

fn outline(reply: &crate::reply::Document) -> Markup {
    html! {
        section.card {
            h2 { "回复" }
            p { span.said { (text(&crate::reply::plain::text(&reply.head.blocks))) } }
            @if !reply.head.steps.is_empty() { p.soft { "共 " (reply.head.steps.len()) " 步" } }
        }
    }
}

fn kind(intent: &Intent) -> &'static str {
    if intent.unwritten {
        return "还没写回复";
    }
    match (intent.kind, intent.is_small_talk()) {
        (Kind::Answer, true) => "闲聊",
        (Kind::Answer, false) => "回答",
        (Kind::Menu, _) => "菜单",
        (Kind::Gap, _) => "没有资料",
    }
}
