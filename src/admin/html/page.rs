//! A page for somebody who is signed in: its menu, its forms, and what needs the state of the pages.

use super::elements::{form_with, frame, text};
use crate::admin::error::AdminError;
use crate::admin::middleware::SignedInUser;
use crate::admin::state::AdminState;
use crate::store::accounts::AccountRight;
use maud::{Markup, html};
use wenlu_core::model::Timestamp;

/// A page for a signed-in user.
pub(in crate::admin) type PageResult = Result<Markup, AdminError>;

/// The list of hand-overs.
const INBOX: &str = "/admin/inbox";

/// The menu: path, label, the right that shows it.
const MENU: [(&str, &str, AccountRight); 9] = [
    (INBOX, "人工会话", AccountRight::Inbox),
    ("/admin", "概览", AccountRight::Read),
    ("/admin/clusters", "待处理", AccountRight::Read),
    ("/admin/changes", "修改", AccountRight::Read),
    ("/admin/intents", "意图", AccountRight::Read),
    ("/admin/try", "试一句", AccountRight::Read),
    ("/admin/journal", "对话记录", AccountRight::Read),
    ("/admin/accounts", "帐号", AccountRight::Accounts),
    ("/admin/audit", "操作记录", AccountRight::Change),
];

/// `here` is the path of the menu entry to mark as current.
pub(in crate::admin) fn page(user: &SignedInUser, here: &str, title: &str, body: Markup) -> Markup {
    let shown = MENU.iter().filter(|(_, _, right)| user.has(*right));
    let title = text(title);
    frame(
        &title,
        html! {
            a.skip href="#main" { "跳到正文" }
            header.top {
                a.brand href="/admin" { (user.service) small { "运营" } }
                nav aria-label="页面" {
                    @for (path, label, _) in shown {
                        a href=(path) aria-current=[(*path == here).then_some("page")] { (label) }
                    }
                }
                div.me {
                    a href="/admin/me" aria-current=[(here == "/admin/me").then_some("page")] { (user.account.name) }
                    (button(user, "/admin/logout", "退出", html! {}))
                }
            }
            main #main tabindex="-1" { h1 { (title) } (body) }
        },
    )
}

/// A form that posts, with the form token.
pub(in crate::admin) fn form(user: &SignedInUser, action: &str, fields: Markup) -> Markup {
    form_with(&user.form_token, action, fields)
}

/// A form with only a button; `fields` are its hidden inputs.
pub(in crate::admin) fn button(
    user: &SignedInUser,
    action: &str,
    label: &str,
    fields: Markup,
) -> Markup {
    form(
        user,
        action,
        html! { (fields) button.quiet type="submit" { (label) } },
    )
}

/// In the operators' time zone, to the minute.
pub(in crate::admin) fn time(admin: &AdminState, at: Timestamp) -> Markup {
    let Ok(moment) = jiff::Timestamp::from_millisecond(at.0) else {
        return html! { "?" };
    };
    let local = moment.to_zoned_datetime(admin.config.timezone.clone());
    html! { time datetime=(moment) { (local.strftime("%Y-%m-%d %H:%M")) } }
}

/// An intent's title as a link to its page; its id where the knowledge has no such intent.
pub(in crate::admin) fn intent_link(admin: &AdminState, id: &str) -> Markup {
    let engine = admin.bot.engine();
    match engine.knowledge.intent(id) {
        Some(intent) => {
            html! { a href=(format!("/admin/intents/{id}")) title=(id) { (intent.title) } }
        }
        None => html! { code { (text(id)) } },
    }
}

/// The chat page as a link, where its address is known.
pub(in crate::admin) fn chat_link(admin: &AdminState, label: &str) -> Markup {
    match &admin.config.chat {
        Some(address) => html! { a href=(address) target="_blank" { (label) } },
        None => html! { (label) },
    }
}

/// Links to the two views of open questions: by cluster, and one by one.
pub(in crate::admin) fn tabs(here: &str) -> Markup {
    html! {
        nav.filters aria-label="怎么看" {
            @for (path, label) in [("/admin/clusters", "按类"), ("/admin/questions", "逐个")] {
                a href=(path) aria-current=[(here == path).then_some("page")] { (label) }
            }
        }
    }
}
