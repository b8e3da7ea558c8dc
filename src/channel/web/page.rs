//! The chat page. In: a path. Out: a file embedded in the binary, with an ETag, and security
//! headers. Must not know: conversations.

use super::error::ApiError;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::hash::{DefaultHasher, Hash, Hasher};

/// One embedded file.
#[derive(Clone, Copy)]
pub struct Asset {
    pub path: &'static str,
    media_type: &'static str,
    content: &'static str,
}

/// All files of the page: it loads nothing from elsewhere.
pub const ASSETS: [Asset; 10] = [
    Asset { path: "/", media_type: "text/html; charset=utf-8", content: include_str!("page/index.html") },
    style("/chat.css", include_str!("page/chat.css")),
    script("/chat.js", include_str!("page/chat.js")),
    script("/draw.js", include_str!("page/draw.js")),
    script("/talk.js", include_str!("page/talk.js")),
    script("/theme.js", include_str!("page/theme.js")),
    script("/type.js", include_str!("page/type.js")),
    script("/words.js", include_str!("page/words.js")),
    Asset { path: "/icon.svg", media_type: "image/svg+xml", content: include_str!("page/icon.svg") },
    Asset { path: "/api/v1/openapi.json", media_type: "application/json", content: include_str!("openapi.json") },
];

pub const fn style(path: &'static str, content: &'static str) -> Asset {
    Asset { path, media_type: "text/css; charset=utf-8", content }
}

pub const fn script(path: &'static str, content: &'static str) -> Asset {
    Asset { path, media_type: "text/javascript; charset=utf-8", content }
}

impl Asset {
    /// The file, or 304 if the browser has it. Browsers must revalidate each time, so that a new
    /// version of the binary shows at once.
    pub fn respond(self, headers: &HeaderMap) -> Response {
        let tag = self.tag();
        let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let same = known
            .flat_map(|value| value.split(','))
            .any(|candidate| matches!(candidate.trim(), "*") || candidate.trim() == tag);
        let common = [(header::ETAG, tag.as_str()), (header::CACHE_CONTROL, "no-cache")];
        if same {
            return (StatusCode::NOT_MODIFIED, common).into_response();
        }
        (common, [(header::CONTENT_TYPE, self.media_type)], self.content).into_response()
    }

    /// A weak tag: the same file may be sent compressed or not.
    fn tag(self) -> String {
        let mut hasher = DefaultHasher::new();
        self.content.hash(&mut hasher);
        format!("W/\"{:016x}\"", hasher.finish())
    }
}

/// The response for unknown paths: JSON below `/api/`, else a page with a link back.
pub async fn not_found(request: Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        return ApiError::NotFound.into_response();
    }
    let body = concat!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">",
        "<title>没有这个页面</title><h1>没有这个页面</h1><p><a href=\"/\">回到客服对话 · Back to the chat</a></p></html>\n"
    );
    (StatusCode::NOT_FOUND, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], body).into_response()
}

/// Sets security headers that the response does not have yet: the page may run only its own files,
/// connect only to its own server, and not be framed.
pub fn guard(headers: &mut HeaderMap) {
    const GUARDS: [(HeaderName, &str); 6] = [
        (
            header::CONTENT_SECURITY_POLICY,
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        ),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in GUARDS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // responses are private and must not be cached
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
