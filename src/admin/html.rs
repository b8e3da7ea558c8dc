//! What pages share: layout, forms, times. In: a page's content. Out: HTML in which text from
//! outside is escaped. Contains no inline style or script: the Content-Security-Policy forbids
//! both.

use super::visitor::Visitor;
use super::{Admin, AdminError};
use crate::message::Timestamp;
use crate::store::accounts::Role;
use crate::store::records::Entry;
use crate::wording::{is_unseen, outcome_name, percent, reason_name};
use maud::{DOCTYPE, Markup, html};

/// A page for a signed-in user.
pub type Page = Result<Markup, AdminError>;

/// The menu: path, label, least role that sees it.
const MENU: [(&str, &str, Role); 8] = [
    ("/admin", "概览", Role::Viewer),
    ("/admin/clusters", "待处理", Role::Viewer),
    ("/admin/changes", "修改", Role::Viewer),
    ("/admin/intents", "意图", Role::Viewer),
    ("/admin/try", "试一句", Role::Viewer),
    ("/admin/journal", "对话记录", Role::Viewer),
    ("/admin/accounts", "帐号", Role::Admin),
    ("/admin/audit", "操作记录", Role::Operator),
];

/// `here` is the path of the menu entry to mark as current.
pub fn page(visitor: &Visitor, here: &str, title: &str, body: Markup) -> Markup {
    let shown = MENU.iter().filter(|(_, _, role)| visitor.may(*role));
    let title = text(title);
    frame(
        &title,
        html! {
            a.skip href="#main" { "跳到正文" }
            header.top {
                a.brand href="/admin" { "问路" small { "运营" } }
                nav aria-label="页面" {
                    @for (path, label, _) in shown {
                        a href=(path) aria-current=[(*path == here).then_some("page")] { (label) }
                    }
                }
                div.me {
                    a href="/admin/me" aria-current=[(here == "/admin/me").then_some("page")] { (visitor.account.name) }
                    (button(visitor, "/admin/logout", "退出", html! {}))
                }
            }
            main #main tabindex="-1" { h1 { (title) } (body) }
        },
    )
}

/// A page for those who are not signed in.
pub fn outside(title: &str, body: Markup) -> Markup {
    frame(title, html! { main.outside { p.brand { "问路" small { "运营" } } (body) } })
}

fn frame(title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · 问路运营" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/admin/admin.css";
                script src="/admin/theme.js" {}
                script src="/admin/keys.js" defer {}
            }
            body { (body) }
        }
    }
}

/// A form that posts, with the form token.
pub fn form(visitor: &Visitor, action: &str, fields: Markup) -> Markup {
    form_with(&visitor.form_token, action, fields)
}

pub fn form_with(token: &str, action: &str, fields: Markup) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name="form_token" value=(token);
            (fields)
        }
    }
}

/// A form with only a button; `fields` are its hidden inputs.
pub fn button(visitor: &Visitor, action: &str, label: &str, fields: Markup) -> Markup {
    form(visitor, action, html! { (fields) button.quiet type="submit" { (label) } })
}

/// A labelled input with an optional hint.
pub fn field(label: &str, input: Markup, hint: &str) -> Markup {
    html! { label.field { span { (label) } (input) @if !hint.is_empty() { small { (hint) } } } }
}

/// The result of an action, as a live region that screen readers announce. `kind` is its CSS class.
pub fn note(kind: &str, text: &str) -> Markup {
    html! { p.note.(kind) role="status" { (text) } }
}

/// In the operators' time zone, to the minute.
pub fn time(admin: &Admin, at: Timestamp) -> Markup {
    let Ok(moment) = jiff::Timestamp::from_millisecond(at.0) else { return html! { "?" } };
    let local = moment.to_zoned_datetime(admin.timezone.clone());
    html! { time datetime=(moment) { (local.strftime("%Y-%m-%d %H:%M")) } }
}

/// An intent's title as a link to its page; its id where the knowledge has no such intent.
pub fn intent(admin: &Admin, id: &str) -> Markup {
    let brain = admin.bot.brain();
    match brain.knowledge.intent(id) {
        Some(intent) => html! { a href=(format!("/admin/intents/{id}")) title=(id) { (intent.title) } },
        None => html! { code { (text(id)) } },
    }
}

/// How a turn ended, and why it counts as unanswered if that differs.
pub fn ended(entry: &Entry) -> Markup {
    let how = outcome_name(entry.outcome);
    let why = entry.unanswered.map(reason_name).filter(|why| *why != how);
    html! { (how) @if let Some(why) = why { "　" span.tag.bad { (why) } } }
}

/// Text from outside, in which invisible and direction-changing characters are replaced by U+FFFD.
pub fn text(said: &str) -> String {
    said.chars().map(|c| if is_unseen(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// A share as a bar and a percentage.
pub fn share(value: Option<f64>) -> Markup {
    match value {
        None => html! { span.soft { "—" } },
        Some(value) => html! {
            span.share {
                meter min="0" max="1" value=(format!("{value:.3}")) aria-hidden="true" {}
                (percent(value))
            }
        },
    }
}
