//! Errors of the API. In: a cause. Out: a status and `{"error":{"code","message","detail"}}`:
//! `message` is for the asker, `detail` for the developer. Neither contains internal causes. Must
//! not know: which route it came from.

use super::occupancy::Crowded;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::time::Duration;

/// All errors that a route can answer with.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub(crate) enum ApiError {
    #[error("the body is not JSON: {0}")]
    BadJson(String),
    #[error("{0}")]
    BadRequest(String),
    #[error("`text` has {length} characters; {limit} are allowed")]
    TextTooLong { length: usize, limit: usize },
    #[error(
        "`conversation` can be guessed, and whoever knows it reads and writes there: use at least 96 random bits, such as crypto.randomUUID() or `openssl rand -hex 16`, or take one from POST /api/v1/conversations"
    )]
    GuessableConversation,
    #[error(
        "this `id` was another message's in this conversation; give each message an id of its own"
    )]
    IdReused,
    #[error("no such route; see /api/v1/openapi.json")]
    NotFound,
    #[error("this route does not take that method; see the Allow header")]
    MethodNotAllowed,
    #[error("the request did not arrive in time")]
    Timeout,
    #[error("the body is over {limit} bytes")]
    BodyTooLarge { limit: usize },
    #[error(
        "files are not taken here (WENLU_UPLOADS=off), or only while a person is expected (WENLU_UPLOADS=people)"
    )]
    FilesNotTaken,
    #[error(
        "neither a JPEG, PNG, WebP or GIF picture nor a PDF file; or it is damaged, or has more than 8192 pixels a side"
    )]
    UnfitFile,
    #[error("the file is over {limit} bytes")]
    FileTooLarge { limit: usize },
    #[error("this conversation has as many files as it may have")]
    TooManyFiles,
    #[error("there is no room for more files (WENLU_UPLOADS_TOTAL)")]
    NoRoomForFiles,
    #[error("Content-Type must be application/json")]
    WrongContentType,
    #[error("too many requests from this address; Retry-After says when to come back")]
    RateLimited { retry_after: Duration },
    #[error(
        "too many messages of this asker, or over the bridge; Retry-After says when to come back"
    )]
    AskerTooFast { retry_after: Duration },
    #[error(
        "`Authorization: Bearer KEY` is missing or has another key than WENLU_BRIDGE_KEY where the server runs"
    )]
    WrongKey,
    #[error("no such conversation: it begins with its first message")]
    NoSuchConversation,
    #[error("{}; Retry-After says when to come back", .0.detail())]
    Crowded(Crowded),
    #[error("an internal error; the same request with the same id may be sent again")]
    Internal,
    #[error("the store does not answer; the same request with the same id may be sent again")]
    Unavailable,
}

impl ApiError {
    /// The status, the code for programs, and the message for the asker.
    fn parts(&self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::BadJson(_) => (S::BAD_REQUEST, "bad_json", UNREADABLE),
            Self::BadRequest(_) => (S::BAD_REQUEST, "bad_request", UNREADABLE),
            Self::TextTooLong { .. } => (
                S::BAD_REQUEST,
                "text_too_long",
                "您的消息有点长，请精简到 2000 字以内，或者分几条发送。",
            ),
            Self::GuessableConversation => (S::BAD_REQUEST, "guessable_conversation", UNREADABLE),
            Self::IdReused => (
                S::CONFLICT,
                "id_reused",
                "这条消息没有送达，请重新发送一次。",
            ),
            Self::NotFound => (S::NOT_FOUND, "not_found", "没有找到您要的内容。"),
            Self::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method_not_allowed", UNREADABLE),
            Self::Timeout => (
                S::REQUEST_TIMEOUT,
                "timeout",
                "网络有点慢，消息没有送达，请重试。",
            ),
            Self::BodyTooLarge { .. } => (
                S::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "您的消息太长了，请精简后再发送。",
            ),
            Self::FilesNotTaken => (
                S::FORBIDDEN,
                "files_not_taken",
                "现在还不能发图片和文件，请先用文字说明。",
            ),
            Self::UnfitFile => (
                S::UNSUPPORTED_MEDIA_TYPE,
                "unfit_file",
                "这个文件发不了：请发 JPG、PNG、WebP、GIF 图片或 PDF。",
            ),
            Self::FileTooLarge { .. } => (
                S::PAYLOAD_TOO_LARGE,
                "file_too_large",
                "文件太大了，请控制在 8 MB 以内。",
            ),
            Self::TooManyFiles => (
                S::CONFLICT,
                "too_many_files",
                "这次对话里的文件已经够多了，请用文字说明。",
            ),
            Self::NoRoomForFiles => (
                S::INSUFFICIENT_STORAGE,
                "no_room_for_files",
                "现在收不了图片和文件，请用文字说明。",
            ),
            Self::WrongContentType => (S::UNSUPPORTED_MEDIA_TYPE, "wrong_content_type", UNREADABLE),
            Self::WrongKey => (S::UNAUTHORIZED, "wrong_key", UNREADABLE),
            Self::NoSuchConversation => {
                (S::NOT_FOUND, "no_such_conversation", "没有找到您要的内容。")
            }
            Self::RateLimited { .. } | Self::AskerTooFast { .. } => (
                S::TOO_MANY_REQUESTS,
                "rate_limited",
                "您发送得太快了，请稍等片刻再试。",
            ),
            Self::Crowded(Crowded::ClientFull) => (
                S::TOO_MANY_REQUESTS,
                "too_many_connections",
                "您同时打开的页面太多了，请关掉几个再试。",
            ),
            Self::Crowded(Crowded::Full) => (
                S::SERVICE_UNAVAILABLE,
                "crowded",
                "现在来咨询的人很多，请稍等片刻再试。",
            ),
            Self::Internal => (
                S::INTERNAL_SERVER_ERROR,
                "internal",
                "抱歉，我们这边出了点问题，请稍后再试。",
            ),
            Self::Unavailable => (
                S::SERVICE_UNAVAILABLE,
                "unavailable",
                "抱歉，服务暂时繁忙，请稍后再试。",
            ),
        }
    }
}

/// Seconds until somebody may have left.
const CROWDED_WAIT: u64 = 10;

impl Crowded {
    fn detail(self) -> &'static str {
        match self {
            Self::Full => "too many connections or event streams are open",
            Self::ClientFull => "too many connections or event streams from this address",
        }
    }
}

const UNREADABLE: &str = "抱歉，这个请求我们没能读懂，请刷新页面后再试。";

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, code, message) = self.parts();
        let body = serde_json::json!({ "error": { "code": code, "message": message, "detail": self.to_string() } });
        let mut response = (status, Json(body)).into_response();
        if self == Self::WrongKey {
            let scheme = HeaderValue::from_static("Bearer");
            let headers = response.headers_mut();
            headers.insert(header::WWW_AUTHENTICATE, scheme);
        }
        let wait = match self {
            Self::RateLimited { retry_after } | Self::AskerTooFast { retry_after } => {
                retry_after.as_secs_f64().ceil() as u64
            }
            Self::Unavailable => 1,
            Self::Crowded(_) => CROWDED_WAIT,
            _ => return response,
        };
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(wait.max(1)));
        response
    }
}
