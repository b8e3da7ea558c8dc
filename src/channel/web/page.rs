//! The files of the chat page and the description of the API.

use crate::http::assets::{EmbeddedAsset, script, style};

/// The page loads nothing from elsewhere.
pub(super) const ASSETS: [EmbeddedAsset; 10] = [
    EmbeddedAsset {
        path: "/",
        media_type: "text/html; charset=utf-8",
        content: include_str!("page/index.html"),
    },
    style("/chat.css", include_str!("page/chat.css")),
    script("/chat.js", include_str!("page/chat.js")),
    script("/draw.js", include_str!("page/draw.js")),
    script("/talk.js", include_str!("page/talk.js")),
    script("/theme.js", include_str!("page/theme.js")),
    script("/type.js", include_str!("page/type.js")),
    script("/words.js", include_str!("page/words.js")),
    EmbeddedAsset {
        path: "/icon.svg",
        media_type: "image/svg+xml",
        content: include_str!("page/icon.svg"),
    },
    EmbeddedAsset {
        path: "/api/v1/openapi.json",
        media_type: "application/json",
        content: include_str!("openapi.json"),
    },
];
