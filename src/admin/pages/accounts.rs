//! The accounts page, for administrators.

use crate::admin::auth::name::{NAME_HELP, is_name};
use crate::admin::auth::secret::AuthSecret;
use crate::admin::html::{PageResult, button, field, form, note, page, time};
use crate::admin::middleware::{FormInput, SignedInUser};
use crate::admin::{AdminError, AdminState, password_link_expiry, password_link_path};
use crate::labels::{role_duty, role_label};
use crate::store::accounts::{
    Account, AccountChange, AccountChangeOutcome, AccountRight, AccountRole,
};
use axum::extract::State;
use maud::{Markup, html};
use serde::Deserialize;

#[derive(Deserialize)]
pub(super) struct AccountRoleForm {
    name: String,
    role: AccountRole,
}

#[derive(Deserialize)]
pub(super) struct AccountDisabledForm {
    name: String,
    disabled: bool,
}

#[derive(Deserialize)]
pub(super) struct AccountInboxForm {
    name: String,
    inbox: bool,
}

#[derive(Deserialize)]
pub(super) struct AccountNameForm {
    name: String,
}

pub(super) async fn show(State(admin): State<AdminState>, user: SignedInUser) -> PageResult {
    shown(&admin, &user, html! {}).await
}

/// Adds an account and shows the link that sets its password.
pub(super) async fn add(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(AccountRoleForm { name, role }): FormInput<AccountRoleForm>,
) -> PageResult {
    let name = name.trim().to_owned();
    let said = match is_name(&name) {
        false => note("bad", &format!("帐号名须是 {NAME_HELP}。")),
        true => match admin
            .store()
            .accounts()
            .add(user.by(), name.clone(), role)
            .await?
        {
            AccountChangeOutcome::Done => link_for(&admin, &user, &name).await?,
            _ => note("bad", "已经有人叫这个名字。"),
        },
    };
    shown(&admin, &user, said).await
}

pub(super) async fn set_role(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(AccountRoleForm { name, role }): FormInput<AccountRoleForm>,
) -> PageResult {
    change(
        &admin,
        &user,
        name,
        AccountChange::Role(role),
        "角色已经改好。",
    )
    .await
}

pub(super) async fn set_disabled(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(sent): FormInput<AccountDisabledForm>,
) -> PageResult {
    let said = if sent.disabled {
        "帐号已经停用，登录着的地方都已退出。"
    } else {
        "帐号已经启用。"
    };
    change(
        &admin,
        &user,
        sent.name,
        AccountChange::Disabled(sent.disabled),
        said,
    )
    .await
}

/// Lets an account take hand-overs although its role may not, or no longer.
pub(super) async fn set_inbox(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(sent): FormInput<AccountInboxForm>,
) -> PageResult {
    let said = match sent.inbox {
        true => "这个帐号现在可以接待要人工的客人。",
        false => "这个帐号不再接待客人。",
    };
    change(
        &admin,
        &user,
        sent.name,
        AccountChange::Inbox(sent.inbox),
        said,
    )
    .await
}

/// Turns one-time codes off, for somebody who lost their phone.
pub(super) async fn disable_totp(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(AccountNameForm { name }): FormInput<AccountNameForm>,
) -> PageResult {
    change(
        &admin,
        &user,
        name,
        AccountChange::Second(None),
        "两步验证已经关闭。",
    )
    .await
}

pub(super) async fn make_link(
    State(admin): State<AdminState>,
    user: SignedInUser,
    FormInput(AccountNameForm { name }): FormInput<AccountNameForm>,
) -> PageResult {
    let said = link_for(&admin, &user, &name).await?;
    shown(&admin, &user, said).await
}

