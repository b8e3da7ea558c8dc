//! The list of hand-overs: who waits, who is talked with, and what was ended last.

use super::PATH;
use super::contacts::left_contacts;
use super::fragments::{channel_label, live_state, note_presence, stage_tag, waited, who};
use super::search::search_form;
use super::snooze_view::snooze_tag;
use crate::admin::html::{PageResult, keys, page, text, time};
use crate::admin::middleware::SignedInUser;
use crate::admin::{AdminError, AdminState};
use crate::store::handover_list::ListedHandover;
use crate::store::records::{HandoverRecord, HandoverStage, TranscriptAuthor};
use axum::extract::State;
use maud::{Markup, html};

/// Open hand-overs that are shown.
const MOST_OPEN: i64 = 200;
/// Closed ones below them.
const MOST_CLOSED: i64 = 20;
/// Contacts that are shown.
const MOST_CONTACTS: i64 = 50;

const KEYS: [(&str, &str); 3] = [
    ("j / k", "下一个 / 上一个"),
    ("Enter", "打开"),
    ("?", "显示快捷键"),
];

pub(in crate::admin::pages) async fn show(
    State(admin): State<AdminState>,
    user: SignedInUser,
) -> PageResult {
    note_presence(&admin, &user, user.caller.now).await;
    let body = html! {
        p.soft { "要人工的客人都在这里，等得最久的在最上面。没有人接手之前，机器人会接着回答；接手之后它不再插话。" }
        (live_state())
        div #handovers data-live=(PATH) data-account=(user.account.name) {
            (rows(&admin, &user).await?)
        }
        (search_form("", ""))
        (keys(&KEYS))
        script src="/admin/inbox.js" type="module" {}
    };
    Ok(page(&user, PATH, "人工会话", body))
}

/// The list alone, for a page that is open.
pub(in crate::admin::pages) async fn part(
    State(admin): State<AdminState>,
    user: SignedInUser,
) -> PageResult {
    rows(&admin, &user).await
}

async fn rows(admin: &AdminState, user: &SignedInUser) -> Result<Markup, AdminError> {
    let list = admin.store().handover_list();
    let (open, closed, contacts) = tokio::try_join!(
        list.open(MOST_OPEN),
        list.closed(MOST_CLOSED),
        admin.store().contacts().list(MOST_CONTACTS)
    )?;
    let (aside, open): (Vec<_>, Vec<_>) = open
        .into_iter()
        .partition(|listed| listed.handover.snoozed_until.is_some());
    let is_waiting = |listed: &&ListedHandover| listed.handover.stage == HandoverStage::Waiting;
    let waiting = open.iter().filter(is_waiting).count();
    let is_due =
        |listed: &&ListedHandover| is_waiting(listed) || listed.handover.woken_at.is_some();
    Ok(html! {
        section.card #list data-waiting=(open.iter().filter(is_due).count()) {
            h2 { (waiting) " 位在等，" (open.len() - waiting) " 位有人接待" }
            @if open.is_empty() && aside.is_empty() { p.soft { "现在没有人要人工。有人要的时候会出现在这里，不用刷新。" } }
            ul.queue { @for listed in &open { (row(admin, user, listed)) } }
        }
        @if !aside.is_empty() {
            section.card {
                h2 { "先放一放的" }
                p.soft { "时间到了，或者客人又写了，会自己回到上面。" }
                ul.queue { @for listed in &aside { (row(admin, user, listed)) } }
            }
        }
        (left_contacts(admin, user, &contacts))
        @if !closed.is_empty() {
            section.card {
                h2 { "最近结束的" }
                ul.queue { @for listed in &closed { (row(admin, user, listed)) } }
            }
        }
    })
}

/// Whether its asker has waited too long for an operator's words.
fn is_overdue(admin: &AdminState, user: &SignedInUser, handover: &HandoverRecord) -> bool {
    let clock = admin.config.reply_clock.as_ref();
    let since = handover.waiting_since.filter(|_| handover.open);
    clock
        .zip(since)
        .is_some_and(|(clock, since)| clock.is_overdue(since, user.caller.now))
}

pub(super) fn row(admin: &AdminState, user: &SignedInUser, listed: &ListedHandover) -> Markup {
    let handover = &listed.handover;
    let answer_due = handover.open && listed.last_author == Some(TranscriptAuthor::Asker);
    let about = handover.question.as_deref().unwrap_or("（没有说问题）");
    html! {
        li data-row {
            div.what {
                a.asked href=(format!("{PATH}/{}", handover.number)) { (text(about)) }
                @if !listed.last_asked.is_empty() && listed.last_asked != about {
                    div.said-last { "最后一句：" (text(&listed.last_asked)) }
                }
                div.soft {
                    (stage_tag(handover, &user.account.name)) " " (snooze_tag(admin, handover))
                    @if answer_due && handover.stage == HandoverStage::Taken { span.tag.bad { "等回复" } " " }
                    @if is_overdue(admin, user, handover) { span.tag.bad { "超时未回" } " " }
                    (who(handover)) " · " (channel_label(&handover.conversation)) " · "
                    @match handover.waiting_since {
                        Some(since) => { "等了 " (waited(since, user.caller.now)) "，从 " (time(admin, since)) },
                        None => { (time(admin, handover.opened_at)) " 开始" },
                    }
                    @if !handover.reason.is_empty() { " · " (text(&handover.reason)) }
                    @match listed.rated_solved {
                        Some(true) => { " " span.tag.good { "客人说解决了" } },
                        Some(false) => { " " span.tag.bad { "客人说还没解决" } },
                        None => {},
                    }
                }
            }
        }
    }
}
