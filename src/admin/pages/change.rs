//! One change to the data files: a draft with its preview and the buttons to publish or to discard
//! it; after publication its state and the button to undo it.

use super::change_view::{conflict, diff, draft, published};
use super::draft_editor::editors;
use super::files;
use super::many_files::{FileChoice, leave_out};
use crate::admin::html::{PageResult, keys, page, text, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::preview_jobs::PreviewState;
use crate::admin::{AdminError, AdminState};
use crate::review::change_service::{ChangeError, change_of};
use crate::review::preview::{ChangeFitness, ChangePreview};
use crate::review::standing::{acceptance, reason_of};
use crate::store::accepted::TestAcceptance;
use crate::store::accounts::AccountRight;
use crate::store::reviews::{ChangeState as Is, StoredChange};
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Redirect;
use maud::html;
use serde::Deserialize;

const KEYS: [(&str, &str); 4] = [
    ("p", "发布"),
    ("x", "放弃草稿"),
    ("u", "撤销（已发布的）"),
    ("?", "打开或关闭这个说明"),
];

type ChangeIdPath = Result<Path<i64>, PathRejection>;

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: ChangeIdPath,
    FormInput(choice): FormInput<FileChoice>,
) -> PageResult {
    let stored = stored(&admin, id).await?;
    let change = change_of(&stored)?;
    let conflicts = match stored.state {
        Is::Draft => admin.change_service.conflicts(&change)?,
        _ => Vec::new(),
    };
    let (shown, left_out) = leave_out(&change, &stored, &choice);
    let body = html! {
        p.soft {
            "#" (stored.id) "　" (text(&stored.actor)) " 起草于 " (time(&admin, stored.at))
            @if let Some(undone) = stored.undoes { "，撤销 " a href=(format!("/admin/changes/{undone}")) { "#" (undone) } }
            @if !stored.questions.is_empty() { "，处理 " (stored.questions.len()) " 次提问" }
            " " button.quiet #keys-open type="button" { "快捷键 " kbd { "?" } }
        }
        @match stored.state {
            Is::Draft if !conflicts.is_empty() => (conflict(&admin, &user, &stored, &conflicts).await?),
            Is::Draft => (draft(&admin, &user, &stored, &change)),
            Is::Published => (published(&admin, &user, &stored)),
            Is::Undone => p.note role="status" { "这个修改已经撤销。" },
            Is::Discarded => p.note role="status" { "这份草稿已经放弃，什么都没有改动。" },
        }
        section.card { h2 { "改动" } (left_out) (diff(&shown)) }
        @if stored.state == Is::Draft && user.has(AccountRight::Review) { (editors(&admin, &user, &stored, (&change, &shown))) }
        (keys(&KEYS))
    };
    Ok(page(&user, "/admin/changes", &stored.summary, body))
}

/// The revision of the draft that the user saw.
#[derive(Deserialize)]
pub(super) struct DraftRevisionForm {
    revision: i64,
}

/// The revision to publish, and the reason, which is needed if tests of other intents change.
#[derive(Deserialize)]
pub(super) struct PublishDraftForm {
    revision: i64,
    #[serde(default)]
    reason: String,
}

pub(super) async fn publish(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: ChangeIdPath,
    FormInput(PublishDraftForm { revision, reason }): FormInput<PublishDraftForm>,
) -> Result<Redirect, AdminError> {
    let stored = StoredChange {
        revision,
        ..stored(&admin, id).await?
    };
    if stored.state != Is::Draft {
        return Err(ChangeError::Stale.into());
    }
    let change = change_of(&stored)?;
    let at = page_of(stored.id);
    admin.change_service.recover().await?;
    let mut accepted = None;
    if admin.change_service.conflicts(&change)?.is_empty() {
        match admin.preview_jobs.of(&stored, &change) {
            PreviewState::Known(preview) => {
                accepted = check_publishable(&user, &stored, &preview, &reason)?
            }
            PreviewState::Working(_) => return Ok(at),
            PreviewState::Failed => return Err(AdminError::Failed),
        }
    }
    admin
        .change_service
        .publish(user.by(), stored, accepted)
        .await?;
    admin.queue_cache.invalidate();
    Ok(at)
}

/// Checks that the user may publish the draft. Returns what the audit log records, if a reason was
/// needed.
fn check_publishable(
    user: &SignedInUser,
    stored: &StoredChange,
    preview: &ChangePreview,
    reason: &str,
) -> Result<Option<TestAcceptance>, AdminError> {
    match preview.fitness(stored.undoes.is_some()) {
        ChangeFitness::Fit => Ok(None),
        ChangeFitness::Unfit => Err(AdminError::Unfit),
        ChangeFitness::NeedsReason if !user.has(AccountRight::Change) => Err(AdminError::Forbidden),
        ChangeFitness::NeedsReason => {
            let reason = reason_of(reason)?;
            Ok(Some(acceptance(
                &reason,
                &preview.verdict.flipped_elsewhere,
            )))
        }
    }
}

pub(super) async fn discard(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: ChangeIdPath,
) -> Result<Redirect, AdminError> {
    let stored = stored(&admin, id).await?;
    admin
        .store()
        .reviews()
        .discard_draft(user.by(), stored.id)
        .await?;
    Ok(page_of(stored.id))
}

pub(super) async fn rebase(
    State(admin): State<AdminState>,
    _: SignedInUser,
    id: ChangeIdPath,
    FormInput(DraftRevisionForm { revision }): FormInput<DraftRevisionForm>,
) -> Result<Redirect, AdminError> {
    let stored = stored(&admin, id).await?;
    admin.change_service.rebase(stored.id, revision).await?;
    Ok(page_of(stored.id))
}

#[derive(Deserialize)]
pub(super) struct RewriteDraftForm {
    revision: i64,
    path: String,
    #[serde(default)]
    content: String,
}

pub(super) async fn rewrite(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: ChangeIdPath,
    FormInput(RewriteDraftForm {
        revision,
        path,
        content,
    }): FormInput<RewriteDraftForm>,
) -> Result<Redirect, AdminError> {
    let stored = stored(&admin, id).await?;
    let may_add = user.has(AccountRight::Change) && files::check(&path).is_ok();
    admin
        .change_service
        .rewrite_file(stored.id, revision, &path, &content, may_add)
        .await?;
    Ok(page_of(stored.id))
}

pub(super) async fn undo(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: ChangeIdPath,
) -> Result<Redirect, AdminError> {
    let stored = stored(&admin, id).await?;
    Ok(page_of(
        admin
            .change_service
            .draft_undo(user.by(), stored.id)
            .await?,
    ))
}

async fn stored(admin: &AdminState, id: ChangeIdPath) -> Result<StoredChange, AdminError> {
    let Path(id) = id.map_err(|_| AdminError::NotFound)?;
    admin
        .store()
        .reviews()
        .change(id)
        .await?
        .ok_or(AdminError::NotFound)
}

fn page_of(id: i64) -> Redirect {
    Redirect::to(&format!("/admin/changes/{id}"))
}
