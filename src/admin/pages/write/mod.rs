//! An intent written in the browser. In: which intent, and the form as it is filled in. Out: the form,
//! with what is wrong at each field and the reply as each channel will show it; a draft in the review.
//! Must not know: how the data files are changed, how a draft is published.

pub(super) mod address;
mod judge;
mod preview;
mod rows;
mod sent;
mod view;

use super::actions::SentFields;
use crate::admin::html::{PageResult, page};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::review::change_service::ChangeError;
use crate::review::intent_form::{OpenedForm, read_form};
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use judge::{JudgedForm, judge};
use maud::{Markup, html};
use sent::{FormAct, SentForm};
use serde::Deserialize;
use wenlu_core::knowledge::IntentKind;

#[derive(Deserialize)]
pub(super) struct WriteQuery {
    #[serde(default)]
    intent: String,
}

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(WriteQuery { intent }): FormInput<WriteQuery>,
) -> PageResult {
    admin.change_service.root()?;
    let opened = match intent.as_str() {
        "" => OpenedForm::default(),
        id => {
            let files = admin.change_service.settled_files().await?;
            read_form(&files, id).map_err(ChangeError::from)?
        }
    };
    let judged = JudgedForm {
        sent: SentForm::opened(&intent, &opened.form),
        opened,
        ..JudgedForm::default()
    };
    shown(&admin, &user, judged).await
}

/// A draft of what the form says; or the form again, with what was typed.
pub(super) async fn save(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(fields): FormInput<SentFields>,
) -> Result<Response, AdminError> {
    let sent = SentForm::read(&fields).ok_or(AdminError::BadForm)?;
    let is_saved = sent.act == FormAct::Save;
    let files = admin.change_service.settled_files().await?;
    let judged = admin.run_limited(move || judge(&files, sent)).await?;
    match &judged.change {
        Some(change) if is_saved && judged.is_good() => {
            let service = &admin.change_service;
            let id = service.draft_change(user.by(), change).await?;
            Ok(Redirect::to(&format!("/admin/changes/{id}")).into_response())
        }
        _ => {
            let status = match is_saved {
                true => StatusCode::UNPROCESSABLE_ENTITY,
                false => StatusCode::OK,
            };
            Ok((status, shown(&admin, &user, judged).await?).into_response())
        }
    }
}

/// What the channels will show of the replies as they are typed, for the page that is open.
pub(super) async fn part(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(fields): FormInput<SentFields>,
) -> Result<Response, AdminError> {
    if admin.preview_limiter.check(&user.account.name).is_err() {
        return Ok((StatusCode::TOO_MANY_REQUESTS, html! {}).into_response());
    }
    let sent = SentForm::read(&fields).ok_or(AdminError::BadForm)?;
    let drawing = admin.clone();
    let drawn = admin
        .run_limited(move || preview::all(&drawing, &sent))
        .await?;
    let body: Markup = html! { @for (_, part) in &drawn { (part) } };
    Ok(body.into_response())
}

async fn shown(admin: &AdminState, user: &SignedInUser, judged: JudgedForm) -> PageResult {
    let title = match (&judged.sent.known, judged.opened.kind) {
        (None, _) => "新建意图".to_owned(),
        (Some(_), IntentKind::Gap) => format!("写出答案：{}", judged.sent.form.title),
        (Some(_), _) => format!("修改意图：{}", judged.sent.form.title),
    };
    let (drawing, viewer) = (admin.clone(), user.clone());
    let body = admin
        .run_limited(move || {
            let drawn = preview::all(&drawing, &judged.sent);
            view::form_page(&drawing, &viewer, &judged, &drawn)
        })
        .await?;
    Ok(page(user, "/admin/intents", &title, body))
}
