//! Calibration. In: the training examples by class. Out: the confidence (the probability that the
//! best candidate is the right answer) and the threshold from which it is answered. Both are fitted
//! by cross-fitting: every number they rest on was scored by a model that was not trained on the
//! message. Must not know: words, files, decisions.

use super::crossfit::{HeldOut, Seen, cross_fit};
use super::features::Gram;
use super::logistic::{Logistic, Observation, sigmoid};
use super::score::{Likeness, Linear, Scores};
use super::vocabulary::{Rarest, Vector, Vocabulary};
use crate::knowledge::schema::EVIDENCE_NAMES;
use crate::knowledge::{SavedCalibration, SavedEvidence};

/// Whether a class can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Has a reply of its own: can be a candidate.
    Answer,
    /// A menu, a gap, or out of scope: competes with the candidates and is never one.
    Other,
}

/// One training message.
#[derive(Clone, Debug)]
pub struct Example {
    pub grams: Vec<Gram>,
    pub target: Target,
    pub origin: ExampleOrigin,
    /// The [`text_key`](super::features::text_key) of its text.
    pub key: u64,
}

/// Where a training message comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExampleOrigin {
    /// An example, a near miss or an out-of-scope message of the data files: trained on, and scored
    /// in cross-fitting.
    Message,
    /// A title or keywords: trained on, and not scored in cross-fitting.
    Label,
    /// A background sentence: trained on and scored as out of scope.
    Background,
}

/// The label of a training message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Is(usize),
    /// A near miss: any class but this one.
    IsNot(usize),
}

/// Number of evidence values that the confidence is computed from, see [`evidence`].
pub const EVIDENCE: usize = EVIDENCE_NAMES.len();
/// One value for each of [`EVIDENCE_NAMES`].
pub type Evidence = [f64; EVIDENCE];
const COVERAGE: usize = 3;
/// Added to the fitted weight of coverage, in standard deviations: real out-of-scope messages
/// contain fewer known words than withheld intents of the same field do. On public data a quarter
/// is up to .007 better (AUROC) where out-of-scope messages are near the field, and .01 to .02
/// worse where they are far from it; .5 and .6 differ by noise.
const COVERAGE_BONUS: f64 = 0.6;
/// Prior means of the evidence weights: what they come to on public data, rounded (logit 1.1 to
/// 3.9, cosine −.1 to −2.1, and so on). In a handful of messages any feature, such as their length,
/// separates the two groups; the fewer messages, the stronger the prior.
const USUAL: Evidence = [1.5, 0.0, -0.5, 0.0, 0.0, 0.8, -0.2, 0.1];
/// The L2 penalty towards [`PRIOR_WEIGHTS`] is this over the number of messages, plus .001.
const FEW: f64 = 0.5;
/// Total weight of the background sentences relative to the knowledge's own messages when the
/// probability of being right is fitted.
const BACKGROUND_SHARE: f64 = 0.25;
/// Share of rightly routed in-scope messages whose confidence reaches the threshold ("keep 85").
pub const KEEP: f64 = 0.85;

/// Upper limit of the threshold: where the intents are clear-cut nearly every confidence is close
/// to 1, and a fixed recall would cause needless questions back.
const SURE: f64 = 0.9;

/// Lower limit of the threshold: answers that are wrong four times in five are of no use.
const UNSURE: f64 = 0.2;

/// The confidence model and its thresholds.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// From the evidence to the log-odds that the message is in scope.
    pub scope: Logistic<EVIDENCE>,
    /// From those log-odds to the probability that the candidate is right.
    pub right: Logistic<1>,
    /// From this confidence on: answer.
    pub threshold: f64,
}

/// The evidence for candidate `k`. `likeness`: the message compared with the candidate's examples.
pub fn evidence(scores: &Scores, message: &Vector, likeness: Likeness, k: usize, roles: &[Role]) -> Evidence {
    let p = f64::from(scores.probabilities[k]);
    let mass = |role: Role| -> f64 {
        scores.probabilities.iter().zip(roles).filter(|(_, r)| **r == role).map(|(p, _)| f64::from(*p)).sum()
    };
    let other = mass(Role::Other);
    [
        f64::from(scores.logits[k]),
        libm::log(p.max(1e-9)),
        f64::from(likeness.cosine),
        f64::from(message.coverage),
        libm::log((other + 1e-4) / (1.0 - other + 1e-4)),
        // share of the message that the candidate's own examples contain too: steadies the
        // confidence where the classes share words
        f64::from(message.coverage * likeness.shared),
        // the same, weighted by how many of them do: .003 (AUROC) on smp2020, .001 to .004
        // elsewhere
        f64::from(likeness.usual),
        // length of the message: .008 on massive_zh, .005 where out-of-scope messages are near
        libm::log(f64::from(message.weight).max(1.0)),
    ]
}

/// The class with the highest logit among those with `role`.
pub fn best(scores: &Scores, roles: &[Role], role: Role) -> Option<usize> {
    (0..scores.logits.len())
        .filter(|&c| roles[c] == role)
        .max_by(|&a, &b| scores.logits[a].total_cmp(&scores.logits[b]).then(b.cmp(&a)))
}

/// Trains the model on all examples. The calibration is `saved` if there is one, else fitted to
/// these examples.
pub fn train(examples: &[Example], roles: &[Role], saved: Option<Calibration>) -> (Model, Calibration) {
    let whole = || Model::train(&examples.iter().collect::<Vec<_>>(), roles.len(), rarest(examples));
    if let Some(saved) = saved {
        return (whole(), saved);
    }
    let (model, held_out) = cross_fit(examples, roles, 1, whole);
    // the job `whole` always runs; the empty model only avoids a panic
    let model = model.unwrap_or_else(|| Model::train(&[], roles.len(), Rarest::default()));
    (model, Calibration::fit(&held_out))
}

