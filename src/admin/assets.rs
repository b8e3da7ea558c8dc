//! Style sheet and scripts of the operators' pages, compiled into the binary.

use super::state::AdminState;
use crate::http::assets::{self, EmbeddedAsset, script, style};
use axum::Router;

const ASSETS: [EmbeddedAsset; 7] = [
    style("/admin/admin.css", include_str!("assets/admin.css")),
    script("/admin/keys.js", include_str!("assets/keys.js")),
    script("/admin/inbox.js", include_str!("assets/inbox.js")),
    script("/admin/picker.js", include_str!("assets/picker.js")),
    script("/admin/theme.js", include_str!("assets/theme.js")),
    script("/admin/write.js", include_str!("assets/write.js")),
    // the chat page's own, which a listener for these pages alone does not serve
    EmbeddedAsset {
        path: "/admin/icon.svg",
        media_type: "image/svg+xml",
        content: include_str!("../channel/web/page/icon.svg"),
    },
];

pub(super) fn routes() -> Router<AdminState> {
    assets::routes(&ASSETS)
}
