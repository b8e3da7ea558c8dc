//! The user's own account: password, one-time codes, open sessions.

use crate::admin::auth::password::Password;
use crate::admin::auth::second;
use crate::admin::auth::sign_in::{LIMITS, Offer, prove};
use crate::admin::html::{Page, button, field, form, note, page, text, time};
use crate::admin::visitor::{Sent, Visitor};
use crate::admin::{Admin, AdminError};
use crate::store::accounts::{Change, Changed};
use crate::store::audit::Action;
use crate::wording::role_name;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;

/// The last action, as a code in the redirect's query.
#[derive(Deserialize, Default)]
pub struct Done {
    #[serde(default)]
    done: String,
}

#[derive(Deserialize)]
pub struct NewPassword {
    now: String,
    #[serde(default)]
    code: String,
    password: String,
    again: String,
}

#[derive(Deserialize)]
pub struct NewSecond {
    secret: String,
    code: String,
}

#[derive(Deserialize)]
pub struct Proof {
    now: String,
    #[serde(default)]
    code: String,
}

#[derive(Deserialize)]
pub struct Which {
    session: String,
}

pub async fn show(State(admin): State<Admin>, visitor: Visitor, Sent(Done { done }): Sent<Done>) -> Page {
    let said = match done.as_str() {
        "password" => Some("密码已经改好，其他地方的登录都已退出。"),
        "on" => Some("两步验证已经开启，下次登录要带动态码。"),
        "off" => Some("两步验证已经关闭。"),
        "end" => Some("那里的登录已经退出。"),
        _ => None,
    };
    shown(&admin, &visitor, said.map(|said| note("good", said))).await
}

pub async fn set_password(
    State(admin): State<Admin>,
    visitor: Visitor,
    Sent(sent): Sent<NewPassword>,
) -> Result<Response, AdminError> {
    let name = &visitor.account.name;
    let refused = match Password::parse(&sent.password, name) {
        Err(weak) => weak.to_string(),
        Ok(_) if sent.password != sent.again => "两次输入的新密码不一样。".to_owned(),
        Ok(password) => match is_me(&admin, &visitor, &sent.now, &sent.code).await? {
            Err(refused) => refused,
            Ok(()) => {
                let hash = admin.aside(move || password.hash()).await??;
                let change = Change::Password { hash, keep: Some(visitor.session.token.clone()) };
                admin.store().change_account(visitor.by(), name.clone(), change).await?;
                return Ok(Redirect::to("/admin/me?done=password").into_response());
            }
        },
    };
    Ok(shown(&admin, &visitor, Some(note("bad", &refused))).await?.into_response())
}

/// Shows a new secret for an authenticator app.
pub async fn second(visitor: Visitor) -> Page {
    let secret = second::new_secret()?;
    Ok(second_page(&visitor, &secret, None))
}

pub async fn second_on(
    State(admin): State<Admin>,
    visitor: Visitor,
    Sent(NewSecond { secret, code }): Sent<NewSecond>,
) -> Result<Response, AdminError> {
    if visitor.account.second.is_some() {
        return Ok(Redirect::to("/admin/me").into_response());
    }
    let Some(step) = second::step(&secret, &code, visitor.caller.now) else {
        let page = second_page(&visitor, &secret, Some("动态码不对。请确认手机的时间是准的，再输一个新的。"));
        return Ok(page.into_response());
    };
    let change = Change::Second(Some(secret));
    admin.store().change_account(visitor.by(), visitor.account.name.clone(), change).await?;
    admin.store().use_step(visitor.account.id, step).await?;
    Ok(Redirect::to("/admin/me?done=on").into_response())
}

pub async fn second_off(
    State(admin): State<Admin>,
    visitor: Visitor,
    Sent(Proof { now, code }): Sent<Proof>,
) -> Result<Response, AdminError> {
    if let Err(refused) = is_me(&admin, &visitor, &now, &code).await? {
        return Ok(shown(&admin, &visitor, Some(note("bad", &refused))).await?.into_response());
    }
    let name = visitor.account.name.clone();
    admin.store().change_account(visitor.by(), name, Change::Second(None)).await?;
    Ok(Redirect::to("/admin/me?done=off").into_response())
}