impl Calibration {
    /// From the form that a data file keeps.
    pub fn from_saved(saved: &SavedCalibration) -> Self {
        let of = |part: fn(&SavedEvidence) -> f64| saved.evidence.each_ref().map(part);
        Self {
            scope: Logistic {
                mean: of(|term| term.mean),
                deviation: of(|term| term.deviation),
                weights: of(|term| term.weight),
                bias: saved.bias,
            },
            right: Logistic {
                mean: [saved.right.mean],
                deviation: [saved.right.deviation],
                weights: [saved.right.weight],
                bias: saved.right_bias,
            },
            threshold: saved.threshold,
        }
    }

    /// To the form that a data file keeps; `background`: whether it was fitted with the background.
    pub fn to_saved(&self, background: bool) -> SavedCalibration {
        let term = |mean, deviation, weight| SavedEvidence { mean, deviation, weight };
        let Logistic { mean, deviation, weights, bias } = &self.scope;
        SavedCalibration {
            threshold: self.threshold,
            background,
            bias: *bias,
            evidence: std::array::from_fn(|i| term(mean[i], deviation[i], weights[i])),
            right: term(self.right.mean[0], self.right.deviation[0], self.right.weights[0]),
            right_bias: self.right.bias,
        }
    }

    /// The probability that candidate `k` is the right answer.
    pub fn confidence(&self, evidence: &Evidence) -> f64 {
        sigmoid(self.right.logit(&[self.scope_logit(evidence)]))
    }

    pub fn scope_logit(&self, evidence: &Evidence) -> f64 {
        self.scope.logit(evidence)
    }

    /// Messages of the folds that withheld whole classes fit `scope` and the threshold; those of
    /// the folds that withheld examples fit `right`. Without the former, the latter fit everything.
    pub fn fit(held_out: &HeldOut) -> Self {
        let HeldOut { without_classes, without_examples: together } = held_out;
        let apart = if without_classes.is_empty() { together } else { without_classes };
        let (inside, outside) = (count(apart, true), count(apart, false));
        let observations: Vec<_> = apart
            .iter()
            .map(|s| Observation {
                features: s.evidence,
                yes: s.in_scope,
                weight: 1.0 / if s.in_scope { inside } else { outside },
            })
            .collect();
        let mut scope = Logistic::fit(&observations, USUAL, 1e-3 + FEW / apart.len().max(1) as f64);
        scope.weights[COVERAGE] += COVERAGE_BONUS;
        let background = background_weight(together);
        let right: Vec<_> = together
            .iter()
            .map(|s| {
                let weight = if s.is_background { background } else { 1.0 };
                Observation { features: [scope.logit(&s.evidence)], yes: s.right, weight }
            })
            .collect();
        let mut calibration = Self { scope, right: Logistic::fit(&right, [0.0], 1e-4), threshold: 0.5 };
        let kept = apart.iter().filter(|s| s.right).map(|s| calibration.confidence(&s.evidence)).collect();
        calibration.threshold = quantile(kept, 1.0 - KEEP).unwrap_or(0.5).clamp(UNSURE, SURE);
        calibration
    }
}

/// Weight of one background sentence when `right` is fitted: together they weigh
/// [`BACKGROUND_SHARE`] of the knowledge's own messages, and one at most 1.
fn background_weight(seen: &[Seen]) -> f64 {
    let background = seen.iter().filter(|s| s.is_background).count();
    let own = seen.len() - background;
    (BACKGROUND_SHARE * own as f64 / background.max(1) as f64).min(1.0)
}

fn count(seen: &[Seen], in_scope: bool) -> f64 {
    seen.iter().filter(|s| s.in_scope == in_scope).count().max(1) as f64
}

/// The `q`-quantile of `values`.
fn quantile(mut values: Vec<f64>, q: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(((values.len() as f64 - 1.0).max(0.0) * q) as usize).copied()
}

/// From this many training examples on, rare grams are left out and fewer folds are trained.
pub const PLENTY: usize = 3_000;

/// In how many examples a gram must occur to be a feature. With thousands of examples the grams
/// that occur once, and pairs of units in fewer than five, take most of the memory and half of the
/// time and teach nothing; with few examples they are worth a point or two.
pub fn rarest(examples: &[Example]) -> Rarest {
    if examples.len() < PLENTY { Rarest::default() } else { Rarest { gram: 2, unit_pair: 5 } }
}

/// The trained classifier: vocabulary and weights.
pub struct Model {
    pub vocabulary: Vocabulary,
    pub linear: Linear,
}

impl Model {
    /// Trains on the grams that occur in at least `rarest` examples.
    pub fn train(examples: &[&Example], classes: usize, rarest: Rarest) -> Self {
        let known = examples.iter().filter_map(|e| match e.target {
            Target::Is(class) => Some((e.grams.as_slice(), class)),
            Target::IsNot(_) => None,
        });
        let vocabulary = Vocabulary::build(known, classes, rarest);
        let rows: Vec<(Vector, Target)> = examples.iter().map(|e| (vocabulary.vector(&e.grams), e.target)).collect();
        let keys: Vec<u64> = examples.iter().map(|e| e.key).collect();
        let linear = Linear::train(&rows, &keys, vocabulary.places(), classes);
        Self { vocabulary, linear }
    }

    pub fn score(&self, grams: &[Gram]) -> (Vector, Scores) {
        let vector = self.vocabulary.vector(grams);
        let scores = self.linear.score(&vector);
        (vector, scores)
    }
}
