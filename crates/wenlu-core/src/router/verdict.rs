//! Verdicts. In: nothing. Out: the types of a decision before it becomes a routing, and the limits
//! that decisions compare with. Must not know: how it is decided.

use super::evidence::EVIDENCE_COUNT;
use super::score::ClassScores;
use crate::model::ScoreSource;
use serde::Serialize;
use smallvec::SmallVec;

/// A runner-up with at least this share of the best candidate's probability makes a confident
/// message a question back.
pub(super) const RIVAL_RATIO: f32 = 0.6;

/// A candidate below the threshold gets a question back if the odds of its confidence are at least
/// this share of the threshold's odds.
pub(super) const CLARIFY_ODDS_RATIO: f64 = 0.35;

/// Maximum number of candidates in a question back, and in the routing.
pub(super) const MAX_CHOICES: usize = 3;

pub(super) const MAX_CANDIDATES: usize = 5;

/// One more than are shown: if the message is an example, its intent is moved from its rank to the
/// front.
pub(super) const MAX_RANKED: usize = MAX_CANDIDATES + 1;

/// A gap is named from this probability on; below it, the message is simply out of scope.
pub(super) const MIN_GAP_PROBABILITY: f32 = 0.25;

/// A menu opens from this probability on.
pub(super) const MIN_MENU_PROBABILITY: f32 = 0.4;

/// A menu opens for a message of at most this many content words; a longer one gets a question
/// back.
pub(super) const MAX_TOPIC_WORDS: usize = 2;

/// How a message is judged.
#[derive(Clone, Copy, Debug)]
pub(super) struct JudgeRule {
    /// The confidence from which a candidate is answered.
    pub threshold: f64,
    /// The same where it is scored by its words alone.
    pub lexical_threshold: f64,
    /// What it is scored by.
    pub source: ScoreSource,
}

impl JudgeRule {
    /// The same at another threshold, whatever scores.
    pub(super) fn at(self, threshold: f64) -> Self {
        Self {
            threshold,
            lexical_threshold: threshold,
            ..self
        }
    }

    /// The rule for a text without a vector.
    pub(super) fn lexical(self) -> Self {
        Self {
            threshold: self.lexical_threshold,
            source: ScoreSource::Lexical,
            ..self
        }
    }
}

/// The rule that produced a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionReason {
    /// The normalised message is an example or a title.
    Exact,
    /// One or two content words, which name a menu's topic.
    Topic,
    /// No content word.
    NoContent,
    /// No content word occurs in the best candidate's examples, title or keywords.
    Unaccounted,
    /// The confidence reaches the threshold, and no rival is close.
    Confident,
    /// The confidence reaches the threshold, and a rival is close.
    CloseRival,
    /// A menu, a gap, or out of scope is likelier than the best candidate.
    MenuLikelier,
    /// A gap is likelier than the best candidate.
    GapLikelier,
    /// Out of scope is likelier than the best candidate.
    OutOfScopeLikelier,
    /// The confidence reaches the threshold, and background sentences are far likelier; only where
    /// the knowledge is small.
    EverydayLikelier,
    /// Below the threshold, but near enough for a question back.
    NearlySure,
    /// Below the threshold, and too far from it for a question back.
    BelowThreshold,
    /// The knowledge has no answer intent.
    NoCandidates,
    /// It is about another platform or product, of which the best candidate never speaks.
    Elsewhere,
}

/// Answer classes, each with its confidence: as many as are shown, on the stack.
pub(super) type RankedClasses = SmallVec<[(usize, f64); MAX_RANKED]>;

/// The decision for one clause, or for the whole message.
#[derive(Clone, Debug)]
pub(super) struct ClauseVerdict<'a> {
    /// The text that was judged: the message, or one clause of it.
    pub text: &'a str,
    pub outcome: RouteOutcome,
    pub reason: DecisionReason,
    pub confidence: f64,
    /// The [`MAX_RANKED`] best answer classes by falling logit, each with its confidence.
    pub ranked: RankedClasses,
    /// `None`: there are no candidates.
    pub scored: Option<ScoredClause>,
}

/// The numbers behind a verdict: the explanation shows these and computes none of its own.
#[derive(Clone, Debug)]
pub(super) struct ScoredClause {
    /// By what it was scored, and what its confidence is compared with: another rule than the
    /// message's where the vector was gone by then.
    pub rule: JudgeRule,
    /// The best candidate, which the evidence is about.
    pub top: usize,
    pub scores: ClassScores,
    pub evidence: [f64; EVIDENCE_COUNT],
    /// None of its grams is known: the evidence is the same for all such messages, and the
    /// confidence 0.
    pub is_blank: bool,
    pub confidence: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum RouteOutcome {
    Answer(usize),
    Clarify(Vec<usize>),
    Menu(usize),
    Gap(usize),
    Unknown,
}

pub(super) fn odds(p: f64) -> f64 {
    p / (1.0 - p).max(1e-9)
}

pub(super) fn probability(odds: f64) -> f64 {
    odds / (1.0 + odds)
}
