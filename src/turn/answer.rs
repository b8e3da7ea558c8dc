//! The answer to a message, and how it is delivered to an asker who does not wait for it.

use crate::people::MessageOrigin;
use crate::store::records::TurnEffects;
use serde::{Deserialize, Serialize};
use wenlu_core::dialogue::{HandoverState, Turn};
use wenlu_core::model::{Decision, Lang, MessageFile, Reply, TurnOutcome};

/// A message from the inbox, and how its answer is delivered.
pub struct InboxDelivery<'a> {
    /// The id of the inbox entry.
    pub inbox: i64,
    /// The ids of entries that are answered together with it.
    pub with: &'a [i64],
    pub origin: MessageOrigin<'a>,
    /// The language of a new conversation.
    pub lang: Lang,
    /// The file that the message brings.
    pub file: Option<&'a MessageFile>,
    /// The calls that bring the answer to the asker; they are committed with the turn.
    pub plan_calls: &'a (dyn Fn(&TurnAnswer) -> TurnEffects + Send + Sync),
}

/// The answer to a message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TurnAnswer {
    /// How the text was routed; `None` where nothing was routed (a button, a step, a choice).
    pub decision: Option<Decision>,
    /// The intent whose reply or menu is shown.
    pub intent: Option<String>,
    pub confidence: f64,
    pub gap: Option<String>,
    pub replies: Vec<Reply>,
    /// Whether a hand-over is open, so that an operator may write at any time.
    #[serde(default)]
    pub person: bool,
    /// Whether the asker asked for a person in this turn.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_person: bool,
}

impl TurnAnswer {
    /// What a turn is answered with; takes its replies.
    pub(super) fn of(turn: &mut Turn) -> Self {
        TurnAnswer {
            decision: turn.entry.decision,
            intent: turn.entry.intent.clone(),
            confidence: turn.entry.confidence,
            gap: turn.entry.gap.clone(),
            replies: std::mem::take(&mut turn.replies),
            person: turn.conversation.person != HandoverState::None,
            asks_person: turn.entry.outcome == TurnOutcome::Human,
        }
    }
}
