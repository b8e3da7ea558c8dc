//! The overview's block on the system: what waits, what failed, the last backup, the last refused
//! edit. Where all is well, it is folded.

use crate::admin::html::time;
use crate::admin::{AdminError, AdminState};
use crate::reload::EditRefusals;
use crate::store::backlog::{ChannelQueue, StoreBacklog};
use maud::{Markup, html};
use wenlu_core::model::Timestamp;

/// In milliseconds: from these ages on, what waits is told.
const MINUTE: i64 = 60_000;
const ANSWER_DUE: i64 = 2 * MINUTE;
const SENDING_DUE: i64 = 10 * MINUTE;
const PERSON_DUE: i64 = 10 * MINUTE;
const BACKUP_DUE: i64 = 2 * 24 * 60 * MINUTE;

pub(super) async fn system(admin: &AdminState, now: Timestamp) -> Result<Markup, AdminError> {
    let backlog = admin.store().backlog().read().await?;
    let refusals = admin.knowledge.borrow().refusals;
    let troubles = troubles(admin, &backlog, now);
    let figures = figures(admin, &backlog, refusals, now);
    Ok(html! {
        @if troubles.is_empty() {
            section.card { details { summary { "系统：正常" } (figures) } }
        } @else {
            section.card.bad {
                h2 { "系统：有 " (troubles.len()) " 件事要看一看" }
                ul { @for trouble in &troubles { li { (trouble) } } }
                details { summary { "全部数字" } (figures) }
            }
        }
    })
}

/// What is not as it should be, each with what to do.
fn troubles(admin: &AdminState, backlog: &StoreBacklog, now: Timestamp) -> Vec<Markup> {
    let age = |since: Timestamp| now.0.saturating_sub(since.0);
    let mut all = Vec::new();
    if let Some(since) = oldest(&backlog.inbox).filter(|since| age(*since) > ANSWER_DUE) {
        all.push(html! { "有消息等了 " (span(age(since))) " 还没有回答。请看服务的日志。" });
    }
    if let Some(since) = oldest(&backlog.outbox).filter(|since| age(*since) > SENDING_DUE) {
        let why = match oldest_queue(&backlog.outbox).map(|queue| queue.channel.as_str()) {
            Some("bridge") => "多半是 WENLU_BRIDGE_URL 那边没有应答，日志里有原因。",
            Some(channel) if channel.starts_with("weixin:") => "多半是连不上微信的接口。",
            Some(channel) if channel.starts_with("wecom:") => "多半是连不上企业微信的接口。",
            _ => "多半是连不上 Telegram。",
        };
        all.push(html! { "有回复等了 " (span(age(since))) " 还没有送出，" (why) "请在服务器上运行 " code { "wenlu doctor" } "。" });
    }
    if backlog.given_up > 0 {
        all.push(
            html! { (backlog.given_up) " 条回复试了多次都没有送出，已经放弃。日志里有原因。" },
        );
    }
    if backlog.quarantined > 0 {
        all.push(html! { (backlog.quarantined) " 条消息无法处理，已经隔离。日志里有原因。" });
    }
    if let Some(since) = backlog
        .unattended_since
        .filter(|since| age(*since) > PERSON_DUE)
    {
        all.push(html! { "有客人转人工后等了 " (span(age(since))) "，还没有同事回复。请到客服群里看看。" });
    }
    match (backlog.last_backup, backlog.first_turn) {
        (Some(at), _) if age(at) > BACKUP_DUE => {
            all.push(
                html! { "最近一次备份是 " (time(admin, at)) "。请看定时备份为什么没有运行。" },
            );
        }
        (None, Some(first)) if age(first) > BACKUP_DUE => {
            all.push(html! { "从来没有备份过。请定时运行 " code { "wenlu store backup" } "。" });
        }
        _ => {}
    }
    all
}

fn figures(
    admin: &AdminState,
    backlog: &StoreBacklog,
    refusals: EditRefusals,
    now: Timestamp,
) -> Markup {
    let waits = |queues: &[ChannelQueue]| {
        let length: i64 = queues.iter().map(|queue| queue.length).sum();
        let since = oldest(queues).map(|since| span(now.0.saturating_sub(since.0)));
        html! { (length) " 条" @if let Some(since) = since { "，最早的等了 " (since) } }
    };
    let at = |at: Option<Timestamp>| match at {
        Some(at) => time(admin, at),
        None => html! { "没有" },
    };
    let rows: [(&str, Markup); 9] = [
        ("等着回答的消息", waits(&backlog.inbox)),
        ("等着送出的回复", waits(&backlog.outbox)),
        (
            "送不出去的回复",
            html! { (backlog.undelivered) " 条，其中试了多次放弃的 " (backlog.given_up) " 条" },
        ),
        ("无法处理的消息", html! { (backlog.quarantined) " 条" }),
        (
            "正在转人工",
            html! { (backlog.handovers) " 个，其中还没有同事回复的 " (backlog.unattended) " 个" },
        ),
        (
            "没答上、待处理的问题",
            html! { "约 " (backlog.unanswered) " 个" },
        ),
        ("最近一次备份", at(backlog.last_backup)),
        ("最近一次被拒绝的修改", at(refusals.last)),
        (
            "对话记录、数据库",
            html! { "约 " (backlog.journal_turns) " 轮，" (backlog.database_bytes >> 20) " MiB" },
        ),
    ];
    html! {
        table { tbody { @for (name, value) in rows { tr { th scope="row" { (name) } td { (value) } } } } }
    }
}

fn oldest(queues: &[ChannelQueue]) -> Option<Timestamp> {
    oldest_queue(queues).map(|queue| queue.oldest)
}

fn oldest_queue(queues: &[ChannelQueue]) -> Option<&ChannelQueue> {
    queues.iter().min_by_key(|queue| queue.oldest)
}

/// A span of time in its largest whole unit.
fn span(millis: i64) -> String {
    let minutes = millis / MINUTE;
    match minutes {
        ..2 => format!("{} 秒", millis / 1_000),
        2..120 => format!("{minutes} 分钟"),
        120..2_880 => format!("{} 小时", minutes / 60),
        _ => format!("{} 天", minutes / 1_440),
    }
}
