//! From a verdict to a [`Routing`]. In: a message's verdict, and that of a second question in it. Out:
//! the routing by ids, with rounded confidences and the language. Must not know: how it was decided.

use super::trained::Router;
use super::verdict::{
    ClauseVerdict, DecisionReason, MAX_CANDIDATES, MAX_TOPIC_WORDS, RouteOutcome,
};
use crate::model::{Candidate, Decision, Lang, Routing};
use crate::text::normalize::is_han;
use crate::text::segment::MessageWords;
use crate::text::units::units;

pub(super) fn build_routing(
    router: &Router,
    text: &str,
    normal: &str,
    verdict: &ClauseVerdict,
    second: Option<&ClauseVerdict>,
) -> Routing {
    let candidate = |&(k, confidence): &(usize, f64)| Candidate {
        intent: router.classes[k].id.clone(),
        confidence: round(confidence),
    };
    let shown = verdict.ranked.iter().take(MAX_CANDIDATES);
    let mut candidates: Vec<Candidate> = shown.map(candidate).collect();
    let second = second
        .and_then(|v| v.ranked.first())
        .filter(|(k, _)| !router.classes[*k].withheld);
    let also = second.map(candidate);
    if let Some(also) = &also {
        candidates.retain(|c| c.intent != also.intent);
        candidates.insert(1.min(candidates.len()), also.clone());
        candidates.truncate(MAX_CANDIDATES);
    }
    let unwritten = unwritten_gap(router, &verdict.outcome);
    let outcome = unwritten.as_ref().unwrap_or(&verdict.outcome);
    let (decision, intent, gap, choices) = decided(router, normal, outcome);
    let confidence = match outcome {
        RouteOutcome::Gap(_) | RouteOutcome::Unknown => verdict.ranked.first().map_or(0.0, |r| r.1),
        _ => verdict.confidence,
    };
    let lang = language(router, normal);
    let gap_probability = match outcome {
        // an example of it, word for word
        RouteOutcome::Gap(_) if verdict.reason == DecisionReason::Exact => 1.0,
        RouteOutcome::Gap(k) => verdict.scored.as_ref().map_or(1.0, |scored| {
            scored
                .scores
                .probabilities
                .get(*k)
                .map_or(1.0, |p| f64::from(*p))
        }),
        _ => 0.0,
    };
    Routing {
        text: text.to_owned(),
        decision,
        intent,
        confidence: round(confidence),
        gap,
        gap_probability,
        also,
        candidates,
        choices,
        lang,
        scored_by: None,
        is_elsewhere: false,
    }
}

/// Decision, intent, gap and choices of an outcome.
fn decided(
    router: &Router,
    normal: &str,
    outcome: &RouteOutcome,
) -> (Decision, Option<String>, Option<String>, Vec<String>) {
    let id = |k: &usize| router.classes[*k].id.clone();
    match outcome {
        RouteOutcome::Answer(k) => (Decision::Answer, Some(id(k)), None, Vec::new()),
        RouteOutcome::Menu(k) => {
            let decision = if content_words(router, normal).len() <= MAX_TOPIC_WORDS {
                Decision::Menu
            } else {
                Decision::Clarify
            };
            let children = router.children.get(&id(k)).cloned().unwrap_or_default();
            (decision, Some(id(k)), None, children)
        }
        RouteOutcome::Clarify(ks) => {
            let choices = ks.iter().map(id).collect();
            (Decision::Clarify, shared_parent(router, ks), None, choices)
        }
        RouteOutcome::Gap(k) => (Decision::Unknown, None, Some(id(k)), Vec::new()),
        RouteOutcome::Unknown => (Decision::Unknown, None, None, Vec::new()),
    }
}

/// The gap that takes the place of an answer or a choice while the intent's reply is unwritten.
fn unwritten_gap(router: &Router, outcome: &RouteOutcome) -> Option<RouteOutcome> {
    let best = match outcome {
        RouteOutcome::Answer(k) => k,
        RouteOutcome::Clarify(ks) => ks.first()?,
        _ => return None,
    };
    router
        .classes
        .get(*best)
        .is_some_and(|class| class.withheld)
        .then_some(RouteOutcome::Gap(*best))
}

/// The menu that all of them belong to, if there is one.
fn shared_parent(router: &Router, classes: &[usize]) -> Option<String> {
    let parent = router.classes.get(*classes.first()?)?.parent.clone()?;
    let same = classes.len() > 1
        && classes
            .iter()
            .all(|&k| router.classes[k].parent.as_ref() == Some(&parent));
    same.then_some(parent)
}

/// Rounds to four decimals: what is printed is what is compared.
fn round(p: f64) -> f64 {
    (p * 10_000.0).round() / 10_000.0
}

/// English for a message without Han characters that has a word of letters other than the lexicon's
/// technical ones; otherwise Chinese.
fn language(router: &Router, normal: &str) -> Lang {
    let written =
        |word: &str| word.chars().any(char::is_alphabetic) && !router.lexical.is_technical(word);
    if !normal.chars().any(is_han) && units(normal).any(|u| written(u.text)) {
        Lang::En
    } else {
        Lang::Zh
    }
}

/// The words that carry content.
pub(super) fn content_words<'a>(router: &Router, normal: &'a str) -> MessageWords<'a> {
    router
        .words(router.lexical.strip(normal))
        .into_iter()
        .filter(|word| router.lexical.is_content(word))
        .collect()
}
