//! Margins. In: a message and the router. Out: the other decisions that are near, each with how far
//! the deciding number is from its bound. Must not know: which decision was wanted.
//!
//! Three numbers decide, each between 0 and 1: the confidence beside the threshold (reported as how
//! far the threshold would have to move), the runner-up's probability as a share of the best
//! candidate's, and the probability of a menu, a gap or out of scope beside the best candidate's. A
//! decision without a number (an example, a message without content) has no alternatives except by
//! the threshold.

use super::clause_verdict::{decide_below_threshold, offered_choices};
use super::clauses::split_clauses;
use super::decide::judge_message;
use super::evidence::best_class;
use super::precedence::nearest_preceding;
use super::routing_builder::build_routing;
use super::trained::Router;
use super::training_example::ClassRole;
use super::verdict::{
    ClauseVerdict, DecisionReason, MIN_GAP_PROBABILITY, MIN_MENU_PROBABILITY, RIVAL_RATIO,
    RouteOutcome, ScoredClause,
};
use crate::knowledge::IntentKind;
use crate::model::Routing;

/// What would be decided if one number were slightly different.
#[derive(Clone, Debug, PartialEq)]
pub struct AlternativeDecision {
    /// By how much it would have to differ.
    pub distance: f64,
    /// Which number it is.
    pub bound: DecisionBound,
    /// What would be decided then.
    pub routing: Routing,
}

/// The number that is near its bound, and the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DecisionBound {
    /// The confidence beside the threshold, or beside the limit of a question back.
    Threshold,
    /// The runner-up's share of the best candidate's probability.
    Rival,
    /// The probability of a menu, a gap or out of scope beside the best candidate's.
    Other,
    /// That probability beside the least at which a menu opens or a gap is named.
    OtherAlone,
}

impl Router {
    /// The decisions near the one that [`Router::route`] takes, the nearest first.
    pub fn alternatives(&self, text: &str) -> Vec<AlternativeDecision> {
        let cut = split_clauses(text);
        let rule = self.rule_of(&cut);
        let mut all = self.threshold_alternatives(text, rule.threshold);
        let (verdict, second) = judge_message(self, &cut, rule);
        let scored = verdict.scored.as_ref();
        let threshold = scored.map_or(rule, |scored| scored.rule).threshold;
        for (distance, turn, outcome) in alternative_outcomes(self, &verdict, threshold) {
            let other = ClauseVerdict {
                outcome,
                ..verdict.clone()
            };
            let routing = build_routing(self, text, &cut.normal, &other, second.as_ref());
            all.push(AlternativeDecision {
                distance,
                bound: turn,
                routing,
            });
        }
        all.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        all
    }

    /// The distance of the nearest alternative for which `matters` holds; 1 if there is none.
    pub fn margin(&self, text: &str, matters: impl Fn(&Routing) -> bool) -> f64 {
        self.alternatives(text)
            .iter()
            .find(|other| matters(&other.routing))
            .map_or(1.0, |other| other.distance)
    }

    /// `now`: the threshold at which `text` is decided.
    fn threshold_alternatives(&self, text: &str, now: f64) -> Vec<AlternativeDecision> {
        let mut from = 0.0;
        let mut all = Vec::new();
        for rung in self.threshold_sweep(text) {
            let distance = if now > rung.upto {
                now - rung.upto
            } else {
                (from - now).max(0.0)
            };
            let is_here = from < now && now <= rung.upto || now <= 0.0 && from == 0.0;
            from = rung.upto;
            if !is_here {
                all.push(AlternativeDecision {
                    distance,
                    bound: DecisionBound::Threshold,
                    routing: rung.routing,
                });
            }
        }
        all
    }
}

/// Another outcome: how far away it is, and by which bound.
type NearOutcome = (f64, DecisionBound, RouteOutcome);

