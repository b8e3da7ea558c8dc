//! Style sheet and scripts of the operators' pages, compiled into the binary.

use super::Admin;
use crate::channel::web::{Asset, script, style};
use axum::Router;
use axum::http::HeaderMap;
use axum::routing::get;

const ASSETS: [Asset; 3] = [
    style("/admin/admin.css", include_str!("assets/admin.css")),
    script("/admin/keys.js", include_str!("assets/keys.js")),
    script("/admin/theme.js", include_str!("assets/theme.js")),
];

pub fn routes() -> Router<Admin> {
    ASSETS.iter().fold(Router::new(), |router, asset| {
        router.route(asset.path, get(move |headers: HeaderMap| async move { asset.respond(&headers) }))
    })
}
