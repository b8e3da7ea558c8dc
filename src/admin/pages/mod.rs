//! The pages, one file each. In: the signed-in user and the request. Out: HTML. The right that each
//! route needs is set here only.

mod accounts;
mod actions;
mod audit;
mod change;
mod change_view;
mod changes;
mod cluster;
mod clusters;
mod conversation;
mod draft_editor;
mod draft_form;
mod draft_preview;
mod erase;
mod figures;
mod files;
mod import;
mod inbox;
mod intent_search;
mod intents;
mod journal;
mod login;
mod many_files;
mod overview;
mod playground;
mod profile;
mod questions;
mod recovery;
mod regroup;
mod suggest;
mod system;
mod turn;
mod write;

use super::error::AdminError;
use super::middleware::require_right;
use super::state::AdminState;
use super::upload::UPLOAD_PATH;
use crate::store::accounts::AccountRight;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

/// All routes, grouped by the right that they need.
pub(super) fn routes(admin: &AdminState) -> Router<AdminState> {
    let behind = |right: Option<AccountRight>, routes: Router<AdminState>| {
        routes.route_layer(from_fn_with_state((admin.clone(), right), require_right))
    };
    Router::new()
        .merge(entrance())
        .merge(behind(None, own()))
        .merge(behind(Some(AccountRight::Inbox), hand_overs()))
        .merge(behind(
            Some(AccountRight::Inbox),
            behind(Some(AccountRight::Review), learning()),
        ))
        .merge(behind(Some(AccountRight::Read), viewer()))
        .merge(behind(Some(AccountRight::Review), reviewer()))
        .merge(behind(Some(AccountRight::Change), operator()))
        .merge(behind(Some(AccountRight::Accounts), administrator()))
        .method_not_allowed_fallback(async || AdminError::WrongMethod)
}

fn entrance() -> Router<AdminState> {
    Router::new()
        .route("/admin/login", get(login::login).post(login::sign_in))
        .route("/admin/link", get(login::link).post(login::use_link))
}

/// What everybody needs who is signed in.
fn own() -> Router<AdminState> {
    Router::new()
        .route("/admin", get(overview::show))
        .route("/admin/logout", post(login::sign_out))
        .route("/admin/me", get(profile::show))
        .route("/admin/me/password", post(profile::set_password))
        .route(
            "/admin/me/second",
            get(profile::totp_setup).post(profile::enable_totp),
        )
        .route("/admin/me/second/off", post(profile::disable_totp))
        .route("/admin/me/second/codes", post(profile::renew_codes))
        .route("/admin/me/end", post(profile::end_session))
}

fn hand_overs() -> Router<AdminState> {
    Router::new()
        .route("/admin/inbox", get(inbox::list::show))
        .route("/admin/inbox/part", get(inbox::list::part))
        .route("/admin/inbox/search", get(inbox::search::show))
        .route("/admin/inbox/events", get(inbox::events::events))
        .route("/admin/inbox/files/{id}", get(inbox::files::show))
        .route("/admin/inbox/{id}/files", post(inbox::files::send))
        .route(
            "/admin/inbox/contacts/reached",
            post(inbox::contacts::reached),
        )
        .route("/admin/inbox/{id}", get(inbox::talk::show))
        .route("/admin/inbox/{id}/part", get(inbox::talk::part))
        .route("/admin/inbox/{id}/take", post(inbox::acts::take))
        .route("/admin/inbox/{id}/say", post(inbox::acts::say))
        .route("/admin/inbox/{id}/presence", post(inbox::presence::note))
        .route("/admin/inbox/{id}/note", post(inbox::acts::note))
        .route("/admin/inbox/{id}/back", post(inbox::acts::give_back))
        .route("/admin/inbox/{id}/close", post(inbox::acts::close))
        .route("/admin/inbox/{id}/reopen", post(inbox::acts::reopen))
        .route("/admin/inbox/{id}/snooze", post(inbox::snooze::snooze))
}

/// What needs the right to talk with askers, and to review.
fn learning() -> Router<AdminState> {
    Router::new().route(
        "/admin/inbox/{id}/draft-intent",
        post(inbox::learn::draft_intent),
    )
}

fn viewer() -> Router<AdminState> {
    Router::new()
        .route("/admin/clusters", get(clusters::list))
        .route("/admin/clusters/{id}", get(cluster::show))
        .route("/admin/questions", get(questions::show))
        .route("/admin/changes", get(changes::list))
        .route("/admin/changes/{id}", get(change::show))
        .route("/admin/conversations/{id}", get(conversation::show))
        .route("/admin/intents", get(intents::list))
        .route("/admin/find-intent", get(intent_search::find))
        .route("/admin/intents/{id}", get(intents::show))
        .route("/admin/try", get(playground::show))
        .route("/admin/journal", get(journal::show))
}

fn reviewer() -> Router<AdminState> {
    Router::new()
        .route("/admin/clusters/act", post(regroup::act_on_many))
        .route("/admin/clusters/{id}/ignore", post(cluster::ignore))
        .route("/admin/clusters/{id}/split", post(regroup::split))
        .route("/admin/clusters/{id}/assign", post(cluster::assign))
        .route("/admin/turns/{id}", get(turn::show))
        .route(
            "/admin/intents/{id}/suggest",
            get(suggest::show).post(suggest::paste),
        )
        .route("/admin/intents/{id}/suggest/draft", post(suggest::draft))
        .route(write::address::PATH, get(write::show).post(write::save))
        .route("/admin/write/preview", post(write::part))
        .route("/admin/changes", post(actions::create_draft))
        .route("/admin/changes/{id}/publish", post(change::publish))
        .route("/admin/changes/{id}/discard", post(change::discard))
        .route("/admin/changes/{id}/rework", post(change::rebase))
        .route("/admin/changes/{id}/file", post(change::rewrite))
        .route("/admin/changes/{id}/undo", post(change::undo))
        .route("/admin/journal/export", post(journal::download))
}

fn operator() -> Router<AdminState> {
    Router::new()
        .route("/admin/files", get(files::show).post(files::draft))
        .route(UPLOAD_PATH, get(import::show).post(import::upload))
        .route("/admin/tests/accept", post(overview::accept))
        .route("/admin/audit", get(audit::show))
}

fn administrator() -> Router<AdminState> {
    Router::new()
        .route("/admin/accounts", get(accounts::show).post(accounts::add))
        .route("/admin/accounts/role", post(accounts::set_role))
        .route("/admin/accounts/disabled", post(accounts::set_disabled))
        .route("/admin/accounts/second/off", post(accounts::disable_totp))
        .route("/admin/accounts/inbox", post(accounts::set_inbox))
        .route("/admin/accounts/link", post(accounts::make_link))
        .route("/admin/erase", get(erase::ask).post(erase::erase))
}
