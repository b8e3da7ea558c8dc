//! The accounts page, for administrators.

use crate::admin::auth::name::{NAME_HELP, is_name};
use crate::admin::auth::secret::Secret;
use crate::admin::html::{Page, button, field, form, note, page, time};
use crate::admin::visitor::{Sent, Visitor};
use crate::admin::{Admin, AdminError, link_expires, link_path};
use crate::store::accounts::{Account, Change, Changed, Role};
use crate::wording::{role_duty, role_name};
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;

#[derive(Deserialize)]
pub struct New {
    name: String,
    role: Role,
}

#[derive(Deserialize)]
pub struct Disabled {
    name: String,
    disabled: bool,
}

#[derive(Deserialize)]
pub struct Whose {
    name: String,
}

pub async fn show(State(admin): State<Admin>, visitor: Visitor) -> Page {
    shown(&admin, &visitor, html! {}).await
}

/// Adds an account and shows the link that sets its password.
pub async fn add(State(admin): State<Admin>, visitor: Visitor, Sent(New { name, role }): Sent<New>) -> Page {
    let name = name.trim().to_owned();
    let said = match is_name(&name) {
        false => note("bad", &format!("帐号名须是 {NAME_HELP}。")),
        true => match admin.store().add_account(visitor.by(), name.clone(), role).await? {
            Changed::Done => link_for(&admin, &visitor, &name).await?,
            _ => note("bad", "已经有人叫这个名字。"),
        },
    };
    shown(&admin, &visitor, said).await
}

pub async fn set_role(State(admin): State<Admin>, visitor: Visitor, Sent(New { name, role }): Sent<New>) -> Page {
    change(&admin, &visitor, name, Change::Role(role), "角色已经改好。").await
}

pub async fn set_disabled(State(admin): State<Admin>, visitor: Visitor, Sent(sent): Sent<Disabled>) -> Page {
    let said =
        if sent.disabled { "帐号已经停用，登录着的地方都已退出。" } else { "帐号已经启用。" };
    change(&admin, &visitor, sent.name, Change::Disabled(sent.disabled), said).await
}

/// Turns one-time codes off, for somebody who lost their phone.
pub async fn second_off(State(admin): State<Admin>, visitor: Visitor, Sent(Whose { name }): Sent<Whose>) -> Page {
    change(&admin, &visitor, name, Change::Second(None), "两步验证已经关闭。").await
}

pub async fn make_link(State(admin): State<Admin>, visitor: Visitor, Sent(Whose { name }): Sent<Whose>) -> Page {
    let said = link_for(&admin, &visitor, &name).await?;
    shown(&admin, &visitor, said).await
}

async fn change(admin: &Admin, visitor: &Visitor, name: String, change: Change, done: &str) -> Page {
    let said = match admin.store().change_account(visitor.by(), name, change).await? {
        Changed::Done => note("good", done),
        Changed::LastAdmin => note("bad", "这是最后一个管理员，先让另一个人做管理员再改。"),
        Changed::Missing | Changed::Taken => return Err(AdminError::NotFound),
    };
    shown(admin, visitor, said).await
}

async fn link_for(admin: &Admin, visitor: &Visitor, name: &str) -> Page {
    let secret = Secret::new()?;
    let expires = link_expires(visitor.caller.now);
    match admin.store().add_link(visitor.by(), name.to_owned(), secret.hash(), expires).await? {
        Changed::Done => Ok(html! {
            div.note.good role="status" {
                p { "请把这个链接交给 " b { (name) } "，用它设置密码。它只显示这一次，只能用一次，24 小时内有效；" b { (name) } " 原来的密码在那之前照旧能用。" }
                p { code.secret { (link_path(&secret)) } }
                p.soft { "前面加上这个网站的地址。" }
            }
        }),
        _ => Err(AdminError::NotFound),
    }
}

async fn shown(admin: &Admin, visitor: &Visitor, said: Markup) -> Page {
    let accounts = admin.store().accounts().await?;
    let body = html! {
        (said)
        section.card {
            h2 { "添加帐号" }
            (form(visitor, "/admin/accounts", html! {
                div.line {
                    (field("帐号名", html! { input name="name" autocomplete="off" autocapitalize="none" spellcheck="false" required; }, NAME_HELP))
                    (field("角色", roles(Role::Reviewer), ""))
                    button type="submit" { "添加" }
                }
            }))
            dl.duties { @for role in Role::ALL { div { dt { (role_name(role)) } dd { (role_duty(role)) } } } }
        }
        section.card {
            h2 { (accounts.len()) " 个帐号" }
            ul.rows { @for account in &accounts { li { (row(admin, visitor, account)) } } }
        }
    };
    Ok(page(visitor, "/admin/accounts", "帐号", body))
}

fn row(admin: &Admin, visitor: &Visitor, account: &Account) -> Markup {
    let name = || html! { input type="hidden" name="name" value=(account.name); };
    html! {
        div {
            b { (account.name) } "　" (role_name(account.role))
            @if account.disabled { "　" span.tag.bad { "已停用" } }
            @if account.password.is_none() { "　" span.tag { "还没有设置密码" } }
            @if account.second.is_some() { "　" span.tag { "两步验证" } }
            div.soft { "创建于 " (time(admin, account.created_at)) }
        }
        div.acts {
            (form(visitor, "/admin/accounts/role", html! {
                (name())
                label { span.hush { (account.name) " 的角色" } (roles(account.role)) }
                button.quiet type="submit" { "改角色" }
            }))
            @if !account.disabled { (button(visitor, "/admin/accounts/link", "重设密码的链接", name())) }
            @if account.second.is_some() { (button(visitor, "/admin/accounts/second/off", "关闭两步验证", name())) }
            (button(visitor, "/admin/accounts/disabled", if account.disabled { "启用" } else { "停用" }, html! {
                (name()) input type="hidden" name="disabled" value=(!account.disabled);
            }))
        }
    }
}

fn roles(chosen: Role) -> Markup {
    html! {
        select name="role" {
            @for role in Role::ALL { option value=(role.word()) selected[role == chosen] { (role_name(role)) } }
        }
    }
}
