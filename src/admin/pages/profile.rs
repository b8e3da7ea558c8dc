//! The user's own account: password, one-time codes, open sessions.

use super::recovery;
use crate::admin::auth::password::Password;
use crate::admin::auth::sign_in::{Credentials, SESSION_LIMITS, check_credentials};
use crate::admin::auth::totp;
use crate::admin::html::{PageResult, button, field, form, note, page, text, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState};
use crate::labels::role_label;
use crate::store::accounts::{AccountChange, AccountChangeOutcome};
use crate::store::audit::AuditAction;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

/// The last action, as a code in the redirect's query.
#[derive(Deserialize, Default)]
pub(super) struct ProfileQuery {
    #[serde(default)]
    done: String,
}

#[derive(Deserialize)]
pub(super) struct NewPasswordForm {
    now: String,
    #[serde(default)]
    code: String,
    password: String,
    again: String,
}

#[derive(Deserialize)]
pub(super) struct TotpSetupForm {
    secret: String,
    code: String,
}

#[derive(Deserialize)]
pub(super) struct ReauthenticationForm {
    now: String,
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
pub(super) struct EndSessionForm {
    session: String,
}

pub(super) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(ProfileQuery { done }): FormInput<ProfileQuery>,
) -> PageResult {
    let said = match done.as_str() {
        "password" => Some("密码已经改好，其他地方的登录都已退出。"),
        "off" => Some("两步验证已经关闭。"),
        "end" => Some("那里的登录已经退出。"),
        _ => None,
    };
    shown(&admin, &user, said.map(|said| note("good", said))).await
}

pub(super) async fn set_password(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(sent): FormInput<NewPasswordForm>,
) -> Result<Response, AdminError> {
    let name = &user.account.name;
    let refused = match Password::parse(&sent.password, name) {
        Err(weak) => weak.to_string(),
        Ok(_) if sent.password != sent.again => "两次输入的新密码不一样。".to_owned(),
        Ok(password) => match reauthenticate(&admin, &user, &sent.now, &sent.code).await? {
            Err(refused) => refused,
            Ok(()) => {
                let hash = admin.run_limited(move || password.hash()).await??;
                let change = AccountChange::Password {
                    hash,
                    keep: Some(user.session.token.clone()),
                };
                admin
                    .store()
                    .accounts()
                    .change(user.by(), name.clone(), change)
                    .await?;
                return Ok(Redirect::to("/admin/me?done=password").into_response());
            }
        },
    };
    Ok(shown(&admin, &user, Some(note("bad", &refused)))
        .await?
        .into_response())
}

/// Shows a new secret for an authenticator app.
pub(super) async fn totp_setup(user: SignedInUser) -> PageResult {
    let secret = totp::new_secret()?;
    Ok(second_page(&user, &secret, None))
}

pub(super) async fn enable_totp(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(TotpSetupForm { secret, code }): FormInput<TotpSetupForm>,
) -> Result<Response, AdminError> {
    if user.account.second.is_some() {
        return Ok(Redirect::to("/admin/me").into_response());
    }
    let Some(step) = totp::matching_step(&secret, &code, user.caller.now) else {
        let page = second_page(
            &user,
            &secret,
            Some("动态码不对。请确认手机的时间是准的，再输一个新的。"),
        );
        return Ok(page.into_response());
    };
    let change = AccountChange::Second(Some(secret));
    admin
        .store()
        .accounts()
        .change(user.by(), user.account.name.clone(), change)
        .await?;
    admin
        .store()
        .accounts()
        .use_step(user.account.id, step)
        .await?;
    let said = "两步验证已经开启，下次登录要带动态码。";
    Ok(recovery::fresh_codes(&admin, &user, said)
        .await?
        .into_response())
}

/// New recovery codes, in place of those from before.
pub(super) async fn renew_codes(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(ReauthenticationForm { now, code }): FormInput<ReauthenticationForm>,
) -> PageResult {
    if user.account.second.is_none() {
        return Err(AdminError::NotFound);
    }
    match reauthenticate(&admin, &user, &now, &code).await? {
        Err(refused) => shown(&admin, &user, Some(note("bad", &refused))).await,
        Ok(()) => recovery::fresh_codes(&admin, &user, "原来的恢复码都作废了。").await,
    }
}

pub(super) async fn disable_totp(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(ReauthenticationForm { now, code }): FormInput<ReauthenticationForm>,
) -> Result<Response, AdminError> {
    if let Err(refused) = reauthenticate(&admin, &user, &now, &code).await? {
        return Ok(shown(&admin, &user, Some(note("bad", &refused)))
            .await?
            .into_response());
    }
    let name = user.account.name.clone();
    admin
        .store()
        .accounts()
        .change(user.by(), name, AccountChange::Second(None))
        .await?;
    Ok(Redirect::to("/admin/me?done=off").into_response())
}

