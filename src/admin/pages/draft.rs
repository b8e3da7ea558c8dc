//! One change to the data files: a draft with its preview and the buttons to publish or to discard
//! it; after publication its state and the button to undo it.

use super::effect::{effect, stage};
use super::files;
use super::written::by_hand;
use crate::admin::html::{Page, field, form, page, text, time};
use crate::admin::visitor::{Sent, Visitor};
use crate::admin::work::{Trial, Trials};
use crate::admin::{Admin, AdminError};
use crate::review::apply::Conflict;
use crate::review::change::Change;
use crate::review::preview::{Fitness, Preview};
use crate::review::standing::{LONGEST_REASON, acceptance, reason_of};
use crate::review::workshop::{WorkError, change_of, to_be_written};
use crate::store::accepted::Acceptance;
use crate::store::accounts::Role;
use crate::store::reviews::{State as Is, StoredChange};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;
use std::sync::PoisonError;

/// Number of recent changes searched for the one that caused a conflict.
const LOOKED_AT: i64 = 50;
/// How long after publication the page says that the change is taking effect, in milliseconds.
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
        @if stored.state == Is::Draft && visitor.may(Role::Reviewer) { (by_hand(&admin, &visitor, &stored, &change)) }
        (super::questions::keys(&KEYS))
    };
    Ok(page(&visitor, "/admin/changes", &stored.summary, body))
}

/// The revision of the draft that the user saw.
#[derive(Deserialize)]
pub struct Looked {
    revision: i64,
}

/// The revision to publish, and the reason, which is needed if tests of other intents change.
#[derive(Deserialize)]
pub struct ToPublish {
    revision: i64,
    #[serde(default)]
    reason: String,
}

pub async fn publish(
    State(admin): State<Admin>,
    visitor: Visitor,
    id: Id,
    Sent(ToPublish { revision, reason }): Sent<ToPublish>,
) -> Result<Redirect, AdminError> {
    let stored = StoredChange { revision, ..stored(&admin, id).await? };
    if stored.state != Is::Draft {
        return Err(WorkError::Stale.into());
    }
    let change = change_of(&stored)?;
    let at = page_of(stored.id);
    admin.workshop.recover().await?;
    let mut accepted = None;
    if admin.workshop.conflicts(&change)?.is_empty() {
        match Trials::of(&admin, &stored, &change) {
            Trial::Known(preview) => accepted = may_go_live(&visitor, &stored, &preview, &reason)?,
            Trial::Working(_) => return Ok(at),
            Trial::Failed => return Err(AdminError::Failed),
        }
    }
    admin.workshop.publish(visitor.by(), stored, accepted).await?;
    admin.boards.forget();
    Ok(at)
}

/// Checks that the user may publish the draft. Returns what the audit log records, if a reason was
/// needed.
fn may_go_live(
    visitor: &Visitor,
    stored: &StoredChange,
    preview: &Preview,
    reason: &str,
) -> Result<Option<Acceptance>, AdminError> {
    match preview.fitness(stored.undoes.is_some()) {
        Fitness::Fit => Ok(None),
        Fitness::Unfit => Err(AdminError::Unfit),
        Fitness::NeedsReason if !visitor.may(Role::Operator) => Err(AdminError::Forbidden),
        Fitness::NeedsReason => {
            let reason = reason_of(reason)?;
            Ok(Some(acceptance(&reason, &preview.verdict.flipped_elsewhere)))
        }
    }
}

/// The input for the reason.
pub fn reason_field() -> Markup {
    let input = html! { input name="reason" required maxlength=(LONGEST_REASON) autocomplete="off"; };
    field("理由", input, "为什么这样是对的；会记进操作记录")
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
    visitor: Visitor,
    id: Id,
    Sent(Written { revision, path, content }): Sent<Written>,
) -> Result<Redirect, AdminError> {
    let stored = stored(&admin, id).await?;
    let may_add = visitor.may(Role::Operator) && files::check(&path).is_ok();
    admin.workshop.rewrite(stored.id, revision, &path, &content, may_add).await?;
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

/// A form that posts an action on the draft with the revision that the user saw.
pub fn act(visitor: &Visitor, stored: &StoredChange, what: &str, button: Markup) -> Markup {
    let revision = html! { input type="hidden" name="revision" value=(stored.revision); };
    form(visitor, &format!("/admin/changes/{}/{what}", stored.id), html! { (revision) (button) })
}

fn draft(admin: &Admin, visitor: &Visitor, stored: &StoredChange, change: &Change) -> Markup {
    let trial = Trials::of(admin, stored, change);
    let is_undo = stored.undoes.is_some();
    let (missing, unresolved) = (to_be_written(stored, change), change.conflicting());
    // an empty undo has a note of its own above
    let stands = !change.is_empty() && admin.workshop.stands(change).unwrap_or_default();
    html! {
        @if let Some(path) = unresolved {
            p.note.bad role="status" {
                code { (path) } " 里同一个地方后来又有人改过。两个版本都在下面，<<<<<<< 之后是现在的，======= 之后是这份草稿的：请留下要的，删掉这三行标记，保存后再发布。"
            }
        } @else if is_undo && change.is_empty() {
            p.note role="status" { "文件里已经没有这个修改的内容了：发布不会再动文件，只把它记为已撤销。" }
        }
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
            Trial::Known(preview) => (effect(admin, preview, is_undo)),
        }
        @if stands {
            p.note role="status" { "草稿的内容已经在文件里了：上次发布时服务中断，没来得及记下。点“发布”记为已发布；不想要，就在发布之后撤销。" }
        }
        @if let Some(path) = missing {
            p.note.bad role="status" { code { (path) } " 里还是占位的文字。请在下面写好回复，再发布。" }
        }
        @if visitor.may(Role::Reviewer) {
            @let fitness = match &trial {
                Trial::Known(preview) if missing.is_none() && unresolved.is_none() => preview.fitness(is_undo),
                _ => Fitness::Unfit,
            };
            (to_publish(visitor, stored, fitness))
        }
    }
}

/// The buttons below a draft.
fn to_publish(visitor: &Visitor, stored: &StoredChange, fitness: Fitness) -> Markup {
    let may = fitness == Fitness::Fit || (fitness == Fitness::NeedsReason && visitor.may(Role::Operator));
    let button = html! { button.strong type="submit" data-key="p" disabled[!may] { "发布" } };
    html! {
        @if fitness == Fitness::NeedsReason && !may {
            p.note.bad role="status" { "它会改变别的意图的测试：请有运营角色的同事看过，写明理由再发布；或者改一改草稿。" }
        }
        @if fitness == Fitness::NeedsReason && may {
            (act(visitor, stored, "publish", html! { (reason_field()) p.acts.big { (button) } }))
        }
        div.acts.big {
            @if fitness != Fitness::NeedsReason || !may { (act(visitor, stored, "publish", button)) }
            (act(visitor, stored, "discard", html! { button type="submit" data-key="x" { "放弃草稿" } }))
        }
    }
}

/// Shown if the files have changed since the draft was made.
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

/// The change as a unified diff.
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
