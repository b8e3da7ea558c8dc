//! Middleware. In: a request. Out: the request with its user, or a refusal; and a response with the
//! security headers. All routes pass [`check_request`]; all but sign-in and links pass
//! [`require_right`].

use super::auth::secret::{AuthSecret, constant_time_eq};
use super::auth::sign_in::SESSION_LIMITS;
use super::auth::{access, cookie};
use super::error::AdminError;
use super::state::AdminState;
use super::upload::{self, UPLOAD_LIMIT};
use crate::clock;
use crate::http::assets::not_found;
use crate::http::client::client_address;
use crate::store::accounts::{Account, AccountRight, SecretText};
use crate::store::audit::AuditActor;
use crate::store::sessions::Session;
use axum::Form;
use axum::body::{Body, HttpBody as _, to_bytes};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use cookie::CookieKind;
use http_body_util::LengthLimitError;
use maud::{DOCTYPE, html};
use serde::de::DeserializeOwned;
use std::net::SocketAddr;
use wenlu_core::model::Timestamp;

/// Paths without a session: their forms are tied to the browser by the form cookie.
const SIGNED_OUT_PATHS: [&str; 2] = ["/admin/login", "/admin/link"];

/// The largest form of a signed-in user, in bytes: a data file of 700,000 Chinese characters is 2 MB,
/// and a form writes each of its bytes as three. Others send small forms only.
const FORM_LIMIT: usize = 6 * 1_024 * 1_024;

/// Where a request comes from.
#[derive(Clone, Debug)]
pub(super) struct RequestContext {
    /// The client's address, as far as trusted proxies report it.
    pub client: String,
    /// Whether the browser used HTTPS.
    pub secure: bool,
    /// The User-Agent header.
    pub agent: String,
    /// What the device cookie holds.
    known_by: Option<SecretText>,
    pub now: Timestamp,
}

/// The fields of a posted form, or of the query string of a GET request.
pub(super) struct FormInput<T>(pub T);

/// The user of a session.
#[derive(Clone)]
pub(super) struct SignedInUser {
    pub account: Account,
    pub session: Session,
    /// The token that all forms of the page carry.
    pub form_token: String,
    pub caller: RequestContext,
    /// What the service calls itself.
    pub service: String,
}

impl RequestContext {
    /// What the browser is known by, if it has signed in before.
    pub(super) fn known_by(&self) -> Option<&str> {
        self.known_by.as_ref().map(|known_by| known_by.0.as_str())
    }

    /// For the audit log; `actor` is the name that was typed or signed in with.
    pub(super) fn by(&self, actor: &str) -> AuditActor {
        AuditActor {
            actor: actor.to_owned(),
            client: self.client.clone(),
            at: self.now,
        }
    }
}

impl SignedInUser {
    pub(super) fn by(&self) -> AuditActor {
        self.caller.by(&self.account.name)
    }

    pub(super) fn has(&self, right: AccountRight) -> bool {
        self.account.has(right)
    }
}

impl<S: Sync> FromRequestParts<S> for SignedInUser {
    type Rejection = AdminError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AdminError> {
        // Missing only if a route lacks `require_right`.
        parts
            .extensions
            .get::<SignedInUser>()
            .cloned()
            .ok_or(AdminError::Forbidden)
    }
}

