//! The state of a conversation, kept between two turns.

use crate::model::Candidate;
use crate::model::ReplyTarget;
use crate::model::{Button, HanScript, Lang, LanguageBasis, Timestamp};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Stored as JSON; missing fields get their defaults, so that states of older versions can be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conversation {
    /// The language that the asker is answered in.
    pub lang: Lang,
    /// What the language follows from.
    pub lang_basis: LanguageBasis,
    /// The script of the asker, in which Chinese replies are shown. The state itself is simplified.
    pub script: HanScript,
    /// When the asker last wrote or pressed a button.
    pub seen_at: Timestamp,
    /// The last question of the asker.
    pub question: Option<DialogueQuestion>,
    /// What was answered last: follow-ups and steps refer to it.
    pub topic: Option<DialogueTopic>,
    /// What was talked about before that, the last one at the end; at most [`MAX_RECENT`].
    pub recent: Vec<ReplyTarget>,
    /// The buttons on the asker's screen, in the order of their numbers.
    pub shown: Vec<Button>,
    /// Whether the asker was asked to choose from `shown`.
    pub choosing: bool,
    /// Questions in a row that were not understood.
    pub misses: u8,
    /// Whether an operator was asked for.
    pub handed_over: bool,
    /// The state of the hand-over to an operator.
    pub person: HandoverState,
    /// Whether the asker was asked how they can be reached.
    pub contact: ContactState,
    /// Whether the asker was asked whether an operator solved it, and has not said.
    pub rating_due: bool,
    /// Whether comments are asked for in the conversation: its channel has no form for them.
    pub comments_in_chat: bool,
    /// What the next message comments on, if the asker was asked for that.
    pub comment: Option<CommentAbout>,
    /// Number of 没解决 in a row since the last answer that was not complained about.
    pub unsolved: u8,
    /// Whether an answer was given and not complained about.
    pub answered: bool,
}

/// How many topics can be named to get back to them.
const MAX_RECENT: usize = 3;

/// Whether a hand-over is open, and whether an operator talks already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandoverState {
    /// No hand-over is open.
    #[default]
    None,
    /// Asked for, and no operator has taken part yet: the bot goes on answering.
    Waiting,
    /// An operator has taken over, or has written: the bot is silent.
    Talking,
}

/// What an asker comments on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommentAbout {
    /// An answer that did not help.
    Answer,
    /// Whether a person solved it.
    Rating,
}

/// Whether the asker was asked how they can be reached, where no operator can be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactState {
    /// They were not.
    #[default]
    None,
    /// They were, and have not said.
    Wanted,
    /// They have said.
    Left,
}

/// A question of the asker, and what may be meant by it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DialogueQuestion {
    /// The question as it was typed, or the label of the button.
    pub text: String,
    /// The candidates of its routing; empty if the question was picked from buttons.
    pub candidates: Vec<Candidate>,
    /// Candidates that were not shown yet, best first.
    pub others: Vec<String>,
}

/// What a conversation is about: the reply that later turns refer to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DialogueTopic {
    /// The reply that is shown, or the section of it.
    pub target: ReplyTarget,
    /// Index of the step that is shown, if steps are shown one at a time.
    pub step: Option<usize>,
}

impl ContactState {
    /// Once an operator talks with the asker: what was not said is not asked for any more.
    pub(super) fn settled(self) -> Self {
        match self {
            ContactState::Wanted => ContactState::None,
            other => other,
        }
    }
}

impl Conversation {
    /// Begins to talk about `topic`; another one that was talked about can be named later.
    pub(super) fn open_topic(&mut self, topic: DialogueTopic) {
        let is_other = |target: &ReplyTarget| target.intent != topic.target.intent;
        if let Some(before) = self.topic.take().filter(|before| is_other(&before.target)) {
            self.recent
                .retain(|target| target.intent != before.target.intent);
            self.recent.push(before.target);
        }
        self.recent.retain(is_other);
        let surplus = self.recent.len().saturating_sub(MAX_RECENT);
        self.recent.drain(..surplus);
        self.topic = Some(topic);
    }

    /// Whether `ttl` has not passed since the asker's last message.
    pub(crate) fn is_fresh(&self, now: Timestamp, ttl: Duration) -> bool {
        let age = now.0.saturating_sub(self.seen_at.0);
        u128::try_from(age).unwrap_or(0) <= ttl.as_millis()
    }
}
