//! Hand-overs, for those who talk with askers. In: the store's list of them. Out: the list and each
//! conversation, what is done with one, and events that say which has changed. Must not know: how an
//! asker is reached.

pub(super) mod acts;
pub(super) mod events;
pub(super) mod files;
mod fragments;
pub(super) mod list;
pub(super) mod talk;

const PATH: &str = "/admin/inbox";
