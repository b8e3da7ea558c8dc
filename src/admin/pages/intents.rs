//! The list of intents with examples, tests, findings and traffic; and the page of one intent with
//! its files.

use super::conversation::playground_path;
use super::suggest::suggest_path;
use super::write::address::{self, write_path};
use crate::admin::health::{KnowledgeFindings, KnowledgeHealthState as Health};
use crate::admin::html::{self, PageResult, page, share, text, time};
use crate::admin::middleware::SignedInUser;
use crate::admin::{AdminError, AdminState};
use crate::store::JournalSearch;
use crate::store::accounts::AccountRight;
use crate::store::stats::IntentTraffic;
use axum::extract::{Path, State};
use maud::{Markup, html};
use std::collections::HashMap;
use wenlu_core::knowledge::diagnostic::{self, Diagnostic, Severity};
use wenlu_core::knowledge::{Intent, IntentKind, Knowledge};
use wenlu_core::model::{Lang, Timestamp};

/// Traffic is counted over the last thirty days, in milliseconds.
const SINCE: i64 = 30 * 86_400_000;
/// Recent questions shown on an intent's page.
const ASKED: i64 = 20;

pub(super) async fn list(State(admin): State<AdminState>, user: SignedInUser) -> PageResult {
    let engine = admin.bot.engine();
    let since = Timestamp(user.caller.now.0.saturating_sub(SINCE));
    let traffic: HashMap<String, IntentTraffic> = admin
        .store()
        .stats()
        .traffic(since)
        .await?
        .into_iter()
        .map(|one| (one.intent.clone(), one))
        .collect();
    let health = admin.health.of(engine.clone());
    let body = html! {
        (looked(&health))
        p.acts.big {
            @if user.has(AccountRight::Review) { a.button href=(address::PATH) { "新建意图" } }
            @if user.has(AccountRight::Change) { a.button href="/admin/import" { "导入表格" } }
        }
        @if engine.knowledge.intents.is_empty() {
            section.card.empty { h2 { "还没有意图" } p { "点“新建意图”写第一个，或在服务器上运行 " code { "wenlu new 名字" } "，保存后自动生效。" } }
        } @else {
            section.card {
                div.scroll tabindex="0" role="region" aria-label="意图" {
                    table {
                        thead { tr {
                            th scope="col" { "意图" } th scope="col" { "种类" } th.number scope="col" { "例句" } th.number scope="col" { "测试" }
                            th scope="col" { "问题" } th.number scope="col" { "30 天出现" } th scope="col" { "解决率" }
                        } }
                        tbody { @for intent in &engine.knowledge.intents { (row(intent, &health, traffic.get(&intent.id))) } }
                    }
                }
            }
        }
    };
    Ok(page(&user, "/admin/intents", "意图", body))
}

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    Path(id): Path<String>,
) -> PageResult {
    let engine = admin.bot.engine();
    let intent = engine.knowledge.intent(&id).ok_or(AdminError::NotFound)?;
    let asked = JournalSearch {
        intent: id.clone(),
        ..JournalSearch::default()
    };
    let asked = admin
        .store()
        .journal()
        .search(&asked, i64::MAX, ASKED)
        .await?;
    let health = admin.health.of(engine.clone());
    let paths = [
        format!("intents/{id}.toml"),
        format!("content/zh/{id}.md"),
        format!("content/en/{id}.md"),
    ];
    let (reader, wanted) = (admin.clone(), paths.clone());
    let files = admin
        .run_limited(move || wanted.map(|path| reader.health.file(&path)))
        .await?;
    let body = html! {
        p { code { (intent.id) } "　" (kind(intent)) @if let Some(parent) = &intent.parent { "　属于 " (html::intent_link(&admin, parent)) } }
        (looked(&health))
        @if let Health::Known(findings) = &health { (found(findings, &id)) }
        @if user.has(AccountRight::Review) { (reviewing(intent)) }
        section.card {
            h2 { "最近问到的" }
            @if asked.is_empty() { p.soft { "还没有人问到。" } }
            ul.rows {
                @for turn in &asked {
                    li data-row {
                        a href=(format!("/admin/conversations/{}", turn.id)) { (text(&turn.entry.text)) }
                        span.soft { (wenlu_core::labels::turn_outcome_label(turn.entry.outcome)) "　" (time(&admin, turn.entry.at)) }
                    }
                }
            }
        }
        section.card {
            h2 { (intent.examples.len()) " 条例句" }
            ul.chips { @for example in &intent.examples { li { a href=(playground_path(example)) { (text(example)) } } } }
            @if !intent.not.is_empty() { h2 { "不要到这里来的" } ul.chips { @for not in &intent.not { li { (text(not)) } } } }
        }
        @if let Some(reply) = engine.knowledge.reply(&id, Lang::Zh) { (outline(reply)) }
        @for (path, file) in paths.iter().zip(&files) {
            @if let Some(file) = file {
                section.card {
                    details { summary { code { (path) } } pre tabindex="0" aria-label=(path) { (text(file)) } }
                    @if user.has(AccountRight::Change) { p { a.button href=(format!("/admin/files?path={path}")) { "改这个文件" } } }
                }
            }
        }
    };
    Ok(page(&user, "/admin/intents", &intent.title, body))
}

