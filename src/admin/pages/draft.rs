//! One change of the data files: as a draft with what it would do, to be published or not; later what became of it, and
//! the way back.

use crate::admin::html::{self, Page, form, page, text, time};
use crate::admin::visitor::{Sent, Visitor};
use crate::admin::work::{Trial, Trials};
use crate::admin::{Admin, AdminError};
use crate::knowledge::diagnostic::{self, Diagnostic, Texts};
use crate::review::apply::Conflict;
use crate::review::change::Change;
use crate::review::preview::{Preview, Stage};
use crate::review::replay::{Change as Moved, Kind, Report, Side};
use crate::review::workshop::{change_of, unwritten};
use crate::router::Decision;
use crate::store::accounts::Role;
use crate::store::reviews::{State as Is, StoredChange};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::PoisonError;

/// Messages shown of each kind.
const SHOWN: usize = 12;
/// Notes and warnings shown.
const WARNINGS: usize = 8;
/// Published changes among which the one that got in the way is looked for.
const LOOKED_AT: i64 = 50;
/// For so long after it was published a change is on its way, in milliseconds.
const ON_ITS_WAY: i64 = 60_000;
const KEYS: [(&str, &str); 4] =
    [("p", "发布"), ("x", "放弃草稿"), ("u", "撤销（已发布的）"), ("?", "打开或关闭这个说明")];

type Id = Result<Path<i64>, PathRejection>;

pub async fn show(State(admin): State<Admin>, visitor: Visitor, id: Id) -> Page {
    let stored = stored(&admin, id).await?;
    let change = change_of(&stored)?;
    let conflicts = match stored.state {
        Is::Draft => admin.workshop.conflicts(&change)?,
        _ => Vec::new(),
    };
    let body = html! {
        p.soft {
            "#" (stored.id) "　" (text(&stored.actor)) " 起草于 " (time(&admin, stored.at))
            @if let Some(undone) = stored.undoes { "，撤销 " a href=(format!("/admin/changes/{undone}")) { "#" (undone) } }
            @if !stored.questions.is_empty() { "，处理 " (stored.questions.len()) " 次提问" }
            " " button.quiet #keys-open type="button" { "快捷键 " kbd { "?" } }
        }
        @match stored.state {
            Is::Draft if !conflicts.is_empty() => (conflict(&admin, &visitor, &stored, &conflicts).await?),
            Is::Draft => (draft(&admin, &visitor, &stored, &change)),
            Is::Published => (published(&admin, &visitor, &stored)),
            Is::Undone => p.note role="status" { "这个修改已经撤销。" },
            Is::Discarded => p.note role="status" { "这份草稿已经放弃，什么都没有改动。" },
        }
        section.card { h2 { "改动" } (diff(&change)) }
        @if stored.state == Is::Draft && visitor.may(Role::Reviewer) { (by_hand(&visitor, &stored, &change)) }
        (super::questions::keys(&KEYS))
    };
    Ok(page(&visitor, "/admin/changes", &stored.summary, body))
}

/// What was looked at.
#[derive(Deserialize)]
pub struct Looked {
    revision: i64,
}

pub async fn publish(
    State(admin): State<Admin>,
    visitor: Visitor,
    id: Id,
    Sent(Looked { revision }): Sent<Looked>,
) -> Result<Redirect, AdminError> {
    let stored = StoredChange { revision, ..stored(&admin, id).await? };
    let change = change_of(&stored)?;
    let at = page_of(stored.id);
    admin.workshop.recover().await?;
    if admin.workshop.conflicts(&change)?.is_empty() {
        match Trials::of(&admin, &stored, &change) {
            Trial::Known(preview) if preview.is_fit() => {}
            Trial::Known(_) => return Err(AdminError::Unfit),
            Trial::Working(_) => return Ok(at),
            Trial::Failed => return Err(AdminError::Failed),
        }
    }
    admin.workshop.publish(visitor.by(), stored).await?;
    admin.boards.forget();
    Ok(at)
}

pub async fn discard(State(admin): State<Admin>, visitor: Visitor, id: Id) -> Result<Redirect, AdminError> {
    let stored = stored(&admin, id).await?;
    admin.store().discard_draft(visitor.by(), stored.id).await?;
    Ok(page_of(stored.id))
}

