//! How askers can be reached who found nobody. In: what they left. Out: a list of it; one that is
//! dealt with goes. Must not know: how it was asked for.

use super::PATH;
use super::fragments::channel_label;
use crate::admin::html::{form, text, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::store::audit::AuditAction;
use crate::store::contacts::LeftContact;
use axum::extract::State;
use axum::response::Redirect;
use maud::{Markup, html};
use serde::Deserialize;

#[derive(Deserialize)]
pub(in crate::admin::pages) struct ReachedForm {
    contact: i64,
}

/// Empty if nobody left any.
pub(super) fn left_contacts(
    admin: &AdminState,
    user: &SignedInUser,
    contacts: &[LeftContact],
) -> Markup {
    let path = format!("{PATH}/contacts/reached");
    html! {
        @if !contacts.is_empty() {
            section.card #contacts {
                h2 { "留下联系方式的客人" }
                p.soft { "要人工时没有同事在，请尽快联系；联系过的请按“已联系”，联系方式就会删掉。" }
                ul.queue {
                    @for left in contacts {
                        li {
                            div.what {
                                div.said { (text(&left.contact)) }
                                div.soft {
                                    (channel_label(&left.conversation)) " · " (time(admin, left.at))
                                    @if let Some(number) = left.handover { " · " a href=(format!("{PATH}/{number}")) { "看对话" } }
                                }
                            }
                            (form(user, &path, html! {
                                input type="hidden" name="contact" value=(left.id);
                                button.quiet { "已联系" }
                            }))
                        }
                    }
                }
            }
        }
    }
}

/// Forgets one.
pub(in crate::admin::pages) async fn reached(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(sent): FormInput<ReachedForm>,
) -> Result<Redirect, AdminError> {
    if admin.store().contacts().forget(sent.contact).await? {
        let audit = admin.store().audit();
        let (action, subject) = (AuditAction::ReachAsker, sent.contact.to_string());
        audit
            .record(user.by(), action, subject, String::new())
            .await?;
    }
    Ok(Redirect::to(PATH))
}
