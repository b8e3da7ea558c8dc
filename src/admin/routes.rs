//! Everything under `/admin`: the pages with their style sheet and scripts, behind the middleware.

use super::middleware::check_request;
use super::state::AdminState;
use super::{assets, pages};
use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::response::Redirect;
use axum::routing::get;

impl AdminState {
    pub fn routes(&self) -> Router {
        pages::routes(self)
            .merge(assets::routes())
            .layer(from_fn_with_state(self.clone(), check_request))
            .with_state(self.clone())
    }

    /// As [`AdminState::routes`], for a listener that serves nothing else.
    pub fn own_routes(&self) -> Router {
        let entrance = get(async || Redirect::to("/admin"));
        self.routes().route("/", entrance)
    }
}