pub async fn rework(
    State(admin): State<Admin>,
    _: Visitor,
    id: Id,
    Sent(Looked { revision }): Sent<Looked>,
) -> Result<Redirect, AdminError> {
    let stored = stored(&admin, id).await?;
    admin.workshop.rework(stored.id, revision).await?;
    Ok(page_of(stored.id))
}

#[derive(Deserialize)]
pub struct Written {
    revision: i64,
    path: String,
    #[serde(default)]
    content: String,
}

pub async fn rewrite(
    State(admin): State<Admin>,
    _: Visitor,
    id: Id,
    Sent(Written { revision, path, content }): Sent<Written>,
) -> Result<Redirect, AdminError> {
    let stored = stored(&admin, id).await?;
    admin.workshop.rewrite(stored.id, revision, &path, &content).await?;
    Ok(page_of(stored.id))
}

pub async fn undo(State(admin): State<Admin>, visitor: Visitor, id: Id) -> Result<Redirect, AdminError> {
    let stored = stored(&admin, id).await?;
    Ok(page_of(admin.workshop.draft_undo(visitor.by(), stored.id).await?))
}

async fn stored(admin: &Admin, id: Id) -> Result<StoredChange, AdminError> {
    let Path(id) = id.map_err(|_| AdminError::NotFound)?;
    admin.store().change(id).await?.ok_or(AdminError::NotFound)
}

fn page_of(id: i64) -> Redirect {
    Redirect::to(&format!("/admin/changes/{id}"))
}

fn act(visitor: &Visitor, stored: &StoredChange, what: &str, button: Markup) -> Markup {
    let revision = html! { input type="hidden" name="revision" value=(stored.revision); };
    form(visitor, &format!("/admin/changes/{}/{what}", stored.id), html! { (revision) (button) })
}

fn draft(admin: &Admin, visitor: &Visitor, stored: &StoredChange, change: &Change) -> Markup {
    let trial = Trials::of(admin, stored, change);
    let missing = unwritten(change);
    let stands = admin.workshop.stands(change).unwrap_or_default();
    let fit = missing.is_none() && matches!(&trial, Trial::Known(preview) if preview.is_fit());
    html! {
        @match &trial {
            Trial::Working(progress) => {
                @let now = *progress.lock().unwrap_or_else(PoisonError::into_inner);
                section.card data-reload="1" {
                    h2 { "影响" }
                    p role="status" { (stage(now.stage)) "……" @if now.all > 1 { " " (now.done) " / " (now.all) } }
                    progress aria-label="正在检查" max=(now.all.max(1)) value=(now.done) {}
                }
            }
            Trial::Failed => p.note.bad role="status" { "没能算出影响，请刷新再试；一直这样的话，请看服务的日志。" },
            Trial::Known(preview) => (effect(admin, preview)),
        }
        @if stands {
            p.note role="status" { "草稿的内容已经在文件里了：上次发布时服务中断，没来得及记下。点“发布”记为已发布；不想要，就在发布之后撤销。" }
        }
        @if let Some(path) = missing {
            p.note.bad role="status" { code { (path) } " 里还是占位的文字。请在下面写好回复，再发布。" }
        }
        @if visitor.may(Role::Reviewer) {
            div.acts.big {
                (act(visitor, stored, "publish", html! { button.strong type="submit" data-key="p" disabled[!fit] { "发布" } }))
                (act(visitor, stored, "discard", html! { button type="submit" data-key="x" { "放弃草稿" } }))
            }
        }
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Building => "正在用草稿建一个路由器",
        Stage::Testing => "正在跑每个意图的测试",
        Stage::Comparing => "正在找冲突",
        Stage::Replaying => "正在重放问过的话",
    }
}

