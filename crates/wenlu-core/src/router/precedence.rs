//! Precedence over a confident candidate. In: a message's scores and its best candidate. Out: the
//! menu, gap or out-of-scope class that is so much likelier that the candidate is not answered
//! although its confidence reaches the threshold. Must not know: thresholds, texts.

use super::score::ClassScores;
use super::trained::Router;
use super::verdict::{DecisionReason, MIN_GAP_PROBABILITY, MIN_MENU_PROBABILITY, RouteOutcome};
use crate::knowledge::IntentKind;

/// The candidate's menu, or a gap, takes precedence if it is this many times as likely as the
/// candidate.
const CLEARLY_LIKELIER: f32 = 2.0;
/// The background takes precedence if it is this many times as likely, where the knowledge is
/// small.
const FAR_LIKELIER: f32 = 20.0;

/// A class that may take precedence over a candidate, and the probability from which on it does.
#[derive(Clone, Copy)]
pub(super) struct PrecedingClass {
    pub class: usize,
    pub bound: f32,
}

impl PrecedingClass {
    /// The outcome if it takes precedence.
    pub(super) fn outcome(self, router: &Router) -> (RouteOutcome, DecisionReason) {
        match router.classes.get(self.class).and_then(|class| class.kind) {
            Some(IntentKind::Menu) => {
                (RouteOutcome::Menu(self.class), DecisionReason::MenuLikelier)
            }
            Some(_) => (RouteOutcome::Gap(self.class), DecisionReason::GapLikelier),
            None => (RouteOutcome::Unknown, DecisionReason::EverydayLikelier),
        }
    }

    /// Its probability minus its bound.
    pub(super) fn above(self, scores: &ClassScores) -> f32 {
        scores.probabilities[self.class] - self.bound
    }
}

/// The likeliest class that takes precedence over candidate `top`.
pub(super) fn preceding_class(
    router: &Router,
    scores: &ClassScores,
    top: usize,
) -> Option<PrecedingClass> {
    let likely = |preceding: &PrecedingClass| scores.probabilities[preceding.class];
    let all = may_precede(router, scores, top).filter(|preceding| preceding.above(scores) >= 0.0);
    all.max_by(|a, b| likely(a).total_cmp(&likely(b)))
}

/// The class that is furthest above its bound, or nearest to it if none is above.
pub(super) fn nearest_preceding(
    router: &Router,
    scores: &ClassScores,
    top: usize,
) -> Option<PrecedingClass> {
    may_precede(router, scores, top).max_by(|a, b| a.above(scores).total_cmp(&b.above(scores)))
}

fn may_precede<'a>(
    router: &'a Router,
    scores: &'a ClassScores,
    top: usize,
) -> impl Iterator<Item = PrecedingClass> + 'a {
    let bound = move |class| bound(router, class, top, scores.probabilities[top]);
    scores.classes().filter_map(move |class| {
        Some(PrecedingClass {
            class,
            bound: bound(class)?,
        })
    })
}

/// The probability from which on `class` takes precedence; `None`: it never does. A gap may, and
/// the candidate's own menu: the question is not covered, or not asked yet. Out of scope is left to
/// the confidence, except in a knowledge so small that it was trained with the background: the
/// evidence of a few examples is too weak.
fn bound(router: &Router, class: usize, candidate: usize, likely: f32) -> Option<f32> {
    let parent = router
        .classes
        .get(candidate)
        .and_then(|candidate| candidate.parent.as_ref());
    let class = router.classes.get(class)?;
    match class.kind {
        Some(IntentKind::Gap) => Some(MIN_GAP_PROBABILITY.max(CLEARLY_LIKELIER * likely)),
        Some(IntentKind::Menu) if parent == Some(&class.id) => {
            Some(MIN_MENU_PROBABILITY.max(CLEARLY_LIKELIER * likely))
        }
        None if router.has_background => Some(FAR_LIKELIER * likely),
        _ => None,
    }
}