impl<S: Sync> FromRequestParts<S> for RequestContext {
    type Rejection = AdminError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AdminError> {
        parts
            .extensions
            .get::<RequestContext>()
            .cloned()
            .ok_or(AdminError::Forbidden)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for FormInput<T> {
    type Rejection = AdminError;
    async fn from_request(request: Request, state: &S) -> Result<Self, AdminError> {
        Form::from_request(request, state)
            .await
            .map(|Form(sent)| FormInput(sent))
            .map_err(|_| AdminError::BadForm)
    }
}

/// On all routes: checks access and form tokens, sets the response headers.
pub(super) async fn check_request(
    State(admin): State<AdminState>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let (headers, trusted) = (request.headers(), admin.config.trusted_proxies);
    if !access::is_open(admin.config.access, peer.ip(), headers, trusted) {
        return not_found(request).await;
    }
    let secure = access::is_https(headers, trusted);
    let caller = RequestContext {
        client: client_address(peer.ip(), headers, trusted).to_string(),
        secure,
        known_by: cookie::value(headers, CookieKind::Device, secure).map(SecretText),
        agent: headers
            .get(header::USER_AGENT)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
            .to_owned(),
        now: clock::now(),
    };
    request.extensions_mut().insert(caller.clone());
    let mut response = match check_form_token(&admin, &caller, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    set_security_headers(response.headers_mut());
    response
}

/// On routes for those who are signed in: loads the session and checks the right, if one is needed.
pub(super) async fn require_right(
    State((admin, right)): State<(AdminState, Option<AccountRight>)>,
    mut request: Request,
    next: Next,
) -> Response {
    let (headers, caller) = (
        request.headers(),
        request.extensions().get::<RequestContext>().cloned(),
    );
    let held = caller.and_then(|caller| {
        Some((
            cookie::read(headers, CookieKind::Session, caller.secure)?,
            caller,
        ))
    });
    match signed_in_user(&admin, held).await {
        Ok(Some(user)) if right.is_none_or(|right| user.has(right)) => {
            request.extensions_mut().insert(user);
            next.run(request).await
        }
        Ok(Some(_)) => AdminError::Forbidden.into_response(),
        Ok(None) => redirect_to_login(&request),
        Err(error) => error.into_response(),
    }
}

async fn signed_in_user(
    admin: &AdminState,
    held: Option<(AuthSecret, RequestContext)>,
) -> Result<Option<SignedInUser>, AdminError> {
    let Some((held, caller)) = held else {
        return Ok(None);
    };
    let found = admin
        .store()
        .sessions()
        .find(&held.hash(), caller.now, SESSION_LIMITS)
        .await?;
    Ok(found.map(|(session, account)| SignedInUser {
        account,
        session,
        form_token: held.form_token(),
        caller,
        service: admin.service_name(),
    }))
}

/// Redirects to the sign-in page. With SameSite=Strict, browsers send no cookie when a link on
/// another site led here: in that case the page reloads itself once, so that the cookie is sent.
fn redirect_to_login(request: &Request) -> Response {
    let from_elsewhere = request
        .headers()
        .get("sec-fetch-site")
        .is_some_and(|site| site == "cross-site");
    if request.method() == Method::GET && from_elsewhere {
        let again = html! { (DOCTYPE) html lang="zh-CN" { head { meta charset="utf-8"; meta http-equiv="refresh" content="0"; title { "请稍候" } } } };
        return again.into_response();
    }
    Redirect::to("/admin/login").into_response()
}

/// Requires for every change that one of our pages sent it, with the form token of this browser.
async fn check_form_token(
    admin: &AdminState,
    caller: &RequestContext,
    request: Request,
) -> Result<Request, AdminError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    if !access::is_same_origin(request.headers(), admin.config.trusted_proxies) {
        return Err(AdminError::Forged);
    }
    let kind = if SIGNED_OUT_PATHS.contains(&request.uri().path()) {
        CookieKind::Form
    } else {
        CookieKind::Session
    };
    let held = cookie::read(request.headers(), kind, caller.secure).ok_or(AdminError::Forged)?;
    let (mut parts, body) = request.into_parts();
    let is_upload = upload::is_upload(parts.uri.path(), &parts.headers);
    let beside_file = upload::token_beside_file(parts.uri.path(), &parts.headers);
    let small = admin.config.body_limit;
    let is_small = |most: u64| usize::try_from(most).is_ok_and(|most| most <= small);
    let limit = match kind {
        CookieKind::Session if !body.size_hint().upper().is_some_and(is_small) => {
            let has_file = is_upload || beside_file.is_some();
            session_form_limit(admin, caller, &held, has_file).await?
        }
        _ => small,
    };
    let body = to_bytes(body, limit)
        .await
        .map_err(|error| unread_form(&error))?;
    let sent = match is_upload {
        _ if beside_file.is_some() => beside_file,
        true => {
            let form = upload::parts(&parts.headers, body.clone()).await;
            let form = form.ok_or(AdminError::BadForm)?;
            let token = form.text("form_token");
            parts.extensions.insert(form);
            Some(token)
        }
        false => form_urlencoded::parse(&body)
            .find(|(name, _)| name == "form_token")
            .map(|(_, token)| token.into_owned()),
    };
    match sent.is_some_and(|token| constant_time_eq(&token, &held.form_token())) {
        true => Ok(Request::from_parts(parts, Body::from(body))),
        false => Err(AdminError::Forged),
    }
}

/// Looked up before a large body is read: a cookie that is no session makes nobody keep one.
async fn session_form_limit(
    admin: &AdminState,
    caller: &RequestContext,
    held: &AuthSecret,
    has_file: bool,
) -> Result<usize, AdminError> {
    let signed_in = signed_in_user(admin, Some((held.clone(), caller.clone()))).await?;
    Ok(match (signed_in, has_file) {
        (None, _) => admin.config.body_limit,
        (Some(_), false) => FORM_LIMIT,
        (Some(_), true) => UPLOAD_LIMIT,
    })
}

fn unread_form(error: &axum::Error) -> AdminError {
    let cause = std::error::Error::source(error);
    match cause.is_some_and(|cause| cause.is::<LengthLimitError>()) {
        true => AdminError::FormTooLarge,
        false => AdminError::BadForm,
    }
}

/// As for the chat page, but forms may be sent to ourselves, with a referrer (`no-referrer` would
/// make their Origin `null`).
fn set_security_headers(headers: &mut HeaderMap) {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                          base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    // a file that somebody sent may do less
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(POLICY));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("same-origin"),
    );
}