pub(super) async fn end_session(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(EndSessionForm { session }): FormInput<EndSessionForm>,
) -> Result<Response, AdminError> {
    let by = user.by();
    match admin
        .store()
        .sessions()
        .end(by, user.account, session, AuditAction::EndSession)
        .await?
    {
        AccountChangeOutcome::Done => Ok(Redirect::to("/admin/me?done=end").into_response()),
        _ => Err(AdminError::NotFound),
    }
}

/// Asks for password and code again before a sensitive change. Failures count towards the limit of
/// sign-in attempts.
async fn reauthenticate(
    admin: &AdminState,
    user: &SignedInUser,
    password: &str,
    code: &str,
) -> Result<Result<(), String>, AdminError> {
    use crate::admin::auth::sign_in::SignInRefusal;
    let offer = Credentials {
        name: &user.account.name,
        password,
        code,
        known_by: user.caller.known_by(),
    };
    Ok(check_credentials(admin, &user.by(), offer)
        .await?
        .map(|_| ())
        .map_err(|refused| match refused {
            SignInRefusal::Wrong => "现在的密码或动态码不对。".to_owned(),
            SignInRefusal::TooMany => "试得太多次了，请过 15 分钟再来。".to_owned(),
        }))
}

async fn shown(admin: &AdminState, user: &SignedInUser, said: Option<Markup>) -> PageResult {
    let sessions = admin
        .store()
        .sessions()
        .of(user.account.id, user.caller.now, SESSION_LIMITS)
        .await?;
    let with_code = user.account.second.is_some();
    let left = recovery::left(admin, user).await?;
    let body = html! {
        @if let Some(said) = said { (said) }
        p { "帐号 " b { (user.account.name) } "，角色：" (role_label(user.account.role)) }
        section.card {
            h2 { "改密码" }
            (form(user, "/admin/me/password", html! {
                (proof(user))
                (field("新密码", html! { input name="password" type="password" autocomplete="new-password" minlength="10" required; }, "至少 10 个字符，长一点的一句话最好记"))
                (field("再输一次", html! { input name="again" type="password" autocomplete="new-password" minlength="10" required; }, ""))
                button type="submit" { "改密码" }
            }))
        }
        section.card {
            h2 { "两步验证" }
            @if with_code {
                p { "已经开启：登录时除了密码，还要手机上的动态码。" }
                @if let Some(left) = left {
                    (recovery::told(left))
                    details {
                        summary { "生成新的恢复码" }
                        (form(user, "/admin/me/second/codes", html! { (proof(user)) button type="submit" { "生成，原来的作废" } }))
                    }
                }
                details {
                    summary { "关闭两步验证" }
                    (form(user, "/admin/me/second/off", html! { (proof(user)) button type="submit" { "关闭两步验证" } }))
                }
            } @else {
                p { "没有开启。开启后，光有密码登录不了。" }
                p { a.button href="/admin/me/second" { "开启两步验证" } }
            }
        }
        section.card {
            h2 { "登录着的地方" }
            ul.rows {
                @for session in &sessions {
                    li {
                        div {
                            @if session.token == user.session.token { b { "这里　" } }
                            span.soft { (session.client) "　" (text(&session.agent)) }
                            div.soft { "登录 " (time(admin, session.created_at)) "，最近 " (time(admin, session.seen_at)) }
                        }
                        @if session.token != user.session.token {
                            (button(user, "/admin/me/end", "退出", html! { input type="hidden" name="session" value=(session.token); }))
                        }
                    }
                }
            }
        }
    };
    Ok(page(user, "/admin/me", "我的帐号", body))
}

fn proof(user: &SignedInUser) -> Markup {
    html! {
        // so that password managers know the account
        input type="text" autocomplete="username" value=(user.account.name) hidden;
        (field("现在的密码", html! { input name="now" type="password" autocomplete="current-password" required; }, ""))
        @if user.account.second.is_some() {
            (field("动态码", html! { input.short name="code" autocomplete="one-time-code" autocapitalize="none" spellcheck="false" required; }, "手机不在身边，可以填一个恢复码"))
        }
    }
}

fn second_page(user: &SignedInUser, secret: &str, refused: Option<&str>) -> Markup {
    let address = totp::otpauth_url(secret, &user.account.name);
    let body = html! {
        @if let Some(refused) = refused { (note("bad", refused)) }
        ol {
            li {
                "用手机上的验证器（如 Microsoft Authenticator、腾讯身份验证器）扫这个码："
                @if let Some(address) = &address { div { (totp::qr(address).unwrap_or_default()) } }
                p.soft { "扫不了就手工输入密钥：" code.secret { (text(secret)) } }
            }
            li {
                "输入它显示的 6 位动态码："
                (form(user, "/admin/me/second", html! {
                    input type="hidden" name="secret" value=(secret);
                    (field("动态码", html! { input.short name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus; }, ""))
                    button.strong type="submit" { "开启" }
                }))
            }
        }
    };
    page(user, "/admin/me", "开启两步验证", body)
}
