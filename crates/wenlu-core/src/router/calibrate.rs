//! Calibration. In: the training examples by class. Out: the confidence (the probability that the
//! best candidate is the right answer) and the threshold from which it is answered. Both are fitted
//! by cross-fitting: every number they rest on was scored by a model that was not trained on the
//! message. Must not know: words, files, decisions.

use super::classifier::{Classifier, min_occurrences};
use super::crossfit::{HeldOutScore, HeldOutScores, cross_fit};
use super::evidence::{COVERAGE_INDEX, EVIDENCE_COUNT, Evidence};
use super::logistic::{LogisticModel, Observation, WeightSign, sigmoid};
use super::training_example::{ClassRole, TrainingExample};
use super::vocabulary::MinOccurrences;
use crate::knowledge::{SavedCalibration, SavedEvidence};

/// Added to the fitted weight of coverage, in standard deviations: real out-of-scope messages
/// contain fewer known words than withheld intents of the same field do. On public data a quarter
/// is up to .007 better (AUROC) where out-of-scope messages are near the field, and .01 to .02
/// worse where they are far from it; .5 and .6 differ by noise.
const COVERAGE_BONUS: f64 = 0.6;
/// Prior means of the evidence weights: what they come to on public data, rounded (logit 1.1 to
/// 3.9, cosine −.1 to −2.1, and so on). In a handful of messages any feature, such as their length,
/// separates the two groups; the fewer messages, the stronger the prior.
const PRIOR_WEIGHTS: Evidence = [1.5, 0.0, -0.5, 0.0, 0.0, 0.8, -0.2, 0.1];
/// The same where an encoder scores too.
const FUSED_PRIOR_WEIGHTS: Evidence = [1.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
/// Where an encoder scores too, the first four only speak for what they are evidence of, and the
/// others have no part. On near out-of-scope messages the AUROC is .011 lower with all of them, and
/// .001 higher on CLINC150; with free weights it falls by .013 on average, and by .07 on the
/// hardest public set.
const FUSED_SIGNS: [WeightSign; EVIDENCE_COUNT] = {
    let mut signs = [WeightSign::NoPart; EVIDENCE_COUNT];
    let mut at = 0;
    while at <= COVERAGE_INDEX {
        signs[at] = WeightSign::NotNegative;
        at += 1;
    }
    signs
};
/// The L2 penalty towards [`PRIOR_WEIGHTS`] is this over the number of messages, plus .001.
const PRIOR_STRENGTH: f64 = 0.5;
/// Total weight of the background sentences relative to the knowledge's own messages when the
/// probability of being right is fitted.
const BACKGROUND_SHARE: f64 = 0.25;
/// Share of rightly routed in-scope messages whose confidence reaches the threshold ("keep 85").
pub(crate) const TARGET_RECALL: f64 = 0.85;

/// Upper limit of the threshold: where the intents are clear-cut nearly every confidence is close
/// to 1, and a fixed recall would cause needless questions back.
const MAX_THRESHOLD: f64 = 0.9;

/// Lower limit of the threshold: answers that are wrong four times in five are of no use.
const MIN_THRESHOLD: f64 = 0.2;

/// The confidence model and its thresholds.
#[derive(Clone, Debug)]
pub struct Calibration {
    /// From the evidence to the log-odds that the message is in scope.
    pub(crate) scope: LogisticModel<EVIDENCE_COUNT>,
    /// From those log-odds to the probability that the candidate is right.
    pub(crate) right: LogisticModel<1>,
    /// From this confidence on: answer.
    pub(crate) threshold: f64,
}

/// Trains the model on all examples. The calibration is `saved` if there is one, else fitted to
/// these examples.
pub(crate) fn train(
    examples: &[TrainingExample],
    roles: &[ClassRole],
    saved: Option<Calibration>,
) -> (Classifier, Calibration) {
    if let Some(saved) = saved {
        return (whole(examples, roles), saved);
    }
    let (model, held_out) = cross_fitted(examples, roles);
    (model, Calibration::fit(&held_out))
}

/// Trains the model on examples with vectors, and fits its calibration.
pub(crate) fn train_fused(
    examples: &[TrainingExample],
    roles: &[ClassRole],
) -> (Classifier, Calibration) {
    let (model, held_out) = cross_fitted(examples, roles);
    (model, Calibration::fit_fused(&held_out))
}

fn cross_fitted(examples: &[TrainingExample], roles: &[ClassRole]) -> (Classifier, HeldOutScores) {
    let (model, held_out) = cross_fit(examples, roles, 1, || whole(examples, roles));
    // the job `whole` always runs; the empty model only avoids a panic
    let model =
        model.unwrap_or_else(|| Classifier::train(&[], roles.len(), MinOccurrences::default()));
    (model, held_out)
}

fn whole(examples: &[TrainingExample], roles: &[ClassRole]) -> Classifier {
    Classifier::train(
        &examples.iter().collect::<Vec<_>>(),
        roles.len(),
        min_occurrences(examples),
    )
}

impl Calibration {
    /// From the form that a data file keeps.
    pub fn from_saved(saved: &SavedCalibration) -> Self {
        let of = |part: fn(&SavedEvidence) -> f64| saved.evidence.each_ref().map(part);
        Self {
            scope: LogisticModel {
                mean: of(|term| term.mean),
                deviation: of(|term| term.deviation),
                weights: of(|term| term.weight),
                bias: saved.bias,
            },
            right: LogisticModel {
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
        let term = |mean, deviation, weight| SavedEvidence {
            mean,
            deviation,
            weight,
        };
        let LogisticModel {
            mean,
            deviation,
            weights,
            bias,
        } = &self.scope;
        SavedCalibration {
            threshold: self.threshold,
            background,
            bias: *bias,
            evidence: std::array::from_fn(|i| term(mean[i], deviation[i], weights[i])),
            right: term(
                self.right.mean[0],
                self.right.deviation[0],
                self.right.weights[0],
            ),
            right_bias: self.right.bias,
        }
    }

    /// The probability that candidate `k` is the right answer.
    pub fn confidence(&self, evidence: &Evidence) -> f64 {
        sigmoid(self.right.logit(&[self.scope_logit(evidence)]))
    }

    pub(crate) fn scope_logit(&self, evidence: &Evidence) -> f64 {
        self.scope.logit(evidence)
    }

    /// Messages of the folds that withheld whole classes fit `scope` and the threshold; those of
    /// the folds that withheld examples fit `right`. Without the former, the latter fit everything.
    pub(crate) fn fit(held_out: &HeldOutScores) -> Self {
        Self::fit_signed(
            held_out,
            PRIOR_WEIGHTS,
            [WeightSign::Any; EVIDENCE_COUNT],
            COVERAGE_BONUS,
        )
    }

    /// As [`Calibration::fit`], for scores of a classifier that was trained with vectors.
    pub(crate) fn fit_fused(held_out: &HeldOutScores) -> Self {
        // an encoder knows words that no example has: what is not covered says less against it
        Self::fit_signed(held_out, FUSED_PRIOR_WEIGHTS, FUSED_SIGNS, 0.0)
    }

    fn fit_signed(
        held_out: &HeldOutScores,
        prior: Evidence,
        signs: [WeightSign; EVIDENCE_COUNT],
        coverage_bonus: f64,
    ) -> Self {
        let HeldOutScores {
            without_classes,
            without_examples: together,
        } = held_out;
        let apart = if without_classes.is_empty() {
            together
        } else {
            without_classes
        };
        let (inside, outside) = (count(apart, true), count(apart, false));
        let observations: Vec<_> = apart
            .iter()
            .map(|s| Observation {
                features: s.evidence,
                yes: s.in_scope,
                weight: 1.0 / if s.in_scope { inside } else { outside },
            })
            .collect();
        let mut scope = LogisticModel::fit_signed(
            &observations,
            prior,
            1e-3 + PRIOR_STRENGTH / apart.len().max(1) as f64,
            signs,
        );
        scope.weights[COVERAGE_INDEX] += coverage_bonus;
        let background = background_weight(together);
        let right: Vec<_> = together
            .iter()
            .map(|s| {
                let weight = if s.is_background { background } else { 1.0 };
                Observation {
                    features: [scope.logit(&s.evidence)],
                    yes: s.right,
                    weight,
                }
            })
            .collect();
        let mut calibration = Self {
            scope,
            right: LogisticModel::fit(&right, [0.0], 1e-4),
            threshold: 0.5,
        };
        let kept = apart
            .iter()
            .filter(|s| s.right)
            .map(|s| calibration.confidence(&s.evidence))
            .collect();
        calibration.threshold = quantile(kept, 1.0 - TARGET_RECALL)
            .unwrap_or(0.5)
            .clamp(MIN_THRESHOLD, MAX_THRESHOLD);
        calibration
    }
}

/// Weight of one background sentence when `right` is fitted: together they weigh
/// [`BACKGROUND_SHARE`] of the knowledge's own messages, and one at most 1.
fn background_weight(seen: &[HeldOutScore]) -> f64 {
    let background = seen.iter().filter(|s| s.is_background).count();
    let own = seen.len() - background;
    (BACKGROUND_SHARE * own as f64 / background.max(1) as f64).min(1.0)
}

fn count(seen: &[HeldOutScore], in_scope: bool) -> f64 {
    seen.iter()
        .filter(|s| s.in_scope == in_scope)
        .count()
        .max(1) as f64
}

/// The `q`-quantile of `values`.
fn quantile(mut values: Vec<f64>, q: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values
        .get(((values.len() as f64 - 1.0).max(0.0) * q) as usize)
        .copied()
}