/// The other outcomes of a verdict at the same threshold, with their distances.
fn alternative_outcomes(
    router: &Router,
    verdict: &ClauseVerdict,
    threshold: f64,
) -> Vec<NearOutcome> {
    let Some(scored) = &verdict.scored else {
        return Vec::new();
    };
    let mut all = match verdict.reason {
        DecisionReason::Confident | DecisionReason::CloseRival => {
            beside_confident(router, verdict, scored)
        }
        DecisionReason::MenuLikelier
        | DecisionReason::GapLikelier
        | DecisionReason::EverydayLikelier
            if scored.confidence >= threshold =>
        {
            beside_preceded(router, verdict, scored)
        }
        DecisionReason::MenuLikelier
        | DecisionReason::GapLikelier
        | DecisionReason::OutOfScopeLikelier
        | DecisionReason::NearlySure
        | DecisionReason::BelowThreshold => beside_unsure(router, verdict, scored, threshold),
        DecisionReason::Exact
        | DecisionReason::Topic
        | DecisionReason::NoContent
        | DecisionReason::Unaccounted
        | DecisionReason::EverydayLikelier
        | DecisionReason::NoCandidates
        | DecisionReason::Elsewhere => Vec::new(),
    };
    all.retain(|(_, _, outcome)| *outcome != verdict.outcome);
    all
}

fn near(distance: f32, bound: DecisionBound, outcome: RouteOutcome) -> NearOutcome {
    (f64::from(distance.abs()), bound, outcome)
}

fn question_back(verdict: &ClauseVerdict, scored: &ScoredClause) -> RouteOutcome {
    RouteOutcome::Clarify(offered_choices(&scored.scores, scored.top, &verdict.ranked))
}

/// Beside an answer, or a question back because of a rival: the rival nearer or further, and what
/// might take precedence.
fn beside_confident(
    router: &Router,
    verdict: &ClauseVerdict,
    scored: &ScoredClause,
) -> Vec<NearOutcome> {
    let ScoredClause { top, scores, .. } = scored;
    let p = |k: usize| scores.probabilities[k];
    let mut all = Vec::new();
    if let Some(&(second, _)) = verdict.ranked.get(1) {
        let outcome = if verdict.reason == DecisionReason::Confident {
            question_back(verdict, scored)
        } else {
            RouteOutcome::Answer(*top)
        };
        let share = p(second) / p(*top).max(f32::MIN_POSITIVE);
        all.push(near(share - RIVAL_RATIO, DecisionBound::Rival, outcome));
    }
    if let Some(preceding) = nearest_preceding(router, scores, *top) {
        let outcome = preceding.outcome(router).0;
        all.push(near(preceding.above(scores), DecisionBound::Other, outcome));
    }
    all
}

/// Beside a class that took precedence over a confident candidate: what the candidate would get.
fn beside_preceded(
    router: &Router,
    verdict: &ClauseVerdict,
    scored: &ScoredClause,
) -> Vec<NearOutcome> {
    let ScoredClause { top, scores, .. } = scored;
    let p = |k: usize| scores.probabilities[k];
    let Some(preceding) = nearest_preceding(router, scores, *top) else {
        return Vec::new();
    };
    let is_rival = verdict
        .ranked
        .get(1)
        .is_some_and(|&(second, _)| p(second) >= RIVAL_RATIO * p(*top));
    let outcome = if is_rival {
        question_back(verdict, scored)
    } else {
        RouteOutcome::Answer(*top)
    };
    vec![near(preceding.above(scores), DecisionBound::Other, outcome)]
}

/// Below the threshold: the likeliest menu, gap or out of scope, likelier or less likely than the
/// candidate, and beside its own bound.
fn beside_unsure(
    router: &Router,
    verdict: &ClauseVerdict,
    scored: &ScoredClause,
    threshold: f64,
) -> Vec<NearOutcome> {
    let ScoredClause { top, scores, .. } = scored;
    let p = |k: usize| scores.probabilities[k];
    let Some(other) = best_class(scores, &router.roles, ClassRole::Other) else {
        return Vec::new();
    };
    let (least, named) = match router.classes[other].kind {
        Some(IntentKind::Menu) => (MIN_MENU_PROBABILITY, RouteOutcome::Menu(other)),
        Some(IntentKind::Gap) => (MIN_GAP_PROBABILITY, RouteOutcome::Gap(other)),
        _ => (0.0, RouteOutcome::Unknown),
    };
    let is_likelier = p(other) > p(*top);
    let is_enough = p(other) >= least;
    let choices = || question_back(verdict, scored);
    let swapped = match is_likelier {
        true => decide_below_threshold(scored.confidence, threshold, choices).0,
        false if is_enough => named.clone(),
        false => RouteOutcome::Unknown,
    };
    let mut all = vec![near(p(other) - p(*top), DecisionBound::Other, swapped)];
    if is_likelier && least > 0.0 {
        let outcome = if is_enough {
            RouteOutcome::Unknown
        } else {
            named
        };
        all.push(near(p(other) - least, DecisionBound::OtherAlone, outcome));
    }
    all
}
