//! What the JSON API answers and tells. In: answers and replies. Out: values that serialise as
//! `openapi.json` says. Must not know: who asked.

use crate::turn::TurnAnswer;
use serde::Serialize;
use wenlu_core::model::{Button, Decision, Lang, Reply};
use wenlu_core::reply::{ReplyBlock, ReplyStep, plain_text};

/// The response to `POST /api/v1/messages`.
#[derive(Debug, Serialize)]
pub(in crate::channel) struct MessageResponse {
    decision: Option<Decision>,
    intent: Option<String>,
    confidence: f64,
    gap: Option<String>,
    replies: Vec<ReplyView>,
    /// Whether a hand-over is open: operators' messages come by `GET /api/v1/events`.
    person: bool,
}

/// A reply in responses and events.
#[derive(Debug, Serialize)]
pub(in crate::channel) struct ReplyView {
    /// The blocks as plain text, for clients without formatting.
    text: String,
    lang: Lang,
    blocks: Vec<ReplyBlock>,
    steps: Vec<ReplyPartView>,
    cursor: Option<usize>,
    /// The text below the steps.
    after: Option<ReplyPartView>,
    buttons: Vec<Button>,
    /// Whether an operator wrote it, not the bot.
    from_person: bool,
}

#[derive(Debug, Serialize)]
struct ReplyPartView {
    text: String,
    blocks: Vec<ReplyBlock>,
}

impl From<TurnAnswer> for MessageResponse {
    fn from(answered: TurnAnswer) -> Self {
        let TurnAnswer {
            decision,
            intent,
            confidence,
            gap,
            replies,
            person,
        } = answered;
        let replies = replies.into_iter().map(ReplyView::from).collect();
        Self {
            decision,
            intent,
            confidence,
            gap,
            replies,
            person,
        }
    }
}

impl From<Reply> for ReplyView {
    fn from(reply: Reply) -> Self {
        let Reply {
            lang,
            blocks,
            steps,
            cursor,
            after,
            buttons,
            from_person,
        } = reply;
        let steps = steps
            .into_iter()
            .map(|ReplyStep { blocks }| ReplyPartView::from(blocks))
            .collect();
        let after = (!after.is_empty()).then(|| ReplyPartView::from(after));
        Self {
            text: plain_text::blocks_text(&blocks),
            lang,
            blocks,
            steps,
            cursor,
            after,
            buttons,
            from_person,
        }
    }
}

impl From<Vec<ReplyBlock>> for ReplyPartView {
    fn from(blocks: Vec<ReplyBlock>) -> Self {
        Self {
            text: plain_text::blocks_text(&blocks),
            blocks,
        }
    }
}
