//! Makes events of what askers of the bridge are told unasked. In: replies, and what became of a
//! hand-over. Out: calls of the outbox. Must not know: where and when they are delivered.

use super::config::CHANNEL;
use crate::channel::event_hook::{EventPlace, new_event};
use crate::channel::json::ReplyView;
use crate::people::{AskerCourier, HandoverNews};
use crate::store::records::OutboxCall;
use serde_json::{Value, json};
use wenlu_core::model::{ConversationId, HandbackReason, Reply};

/// A colleague wrote, or the bot told the asker that it answers again.
const MESSAGE: &str = "message.created";
const HANDOVER: &str = "handover.changed";
/// In milliseconds: an event that could not be delivered for so long is not delivered any more.
const KEPT: i64 = 3 * 24 * 3_600_000;

pub(super) struct BridgeCourier;

impl AskerCourier for BridgeCourier {
    fn bring(&self, conversation: &ConversationId, replies: &[Reply]) -> Option<Vec<OutboxCall>> {
        if conversation.channel() != CHANNEL {
            return None;
        }
        let events = replies.iter().map(|reply| {
            let reply = ReplyView::from(reply.clone());
            let data = json!({ "conversation": conversation.name(), "reply": reply });
            event(conversation, MESSAGE, &data)
        });
        Some(events.collect())
    }

    fn announce(&self, conversation: &ConversationId, news: HandoverNews<'_>) -> Vec<OutboxCall> {
        if conversation.channel() != CHANNEL {
            return vec![];
        }
        let (state, by, reason) = match news {
            HandoverNews::Waiting => ("waiting", None, ""),
            HandoverNews::Taken { by } => ("taken", Some(by), ""),
            HandoverNews::GivenBack { why, by } => ("given_back", by, code(why)),
            HandoverNews::Closed { by, reason } => ("closed", Some(by), reason),
        };
        let data = json!({
            "conversation": conversation.name(), "state": state, "by": by, "reason": reason,
        });
        vec![event(conversation, HANDOVER, &data)]
    }
}

fn code(why: HandbackReason) -> &'static str {
    match why {
        HandbackReason::Done | HandbackReason::Solved => "done",
        HandbackReason::Silence => "silence",
        HandbackReason::Asker => "asker",
        HandbackReason::Unreachable => "unreachable",
    }
}

fn event(conversation: &ConversationId, kind: &str, data: &Value) -> OutboxCall {
    let place = EventPlace {
        channel: CHANNEL,
        chat: conversation.as_str().to_owned(),
        conversation: conversation.as_str(),
    };
    new_event(place, kind, data, KEPT)
}
