//! Signing in and out, and the one-time links that set a password.

use crate::admin::auth::cookie::{self, CookieKind};
use crate::admin::auth::device;
use crate::admin::auth::name::{NAME_HELP, is_name};
use crate::admin::auth::password::Password;
use crate::admin::auth::secret::AuthSecret;
use crate::admin::auth::sign_in::{self, Credentials, SESSION_LIMITS, SignInRefusal};
use crate::admin::html::{field, form_with, note, signed_out_page};
use crate::admin::middleware::{FormInput, RequestContext, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::store::accounts::{Account, AccountChangeOutcome};
use crate::store::audit::AuditAction;
use crate::store::links::PasswordLink;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct SignInForm {
    name: String,
    password: String,
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
pub(super) struct AccountLinkQuery {
    #[serde(default)]
    token: String,
}

#[derive(Deserialize)]
pub(super) struct AccountLinkForm {
    token: String,
    #[serde(default)]
    name: String,
    password: String,
    again: String,
}

pub(super) async fn login(
    State(admin): State<AdminState>,
    caller: RequestContext,
    headers: HeaderMap,
) -> Result<Response, AdminError> {
    login_form(&admin, &caller, &headers, "", None).await
}

pub(super) async fn sign_in(
    State(admin): State<AdminState>,
    caller: RequestContext,
    headers: HeaderMap,
    FormInput(SignInForm {
        name,
        password,
        code,
    }): FormInput<SignInForm>,
) -> Result<Response, AdminError> {
    let name = name.trim().to_lowercase();
    let by = caller.by(&name);
    // Not a valid name, so no account's: do not store it, it may be a password in the wrong field.
    let offered = if is_name(&name) { name.as_str() } else { "?" };
    match sign_in::check_credentials(
        &admin,
        &by,
        Credentials {
            name: offered,
            password: &password,
            code: &code,
            known_by: caller.known_by(),
        },
    )
    .await?
    {
        Ok(account) => {
            let secret = sign_in::open(&admin, by, &account, &caller.agent).await?;
            enter(&caller, &account, &secret, "/admin")
        }
        Err(refused) => login_form(&admin, &caller, &headers, &name, Some(refused)).await,
    }
}

pub(super) async fn sign_out(
    State(admin): State<AdminState>,
    user: SignedInUser,
) -> Result<Response, AdminError> {
    let by = user.by();
    admin
        .store()
        .sessions()
        .end(by, user.account, user.session.token, AuditAction::SignOut)
        .await?;
    let gone = cookie::clear_cookie(CookieKind::Session, user.caller.secure);
    Ok(([(header::SET_COOKIE, gone)], Redirect::to("/admin/login")).into_response())
}

pub(super) async fn link(
    State(admin): State<AdminState>,
    caller: RequestContext,
    headers: HeaderMap,
    FormInput(AccountLinkQuery { token }): FormInput<AccountLinkQuery>,
) -> Result<Response, AdminError> {
    link_form(&admin, &caller, &headers, &token, None).await
}

pub(super) async fn use_link(
    State(admin): State<AdminState>,
    caller: RequestContext,
    headers: HeaderMap,
    FormInput(sent): FormInput<AccountLinkForm>,
) -> Result<Response, AdminError> {
    let Some((secret, found)) = find(&admin, &caller, &sent.token).await? else {
        return link_form(&admin, &caller, &headers, "", None).await;
    };
    let name = match &found {
        PasswordLink::First => sent.name.trim().to_owned(),
        PasswordLink::Password(account) => account.name.clone(),
    };
    let refused = match Password::parse(&sent.password, &name) {
        _ if !is_name(&name) => format!("帐号名须是 {NAME_HELP}"),
        Err(weak) => weak.to_string(),
        Ok(_) if sent.password != sent.again => "两次输入的密码不一样".to_owned(),
        Ok(password) => {
            let hash = admin.run_limited(move || password.hash()).await??;
            match admin
                .store()
                .accounts()
                .use_link(caller.by(&name), secret.hash(), name.clone(), hash)
                .await?
            {
                AccountChangeOutcome::Done => {
                    return Ok(Redirect::to("/admin/login").into_response());
                }
                _ => return link_form(&admin, &caller, &headers, "", None).await,
            }
        }
    };
    link_form(&admin, &caller, &headers, &sent.token, Some(&refused)).await
}

async fn login_form(
    admin: &AdminState,
    caller: &RequestContext,
    headers: &HeaderMap,
    name: &str,
    refused: Option<SignInRefusal>,
) -> Result<Response, AdminError> {
    let (status, said) = match refused {
        None => (StatusCode::OK, None),
        Some(SignInRefusal::Wrong) => (StatusCode::UNAUTHORIZED, Some("帐号、密码或动态码不对。")),
        Some(SignInRefusal::TooMany) => (
            StatusCode::TOO_MANY_REQUESTS,
            Some(
                "试得太多次了，请过 15 分钟再来。在以前登录过的浏览器里，别人试错不算在您头上；急着登录，请在服务器上运行 wenlu admin unlock 帐号。",
            ),
        ),
    };
    let without = !admin.store().accounts().any().await?;
    let fields = html! {
        (field("帐号", html! { input name="name" value=(name) autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus[name.is_empty()]; }, ""))
        (field("密码", html! { input name="password" type="password" autocomplete="current-password" required autofocus[!name.is_empty()]; }, ""))
        (field("动态码", html! { input.short name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false"; }, "没有开启两步验证就留空；手机不在身边，可以填一个恢复码"))
        button.strong type="submit" { "登录" }
    };
    let body = |token: &str| {
        html! {
            h1 { "登录" }
            @if let Some(said) = said { (note("bad", said)) }
            @if without { (note("", "还没有帐号。服务启动时打印了一个一次性链接，用它创建第一个管理员；找不到的话，重启服务会再打印一个。")) }
            (form_with(token, "/admin/login", fields))
            p.soft { "忘了密码？请管理员给您一个重设链接，或在服务器上运行 " code { "wenlu admin reset-password 帐号" } "。" }
        }
    };
    with_form(caller, headers, status, "登录", body)
}

async fn link_form(
    admin: &AdminState,
    caller: &RequestContext,
    headers: &HeaderMap,
    token: &str,
    refused: Option<&str>,
) -> Result<Response, AdminError> {
    let Some((_, found)) = find(admin, caller, token).await? else {
        let body = html! {
            h1 { "这个链接不能用了" }
            p { "它用过一次，或者过了 24 小时。请管理员再给您一个，或在服务器上运行 " code { "wenlu admin link 帐号" } "。" }
            p { a href="/admin/login" { "去登录" } }
        };
        return Ok((StatusCode::GONE, signed_out_page("链接失效", body)).into_response());
    };
    let title = match &found {
        PasswordLink::First => "创建管理员",
        PasswordLink::Password(_) => "设置密码",
    };
    let fields = html! {
        input type="hidden" name="token" value=(token);
        @match &found {
            PasswordLink::First => (field("帐号名", html! { input name="name" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus; }, NAME_HELP)),
            PasswordLink::Password(account) => (field("帐号", html! { input value=(account.name) autocomplete="username" readonly; }, "")),
        }
        (field("密码", html! { input name="password" type="password" autocomplete="new-password" minlength="10" required; }, "至少 10 个字符，长一点的一句话最好记"))
        (field("再输一次", html! { input name="again" type="password" autocomplete="new-password" minlength="10" required; }, ""))
        button.strong type="submit" { (title) }
    };
    let status = if refused.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let body = |form_token: &str| {
        html! {
            h1 { (title) }
            @if let Some(refused) = refused { (note("bad", refused)) }
            (form_with(form_token, "/admin/link", fields))
        }
    };
    with_form(caller, headers, status, title, body)
}

/// A page with a form for a user without a session. Sets the form cookie that the form's token is
/// derived from.
fn with_form(
    caller: &RequestContext,
    headers: &HeaderMap,
    status: StatusCode,
    title: &str,
    body: impl FnOnce(&str) -> Markup,
) -> Result<Response, AdminError> {
    let held =
        cookie::read(headers, CookieKind::Form, caller.secure).map_or_else(AuthSecret::new, Ok)?;
    let given = cookie::set_cookie(
        CookieKind::Form,
        &held,
        caller.secure,
        SESSION_LIMITS.absolute,
    );
    let page = signed_out_page(title, body(&held.form_token()));
    Ok((status, [(header::SET_COOKIE, given)], page).into_response())
}

async fn find(
    admin: &AdminState,
    caller: &RequestContext,
    token: &str,
) -> Result<Option<(AuthSecret, PasswordLink)>, AdminError> {
    let Some(secret) = AuthSecret::parse(token) else {
        return Ok(None);
    };
    Ok(admin
        .store()
        .accounts()
        .link(&secret.hash(), caller.now)
        .await?
        .map(|link| (secret, link)))
}

/// Signs the browser in, and makes it known for the next time.
fn enter(
    caller: &RequestContext,
    account: &Account,
    secret: &AuthSecret,
    to: &str,
) -> Result<Response, AdminError> {
    let given = cookie::set_cookie(
        CookieKind::Session,
        secret,
        caller.secure,
        SESSION_LIMITS.absolute,
    );
    let mut response = ([(header::SET_COOKIE, given)], Redirect::to(to)).into_response();
    let held = caller.known_by();
    let is_known = held.is_some_and(|held| device::recognise(account, held).is_some());
    if !is_known && let Some(known_by) = device::issue(account)? {
        let known = cookie::set_device(&known_by, caller.secure);
        response.headers_mut().append(header::SET_COOKIE, known);
    }
    Ok(response)
}
