//! How a change is shown: as a draft with its effects, in conflict with other changes, published; and
//! as a diff.

use super::draft_form::{draft_form, reason_field};
use super::draft_preview::{effect, stage};
use crate::admin::html::{chat_link, text, time};
use crate::admin::middleware::SignedInUser;
use crate::admin::preview_jobs::PreviewState;
use crate::admin::{AdminError, AdminState};
use crate::review::apply::FileConflict;
use crate::review::change::ChangeSet;
use crate::review::change_service::{change_of, to_be_written};
use crate::review::preview::ChangeFitness;
use crate::store::accounts::AccountRight;
use crate::store::reviews::CommitState;
use crate::store::reviews::StoredChange;
use maud::{Markup, html};
use std::sync::PoisonError;

/// Number of recent changes searched for the one that caused a conflict.
const SEARCHED_CHANGES: i64 = 50;
/// How long after publication the page says that the change is taking effect, in milliseconds.
const RELOAD_WAIT_MS: i64 = 60_000;
pub(super) fn draft(
    admin: &AdminState,
    user: &SignedInUser,
    stored: &StoredChange,
    change: &ChangeSet,
) -> Markup {
    let trial = admin.preview_jobs.of(stored, change);
    let is_undo = stored.undoes.is_some();
    let (missing, unresolved) = (to_be_written(stored, change), change.conflicting());
    // an empty undo has a note of its own above
    let stands = !change.is_empty() && admin.change_service.is_applied(change).unwrap_or_default();
    html! {
        @if let Some(path) = unresolved {
            p.note.bad role="status" {
                code { (path) } " 里同一个地方后来又有人改过。两个版本都在下面，<<<<<<< 之后是现在的，======= 之后是这份草稿的：请留下要的，删掉这三行标记，保存后再发布。"
            }
        } @else if is_undo && change.is_empty() {
            p.note role="status" { "文件里已经没有这个修改的内容了：发布不会再动文件，只把它记为已撤销。" }
        }
        @match &trial {
            PreviewState::Working(progress) => {
                @let now = *progress.lock().unwrap_or_else(PoisonError::into_inner);
                section.card data-reload="1" {
                    h2 { "影响" }
                    p role="status" { (stage(now.stage)) "……" @if now.all > 1 { " " (now.done) " / " (now.all) } }
                    progress aria-label="正在检查" max=(now.all.max(1)) value=(now.done) {}
                }
            }
            PreviewState::Failed => p.note.bad role="status" { "没能算出影响，请刷新再试；一直这样的话，请看服务的日志。" },
            PreviewState::Known(preview) => (effect(admin, preview, is_undo)),
        }
        @if stands {
            p.note role="status" { "草稿的内容已经在文件里了：上次发布时服务中断，没来得及记下。点“发布”记为已发布；不想要，就在发布之后撤销。" }
        }
        @if let Some(path) = missing {
            p.note.bad role="status" { code { (path) } " 里还是占位的文字。请在下面写好回复，再发布。" }
        }
        @if user.has(AccountRight::Review) {
            @let fitness = match &trial {
                PreviewState::Known(preview) if missing.is_none() && unresolved.is_none() => preview.fitness(is_undo),
                _ => ChangeFitness::Unfit,
            };
            (to_publish(user, stored, fitness))
        }
    }
}

/// The buttons below a draft.
fn to_publish(user: &SignedInUser, stored: &StoredChange, fitness: ChangeFitness) -> Markup {
    let may = fitness == ChangeFitness::Fit
        || (fitness == ChangeFitness::NeedsReason && user.has(AccountRight::Change));
    let button = html! { button.strong type="submit" data-key="p" disabled[!may] { "发布" } };
    html! {
        @if fitness == ChangeFitness::NeedsReason && !may {
            p.note.bad role="status" { "它会改变别的意图的测试：请有运营角色的同事看过，写明理由再发布；或者改一改草稿。" }
        }
        @if fitness == ChangeFitness::NeedsReason && may {
            (draft_form(user, stored, "publish", html! { (reason_field()) p.acts.big { (button) } }))
        }
        div.acts.big {
            @if fitness != ChangeFitness::NeedsReason || !may { (draft_form(user, stored, "publish", button)) }
            (draft_form(user, stored, "discard", html! { button type="submit" data-key="x" { "放弃草稿" } }))
        }
    }
}

/// Shown if the files have changed since the draft was made.
pub(super) async fn conflict(
    admin: &AdminState,
    user: &SignedInUser,
    stored: &StoredChange,
    conflicts: &[FileConflict],
) -> Result<Markup, AdminError> {
    let paths: Vec<&str> = conflicts
        .iter()
        .map(|conflict| conflict.path.as_str())
        .collect();
    let others = admin
        .store()
        .reviews()
        .changes(i64::MAX, SEARCHED_CHANGES)
        .await?;
    let touches = |other: &&StoredChange| {
        let is_later = other.published_at.is_some_and(|at| at >= stored.at);
        is_later
            && change_of(other).is_ok_and(|change| {
                change
                    .files
                    .iter()
                    .any(|f| paths.contains(&f.path.as_str()))
            })
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
        @if user.has(AccountRight::Review) {
            div.acts.big {
                (draft_form(user, stored, "rework", html! { button.strong type="submit" data-key="p" { "在现在的文件上重做" } }))
                (draft_form(user, stored, "discard", html! { button type="submit" data-key="x" { "放弃草稿" } }))
            }
        }
    })
}

pub(super) fn published(admin: &AdminState, user: &SignedInUser, stored: &StoredChange) -> Markup {
    let by = stored.published_by.as_deref().unwrap_or(&stored.actor);
    let is_new = stored
        .published_at
        .is_some_and(|at| user.caller.now.0 - at.0 < RELOAD_WAIT_MS);
    let serves = admin.bot.engine().knowledge.version == admin.change_service.files().version();
    let refused = admin.knowledge.borrow().refused.is_some();
    html! {
        section.card.good {
            h2 { "已发布" }
            p { (text(by)) @if let Some(at) = stored.published_at { " 于 " (time(admin, at)) } "。" }
            @if !admin.config.hot_reload { p { "没有开热加载（WENLU_RELOAD=off），重启后生效。" } }
            @else if serves { p role="status" { "已经生效，" (chat_link(admin, "到聊天页问一句")) "。" } }
            @else if refused { p role="status" { "磁盘上的文件有误，所以还没有生效，见" a href="/admin" { "概览" } "。" } }
            @else if is_new { p role="status" data-reload="1" { "正在生效，通常一两秒……" } }
            @match &stored.commit {
                CommitState::Failed(error) => p.note.bad { "改动已经写进文件，但没有提交到 git：" (text(error)) },
                CommitState::Committed(id) => p.soft { "提交 " code { (text(id)) } },
                CommitState::None => {}
            }
        }
        @if user.has(AccountRight::Review) {
            div.acts.big { (draft_form(user, stored, "undo", html! { button type="submit" data-key="u" { "撤销" } })) a.button href="/admin/clusters" { "回到待处理" } }
        }
    }
}

/// The change as a unified diff.
pub(super) fn diff(change: &ChangeSet) -> Markup {
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
