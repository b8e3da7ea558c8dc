//! What a turn leaves in the journal. In: nothing. Out: plain values that dialogue, store and review share.

use super::{Candidate, Decision, Lang, ScoreSource, Timestamp};
use serde::{Deserialize, Serialize};

/// One turn, as the journal stores it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// When the message arrived.
    pub at: Timestamp,
    /// What the asker typed, or the label of the button pressed; for [`TurnOutcome::Person`], what
    /// an operator wrote.
    pub text: String,
    /// The question that this turn is about, as it was typed; `None` if it is about none.
    pub question: Option<String>,
    /// The language of the reply.
    pub lang: Lang,
    /// How the text was routed; `None` for a step, a button or a hand-over.
    pub decision: Option<Decision>,
    /// The intent that was answered, or whose menu was shown.
    pub intent: Option<String>,
    /// The id of the gap that was named.
    pub gap: Option<String>,
    /// The confidence of the decision, 0 to 1; 1 for what was picked from buttons.
    pub confidence: f64,
    /// The likeliest intents, best first.
    pub candidates: Vec<Candidate>,
    /// The version of the data files that decided.
    pub knowledge: String,
    /// What the turn led to.
    pub outcome: TurnOutcome,
    /// Why the question counts as unanswered; `None`: it does not.
    pub unanswered: Option<UnansweredReason>,
    /// Whether a hand-over was open at the end of this turn.
    pub handed_over: bool,
    /// What the routing was computed from; `None`: nothing was routed, or without an encoder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scored_by: Option<ScoreSource>,
}

/// How a turn ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TurnOutcome {
    /// The bot greeted.
    Start,
    /// The hot topics were requested.
    Topics,
    /// The bot answered a question.
    Answered,
    /// The bot asked back.
    Clarified,
    /// The bot opened a menu.
    Menu,
    /// The bot said that it did not understand.
    Unknown,
    /// The bot named a topic that it knows nothing about.
    Gap,
    /// The bot showed a step.
    Step,
    /// The bot answered a follow-up.
    FollowUp,
    /// The bot answered what was picked from buttons.
    Choice,
    /// None of the choices was right.
    NoneOfThese,
    /// The asker acknowledged and asked nothing.
    Acknowledged,
    /// The asker said that the answer helped.
    Solved,
    /// The asker said that the answer did not help.
    Unsolved,
    /// The asker asked for a person.
    Human,
    /// A button or command that no longer applies.
    Expired,
    /// The message had no readable text, or was too long.
    Refused,
    /// Help was requested.
    Help,
    /// Relayed to the operators.
    Relayed,
    /// An operator wrote to the asker.
    Person,
    /// An operator took the conversation over from the bot, or from another operator.
    Taken,
    /// The operator was gone, and the conversation waits for another one.
    Released,
    /// The operators gave the conversation back to the bot.
    GivenBack,
    /// The asker said whether an operator solved it.
    Rated,
    /// The asker added something to what they said of an answer or of a person.
    Commented,
}

/// Why a question counts as unanswered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnansweredReason {
    /// The bot did not understand.
    Unknown,
    /// A topic that the knowledge does not answer.
    Gap,
    /// The topic is known, and its reply does not tell what was asked.
    NotCovered,
    /// The bot asked back and no choice was made. Detected when the journal is read, from the next
    /// turn.
    Clarified,
    /// None of the choices was right.
    NoneOfThese,
    /// The answer did not help.
    Unsolved,
    /// Answered, and soon asked again in other words. Detected when the journal is read.
    Repeated,
    /// Answered, and a person was requested next. Detected when the journal is read.
    HandedOver,
}
