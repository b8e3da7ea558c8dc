//! The cookies of the pages: the session; before sign-in, a secret that ties the sign-in form to the
//! browser; and what a browser that has signed in before is known by. All are HttpOnly and
//! SameSite=Strict.

use super::secret::AuthSecret;
use axum::http::{HeaderMap, HeaderValue, header};
use cookie::{Cookie, SameSite};
use std::time::Duration;

/// The cookies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CookieKind {
    Session,
    Form,
    Device,
}

/// Lifetime of the form cookie: how long a sign-in form stays valid.
const FORM_TTL: Duration = Duration::from_secs(12 * 3_600);

/// How long a browser that has signed in is known.
const DEVICE_TTL: Duration = Duration::from_secs(180 * 24 * 3_600);

/// The secret in the cookie of this kind, if the request has one.
pub fn read(headers: &HeaderMap, kind: CookieKind, secure: bool) -> Option<AuthSecret> {
    AuthSecret::parse(&value(headers, kind, secure)?)
}

/// What the cookie of this kind holds, if the request has one.
pub fn value(headers: &HeaderMap, kind: CookieKind, secure: bool) -> Option<String> {
    let sent = headers
        .get_all(header::COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok());
    let mut cookies = sent.flat_map(|text| Cookie::split_parse(text).flatten());
    cookies
        .find(|cookie| cookie.name() == name(kind, secure))
        .map(|cookie| cookie.value().to_owned())
}

/// A Set-Cookie value that stores the secret. `lasts` applies to the session cookie only.
pub fn set_cookie(
    kind: CookieKind,
    secret: &AuthSecret,
    secure: bool,
    lasts: Duration,
) -> HeaderValue {
    let lasts = if kind == CookieKind::Form {
        FORM_TTL
    } else {
        lasts
    };
    write(kind, secret.reveal(), secure, lasts)
}

/// A Set-Cookie value that stores by what the browser is known.
pub fn set_device(known_by: &str, secure: bool) -> HeaderValue {
    write(CookieKind::Device, known_by, secure, DEVICE_TTL)
}

/// A Set-Cookie value that deletes the cookie.
pub fn clear_cookie(kind: CookieKind, secure: bool) -> HeaderValue {
    write(kind, "", secure, Duration::ZERO)
}

fn write(kind: CookieKind, value: &str, secure: bool, lasts: Duration) -> HeaderValue {
    let mut cookie = Cookie::build((name(kind, secure), value))
        .path("/")
        .http_only(true)
        .secure(secure);
    cookie = cookie.same_site(SameSite::Strict);
    let text = format!("{}; Max-Age={}", cookie.build(), lasts.as_secs());
    // The value is ASCII throughout, so this cannot fail.
    HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""))
}

/// The `__Host-` prefix: browsers accept the cookie over HTTPS and from this host only, so that a
/// sibling host cannot set it.
fn name(kind: CookieKind, secure: bool) -> &'static str {
    match (kind, secure) {
        (CookieKind::Session, true) => "__Host-wenlu-session",
        (CookieKind::Session, false) => "wenlu-session",
        (CookieKind::Device, true) => "__Host-wenlu-device",
        (CookieKind::Device, false) => "wenlu-device",
        (CookieKind::Form, true) => "__Host-wenlu-form",
        (CookieKind::Form, false) => "wenlu-form",
    }
}