/// The intents that what people asked is added to: all but menus.
pub(super) fn without_menus(knowledge: &Knowledge) -> impl Iterator<Item = &Intent> {
    let intents = knowledge.intents.iter();
    intents.filter(|intent| intent.kind != IntentKind::Menu)
}

/// An intent in a list to choose from.
pub(super) fn option(intent: &Intent) -> Markup {
    html! { option value=(intent.id) { (intent.title) " · " (intent.id) } }
}

/// A note if there is no result of the check for conflicts.
fn looked(health: &Health) -> Markup {
    html! {
        @match health {
            Health::Known(_) => {}
            Health::Working => p.note role="status" data-reload="2" { "正在检查测试和冲突，几秒后自动刷新……" },
            Health::FilesDiffer => p.note.bad role="status" { "磁盘上的文件不是正在使用的版本，所以没有检查冲突。见" a href="/admin" { "概览" } "。" },
        }
    }
}

fn row(intent: &Intent, health: &Health, traffic: Option<&IntentTraffic>) -> Markup {
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
            td { (share(traffic.and_then(IntentTraffic::solved_rate))) }
        }
    }
}

/// Number of failing tests, and of other findings, in an intent's file.
fn counted(findings: &KnowledgeFindings, id: &str) -> (usize, usize) {
    findings
        .of(id)
        .fold((0, 0), |(failing, other), one| match one.severity() {
            Severity::Error => (failing + 1, other),
            Severity::Warning | Severity::Note => (failing, other + 1),
        })
}

fn found(findings: &KnowledgeFindings, id: &str) -> Markup {
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

/// What a reviewer can do with the intent.
fn reviewing(intent: &Intent) -> Markup {
    let write = match intent.kind {
        IntentKind::Gap => "写出答案",
        IntentKind::Answer | IntentKind::Menu => "修改这个意图",
    };
    html! {
        p.acts.big {
            a.button href=(write_path(&intent.id)) { (write) }
            @if let Some(path) = suggest_path(intent) { a.button href=(path) { "找找大家还会怎么问" } }
        }
    }
}

fn outline(reply: &wenlu_core::reply::ReplyDocument) -> Markup {
    html! {
        section.card {
            h2 { "回复" }
            p { span.said { (text(&wenlu_core::reply::plain_text::blocks_text(&reply.head.blocks))) } }
            @if !reply.head.steps.is_empty() { p.soft { "共 " (reply.head.steps.len()) " 步" } }
        }
    }
}

fn kind(intent: &Intent) -> &'static str {
    if intent.unwritten {
        return "还没写回复";
    }
    match (intent.kind, intent.is_small_talk()) {
        (IntentKind::Answer, true) => "闲聊",
        (IntentKind::Answer, false) => "回答",
        (IntentKind::Menu, _) => "菜单",
        (IntentKind::Gap, _) => "没有资料",
    }
}
