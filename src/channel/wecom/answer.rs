//! What answers an asker. In: what they did, and the answer of the bot. Out: calls. Must not know: how
//! the answer was decided, when a call is made.

use super::call::WecomCall;
use super::config::WecomPeople;
use super::draw::{WecomPart, parts};
use super::message::{WecomDeed, WecomMessage};
use crate::store::records::{OutboxCall, TurnEffects};
use crate::turn::{Bot, TurnAnswer};
use std::time::Duration;
use wenlu_core::model::{HandbackReason, IncomingBody, Lang, Timestamp};

/// How long the platform takes a welcome.
pub(super) const WELCOME_LASTS: Duration = Duration::from_secs(20);

const TOO_FAST: &str = "您发送得太快了，请稍等片刻再试。";

/// The message for the bot; `None`: it is nothing that is answered.
pub(super) fn body(bot: &Bot, deed: &WecomDeed) -> Option<IncomingBody> {
    Some(match deed {
        WecomDeed::Typed(text) => IncomingBody::Text(text.clone()),
        WecomDeed::Tapped { id, .. } => IncomingBody::Button(id.clone()),
        WecomDeed::Sent(kind) => IncomingBody::Attachment(*kind),
        WecomDeed::Entered { payload, .. } => {
            let payload = payload.strip_prefix("i:").unwrap_or(payload);
            bot.deep_link(payload, Lang::Zh)
        }
        // people in WeCom are done with an asker whom somebody here waits for, too
        WecomDeed::Served(_) => IncomingBody::Handback(HandbackReason::Done),
        WecomDeed::Undelivered { .. } => return None,
    })
}

/// The calls that answer a message.
pub(super) fn calls(
    (corp, people): (&str, &WecomPeople),
    message: &WecomMessage,
    answered: &TurnAnswer,
) -> TurnEffects {
    let to = |call: WecomCall, expires| call.to(corp, &message.conversation, expires);
    let said = parts(&answered.replies);
    let calls: Vec<OutboxCall> = match &message.deed {
        WecomDeed::Entered { code, .. } => {
            // one message may be sent
            let welcome = said.into_iter().next().map(|part| WecomCall::Welcome {
                code: code.clone(),
                part,
            });
            let until = expires(message.sent);
            welcome
                .map(|call| to(call, Some(until)))
                .into_iter()
                .collect()
        }
        _ if answered.asks_person && *people != WecomPeople::Operators => {
            let lang = answered.replies.first().map(|reply| reply.lang);
            let trans = WecomCall::Trans {
                servicers: match people {
                    WecomPeople::Servicers(names) => names.clone(),
                    WecomPeople::Operators | WecomPeople::Queue => vec![],
                },
                otherwise: said,
            };
            // nothing can be sent any more when people have the session
            let told = WecomCall::send(passing_on(lang.unwrap_or_default()));
            vec![to(told, None), to(trans, None)]
        }
        _ => said
            .into_iter()
            .map(|part| to(WecomCall::send(part), None))
            .collect(),
    };
    TurnEffects {
        calls,
        ..TurnEffects::default()
    }
}

/// The call that tells whoever is too fast.
pub(super) fn too_fast(corp: &str, message: &WecomMessage) -> OutboxCall {
    let part = WecomPart {
        text: TOO_FAST.to_owned(),
        items: vec![],
        is_from_person: false,
    };
    WecomCall::send(part).to(corp, &message.conversation, None)
}

/// Until when a welcome may be sent.
pub(super) fn expires(entered: Timestamp) -> Timestamp {
    let lasts = i64::try_from(WELCOME_LASTS.as_millis()).unwrap_or(i64::MAX);
    Timestamp(entered.0.saturating_add(lasts))
}

fn passing_on(lang: Lang) -> WecomPart {
    let text = match lang {
        Lang::Zh => "好的，这就为您转接人工客服，请稍等。",
        Lang::En => "Of course. One moment, I am passing you on to a person.",
    };
    WecomPart {
        text: text.to_owned(),
        items: vec![],
        is_from_person: false,
    }
}
