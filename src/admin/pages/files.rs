//! A data file in an editor; saving creates a draft.

use super::draft_form::editor_field;
use crate::admin::html::{PageResult, form, page};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use axum::extract::State;
use axum::response::Redirect;
use maud::html;
use serde::Deserialize;
use wenlu_core::knowledge::files::FileRole;

#[derive(Deserialize)]
pub(super) struct FilePathQuery {
    #[serde(default)]
    path: String,
}

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(FilePathQuery { path }): FormInput<FilePathQuery>,
) -> PageResult {
    check(&path)?;
    let files = admin.change_service.files();
    let content = files.text(&path).unwrap_or_default();
    let body = html! {
        p.soft { "先保存成草稿，看过改动和影响再发布；这一步什么都不会改。" }
        (form(&user, "/admin/files", html! {
            input type="hidden" name="path" value=(path);
            (editor_field(content, &path))
            p.acts { button.strong type="submit" { "看改动和影响" } }
        }))
    };
    Ok(page(&user, "/admin/intents", &path, body))
}

#[derive(Deserialize)]
pub(super) struct DraftFileForm {
    #[serde(default)]
    path: String,
    #[serde(default)]
    content: String,
}

pub(super) async fn draft(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(DraftFileForm { path, content }): FormInput<DraftFileForm>,
) -> Result<Redirect, AdminError> {
    check(&path)?;
    let id = admin
        .change_service
        .draft_file(user.by(), &path, &content)
        .await?;
    Ok(Redirect::to(&format!("/admin/changes/{id}")))
}

/// Allows only the files that a change may touch.
pub(super) fn check(path: &str) -> Result<(), AdminError> {
    match FileRole::of(path) {
        FileRole::Intent(_) | FileRole::OutOfScope | FileRole::Reply(..) => Ok(()),
        _ => Err(AdminError::NotFound),
    }
}
