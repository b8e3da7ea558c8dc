//! What a turn is made from, and what comes of it. In: nothing. Out: types that the parts of the dialogue share.

use super::OperatorAvailability;
use super::state::{CommentAbout, Conversation};
use crate::knowledge::Knowledge;
use crate::model::{HandbackReason, JournalEntry, Reply, Routing};
use crate::passage::PassageIndex;
use crate::router::explanation::Explanation;
use crate::router::{DecisionReason, Router};
use std::sync::Arc;
use std::time::Duration;

/// Routes a text to an intent.
pub trait TextRouter: Send + Sync {
    /// Where `text`, as it was typed, goes.
    fn route(&self, text: &str) -> Routing;

    /// Explains the decision; `None` if the router cannot. `knowledge` is what it was built from.
    fn explain(&self, _knowledge: &Knowledge, _text: &str) -> Option<Explanation> {
        None
    }

    /// The words of a normalised text that carry content by themselves; `None` if the router knows
    /// no words.
    fn content_words(&self, _normal: &str) -> Option<Vec<String>> {
        None
    }

    /// The words of a normalised text that are in a dictionary, and single characters; joined they
    /// give the text. `None` if the router knows no words.
    fn known_words(&self, _normal: &str) -> Option<Vec<String>> {
        None
    }

    /// What decided; `None` if the router cannot say.
    fn decision_reason(&self, _text: &str) -> Option<DecisionReason> {
        None
    }

    /// The normalised texts whose vectors it lacks to route `text` with its encoder; none without
    /// one.
    fn texts_to_encode(&self, _text: &str) -> Vec<String> {
        Vec::new()
    }
}

impl TextRouter for Router {
    fn route(&self, text: &str) -> Routing {
        Router::route(self, text)
    }

    fn explain(&self, knowledge: &Knowledge, text: &str) -> Option<Explanation> {
        Some(Router::explain(self, knowledge, text))
    }

    fn content_words(&self, normal: &str) -> Option<Vec<String>> {
        Some(Router::content_words(self, normal))
    }

    fn known_words(&self, normal: &str) -> Option<Vec<String>> {
        Some(Router::known_words(self, normal))
    }

    fn decision_reason(&self, text: &str) -> Option<DecisionReason> {
        Some(Router::decision_reason(self, text))
    }

    fn texts_to_encode(&self, text: &str) -> Vec<String> {
        Router::texts_to_encode(self, text)
    }
}

impl<T: TextRouter + ?Sized> TextRouter for Arc<T> {
    fn route(&self, text: &str) -> Routing {
        (**self).route(text)
    }

    fn explain(&self, knowledge: &Knowledge, text: &str) -> Option<Explanation> {
        (**self).explain(knowledge, text)
    }

    fn content_words(&self, normal: &str) -> Option<Vec<String>> {
        (**self).content_words(normal)
    }

    fn known_words(&self, normal: &str) -> Option<Vec<String>> {
        (**self).known_words(normal)
    }

    fn decision_reason(&self, text: &str) -> Option<DecisionReason> {
        (**self).decision_reason(text)
    }

    fn texts_to_encode(&self, text: &str) -> Vec<String> {
        (**self).texts_to_encode(text)
    }
}

/// What is needed to answer a turn.
#[derive(Clone, Copy)]
pub struct DialogueManager<'a> {
    /// What is answered from.
    pub knowledge: &'a Knowledge,
    /// Finds the intent of a typed question; trained on `knowledge`.
    pub router: &'a dyn TextRouter,
    /// The parts of the replies of `knowledge`.
    pub passages: &'a PassageIndex,
    /// How long a conversation is fresh. While it is, choices, steps and follow-ups refer to the
    /// turns before.
    pub ttl: Duration,
    /// Whether operators are on duty; `None` if none can be reached, so that a request for one is
    /// only noted.
    pub operators: Option<OperatorAvailability>,
    /// Operators are configured, but none can be notified; `operators` is `None` then.
    pub operators_unreachable: bool,
    /// Where a request for an operator goes.
    pub desk: HandoverDesk,
}

/// Where a request for an operator goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HandoverDesk {
    /// To a group, in which operators are called, and where it waits until one of them writes: the
    /// bot goes on answering.
    #[default]
    Group,
    /// Into a list, where it waits until an operator takes it: the bot goes on answering.
    List {
        /// Whether an operator is looking at the list.
        is_attended: bool,
        /// Whether operators who are not are told of a request.
        is_told: bool,
    },
    /// Nowhere: no operator can be reached at all; `operators` is `None` then.
    Nowhere,
}

/// An answered turn.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The state to keep for the next turn.
    pub conversation: Conversation,
    /// What the asker is told, in order.
    pub replies: Vec<Reply>,
    /// The record of the turn.
    pub entry: JournalEntry,
    /// What the turn changes about a hand-over; `None` if nothing.
    pub handover: Option<HandoverEvent>,
    /// How the asker can be reached, as they wrote it, for operators alone; `None` if they did not.
    pub contact: Option<String>,
    /// Whether an operator solved it; `None` if the asker was not asked, or did not say.
    pub rating: Option<bool>,
    /// What the asker adds to what they said of an answer or of a person, as they wrote it.
    pub comment: Option<(CommentAbout, String)>,
}

/// What a turn changes about the open hand-over, or that it opens one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandoverEvent {
    /// An operator is to be called, now or when service begins.
    Opened,
    /// The asker's message, [`JournalEntry::text`], is to be passed on to the operator, whether or
    /// not the bot answered it.
    Relayed,
    /// An operator's message was passed to the asker. Opens a hand-over if none is open.
    Answered,
    /// An operator takes the conversation over. Opens a hand-over if none is open.
    Taken,
    /// The operator who had taken it is gone: it waits for another one.
    Released,
    /// The hand-over has ended.
    Closed(HandbackReason),
}
