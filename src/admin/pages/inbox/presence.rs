//! Who reads or writes in a hand-over just now. In: what a page says that its operator does, every few
//! seconds. Out: a note that holds for some seconds. Must not know: what is written, who sees it.

use super::HandoverPath;
use super::talk::handover;
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::store::activities::LiveActivity;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

#[derive(Deserialize)]
pub(in crate::admin::pages) struct PresenceForm {
    doing: LiveActivity,
}

pub(in crate::admin::pages) async fn note(
    State(admin): State<AdminState>,
    user: SignedInUser,
    id: HandoverPath,
    FormInput(sent): FormInput<PresenceForm>,
) -> Result<StatusCode, AdminError> {
    let handover = handover(&admin, id).await?;
    let name = user.account.name.as_str();
    let doing = match sent.doing {
        // the asker is not told of somebody who cannot write to them
        LiveActivity::Writes if !handover.is_free_for(name) => LiveActivity::Reads,
        doing => doing,
    };
    let activities = admin.store().activities();
    let noted = activities.note(&handover.conversation, Some(name), doing, user.caller.now);
    noted.await?;
    Ok(StatusCode::NO_CONTENT)
}
