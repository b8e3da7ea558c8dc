//! What the desk remembers of a conversation between two turns.

use super::button::Target;
use crate::message::{Button, Lang, Timestamp};
use crate::router::Candidate;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Kept as JSON by the store; a field that is missing has its default, so that an older state can still be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conversation {
    /// The language of the last question.
    pub lang: Lang,
    /// When the asker last did something.
    pub seen_at: Timestamp,
    /// The last question that was put.
    pub question: Option<Question>,
    /// What was answered last: follow-ups and steps refer to it.
    pub topic: Option<Topic>,
    /// The buttons that stand on the asker's screen, in the order of their numbers.
    pub shown: Vec<Button>,
    /// Whether the asker was asked back and is to choose from `shown`.
    pub choosing: bool,
    /// Questions in a row that were not understood.
    pub misses: u8,
    /// Whether a person was asked for.
    pub handed_over: bool,
    /// How far the hand-over to a person is that is open now.
    pub person: Person,
    /// 没解决 in a row since the last answered question that was not complained about.
    pub unsolved: u8,
    /// Whether an answer was given that was not complained about.
    pub answered: bool,
}

/// A hand-over: none, asked for, or under way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Person {
    #[default]
    None,
    /// Asked for out of hours: the bot goes on answering until a person writes.
    Waiting,
    /// A person talks, or is called to: the bot is silent.
    Talking,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Question {
    pub text: String,
    /// What it was routed by; empty for a question that was picked from buttons.
    pub candidates: Vec<Candidate>,
    /// Intents that may be meant and were not shown yet, best first.
    pub others: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Topic {
    /// The reply that is shown, or the section of it.
    pub target: Target,
    /// Index of the step that is shown, where steps are shown one at a time.
    pub step: Option<usize>,
}

impl Conversation {
    /// Whether what was said before still counts.
    pub fn is_fresh(&self, now: Timestamp, ttl: Duration) -> bool {
        let age = now.0.saturating_sub(self.seen_at.0);
        u128::try_from(age).unwrap_or(0) <= ttl.as_millis()
    }
}
