//! Threshold sweep. In: a message and the router. Out: the routing at every possible threshold, so
//! that thresholds can be compared without routing the message again for each. Must not know: who
//! compares.

use super::clause_verdict::judge;
use super::clauses::split_clauses;
use super::decide::judge_whole;
use super::text_vectors::scored_texts;
use super::trained::Router;
use super::verdict::{CLARIFY_ODDS_RATIO, odds, probability};
use crate::model::Routing;

/// A range of thresholds with the same routing: above the band before, up to and including `upto`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ThresholdBand {
    pub upto: f64,
    pub routing: Routing,
}

impl Router {
    /// The bands in rising order; the last one ends at 1. Neighbours differ in what the asker gets.
    pub(crate) fn threshold_sweep(&self, text: &str) -> Vec<ThresholdBand> {
        let mut rungs: Vec<ThresholdBand> = Vec::new();
        let mut from = 0.0;
        for upto in turning_points(self, text)
            .into_iter()
            .filter(|upto| *upto > 0.0)
        {
            // in the middle of the range, away from rounding at its ends
            let routing = self.route_at(text, (from + upto) / 2.0);
            from = upto;
            match rungs.last_mut() {
                Some(last) if same(&last.routing, &routing) => last.upto = upto,
                _ => rungs.push(ThresholdBand { upto, routing }),
            }
        }
        rungs
    }
}

/// The thresholds at which the outcome can change: each confidence in the message, the threshold
/// above which it is too low for a question back, and 1.
fn turning_points(router: &Router, text: &str) -> Vec<f64> {
    let cut = split_clauses(text);
    let rule = router.rule_of(&cut).at(1.0);
    let whole = judge_whole(router, &cut, rule).confidence;
    let parts = scored_texts(&cut).skip(1);
    let confidences =
        std::iter::once(whole).chain(parts.map(|part| judge(router, part, rule).confidence));
    let mut points: Vec<f64> = confidences
        .flat_map(|c| [c, probability(odds(c) / CLARIFY_ODDS_RATIO)])
        .filter(|p| *p < 1.0)
        .collect();
    points.push(1.0);
    points.sort_by(f64::total_cmp);
    points
}

fn same(a: &Routing, b: &Routing) -> bool {
    (a.decision, &a.intent, &a.gap, &a.also, &a.choices)
        == (b.decision, &b.intent, &b.gap, &b.also, &b.choices)
}
