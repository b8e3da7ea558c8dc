//! The parts of an explanation: what was read, what was scored, and what would change the decision.
//! Must not know: how they are computed or shown.

use super::features::FeatureKind;
use super::verdict::DecisionReason;
use crate::model::{Decision, Routing};
use crate::text::changes::NormalizationChange;
use serde::Serialize;

/// Why a message was routed as it was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The decision that is explained.
    pub routing: Routing,
    /// The message, normalised.
    pub normalised: String,
    /// What normalisation changed, rule by rule.
    pub changes: Vec<NormalizationChange>,
    /// The clauses of the normalised message, without negated ones.
    pub clauses: Vec<String>,
    /// The clauses that were removed, since they say what is not asked.
    pub negated: Vec<String>,
    /// The text that was scored: the message, or the clause of it that decided, without filler.
    pub scored: String,
    /// The words of `scored`, as they were cut.
    pub words: Vec<ExplainedWord>,
    /// Standard words of the synonym groups that occur in it.
    pub concepts: Vec<String>,
    /// The intents' keywords that occur in it.
    pub keywords: Vec<ExplainedKeyword>,
    /// The rule that decided.
    pub gate: DecisionReason,
    /// What the rules compare with.
    pub limits: DecisionLimits,
    /// How sure the decision is, and why.
    pub confidence: ConfidenceBreakdown,
    /// The likeliest classes, menus, gaps and out of scope (empty id) among them.
    pub classes: Vec<ExplainedClass>,
    /// The second best candidate.
    pub runner_up: Option<RivalClass>,
    /// The likeliest menu, gap or out of scope.
    pub strongest_other: Option<RivalClass>,
    /// The examples that are most alike, best first.
    pub nearest: Vec<NearestExample>,
    /// What the decision would be at other thresholds.
    pub at_thresholds: Vec<ThresholdDecision>,
    /// What the decision would be without each content word.
    pub without: Vec<WordOmission>,
    /// What it would be without the encoder; `None`: it was decided without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_encoder: Option<WithoutEncoder>,
}

/// What would be decided without the encoder.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WithoutEncoder {
    /// What the bot would do.
    pub decision: Decision,
    /// The intent's id, if the decision has one.
    pub intent: Option<String>,
    /// The confidence of that decision, 0 to 1.
    pub confidence: f64,
}

impl From<Routing> for WithoutEncoder {
    fn from(routing: Routing) -> Self {
        Self {
            decision: routing.decision,
            intent: routing.intent,
            confidence: routing.confidence,
        }
    }
}

/// A word of the scored text.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainedWord {
    /// The word, normalised.
    pub word: String,
    /// Whether it carries content.
    pub content: bool,
}

/// A keyword that matched.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainedKeyword {
    /// The id of its intent.
    pub intent: String,
    /// The keyword as it stands in its file.
    pub keyword: String,
    /// How much it counts.
    pub weight: f32,
}

/// The limits that the decision compares with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionLimits {
    /// The threshold: the message is answered from this confidence on.
    pub answer: f64,
    /// The bot asks back from this confidence on.
    pub clarify: f64,
    /// A runner-up with this share of the best candidate's probability causes a question back.
    pub close: f64,
}

/// How the confidence is computed: `bias + Σ adds = logit`, `1 / (1 + e^−logit) = scored`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfidenceBreakdown {
    /// The candidate that the parts are about; `None`: there is none.
    pub candidate: Option<String>,
    /// The intercept of the sum.
    pub bias: f64,
    /// What each piece of evidence adds; empty: no gram of the message is known.
    pub parts: Vec<EvidenceTerm>,
    /// The sum.
    pub logit: f64,
    /// The sum as a probability, 0 to 1.
    pub scored: f64,
    /// What the decision used: `scored`, unless the message is an example.
    pub value: f64,
    /// Log-odds above the threshold; negative: below it.
    pub to_spare: f64,
}

/// One piece of evidence; it adds `weight × (value − usual)`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EvidenceTerm {
    /// One of the names of the evidence.
    pub name: &'static str,
    /// Its value for this message.
    pub value: f64,
    /// Its mean over the messages that the calibration was fitted to.
    pub usual: f64,
    /// What a difference of one adds.
    pub weight: f64,
    /// `weight × (value − usual)`.
    pub adds: f64,
}

/// The score of a class; `bias + Σ adds = logit`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExplainedClass {
    /// The intent's id; empty: out of scope.
    pub intent: String,
    /// What it would lead to.
    pub kind: ClassKind,
    /// Its score.
    pub logit: f64,
    /// Its share among all classes, 0 to 1.
    pub probability: f64,
    /// Its intercept.
    pub bias: f64,
    /// What the grams add, by kind.
    pub families: Vec<FeatureContribution>,
}

/// What a class leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassKind {
    /// An answer.
    Answer,
    /// A menu.
    Menu,
    /// A topic that the knowledge does not answer.
    Gap,
    /// Nothing that the knowledge is about.
    OutOfScope,
}

/// What the grams of one kind add to the logit.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeatureContribution {
    /// The kind of gram.
    pub family: FeatureKind,
    /// Their sum.
    pub adds: f64,
}

/// Another class compared with the best candidate.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RivalClass {
    /// The intent's id; empty: out of scope.
    pub intent: String,
    /// What it would lead to.
    pub kind: ClassKind,
    /// The best candidate's logit minus this one's.
    pub behind: f64,
    /// Its probability divided by the best candidate's.
    pub share: f64,
}

/// An example that is alike to the message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NearestExample {
    /// Empty: an out-of-scope example.
    pub intent: String,
    /// The example as it stands in its file.
    pub example: String,
    /// Cosine of the similarity vectors.
    pub similarity: f64,
    /// Byte spans of `example` that the message has too, by spelling or by pinyin.
    pub shared: Vec<[usize; 2]>,
}

/// A range of thresholds with one decision.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ThresholdDecision {
    /// Applies above the threshold of the entry before, up to and including this one.
    pub upto: f64,
    /// What the bot would do.
    pub decision: Decision,
    /// The intent's id, if the decision has one.
    pub intent: Option<String>,
}

/// What would be decided without one word.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WordOmission {
    /// The word that is left out.
    pub word: String,
    /// What the bot would do.
    pub decision: Decision,
    /// The intent's id, if the decision has one.
    pub intent: Option<String>,
    /// The confidence of that decision, 0 to 1.
    pub confidence: f64,
    /// Whether the decision or the intent changes.
    pub flips: bool,
}