fn effect(admin: &Admin, preview: &Preview) -> Markup {
    html! {
        @if !preview.mistakes.is_empty() {
            section.card.bad { h2 { "这样写不能用：" (preview.mistakes.len()) " 处错误" } (quoted(&preview.mistakes, &preview.texts)) }
        }
        @if let Some(report) = &preview.replay {
            section.card.(if preview.is_fit() { "good" } else { "bad" }) {
                h2 { "影响" }
                p.verdict {
                    "多答 " b { (report.answered) } " 次，改变 " b { (report.changed) } " 次，答不上 " b { (report.silent) } " 次"
                    "；测试" @if preview.failing.is_empty() { "全部通过" } @else { b { (preview.failing.len()) } " 条不过" } "。"
                }
                p.soft { "把问过的 " (report.messages) " 句话（" (report.texts) " 种）都重放了一遍，与现在的回答比较。" }
                @for kind in [Kind::Silent, Kind::Changed, Kind::Answered] { (moved(admin, report, kind)) }
                (reworded(admin, report))
            }
        }
        @if !preview.failing.is_empty() {
            section.card.bad { h2 { "这些测试会不过，所以不能发布" } (quoted(&preview.failing, &preview.texts)) }
        }
        @if !preview.warnings.is_empty() {
            section.card {
                h2 { (preview.warnings.len()) " 处提醒" }
                (quoted(preview.warnings.get(..WARNINGS).unwrap_or(&preview.warnings), &preview.texts))
                @if preview.warnings.len() > WARNINGS { p.soft { "其余见 wenlu check。" } }
            }
        }
    }
}

fn quoted(all: &[Diagnostic], texts: &Texts) -> Markup {
    html! { pre tabindex="0" aria-label="在哪一行" { (text(&diagnostic::render(all, texts, false))) } }
}

fn moved(admin: &Admin, report: &Report, kind: Kind) -> Markup {
    let all: Vec<&Moved> = report.changes.iter().filter(|moved| moved.kind == kind).collect();
    let title = match kind {
        Kind::Silent => "以前能答，以后答不上",
        Kind::Changed => "回答会变",
        Kind::Answered => "以前答不上，以后能答",
    };
    html! {
        @if !all.is_empty() {
            details open[kind != Kind::Answered || all.len() <= SHOWN] {
                summary { (title) "：" (all.len()) " 种说法" }
                ul.rows {
                    @for moved in all.iter().take(SHOWN) {
                        li {
                            div { span.said { (text(&moved.text)) } div.soft { (side(admin, &moved.before)) " → " (side(admin, &moved.after)) } }
                            span.soft { (moved.count) " 次" }
                        }
                    }
                }
                @if all.len() > SHOWN { p.soft { "还有 " (all.len() - SHOWN) " 种。" } }
            }
        }
    }
}

fn reworded(admin: &Admin, report: &Report) -> Markup {
    html! {
        @if !report.reworded.is_empty() {
            p { "去处没变、回复的文字会变：" @for (id, count) in &report.reworded { (html::intent(admin, id)) " " (count) " 次　" } }
        }
    }
}

/// Where a message goes, and how surely.
fn side(admin: &Admin, side: &Side) -> Markup {
    let place = &side.place;
    html! {
        @match (place.decision, &place.intent, &place.gap) {
            (Decision::Answer, Some(id), _) => { "回答" (html::intent(admin, id)) }
            (Decision::Menu, Some(id), _) => { "菜单" (html::intent(admin, id)) }
            (Decision::Clarify, ..) => { "反问 " @for id in &place.choices { (html::intent(admin, id)) " " } }
            (_, _, Some(gap)) => { "没有资料" (html::intent(admin, gap)) }
            _ => "没听懂",
        }
        (format!("（{:.2}）", side.confidence))
    }
}

