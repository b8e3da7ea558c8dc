//! Forms of drafts.

use crate::admin::html::{field, form};
use crate::admin::middleware::SignedInUser;
use crate::review::standing::LONGEST_REASON;
use crate::store::reviews::StoredChange;
use maud::{Markup, html};

/// A form that posts an action on the draft with the revision that the user saw.
pub(super) fn draft_form(
    user: &SignedInUser,
    stored: &StoredChange,
    what: &str,
    button: Markup,
) -> Markup {
    let revision = html! { input type="hidden" name="revision" value=(stored.revision); };
    form(
        user,
        &format!("/admin/changes/{}/{what}", stored.id),
        html! { (revision) (button) },
    )
}

/// The input for the reason.
pub(super) fn reason_field() -> Markup {
    let input =
        html! { input name="reason" required maxlength=(LONGEST_REASON) autocomplete="off"; };
    field("理由", input, "为什么这样是对的；会记进操作记录")
}

/// A text area with a file's content.
pub(super) fn editor_field(content: &str, label: &str) -> Markup {
    // HTML drops the first line break in a text area
    html! { textarea name="content" rows="16" spellcheck="false" aria-label=(label) { "\n" (content) } }
}
