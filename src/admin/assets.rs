//! Style sheet and scripts of the operators' pages, compiled into the binary.

use super::state::AdminState;
use crate::http::assets::{self, EmbeddedAsset, script, style};
use axum::Router;

const ASSETS: [EmbeddedAsset; 3] = [
    style("/admin/admin.css", include_str!("assets/admin.css")),
    script("/admin/keys.js", include_str!("assets/keys.js")),
    script("/admin/theme.js", include_str!("assets/theme.js")),
];

pub(super) fn routes() -> Router<AdminState> {
    assets::routes(&ASSETS)
}
