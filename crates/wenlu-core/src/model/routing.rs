//! Where a message goes, and how sure that is. In: nothing. Out: plain values that router, dialogue and store share.

use super::Lang;
use serde::{Deserialize, Serialize};

/// What is done with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Decision {
    /// Confident, and no rival is close.
    Answer,
    /// Two or three close candidates: the bot asks back.
    Clarify,
    /// The message names a topic and asks no question yet.
    Menu,
    /// Out of scope, or a gap.
    Unknown,
}

/// What the numbers of a routing were computed from, where an encoder is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScoreSource {
    /// The words of the message alone: the encoder gave no vector in time.
    Lexical,
    /// Its words and its vector.
    Encoder,
}

/// An intent that has a reply of its own, with its calibrated probability of being the right
/// answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The intent's id.
    pub intent: String,
    /// The probability that it is the right answer, 0 to 1, four decimals.
    pub confidence: f64,
}

/// The result of routing a message. Serialises as one line of `wenlu route`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Routing {
    /// The message as it was typed.
    pub text: String,
    /// What the bot does with it.
    pub decision: Decision,
    /// The intent that is answered, or the menu that opens; for `Clarify`, the menu that all
    /// choices belong to, if there is one.
    pub intent: Option<String>,
    /// The probability that this is right; for `Unknown`, the best candidate's.
    pub confidence: f64,
    /// The gap that the message falls into, for `Unknown`.
    pub gap: Option<String>,
    /// How likely that gap is, 0 to 1; 0 if there is none.
    #[serde(skip)]
    pub gap_probability: f64,
    /// A second question in the same message, answered after the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub also: Option<Candidate>,
    /// The five best, whatever the decision.
    pub candidates: Vec<Candidate>,
    /// For `Clarify` and `Menu`: the ids to choose from, best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The language to answer in.
    pub lang: Lang,
    /// What the numbers were computed from; `None`: the router has no encoder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scored_by: Option<ScoreSource>,
    /// It is not answered because it is about another platform or product.
    #[serde(skip)]
    pub is_elsewhere: bool,
}
