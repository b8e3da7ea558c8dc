//! A data file in an editor; saving creates a draft.

use super::written::writing;
use crate::admin::html::{Page, form, page};
use crate::admin::visitor::{Sent, Visitor};
use crate::admin::{Admin, AdminError};
use crate::knowledge::files::Role;
use axum::extract::State;
use axum::response::Redirect;
use maud::html;
use serde::Deserialize;

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    path: String,
}

pub async fn show(State(admin): State<Admin>, visitor: Visitor, Sent(Asked { path }): Sent<Asked>) -> Page {
    check(&path)?;
    let files = admin.workshop.files();
    let content = files.text(&path).unwrap_or_default();
    let body = html! {
        p.soft { "先保存成草稿，看过改动和影响再发布；这一步什么都不会改。" }
        (form(&visitor, "/admin/files", html! {
            input type="hidden" name="path" value=(path);
            (writing(content, &path))
            p.acts { button.strong type="submit" { "看改动和影响" } }
        }))
    };
    Ok(page(&visitor, "/admin/intents", &path, body))
}

#[derive(Deserialize)]
pub struct Written {
    #[serde(default)]
    path: String,
    #[serde(default)]
    content: String,
}

pub async fn draft(
    State(admin): State<Admin>,
    visitor: Visitor,
    Sent(Written { path, content }): Sent<Written>,
) -> Result<Redirect, AdminError> {
    check(&path)?;
    let id = admin.workshop.draft_file(visitor.by(), &path, &content).await?;
    Ok(Redirect::to(&format!("/admin/changes/{id}")))
}

/// Allows only the files that a change may touch.
pub fn check(path: &str) -> Result<(), AdminError> {
    match Role::of(path) {
        Role::Intent(_) | Role::OutOfScope | Role::Reply(..) => Ok(()),
        _ => Err(AdminError::NotFound),
    }
}
