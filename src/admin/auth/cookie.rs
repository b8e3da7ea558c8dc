//! What the browser holds: a session's secret, or before there is one a secret that ties the sign-in form to it. Neither
//! can be read by a script or sent by another site's page.

use super::secret::Secret;
use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use std::time::Duration;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Session,
    Form,
}

/// How long a sign-in form may stand open.
const FORM_LASTS: Duration = Duration::from_secs(12 * 3_600);

/// The secret that the browser sends.
pub fn read(headers: &HeaderMap, kind: Kind, secure: bool) -> Option<Secret> {
    let sent = headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut cookies = sent.flat_map(|text| Cookie::split_parse(text).flatten());
    cookies.find(|cookie| cookie.name() == name(kind, secure)).and_then(|cookie| Secret::parse(cookie.value()))
}

/// A header that gives the browser a secret.
pub fn give(kind: Kind, secret: &Secret, secure: bool, lasts: Duration) -> HeaderValue {
    let lasts = if kind == Kind::Form { FORM_LASTS } else { lasts };
    write(kind, secret.reveal(), secure, lasts)
}

/// A header that takes it away.
pub fn take(kind: Kind, secure: bool) -> HeaderValue {
    write(kind, "", secure, Duration::ZERO)
}

fn write(kind: Kind, value: &str, secure: bool, lasts: Duration) -> HeaderValue {
    let mut cookie = Cookie::build((name(kind, secure), value)).path("/").http_only(true).secure(secure);
    cookie = cookie.same_site(SameSite::Strict);
    let text = format!("{}; Max-Age={}", cookie.build(), lasts.as_secs());
    // Letters, digits and punctuation of our own.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// `__Host-`: browsers take it over HTTPS from this host alone, so that a neighbouring one cannot plant it.
fn name(kind: Kind, secure: bool) -> &'static str {
    match (kind, secure) {
        (Kind::Session, true) => "__Host-wenlu-session",
        (Kind::Session, false) => "wenlu-session",
        (Kind::Form, true) => "__Host-wenlu-form",
        (Kind::Form, false) => "wenlu-form",
    }
}
