//! Elements of pages. In: texts and figures. Out: HTML in which text from outside is escaped. Must not
//! know: who is signed in, what the page is about.

use maud::{DOCTYPE, Markup, html};
use serde::Serialize;
use wenlu_core::labels::{percent, turn_outcome_label, unanswered_label};
use wenlu_core::model::JournalEntry;
use wenlu_core::text::safe::is_display_unsafe;

/// A page for those who are not signed in.
pub(in crate::admin) fn signed_out_page(title: &str, body: Markup) -> Markup {
    frame(
        title,
        html! { main.outside { p.brand { "问路" small { "运营" } } (body) } },
    )
}

pub(super) fn frame(title: &str, body: Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="zh-CN" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { (title) " · 问路运营" }
                link rel="icon" href="/admin/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/admin/admin.css";
                script src="/admin/theme.js" {}
                script src="/admin/keys.js" defer {}
            }
            body { (body) }
        }
    }
}

/// A form that posts, with a form token.
pub(in crate::admin) fn form_with(token: &str, action: &str, fields: Markup) -> Markup {
    html! {
        form method="post" action=(action) {
            input type="hidden" name="form_token" value=(token);
            (fields)
        }
    }
}

/// A labelled input with an optional hint.
pub(in crate::admin) fn field(label: &str, input: Markup, hint: &str) -> Markup {
    html! { label.field { span { (label) } (input) @if !hint.is_empty() { small { (hint) } } } }
}

/// The result of an action, as a live region that screen readers announce. `kind` is its CSS class.
pub(in crate::admin) fn note(kind: &str, text: &str) -> Markup {
    html! { p.note.(kind) role="status" { (text) } }
}

/// How a turn ended, and why it counts as unanswered if that differs.
pub(in crate::admin) fn outcome_label(entry: &JournalEntry) -> Markup {
    let how = turn_outcome_label(entry.outcome);
    let why = entry
        .unanswered
        .map(unanswered_label)
        .filter(|why| *why != how);
    html! { (how) @if let Some(why) = why { "　" span.tag.bad { (why) } } }
}

/// Text from outside, in which invisible and direction-changing characters are replaced by U+FFFD.
pub(in crate::admin) fn text(said: &str) -> String {
    said.chars()
        .map(|c| {
            if is_display_unsafe(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect()
}

/// What a value without fields is called in addresses and forms: as in JSON.
pub(in crate::admin) fn serde_name(value: impl Serialize) -> String {
    let name = serde_json::to_value(value).ok();
    let name = name.as_ref().and_then(|name| name.as_str());
    name.unwrap_or_default().to_owned()
}

/// A share as a bar and a percentage.
pub(in crate::admin) fn share(value: Option<f64>) -> Markup {
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

/// The dialog that lists the keyboard shortcuts of a page.
pub(in crate::admin) fn keys(all: &[(&str, &str)]) -> Markup {
    html! {
        dialog #keys aria-labelledby="keys-title" {
            h2 #keys-title { "快捷键" }
            table { tbody { @for (key, what) in all { tr { td { kbd { (key) } } td { (what) } } } } }
            form method="dialog" { p {} button.strong autofocus { "知道了" } }
        }
    }
}