async fn change(
    admin: &AdminState,
    user: &SignedInUser,
    name: String,
    change: AccountChange,
    done: &str,
) -> PageResult {
    let said = match admin
        .store()
        .accounts()
        .change(user.by(), name, change)
        .await?
    {
        AccountChangeOutcome::Done => note("good", done),
        AccountChangeOutcome::LastAdmin => {
            note("bad", "这是最后一个管理员，先让另一个人做管理员再改。")
        }
        AccountChangeOutcome::Missing | AccountChangeOutcome::Taken => {
            return Err(AdminError::NotFound);
        }
    };
    shown(admin, user, said).await
}

async fn link_for(admin: &AdminState, user: &SignedInUser, name: &str) -> PageResult {
    let secret = AuthSecret::new()?;
    let expires = password_link_expiry(user.caller.now);
    match admin
        .store()
        .accounts()
        .add_link(user.by(), name.to_owned(), secret.hash(), expires)
        .await?
    {
        AccountChangeOutcome::Done => Ok(html! {
            div.note.good role="status" {
                p { "请把这个链接交给 " b { (name) } "，用它设置密码。它只显示这一次，只能用一次，24 小时内有效；" b { (name) } " 原来的密码在那之前照旧能用。" }
                p { code.secret { (password_link_path(&secret)) } }
                p.soft { "前面加上这个网站的地址。" }
            }
        }),
        _ => Err(AdminError::NotFound),
    }
}

async fn shown(admin: &AdminState, user: &SignedInUser, said: Markup) -> PageResult {
    let accounts = admin.store().accounts().all().await?;
    let body = html! {
        (said)
        section.card {
            h2 { "添加帐号" }
            (form(user, "/admin/accounts", html! {
                div.line {
                    (field("帐号名", html! { input name="name" autocomplete="off" autocapitalize="none" spellcheck="false" required; }, NAME_HELP))
                    (field("角色", roles(AccountRole::Reviewer), ""))
                    button type="submit" { "添加" }
                }
            }))
            dl.duties { @for role in AccountRole::ALL { div { dt { (role_label(role)) } dd { (role_duty(role)) } } } }
        }
        section.card {
            h2 { (accounts.len()) " 个帐号" }
            ul.rows { @for account in &accounts { li { (row(admin, user, account)) } } }
        }
    };
    Ok(page(user, "/admin/accounts", "帐号", body))
}

fn row(admin: &AdminState, user: &SignedInUser, account: &Account) -> Markup {
    let name = || html! { input type="hidden" name="name" value=(account.name); };
    html! {
        div {
            b { (account.name) } "　" (role_label(account.role))
            @if account.inbox { "　" span.tag { "接待客人" } }
            @if account.disabled { "　" span.tag.bad { "已停用" } }
            @if account.password.is_none() { "　" span.tag { "还没有设置密码" } }
            @if account.second.is_some() { "　" span.tag { "两步验证" } }
            div.soft { "创建于 " (time(admin, account.created_at)) }
        }
        div.acts {
            (form(user, "/admin/accounts/role", html! {
                (name())
                label { span.hush { (account.name) " 的角色" } (roles(account.role)) }
                button.quiet type="submit" { "改角色" }
            }))
            @if !account.disabled { (button(user, "/admin/accounts/link", "重设密码的链接", name())) }
            @if account.second.is_some() { (button(user, "/admin/accounts/second/off", "关闭两步验证", name())) }
            @if !account.role.has(AccountRight::Inbox) {
                (button(user, "/admin/accounts/inbox", if account.inbox { "不再接待客人" } else { "让其接待客人" }, html! {
                    (name()) input type="hidden" name="inbox" value=(!account.inbox);
                }))
            }
            (button(user, "/admin/accounts/disabled", if account.disabled { "启用" } else { "停用" }, html! {
                (name()) input type="hidden" name="disabled" value=(!account.disabled);
            }))
        }
    }
}

fn roles(chosen: AccountRole) -> Markup {
    html! {
        select name="role" {
            @for role in AccountRole::ALL { option value=(role.word()) selected[role == chosen] { (role_label(role)) } }
        }
    }
}
