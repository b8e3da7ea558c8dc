//! Who asks. In: a request. Out: the same with who it is from, or a refusal; and a response that keeps to itself. Every
//! route passes [`enter`]; every one but the entrance passes [`need`].

use super::auth::secret::{Secret, same};
use super::auth::sign_in::LIMITS;
use super::auth::{cookie, gate};
use super::{Admin, AdminError};
use crate::channel::{clock, web};
use crate::message::Timestamp;
use crate::store::accounts::{Account, Role};
use crate::store::audit::By;
use crate::store::sessions::Session;
use axum::Form;
use axum::body::{Body, to_bytes};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use cookie::Kind;
use maud::{DOCTYPE, html};
use serde::de::DeserializeOwned;
use std::net::SocketAddr;

/// The entrance: its forms are tied to the browser by a secret of their own, since there is no session yet.
const ENTRANCE: [&str; 2] = ["/admin/login", "/admin/link"];

/// Where a request comes from.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The address, as far as our own proxies say.
    pub client: String,
    /// Whether the browser speaks HTTPS.
    pub secure: bool,
    /// What the browser calls itself.
    pub agent: String,
    pub now: Timestamp,
}

/// The fields of a form, or of the address where a page is asked for.
pub struct Sent<T>(pub T);

/// Somebody who is signed in.
#[derive(Clone)]
pub struct Visitor {
    pub account: Account,
    pub session: Session,
    /// What every form of the page carries.
    pub form_token: String,
    pub caller: Caller,
}

impl Caller {
    /// For the audit log, by an actor who is yet to be known.
    pub fn by(&self, actor: &str) -> By {
        By { actor: actor.to_owned(), client: self.client.clone(), at: self.now }
    }
}

impl Visitor {
    pub fn by(&self) -> By {
        self.caller.by(&self.account.name)
    }

    pub fn may(&self, role: Role) -> bool {
        self.account.role >= role
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = AdminError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AdminError> {
        // Missing only on a route that forgot `need`.
        parts.extensions.get::<Visitor>().cloned().ok_or(AdminError::Forbidden)
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = AdminError;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AdminError> {
        parts.extensions.get::<Caller>().cloned().ok_or(AdminError::Forbidden)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Sent<T> {
    type Rejection = AdminError;
    async fn from_request(request: Request, state: &S) -> Result<Self, AdminError> {
        Form::from_request(request, state).await.map(|Form(sent)| Sent(sent)).map_err(|_| AdminError::BadForm)
    }
}

/// Around every route: the gate, the check of whatever changes something, and the headers of the response.
pub async fn enter(
    State(admin): State<Admin>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    mut request: Request,
    next: Next,
) -> Response {
    let (headers, trusted) = (request.headers(), admin.trusted_proxies);
    if !gate::is_open(admin.access, peer.ip(), headers, trusted) {
        return web::not_found(request).await;
    }
    let caller = Caller {
        client: web::client(peer.ip(), headers, trusted).to_string(),
        secure: gate::is_https(headers, trusted),
        agent: headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned(),
        now: clock::now(),
    };
    request.extensions_mut().insert(caller.clone());
    let mut response = match check_change(&admin, &caller, request).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    };
    guard(response.headers_mut());
    response
}

/// Around the routes that need a role: whose session it is, and whether they have it.
pub async fn need(State((admin, role)): State<(Admin, Role)>, mut request: Request, next: Next) -> Response {
    let (headers, caller) = (request.headers(), request.extensions().get::<Caller>().cloned());
    let held = caller.and_then(|caller| Some((cookie::read(headers, Kind::Session, caller.secure)?, caller)));
    match visitor(&admin, held).await {
        Ok(Some(visitor)) if visitor.may(role) => {
            request.extensions_mut().insert(visitor);
            next.run(request).await
        }
        Ok(Some(_)) => AdminError::Forbidden.into_response(),
        Ok(None) => entrance(&request),
        Err(error) => error.into_response(),
    }
}

async fn visitor(admin: &Admin, held: Option<(Secret, Caller)>) -> Result<Option<Visitor>, AdminError> {
    let Some((held, caller)) = held else { return Ok(None) };
    let found = admin.store().session(&held.hash(), caller.now, LIMITS).await?;
    Ok(found.map(|(session, account)| Visitor { account, session, form_token: held.form_token(), caller }))
}

/// Nobody is signed in, or the browser did not say so: it keeps the cookie to itself when a link elsewhere led here. Then
/// the page asks for itself once more.
fn entrance(request: &Request) -> Response {
    let from_elsewhere = request.headers().get("sec-fetch-site").is_some_and(|site| site == "cross-site");
    if request.method() == Method::GET && from_elsewhere {
        let again = html! { (DOCTYPE) html lang="zh-CN" { head { meta charset="utf-8"; meta http-equiv="refresh" content="0"; title { "请稍候" } } } };
        return again.into_response();
    }
    Redirect::to("/admin/login").into_response()
}

/// Lets a change through that one of our pages asks for, with a form that was made for this very browser.
async fn check_change(admin: &Admin, caller: &Caller, request: Request) -> Result<Request, AdminError> {
    if matches!(*request.method(), Method::GET | Method::HEAD) {
        return Ok(request);
    }
    if !gate::is_own(request.headers(), admin.trusted_proxies) {
        return Err(AdminError::Forged);
    }
    let kind = if ENTRANCE.contains(&request.uri().path()) { Kind::Form } else { Kind::Session };
    let held = cookie::read(request.headers(), kind, caller.secure).ok_or(AdminError::Forged)?;
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, admin.body_limit).await.map_err(|_| AdminError::BadForm)?;
    let sent = form_urlencoded::parse(&body).find(|(name, _)| name == "form_token");
    match sent.is_some_and(|(_, token)| same(&token, &held.form_token())) {
        true => Ok(Request::from_parts(parts, Body::from(body))),
        false => Err(AdminError::Forged),
    }
}

/// As the chat page's, but for forms, which go to ourselves and say so (`no-referrer` would make their origin `null`).
fn guard(headers: &mut HeaderMap) {
    const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                          base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
}
