//! One turn: its question, with the form of [`super::actions`].

use super::actions::{
    ActionFormSubject, ActionFormView, KEYS, NEAREST, WordingChoice, actions_form,
};
use super::conversation::comment;
use crate::admin::html::{self, PageResult, keys, page};
use crate::admin::middleware::SignedInUser;
use crate::admin::{AdminError, AdminState};
use crate::review::question;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use maud::html;
use wenlu_core::text::normalize::normalize;

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: Result<Path<i64>, PathRejection>,
) -> PageResult {
    let Path(id) = id.map_err(|_| AdminError::NotFound)?;
    let row = admin
        .store()
        .journal()
        .entry(id)
        .await?
        .ok_or(AdminError::NotFound)?;
    let asked = question(&row).to_owned();
    if normalize(&asked).is_empty() {
        return Err(AdminError::NotFound);
    }
    let engine = admin.bot.engine();
    admin.bot.prepare_text(&engine, &asked).await;
    let routed = engine.router.route(&asked);
    let subject = ActionFormView {
        about: ActionFormSubject::Turn(id),
        said: vec![WordingChoice {
            text: asked,
            count: 1,
            chosen: true,
            turn: id,
        }],
        has_more: false,
        others: Vec::new(),
        nearest: routed.candidates.into_iter().take(NEAREST).collect(),
        gap: routed.gap,
    };
    let body = html! {
        p.soft { "原来的结果：" (html::outcome_label(&row.entry)) @if let Some(intent) = &row.entry.intent { "　" (html::intent_link(&admin, intent)) } }
        (comment(&row))
        (actions_form(&admin, &user, &subject))
        (keys(&KEYS))
    };
    Ok(page(&user, "/admin/clusters", "处理一问", body))
}
