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
    #[error("{0}")]
    WrongVisitor(String),
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
        (self.status(), self.code(), self.message())
    }

    fn status(&self) -> StatusCode {
        use StatusCode as S;
        match self {
            Self::BadJson(_)
            | Self::BadRequest(_)
            | Self::TextTooLong { .. }
            | Self::GuessableConversation => S::BAD_REQUEST,
            Self::IdReused | Self::TooManyFiles => S::CONFLICT,
            Self::NotFound | Self::NoSuchConversation => S::NOT_FOUND,
            Self::MethodNotAllowed => S::METHOD_NOT_ALLOWED,
            Self::Timeout => S::REQUEST_TIMEOUT,
            Self::BodyTooLarge { .. } | Self::FileTooLarge { .. } => S::PAYLOAD_TOO_LARGE,
            Self::FilesNotTaken | Self::WrongVisitor(_) => S::FORBIDDEN,
            Self::UnfitFile | Self::WrongContentType => S::UNSUPPORTED_MEDIA_TYPE,
            Self::NoRoomForFiles => S::INSUFFICIENT_STORAGE,
            Self::WrongKey => S::UNAUTHORIZED,
            Self::RateLimited { .. }
            | Self::AskerTooFast { .. }
            | Self::Crowded(Crowded::ClientFull) => S::TOO_MANY_REQUESTS,
            Self::Crowded(Crowded::Full) | Self::Unavailable => S::SERVICE_UNAVAILABLE,
            Self::Internal => S::INTERNAL_SERVER_ERROR,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadJson(_) => "bad_json",
            Self::BadRequest(_) => "bad_request",
            Self::TextTooLong { .. } => "text_too_long",
            Self::GuessableConversation => "guessable_conversation",
            Self::IdReused => "id_reused",
            Self::NotFound => "not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::Timeout => "timeout",
            Self::BodyTooLarge { .. } => "body_too_large",
            Self::FilesNotTaken => "files_not_taken",
            Self::UnfitFile => "unfit_file",
            Self::FileTooLarge { .. } => "file_too_large",
            Self::TooManyFiles => "too_many_files",
            Self::NoRoomForFiles => "no_room_for_files",
            Self::WrongContentType => "wrong_content_type",
            Self::WrongKey => "wrong_key",
            Self::WrongVisitor(_) => "wrong_visitor",
            Self::NoSuchConversation => "no_such_conversation",
            Self::RateLimited { .. } | Self::AskerTooFast { .. } => "rate_limited",
            Self::Crowded(Crowded::ClientFull) => "too_many_connections",
            Self::Crowded(Crowded::Full) => "crowded",
            Self::Internal => "internal",
            Self::Unavailable => "unavailable",
        }
    }

    fn message(&self) -> &'static str {
        match self {
            Self::BadJson(_)
            | Self::BadRequest(_)
            | Self::GuessableConversation
            | Self::MethodNotAllowed
            | Self::WrongContentType
            | Self::WrongKey => UNREADABLE,
            Self::WrongVisitor(_) => "没能确认您的身份，可以继续匿名咨询。",
            Self::TextTooLong { .. } => "您的消息有点长，请精简到 2000 字以内，或者分几条发送。",
            Self::IdReused => "这条消息没有送达，请重新发送一次。",
            Self::NotFound | Self::NoSuchConversation => "没有找到您要的内容。",
            Self::Timeout => "网络有点慢，消息没有送达，请重试。",
            Self::BodyTooLarge { .. } => "您的消息太长了，请精简后再发送。",
            Self::FilesNotTaken => "现在还不能发图片和文件，请先用文字说明。",
            Self::UnfitFile => "这个文件发不了：请发 JPG、PNG、WebP、GIF 图片或 PDF。",
            Self::FileTooLarge { .. } => "文件太大了，请控制在 8 MB 以内。",
            Self::TooManyFiles => "这次对话里的文件已经够多了，请用文字说明。",
            Self::NoRoomForFiles => "现在收不了图片和文件，请用文字说明。",
            Self::RateLimited { .. } | Self::AskerTooFast { .. } => {
                "您发送得太快了，请稍等片刻再试。"
            }
            Self::Crowded(Crowded::ClientFull) => "您同时打开的页面太多了，请关掉几个再试。",
            Self::Crowded(Crowded::Full) => "现在来咨询的人很多，请稍等片刻再试。",
            Self::Internal => "抱歉，我们这边出了点问题，请稍后再试。",
            Self::Unavailable => "抱歉，服务暂时繁忙，请稍后再试。",
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
