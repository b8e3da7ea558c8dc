//! What the list and a conversation have in common. In: a hand-over; who looks. Out: words and
//! markup; a note of who is there. Must not know: pages, routes.

use crate::admin::AdminState;
use crate::admin::auth::secret::NoEntropy;
use crate::admin::html::text;
use crate::admin::middleware::SignedInUser;
use crate::attachment::AttachmentPolicy;
use crate::hash::hex;
use crate::store::records::{HandoverRecord, HandoverStage};
use maud::{Markup, html};
use wenlu_core::model::Timestamp;

/// The name of a channel, by how the name of a conversation begins.
pub(super) fn channel_label(conversation: &str) -> &'static str {
    match conversation.split(':').next() {
        Some("web") => "网页",
        Some("telegram") => "Telegram",
        Some("weixin") => "微信",
        Some("wecom") => "微信客服",
        Some("bridge") => "接口",
        _ => "别处",
    }
}

/// Whether a colleague can send the asker of this hand-over files: on the chat page, over the bridge,
/// and on Telegram.
pub(super) fn can_send(admin: &AdminState, handover: &HandoverRecord) -> bool {
    let conversation = handover.conversation.as_str();
    let is_shown = match conversation.split(':').next() {
        Some("web" | "bridge") => true,
        Some("telegram") => admin.bot.sends_at_once(conversation),
        _ => false,
    };
    is_shown && admin.attachments.policy() != AttachmentPolicy::Off
}

/// The asker, as far as they are known.
pub(super) fn who(handover: &HandoverRecord) -> String {
    match &handover.asker {
        Some(name) => text(name),
        None => format!("{}访客", channel_label(&handover.conversation)),
    }
}

/// Where it stands, and with whom.
pub(super) fn stage_tag(handover: &HandoverRecord, account: &str) -> Markup {
    let holder = handover.assignee.as_deref();
    html! {
        @match (handover.stage, holder) {
            (HandoverStage::Waiting, _) => span.tag.bad { "等待接手" },
            (HandoverStage::Taken, Some(held)) if held == account => span.tag.good { "我在接待" },
            (HandoverStage::Taken, held) => span.tag { (text(held.unwrap_or("同事"))) " 在接待" },
            (HandoverStage::Closed, _) => span.tag { "已结束" },
        }
    }
}

/// Notes that somebody looks at the hand-overs. A store that fails keeps nobody from looking.
pub(super) async fn note_presence(admin: &AdminState, user: &SignedInUser, now: Timestamp) {
    let list = admin.store().handover_list();
    if let Err(error) = list.note_presence(&user.account.name, now).await {
        let failures = &admin.handover_watch.store_failures;
        if let Some(times) = failures.count("presence") {
            tracing::warn!(%error, times, "it could not be noted who looks at the hand-overs");
        }
    }
}

/// That the connection is lost; and whether a sound and a notification tell who begins to wait. The
/// page's script shows what applies.
pub(super) fn live_state() -> Markup {
    html! {
        p #live.note.bad role="status" hidden { "和服务器的连接断了，正在重连；看到的可能不是最新的。" }
        p.soft {
            button #bell.quiet type="button" aria-pressed="false" hidden { "有人等时提醒我" }
            " " span #bell-state role="status" {}
        }
    }
}

/// How long somebody has waited, roughly.
pub(super) fn waited(since: Timestamp, now: Timestamp) -> String {
    let minutes = now.0.saturating_sub(since.0).max(0) / 60_000;
    match minutes {
        0 => "不到 1 分钟".to_owned(),
        1..60 => format!("{minutes} 分钟"),
        60..1440 => format!("{} 小时 {} 分钟", minutes / 60, minutes % 60),
        _ => format!("{} 天", minutes / 1440),
    }
}

/// A name for what the forms of one page do: sent twice, it counts once.
pub(super) fn form_id() -> Result<String, NoEntropy> {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).map_err(|_| NoEntropy)?;
    Ok(hex(&bytes))
}