/// The files are not those that the draft was made from.
async fn conflict(
    admin: &Admin,
    visitor: &Visitor,
    stored: &StoredChange,
    conflicts: &[Conflict],
) -> Result<Markup, AdminError> {
    let paths: Vec<&str> = conflicts.iter().map(|conflict| conflict.path.as_str()).collect();
    let others = admin.store().changes(i64::MAX, LOOKED_AT).await?;
    let touches = |other: &&StoredChange| {
        let is_later = other.published_at.is_some_and(|at| at >= stored.at);
        is_later && change_of(other).is_ok_and(|change| change.files.iter().any(|f| paths.contains(&f.path.as_str())))
    };
    let other = others.iter().find(touches);
    Ok(html! {
        section.card.bad {
            h2 { "这期间文件变了，草稿先不能发布" }
            p {
                @match other {
                    Some(other) => { (text(other.published_by.as_deref().unwrap_or(&other.actor))) " 发布了 " a href=(format!("/admin/changes/{}", other.id)) { "#" (other.id) " " (text(&other.summary)) } "。" }
                    None => "有人在页面以外改了文件。",
                }
                "别人的改动都会保留；在现在的文件上重做之后，请再看一遍影响。"
            }
            @for conflict in conflicts { (lines(&conflict.diff)) }
        }
        @if visitor.may(Role::Reviewer) {
            div.acts.big {
                (act(visitor, stored, "rework", html! { button.strong type="submit" data-key="p" { "在现在的文件上重做" } }))
                (act(visitor, stored, "discard", html! { button type="submit" data-key="x" { "放弃草稿" } }))
            }
        }
    })
}

fn published(admin: &Admin, visitor: &Visitor, stored: &StoredChange) -> Markup {
    let by = stored.published_by.as_deref().unwrap_or(&stored.actor);
    let is_new = stored.published_at.is_some_and(|at| visitor.caller.now.0 - at.0 < ON_ITS_WAY);
    let serves = admin.bot.brain().knowledge.version == admin.workshop.files().version();
    let refused = admin.knowledge.borrow().refused.is_some();
    html! {
        section.card.good {
            h2 { "已发布" }
            p { (text(by)) @if let Some(at) = stored.published_at { " 于 " (time(admin, at)) } "。" }
            @if !admin.reloads { p { "没有开热加载（WENLU_RELOAD=off），重启后生效。" } }
            @else if serves { p role="status" { "已经生效，" a href="/" target="_blank" { "到聊天页问一句" } "。" } }
            @else if refused { p role="status" { "磁盘上的文件有误，所以还没有生效，见" a href="/admin" { "概览" } "。" } }
            @else if is_new { p role="status" data-reload="1" { "正在生效，通常一两秒……" } }
            @match stored.in_git.as_deref() {
                Some(said) => { @match said.strip_prefix('!') {
                    Some(error) => p.note.bad { "改动已经写进文件，但没有提交到 git：" (text(error)) },
                    None => p.soft { "提交 " code { (text(said)) } },
                } }
                None => {}
            }
        }
        @if visitor.may(Role::Reviewer) {
            div.acts.big { (act(visitor, stored, "undo", html! { button type="submit" data-key="u" { "撤销" } })) a.button href="/admin/clusters" { "回到待处理" } }
        }
    }
}

/// A change as a unified diff.
pub fn diff(change: &Change) -> Markup {
    html! { @for file in &change.files { (lines(&crate::review::change::diff(&file.path, file.before.as_deref(), file.after.as_deref()))) } }
}

fn lines(diff: &str) -> Markup {
    let class = |line: &str| match line.as_bytes().first() {
        _ if line.starts_with("+++") || line.starts_with("---") => "file",
        Some(b'+') => "plus",
        Some(b'-') => "minus",
        Some(b'@') => "hunk",
        _ => "same",
    };
    html! { pre.diff tabindex="0" aria-label="改动" { @for line in diff.lines() { span.(class(line)) { (text(line)) "\n" } } } }
}

/// The texts of a draft, to be written on.
fn by_hand(visitor: &Visitor, stored: &StoredChange, change: &Change) -> Markup {
    let missing = unwritten(change);
    html! {
        @for file in &change.files {
            details.card open[missing == Some(file.path.as_str())] {
                summary { "改草稿里的 " code { (file.path) } }
                (act(visitor, stored, "file", html! {
                    input type="hidden" name="path" value=(file.path);
                    (writing(file.after.as_deref().unwrap_or_default(), &file.path))
                    p.acts { button type="submit" { "保存到草稿" } small { "清空就是不要这个文件" } }
                }))
            }
        }
    }
}

/// A place to write a file.
pub fn writing(content: &str, label: &str) -> Markup {
    // the first new line of a text area is not part of it
    html! { textarea name="content" rows="16" spellcheck="false" aria-label=(label) { "\n" (content) } }
}
