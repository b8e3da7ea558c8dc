//! Parts of an answer, from what is known of it. In: replies, what was pushed; what an asker did. Out:
//! parts; the message for the bot; what the account may send. Must not know: which parts go out.

use super::compose::WaitingPart;
use super::config::AnswerPlan;
use super::draw::reply_texts;
use super::parse::WeixinDeed;
use crate::store::credits::CreditGrant;
use crate::turn::Bot;
use wenlu_core::model::{HandbackReason, IncomingBody, Lang, Reply, Timestamp};

/// A part that could not be sent, or a reply; nothing of one in a format of an old version.
pub(super) fn pushed_parts(pushed: &str) -> Vec<WaitingPart> {
    if let Ok(part) = serde_json::from_str(pushed) {
        return vec![part];
    }
    let reply = serde_json::from_str::<Reply>(pushed);
    reply.map_or_else(|_| vec![], |reply| parts_of(&[reply], false, true))
}

/// What the platform lets the account send after this.
pub(super) fn credit(plan: &AnswerPlan, deed: &WeixinDeed, at: Timestamp) -> Option<CreditGrant> {
    let rules = plan.credit?;
    Some(rules.grant(deed.credit(plan.kind)?, at))
}

pub(super) fn parts_of(replies: &[Reply], with_choices: bool, is_kept: bool) -> Vec<WaitingPart> {
    let is_from_person = replies.iter().any(|reply| reply.from_person);
    let texts = reply_texts(replies, with_choices).into_iter();
    let parts = texts.map(|text| WaitingPart {
        text,
        is_kept,
        is_from_person,
    });
    parts.collect()
}

pub(super) fn kept_part(text: String, is_kept: bool) -> WaitingPart {
    WaitingPart {
        text,
        is_kept,
        is_from_person: false,
    }
}

/// The message for the bot.
pub(super) fn body(bot: &Bot, deed: &WeixinDeed) -> IncomingBody {
    match deed {
        WeixinDeed::Typed(text) => IncomingBody::Text(text.clone()),
        WeixinDeed::Sent(kind) => IncomingBody::Attachment(*kind),
        WeixinDeed::Pressed(key) if key == "help" => IncomingBody::Help,
        WeixinDeed::Opened(payload) | WeixinDeed::Pressed(payload) => {
            let payload = payload.strip_prefix("i:").unwrap_or(payload);
            bot.deep_link(payload, Lang::Zh)
        }
        WeixinDeed::Served(_) => IncomingBody::Handback(HandbackReason::Done),
        WeixinDeed::Left | WeixinDeed::Other(_) => IncomingBody::Start { lang: Lang::Zh },
    }
}
