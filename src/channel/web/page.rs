//! The chat page, its files, and the description of the API. In: requests for them, and the brand of
//! the knowledge that is served. Out: responses. Must not know: messages.

use super::brand::{branded_page, branded_script};
use crate::attachment::AttachmentPolicy;
use crate::http::assets::{EmbeddedAsset, revalidated, script, style};
use crate::turn::Bot;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};

/// The page loads nothing from elsewhere.
pub(super) const ASSETS: [EmbeddedAsset; 12] = [
    style("/chat.css", include_str!("page/chat.css")),
    script("/chat.js", include_str!("page/chat.js")),
    script("/draw.js", include_str!("page/draw.js")),
    script("/files.js", include_str!("page/files.js")),
    script("/frame.js", include_str!("page/frame.js")),
    script("/hints.js", include_str!("page/hints.js")),
    script("/talk.js", include_str!("page/talk.js")),
    script("/theme.js", include_str!("page/theme.js")),
    script("/transcript.js", include_str!("page/transcript.js")),
    script("/type.js", include_str!("page/type.js")),
    script("/words.js", include_str!("page/words.js")),
    EmbeddedAsset {
        path: "/api/v1/openapi.json",
        media_type: "application/json",
        content: include_str!("openapi.json"),
    },
];

const PAGE: &str = include_str!("page/index.html");
const WIDGET: &str = include_str!("page/widget.js");
const ICON: &str = include_str!("page/icon.svg");
pub(super) const HTML: &str = "text/html; charset=utf-8";
/// A picture that somebody opens by itself runs nothing.
const PICTURE_POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox");

/// `GET /`
pub(super) async fn page(
    State(bot): State<Bot>,
    Extension(files): Extension<AttachmentPolicy>,
    headers: HeaderMap,
) -> Response {
    revalidated(&headers, HTML, branded(&bot, files))
}

/// `GET /icon.svg`: the logo, or the built-in picture.
pub(super) async fn icon(State(bot): State<Bot>, headers: HeaderMap) -> Response {
    let logo = bot.engine().knowledge.brand.logo.clone();
    let picture = logo.unwrap_or_else(|| ICON.to_owned());
    let policy = [(header::CONTENT_SECURITY_POLICY, PICTURE_POLICY)];
    (policy, revalidated(&headers, "image/svg+xml", picture)).into_response()
}

/// The chat page in the words of the knowledge that is served now.
pub(super) fn branded(bot: &Bot, files: AttachmentPolicy) -> String {
    let files = match files {
        AttachmentPolicy::Off => "off",
        AttachmentPolicy::WithPerson => "people",
        AttachmentPolicy::On => "on",
    };
    branded_page(PAGE, &bot.engine().knowledge.brand).replace("%files%", files)
}

/// What another site loads to show the chat.
pub(super) fn widget(bot: &Bot) -> String {
    branded_script(WIDGET, &bot.engine().knowledge.brand)
}
