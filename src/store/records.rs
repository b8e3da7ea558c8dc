//! What the store keeps. In: what a turn decided. Out: rows. No SQL and no engine here: the desk writes these values.

use crate::message::{Lang, Timestamp};
use crate::router::{Candidate, Decision};
use serde::{Deserialize, Serialize};

/// One turn as the journal keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub at: Timestamp,
    /// What the asker typed, or the label of the button that was pressed; for [`Outcome::Person`] what a colleague wrote.
    pub text: String,
    /// What the asker wanted to know, where this turn is about a question: the text that was typed then.
    pub question: Option<String>,
    pub lang: Lang,
    /// How the text was routed; `None` for a step, a button, a hand-over.
    pub decision: Option<Decision>,
    /// What was answered, or the menu that was shown.
    pub intent: Option<String>,
    pub gap: Option<String>,
    pub confidence: f64,
    pub candidates: Vec<Candidate>,
    /// The state of the data files that decided.
    pub knowledge: String,
    pub outcome: Outcome,
    pub unanswered: Option<Unanswered>,
    /// Whether a person had been asked for by the end of this turn, and had not given the conversation back.
    pub handed_over: bool,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Start,
    /// The hot topics were asked for.
    Topics,
    Answered,
    Clarified,
    Menu,
    Unknown,
    Gap,
    Step,
    FollowUp,
    Choice,
    NoneOfThese,
    Solved,
    Unsolved,
    Human,
    /// A choice or a command that no longer belongs to anything.
    Expired,
    /// Nothing to read in it, or too long.
    Refused,
    /// It was asked what the bot can do.
    Help,
    /// Passed on to a person.
    Relayed,
    /// A person wrote to the asker.
    Person,
    /// The bot took over again.
    GivenBack,
}

/// Why a question counts as unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unanswered {
    Unknown,
    Gap,
    /// Asked back, and no choice was made. Found when the journal is read: it is the next turn that says so.
    Clarified,
    NoneOfThese,
    Unsolved,
}

/// An entry with its place in the journal.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Row {
    pub id: i64,
    pub conversation: String,
    pub message: Option<String>,
    #[serde(flatten)]
    pub entry: Entry,
}

/// What is known of a conversation before a turn.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Opened {
    /// The desk's state as JSON; `None`: a new conversation.
    pub state: Option<String>,
    /// Counts the turns; a commit names the one it was computed from.
    pub version: i64,
    /// The response that this very message was given before, as JSON.
    pub answered: Option<String>,
}

/// All that a turn leaves behind, committed together or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnRecord {
    pub conversation: String,
    pub message: Option<String>,
    /// [`Opened::version`] of the state that the turn started from.
    pub version: i64,
    pub state: String,
    pub response: String,
    pub entry: Entry,
}
