//! Margins. In: a message and the router. Out: the other decisions that are near, each with how far
//! the deciding number is from its bound. Must not know: which decision was wanted.
//!
//! Three numbers decide, each between 0 and 1: the confidence beside the threshold (reported as how
//! far the threshold would have to move), the runner-up's probability as a share of the best
//! candidate's, and the probability of a menu, a gap or out of scope beside the best candidate's. A
//! decision without a number (an example, a message without content) has no alternatives except by
//! the threshold.

use super::calibrate::{Role, best};
use super::clauses::clauses;
use super::decide::{CLOSE, GAP, Gate, MENU, Outcome, Scored, Verdict, below, close, routing, verdicts};
use super::precedence::nearest;
use super::{Router, Routing};
use crate::knowledge::Kind;

/// What would be decided if one number were slightly different.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// By how much it would have to differ.
    pub distance: f64,
    pub turn: NearBound,
    pub routing: Routing,
}

/// The number that is near its bound, and the bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NearBound {
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
    pub fn alternatives(&self, text: &str) -> Vec<Alternative> {
        let mut all = self.by_threshold(text);
        let cut = clauses(text);
        let (verdict, second) = verdicts(self, &cut, self.threshold());
        for (distance, turn, outcome) in turns(self, &verdict) {
            let other = Verdict { outcome, ..verdict.clone() };
            let routing = routing(self, text, &cut.normal, &other, second.as_ref());
            all.push(Alternative { distance, turn, routing });
        }
        all.sort_by(|a, b| a.distance.total_cmp(&b.distance));
        all
    }

    /// The distance of the nearest alternative for which `matters` holds; 1 if there is none.
    pub fn margin(&self, text: &str, matters: impl Fn(&Routing) -> bool) -> f64 {
        self.alternatives(text).iter().find(|other| matters(&other.routing)).map_or(1.0, |other| other.distance)
    }

    fn by_threshold(&self, text: &str) -> Vec<Alternative> {
        let now = self.threshold();
        let mut from = 0.0;
        let mut all = Vec::new();
        for rung in self.ladder(text) {
            let distance = if now > rung.upto { now - rung.upto } else { (from - now).max(0.0) };
            let is_here = from < now && now <= rung.upto || now <= 0.0 && from == 0.0;
            from = rung.upto;
            if !is_here {
                all.push(Alternative { distance, turn: NearBound::Threshold, routing: rung.routing });
            }
        }
        all
    }
}

/// The other outcomes of a verdict at the same threshold, with their distances.
fn turns(router: &Router, verdict: &Verdict) -> Vec<(f64, NearBound, Outcome)> {
    let Some(Scored { top, scores, confidence, .. }) = &verdict.scored else { return Vec::new() };
    let (top, threshold) = (*top, router.threshold());
    let p = |k: usize| scores.probabilities[k];
    let mut all = Vec::new();
    let mut turn = |distance: f32, turn, outcome| all.push((f64::from(distance.abs()), turn, outcome));
    let choices = || Outcome::Clarify(close(scores, top, &verdict.ranked));
    match verdict.gate {
        Gate::Confident | Gate::CloseRival => {
            if let Some(&(second, _)) = verdict.ranked.get(1) {
                let outcome = if verdict.gate == Gate::Confident { choices() } else { Outcome::Answer(top) };
                turn(p(second) / p(top).max(f32::MIN_POSITIVE) - CLOSE, NearBound::Rival, outcome);
            }
            if let Some(preceding) = nearest(router, scores, top) {
                turn(preceding.above(scores), NearBound::Other, preceding.outcome(router).0);
            }
        }
        Gate::MenuLikelier | Gate::GapLikelier | Gate::EverydayLikelier if *confidence >= threshold => {
            if let Some(preceding) = nearest(router, scores, top) {
                let is_rival = verdict.ranked.get(1).is_some_and(|&(second, _)| p(second) >= CLOSE * p(top));
                let outcome = if is_rival { choices() } else { Outcome::Answer(top) };
                turn(preceding.above(scores), NearBound::Other, outcome);
            }
        }
        Gate::MenuLikelier | Gate::GapLikelier | Gate::OutOfScopeLikelier | Gate::NearlySure | Gate::BelowThreshold => {
            let Some(other) = best(scores, &router.roles, Role::Other) else { return all };
            let kind = router.classes[other].kind;
            let (least, named) = match kind {
                Some(Kind::Menu) => (MENU, Outcome::Menu(other)),
                Some(Kind::Gap) => (GAP, Outcome::Gap(other)),
                _ => (0.0, Outcome::Unknown),
            };
            let is_likelier = p(other) > p(top);
            let swapped = match is_likelier {
                true => below(*confidence, threshold, choices).0,
                false if p(other) >= least => named.clone(),
                false => Outcome::Unknown,
            };
            turn(p(other) - p(top), NearBound::Other, swapped);
            if is_likelier && least > 0.0 {
                let outcome = if p(other) >= least { Outcome::Unknown } else { named };
                turn(p(other) - least, NearBound::OtherAlone, outcome);
            }
        }
        Gate::Exact
        | Gate::Topic
        | Gate::NoContent
        | Gate::Unaccounted
        | Gate::EverydayLikelier
        | Gate::NoCandidates => {}
    }
    all.retain(|(_, _, outcome)| *outcome != verdict.outcome);
    all
}
