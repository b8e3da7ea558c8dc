//! Hand-overs, for those who talk with askers. In: the store's list of them. Out: the list and each
//! conversation, what is done with one, and events that say which has changed. Must not know: how an
//! asker is reached.

pub(super) mod acts;
pub(super) mod contacts;
pub(super) mod events;
pub(super) mod files;
mod fragments;
pub(super) mod learn;
pub(super) mod list;
pub(super) mod presence;
mod presence_view;
pub(super) mod search;
pub(super) mod snooze;
mod snooze_view;
pub(super) mod talk;

use axum::extract::Path;
use axum::extract::rejection::PathRejection;

/// The number of a hand-over in an address.
type HandoverPath = Result<Path<i64>, PathRejection>;

const PATH: &str = "/admin/inbox";