pub async fn end_session(
    State(admin): State<Admin>,
    visitor: Visitor,
    Sent(Which { session }): Sent<Which>,
) -> Result<Response, AdminError> {
    let by = visitor.by();
    match admin.store().end_session(by, visitor.account, session, Action::EndSession).await? {
        Changed::Done => Ok(Redirect::to("/admin/me?done=end").into_response()),
        _ => Err(AdminError::NotFound),
    }
}

/// Asks for password and code again before a sensitive change. Failures count towards the limit of
/// sign-in attempts.
async fn is_me(admin: &Admin, visitor: &Visitor, password: &str, code: &str) -> Result<Result<(), String>, AdminError> {
    use crate::admin::auth::sign_in::Refused;
    let offer = Offer { name: &visitor.account.name, password, code };
    Ok(prove(admin, &visitor.by(), offer).await?.map(|_| ()).map_err(|refused| match refused {
        Refused::Wrong => "现在的密码或动态码不对。".to_owned(),
        Refused::TooMany => "试得太多次了，请过 15 分钟再来。".to_owned(),
    }))
}

async fn shown(admin: &Admin, visitor: &Visitor, said: Option<Markup>) -> Page {
    let sessions = admin.store().sessions(visitor.account.id, visitor.caller.now, LIMITS).await?;
    let with_code = visitor.account.second.is_some();
    let body = html! {
        @if let Some(said) = said { (said) }
        p { "帐号 " b { (visitor.account.name) } "，角色：" (role_name(visitor.account.role)) }
        section.card {
            h2 { "改密码" }
            (form(visitor, "/admin/me/password", html! {
                (proof(visitor))
                (field("新密码", html! { input name="password" type="password" autocomplete="new-password" minlength="10" required; }, "至少 10 个字符，长一点的一句话最好记"))
                (field("再输一次", html! { input name="again" type="password" autocomplete="new-password" minlength="10" required; }, ""))
                button type="submit" { "改密码" }
            }))
        }
        section.card {
            h2 { "两步验证" }
            @if with_code {
                p { "已经开启：登录时除了密码，还要手机上的动态码。" }
                (form(visitor, "/admin/me/second/off", html! { (proof(visitor)) button type="submit" { "关闭两步验证" } }))
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
                            @if session.token == visitor.session.token { b { "这里　" } }
                            span.soft { (session.client) "　" (text(&session.agent)) }
                            div.soft { "登录 " (time(admin, session.created_at)) "，最近 " (time(admin, session.seen_at)) }
                        }
                        @if session.token != visitor.session.token {
                            (button(visitor, "/admin/me/end", "退出", html! { input type="hidden" name="session" value=(session.token); }))
                        }
                    }
                }
            }
        }
    };
    Ok(page(visitor, "/admin/me", "我的帐号", body))
}

fn proof(visitor: &Visitor) -> Markup {
    html! {
        // so that password managers know the account
        input type="text" autocomplete="username" value=(visitor.account.name) hidden;
        (field("现在的密码", html! { input name="now" type="password" autocomplete="current-password" required; }, ""))
        @if visitor.account.second.is_some() {
            (field("动态码", html! { input.short name="code" inputmode="numeric" autocomplete="one-time-code" required; }, ""))
        }
    }
}

fn second_page(visitor: &Visitor, secret: &str, refused: Option<&str>) -> Markup {
    let address = second::address(secret, &visitor.account.name);
    let body = html! {
        @if let Some(refused) = refused { (note("bad", refused)) }
        ol {
            li {
                "用手机上的验证器（如 Microsoft Authenticator、腾讯身份验证器）扫这个码："
                @if let Some(address) = &address { div { (second::qr(address).unwrap_or_default()) } }
                p.soft { "扫不了就手工输入密钥：" code.secret { (text(secret)) } }
            }
            li {
                "输入它显示的 6 位动态码："
                (form(visitor, "/admin/me/second", html! {
                    input type="hidden" name="secret" value=(secret);
                    (field("动态码", html! { input.short name="code" inputmode="numeric" autocomplete="one-time-code" required autofocus; }, ""))
                    button.strong type="submit" { "开启" }
                }))
            }
        }
    };
    page(visitor, "/admin/me", "开启两步验证", body)
}
