//! A hand-over is put aside for a while. In: for how long. Out: it is back in the list then, or as soon
//! as the asker writes. Must not know: what brings it back.

use super::HandoverPath;
use super::acts::{ActRefusal, Acted, back_to, message_id, refused};
use super::snooze_view::TIMES;
use super::talk::handover;
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::store::records::{HandoverRecord, NewHandoverMessage, TranscriptAuthor};
use axum::extract::State;
use maud::html;
use serde::Deserialize;

#[derive(Deserialize)]
pub(in crate::admin::pages) struct SnoozeForm {
    id: String,
    until: String,
}

pub(in crate::admin::pages) async fn snooze(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    FormInput(sent): FormInput<SnoozeForm>,
) -> Acted {
    let handover = handover(&admin, id).await?;
    let now = user.caller.now;
    let (until, words) = match sent.until.as_str() {
        "now" => (None, format!("{} 接着看", user.account.name)),
        named => {
            let chosen = TIMES.into_iter().find(|(value, ..)| *value == named);
            let (_, label, length) = chosen.ok_or(AdminError::BadForm)?;
            let until = length.until(now, &admin.config.timezone);
            let until = until.ok_or(AdminError::BadForm)?;
            (
                Some(until),
                format!("{} 先放一放：{label}", user.account.name),
            )
        }
    };
    let named = message_id("snooze", &sent.id)?;
    let told = NewHandoverMessage {
        id: format!("{}/{}", handover.conversation, named.as_str()),
        at: now,
        author: TranscriptAuthor::System,
        account: user.account.name.clone(),
        masked: words.clone(),
        body: words,
        file: None,
    };
    let snoozes = admin.store().snoozes();
    match snoozes.set(&handover.conversation, until, told).await? {
        true => Ok(back_to(&handover)),
        false => Err(not_done(&user, &handover)),
    }
}

fn not_done(user: &SignedInUser, handover: &HandoverRecord) -> ActRefusal {
    let why = html! { p { "它已经结束，或者别的同事接手了，没有放下。" } };
    refused(user, handover, why)
}
