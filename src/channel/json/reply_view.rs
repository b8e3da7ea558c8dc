//! What the JSON API answers and tells. In: answers and replies. Out: values that serialise as
//! `openapi.json` says. Must not know: who asked.

use crate::turn::TurnAnswer;
use serde::Serialize;
use wenlu_core::model::{Button, Decision, Lang, MessageFile, Reply};
use wenlu_core::reply::{ReplyBlock, ReplyStep, plain_text};

/// Where files are sent to, and below it each of them.
pub(in crate::channel) const FILES_PATH: &str = "/api/v1/files";

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
    /// A picture or a file that comes with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<FileView>,
}

/// A picture or a file.
#[derive(Debug, Serialize)]
pub(in crate::channel) struct FileView {
    #[serde(flatten)]
    file: MessageFile,
    /// Where it is.
    path: String,
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
            asks_person: _,
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
            file,
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
            file: file.map(FileView::from),
        }
    }
}

impl From<MessageFile> for FileView {
    fn from(file: MessageFile) -> Self {
        let path = format!("{FILES_PATH}/{}", file.id);
        Self { file, path }
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
