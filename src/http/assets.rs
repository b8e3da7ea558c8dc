//! Files embedded in the binary. In: a path. Out: the file, with an ETag, or the page for unknown
//! paths. Must not know: what the files are for.

use super::error::ApiError;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::borrow::Cow;
use std::hash::{DefaultHasher, Hash, Hasher};

/// One embedded file.
#[derive(Clone, Copy)]
pub(crate) struct EmbeddedAsset {
    pub path: &'static str,
    pub media_type: &'static str,
    pub content: &'static str,
}

pub(crate) const fn style(path: &'static str, content: &'static str) -> EmbeddedAsset {
    EmbeddedAsset {
        path,
        media_type: "text/css; charset=utf-8",
        content,
    }
}

pub(crate) const fn script(path: &'static str, content: &'static str) -> EmbeddedAsset {
    EmbeddedAsset {
        path,
        media_type: "text/javascript; charset=utf-8",
        content,
    }
}

/// A route for each file.
pub(crate) fn routes<S>(assets: &'static [EmbeddedAsset]) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    assets.iter().fold(Router::new(), |router, asset| {
        let respond = move |headers: HeaderMap| async move { asset.respond(&headers) };
        router.route(asset.path, get(respond))
    })
}

impl EmbeddedAsset {
    /// The file, or 304 if the browser has it. Browsers must revalidate each time, so that a new
    /// version of the binary shows at once.
    fn respond(self, headers: &HeaderMap) -> Response {
        revalidated(headers, self.media_type, self.content)
    }
}

/// `content`, or 304 if the browser has it.
pub(crate) fn revalidated(
    headers: &HeaderMap,
    media_type: &'static str,
    content: impl Into<Cow<'static, str>>,
) -> Response {
    let content = content.into();
    let tag = tag(&content);
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let same = known
        .flat_map(|value| value.split(','))
        .any(|candidate| matches!(candidate.trim(), "*") || candidate.trim() == tag);
    let common = [
        (header::ETAG, tag.as_str()),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    if same {
        return (StatusCode::NOT_MODIFIED, common).into_response();
    }
    (common, [(header::CONTENT_TYPE, media_type)], content).into_response()
}

/// A weak tag: the same file may be sent compressed or not.
fn tag(content: &str) -> String {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    format!("W/\"{:016x}\"", hasher.finish())
}

/// The response for unknown paths: JSON below `/api/`, else a page with a link back.
pub(crate) async fn not_found(request: Request) -> Response {
    if request.uri().path().starts_with("/api/") {
        return ApiError::NotFound.into_response();
    }
    let body = concat!(
        "<!doctype html><html lang=\"zh-CN\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">",
        "<title>没有这个页面</title><h1>没有这个页面</h1><p><a href=\"/\">回到客服对话 · Back to the chat</a></p></html>\n"
    );
    (
        StatusCode::NOT_FOUND,
        [(header::CONTENT_TYPE, "text/html; charset=utf-8")],
        body,
    )
        .into_response()
}
