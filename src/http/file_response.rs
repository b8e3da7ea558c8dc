//! Files that people sent, as responses. In: a file of the store and its bytes. Out: a response in
//! which a browser runs nothing: pictures are shown, everything else is only saved. Must not know:
//! who may see it.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use wenlu_core::model::MessageFile;

/// What a file may do when somebody opens it by itself: nothing.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");
/// It is somebody's, and may be erased at any time.
const CACHING: HeaderValue = HeaderValue::from_static("private, no-store");
const NOSNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// `None` if its bytes are gone, or its type cannot be said.
pub(crate) fn file_response(file: &MessageFile, bytes: Vec<u8>) -> Option<Response> {
    if bytes.is_empty() {
        return None;
    }
    let media_type = HeaderValue::try_from(&file.media_type).ok()?;
    let headers: [(HeaderName, HeaderValue); 5] = [
        (header::CONTENT_TYPE, media_type),
        (header::CONTENT_DISPOSITION, disposition(file)?),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, CACHING),
        (header::X_CONTENT_TYPE_OPTIONS, NOSNIFF),
    ];
    Some((headers, Body::from(bytes)).into_response())
}

/// RFC 6266, with the name as RFC 8187 writes it.
fn disposition(file: &MessageFile) -> Option<HeaderValue> {
    let how = match file.width {
        0 => "attachment",
        _ => "inline",
    };
    let encoded: String = form_urlencoded::byte_serialize(file.name.as_bytes()).collect();
    // a form writes a space as a plus, RFC 8187 as a code
    let name = encoded.replace('+', "%20").replace('*', "%2A");
    HeaderValue::try_from(format!("{how}; filename*=UTF-8''{name}")).ok()
}
