//! Uploaded files. In: the headers of a request; the body of a form with a file. Out: whether it is
//! such a form, and its parts, bounded in size and number; or the token beside a file that is all of
//! a body, which is not read here. Must not know: what a file is for.

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart};
use axum::http::{HeaderMap, Method, Request, header};
use std::sync::Arc;

/// The only page that takes forms with a file.
pub(super) const UPLOAD_PATH: &str = "/admin/import";
/// Where a hand-over's files are sent to, as they are: the token of the form is in a header.
const HANDOVER_PATH: &str = "/admin/inbox/";
/// Holds the token of a form where the body is a file.
const TOKEN_HEADER: &str = "x-form-token";
/// Largest body with a file, in bytes.
pub(super) const UPLOAD_LIMIT: usize = 8 << 20;
/// Most parts of a form with a file.
const MOST_PARTS: usize = 8;

/// A part of a form: a field, or a file with its name.
pub(super) struct UploadPart {
    pub name: String,
    pub file: Option<String>,
    pub bytes: Bytes,
}

/// The parts of a form whose token was checked.
#[derive(Clone)]
pub(super) struct UploadedForm(pub Arc<Vec<UploadPart>>);

impl UploadedForm {
    /// The text of a field; empty if there is none.
    pub(super) fn text(&self, name: &str) -> String {
        let part = self.0.iter().find(|part| part.name == name);
        part.map_or(String::new(), |part| {
            String::from_utf8_lossy(&part.bytes).trim().to_owned()
        })
    }

    /// The file of a field, with the name it had.
    pub(super) fn file(&self, name: &str) -> Option<(String, Vec<u8>)> {
        let part = self.0.iter().find(|part| part.name == name)?;
        let file = part.file.clone().filter(|file| !file.is_empty())?;
        Some((file, part.bytes.to_vec()))
    }
}

/// The token of a request whose body is a file and nothing else; `None` if it is no such request.
pub(super) fn token_beside_file(path: &str, headers: &HeaderMap) -> Option<String> {
    let is_file = path
        .strip_prefix(HANDOVER_PATH)
        .is_some_and(|rest| rest.ends_with("/files"));
    let token = headers.get(TOKEN_HEADER).filter(|_| is_file)?;
    Some(token.to_str().unwrap_or_default().to_owned())
}

/// Whether the request is a form with a file, sent to the page that takes them.
pub(super) fn is_upload(path: &str, headers: &HeaderMap) -> bool {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    path == UPLOAD_PATH && kind.is_some_and(|kind| kind.starts_with("multipart/form-data"))
}

/// Reads all parts; `None` if the body is no such form.
pub(super) async fn parts(headers: &HeaderMap, body: Bytes) -> Option<UploadedForm> {
    let mut request = Request::builder()
        .method(Method::POST)
        .body(Body::from(body))
        .ok()?;
    let kind = headers.get(header::CONTENT_TYPE)?.clone();
    request.headers_mut().insert(header::CONTENT_TYPE, kind);
    DefaultBodyLimit::max(UPLOAD_LIMIT).apply(&mut request);
    let mut form = Multipart::from_request(request, &()).await.ok()?;
    let mut parts = Vec::new();
    while let Some(field) = form.next_field().await.ok()? {
        if parts.len() >= MOST_PARTS {
            return None;
        }
        parts.push(UploadPart {
            name: field.name().unwrap_or_default().to_owned(),
            file: field.file_name().map(str::to_owned),
            bytes: field.bytes().await.ok()?,
        });
    }
    Some(UploadedForm(Arc::new(parts)))
}
