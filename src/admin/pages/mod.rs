//! The pages, one file each. In: the signed-in user and the request. Out: HTML. The role that each
//! route needs is set here only.

mod accounts;
mod act;
mod attempt;
mod audit;
mod changes;
mod clusters;
mod conversation;
mod draft;
mod effect;
mod entrance;
mod erase;
mod files;
mod intents;
mod journal;
mod me;
mod overview;
mod questions;
mod written;

use super::visitor::need;
use super::{Admin, AdminError};
use crate::store::accounts::Role;
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

/// All routes, grouped by the role that they need.
pub fn routes(admin: &Admin) -> Router<Admin> {
    let behind =
        |role: Role, routes: Router<Admin>| routes.route_layer(from_fn_with_state((admin.clone(), role), need));
    Router::new()
        .merge(entrance())
        .merge(behind(Role::Viewer, viewer()))
        .merge(behind(Role::Reviewer, reviewer()))
        .merge(behind(Role::Operator, operator()))
        .merge(behind(Role::Admin, administrator()))
        .method_not_allowed_fallback(async || AdminError::WrongMethod)
}

fn entrance() -> Router<Admin> {
    Router::new()
        .route("/admin/login", get(entrance::login).post(entrance::sign_in))
        .route("/admin/link", get(entrance::link).post(entrance::use_link))
}

fn viewer() -> Router<Admin> {
    Router::new()
        .route("/admin", get(overview::show))
        .route("/admin/clusters", get(clusters::list))
        .route("/admin/clusters/{id}", get(clusters::one))
        .route("/admin/questions", get(questions::show))
        .route("/admin/changes", get(changes::list))
        .route("/admin/changes/{id}", get(draft::show))
        .route("/admin/conversations/{id}", get(conversation::show))
        .route("/admin/intents", get(intents::list))
        .route("/admin/intents/{id}", get(intents::one))
        .route("/admin/try", get(attempt::show))
        .route("/admin/journal", get(journal::show))
        .route("/admin/logout", post(entrance::sign_out))
        .route("/admin/me", get(me::show))
        .route("/admin/me/password", post(me::set_password))
        .route("/admin/me/second", get(me::second).post(me::second_on))
        .route("/admin/me/second/off", post(me::second_off))
        .route("/admin/me/end", post(me::end_session))
}

fn reviewer() -> Router<Admin> {
    Router::new()
        .route("/admin/clusters/{id}/ignore", post(clusters::ignore))
        .route("/admin/clusters/{id}/assign", post(clusters::assign))
        .route("/admin/turns/{id}", get(act::turn))
        .route("/admin/changes", post(act::make))
        .route("/admin/changes/{id}/publish", post(draft::publish))
        .route("/admin/changes/{id}/discard", post(draft::discard))
        .route("/admin/changes/{id}/rework", post(draft::rework))
        .route("/admin/changes/{id}/file", post(draft::rewrite))
        .route("/admin/changes/{id}/undo", post(draft::undo))
        .route("/admin/journal/export", post(journal::take))
}

fn operator() -> Router<Admin> {
    Router::new()
        .route("/admin/files", get(files::show).post(files::draft))
        .route("/admin/tests/accept", post(overview::accept))
        .route("/admin/audit", get(audit::show))
}

fn administrator() -> Router<Admin> {
    Router::new()
        .route("/admin/accounts", get(accounts::show).post(accounts::add))
        .route("/admin/accounts/role", post(accounts::set_role))
        .route("/admin/accounts/disabled", post(accounts::set_disabled))
        .route("/admin/accounts/second/off", post(accounts::second_off))
        .route("/admin/accounts/link", post(accounts::make_link))
        .route("/admin/erase", get(erase::ask).post(erase::erase))
}
