//! The verdict for one text: the message, or a clause of it. In: the normalised text and the trained
//! router. Out: a [`ClauseVerdict`], by the decision table. Must not know: the clauses beside it.

use super::evidence::{best_class, evidence};
use super::features::extract_grams;
use super::lexicon::text_pinyin;
use super::precedence::preceding_class;
use super::score::ClassScores;
use super::trained::Router;
use super::training_example::ClassRole;
use super::verdict::{
    CLARIFY_ODDS_RATIO, ClauseVerdict, DecisionReason, JudgeRule, MAX_CHOICES, MAX_RANKED,
    MAX_TOPIC_WORDS, MIN_GAP_PROBABILITY, MIN_MENU_PROBABILITY, RIVAL_RATIO, RankedClasses,
    RouteOutcome, ScoredClause, odds,
};
use crate::knowledge::{IntentKind, is_small_talk};
use crate::model::ScoreSource;
use crate::text::segment::MessageWords;
use smallvec::SmallVec;

/// A question back offers the candidates with at least this share of the best one's probability.
const CHOICE_RATIO: f32 = 0.15;

/// A message with no content word of the candidate's examples is answered with an encoder if the
/// odds of its confidence are this many times the threshold's: near out-of-scope messages that are
/// answered or offered fall from 972 to 783 of 1,226, right answers from 1,136 to 1,111 of 1,748.
const UNACCOUNTED_ODDS_RATIO: f64 = 3.0;

/// From this probability on a gap takes precedence over a menu whose topic the message names.
const CLEAR_GAP_PROBABILITY: f32 = 0.5;

pub(super) fn is_small_talk_class(router: &Router, class: usize) -> bool {
    is_small_talk(&router.classes[class].id)
}

/// A normalised text, with and without filler.
#[derive(Clone, Copy)]
pub(super) struct StrippedText<'a> {
    pub(super) normal: &'a str,
    pub(super) bare: &'a str,
}

impl<'a> StrippedText<'a> {
    pub(super) fn new(router: &Router, normal: &'a str) -> Self {
        Self {
            normal,
            bare: router.lexical.strip(normal),
        }
    }
}

/// The verdict for a text that is an example or a title: its intent's.
pub(super) fn judge_exact<'a>(
    router: &Router,
    text: StrippedText<'a>,
    rule: JudgeRule,
) -> Option<ClauseVerdict<'a>> {
    let class = *router
        .exact
        .get(text.normal)
        .or_else(|| router.exact.get(text.bare))?;
    let kind = router.classes.get(class).and_then(|c| c.kind);
    let outcome = match kind {
        Some(IntentKind::Answer) => RouteOutcome::Answer(class),
        Some(IntentKind::Menu) => RouteOutcome::Menu(class),
        Some(IntentKind::Gap) => RouteOutcome::Gap(class),
        None => RouteOutcome::Unknown,
    };
    let mut verdict = judge_scored(router, text, rule);
    verdict.ranked.retain(|(k, _)| *k != class);
    if kind == Some(IntentKind::Answer) {
        verdict.ranked.iter_mut().for_each(|(_, c)| *c = c.min(0.5));
        verdict.ranked.insert(0, (class, 1.0));
    } else {
        // no candidate is right
        verdict.ranked.iter_mut().for_each(|(_, c)| *c = 0.0);
    }
    Some(ClauseVerdict {
        outcome,
        reason: DecisionReason::Exact,
        confidence: if kind.is_none() { 0.0 } else { 1.0 },
        ..verdict
    })
}

pub(super) fn judge<'a>(router: &Router, normal: &'a str, rule: JudgeRule) -> ClauseVerdict<'a> {
    judge_stripped(router, StrippedText::new(router, normal), rule)
}

pub(super) fn judge_stripped<'a>(
    router: &Router,
    text: StrippedText<'a>,
    rule: JudgeRule,
) -> ClauseVerdict<'a> {
    judge_exact(router, text, rule).unwrap_or_else(|| judge_scored(router, text, rule))
}

fn judge_scored<'a>(
    router: &Router,
    message: StrippedText<'a>,
    rule: JudgeRule,
) -> ClauseVerdict<'a> {
    match score_text(router, message, rule) {
        Some(scored) => decide_scored(router, message, scored),
        None => ClauseVerdict {
            text: message.normal,
            outcome: RouteOutcome::Unknown,
            reason: DecisionReason::NoCandidates,
            confidence: 0.0,
            ranked: RankedClasses::new(),
            scored: None,
        },
    }
}

/// Scores a text; `None` if there are no candidates.
pub(super) fn score_text(
    router: &Router,
    StrippedText { normal, bare }: StrippedText,
    rule: JudgeRule,
) -> Option<ScoredClause> {
    let meaning = match (rule.source, &router.fused) {
        (ScoreSource::Encoder, Some(fused)) => fused.vector(normal),
        _ => None,
    };
    // a vector that was there when the rule was chosen can be gone by now
    let rule = match meaning {
        Some(_) => rule,
        None => rule.lexical(),
    };
    let (model, calibration) = router.scorer(rule.source);
    let grams = extract_grams(bare, &router.lexical.find(bare));
    let (vector, scores) = model.score_encoded(&grams, meaning.as_deref());
    let top = best_class(&scores, &router.roles, ClassRole::Answer)?;
    let likeness = model.linear.class_similarity(&vector, top);
    let evidence = evidence(&scores, &vector, likeness, top, &router.roles);
    let is_blank = vector.values.is_empty() && vector.meaning.is_empty();
    let confidence = if is_blank {
        0.0
    } else {
        calibration.confidence(&evidence)
    };
    Some(ScoredClause {
        rule,
        top,
        scores,
        evidence,
        is_blank,
        confidence,
    })
}

pub(super) fn decide_scored<'a>(
    router: &Router,
    message: StrippedText<'a>,
    scored: ScoredClause,
) -> ClauseVerdict<'a> {
    let ScoredClause {
        rule,
        top,
        confidence,
        ref scores,
        ..
    } = scored;
    let ranked = ranked(router, scores, top, confidence);
    let chatting = is_small_talk_class(router, top);
    let words = router.words(message.bare);
    let content: MessageWords = words
        .iter()
        .copied()
        .filter(|word| router.lexical.is_content(word))
        .collect();
    let topic = if confidence < rule.threshold {
        topic_menu(router, &words, &content, scores)
    } else {
        None
    };
    let (outcome, gate) = match topic {
        Some(menu) => (RouteOutcome::Menu(menu), DecisionReason::Topic),
        None if !chatting && content.is_empty() => {
            (RouteOutcome::Unknown, DecisionReason::NoContent)
        }
        None => match decide_outcome(router, scores, top, confidence, rule.threshold, &ranked) {
            (RouteOutcome::Answer(_) | RouteOutcome::Clarify(_), _)
                if !chatting
                    && !is_sure_by_meaning(confidence, rule)
                    && !router.intent_words.knows_any(top, &content) =>
            {
                (RouteOutcome::Unknown, DecisionReason::Unaccounted)
            }
            decided => decided,
        },
    };
    ClauseVerdict {
        text: message.normal,
        outcome,
        reason: gate,
        confidence,
        ranked,
        scored: Some(scored),
    }
}

/// Whether the encoder, which may know the words that the examples lack, is sure enough to speak
/// for them.
fn is_sure_by_meaning(confidence: f64, rule: JudgeRule) -> bool {
    rule.source == ScoreSource::Encoder
        && odds(confidence) >= UNACCOUNTED_ODDS_RATIO * odds(rule.threshold)
}

/// The menu whose topic the message names: its one or two content words are keywords of the menu,
/// or the rest of the message without generic words, filler and particles sounds like one (怎么祝销
/// → `zhu xiao`). `None` if a gap is clearly likely: 公众号注销 is no 小程序 topic.
fn topic_menu(
    router: &Router,
    words: &[&str],
    content: &[&str],
    scores: &ClassScores,
) -> Option<usize> {
    let gap = |c: usize| router.classes[c].kind == Some(IntentKind::Gap);
    if best_class(scores, &router.roles, ClassRole::Other)
        .is_some_and(|o| gap(o) && scores.probabilities[o] >= CLEAR_GAP_PROBABILITY)
    {
        return None;
    }
    let menu = |word: &str| {
        let found = router.lexical.find(word).keywords;
        found
            .iter()
            .map(|k| k.intent)
            .find(|&k| router.classes[k].kind == Some(IntentKind::Menu))
    };
    let named = match content {
        [first, rest @ ..] if rest.len() < MAX_TOPIC_WORDS => {
            menu(first).filter(|topic| rest.iter().all(|word| menu(word) == Some(*topic)))
        }
        _ => None,
    };
    let rest = || {
        words
            .iter()
            .copied()
            .filter(|word| !router.lexical.is_stop_word(word))
            .collect::<String>()
    };
    named.or_else(|| router.topics.get(&text_pinyin(&rest())).copied())
}

/// The best candidates with their confidence; the best has `confidence`, and another one min(c, 1 −
/// c) × p ⁄ (p of the best + p).
fn ranked(router: &Router, scores: &ClassScores, top: usize, confidence: f64) -> RankedClasses {
    let mut best: SmallVec<[usize; MAX_RANKED + 1]> = SmallVec::new();
    for k in scores
        .classes()
        .filter(|&k| router.roles[k] == ClassRole::Answer)
    {
        let place = best
            .iter()
            .rposition(|&b| scores.logits[b].total_cmp(&scores.logits[k]).is_ge());
        let place = place.map_or(0, |before| before + 1);
        if place < MAX_RANKED {
            best.insert(place, k);
            best.truncate(MAX_RANKED);
        }
    }
    let p = |k: usize| f64::from(scores.probabilities[k]);
    let share = |k: usize| confidence.min(1.0 - confidence) * p(k) / (p(top) + p(k)).max(1e-12);
    best.into_iter()
        .map(|k| (k, if k == top { confidence } else { share(k) }))
        .collect()
}

fn decide_outcome(
    router: &Router,
    scores: &ClassScores,
    top: usize,
    confidence: f64,
    threshold: f64,
    ranked: &[(usize, f64)],
) -> (RouteOutcome, DecisionReason) {
    let p = |k: usize| scores.probabilities[k];
    let choices = || RouteOutcome::Clarify(offered_choices(scores, top, ranked));
    if confidence >= threshold {
        return match (preceding_class(router, scores, top), ranked.get(1)) {
            (Some(preceding), _) => preceding.outcome(router),
            (None, Some(&(second, _))) if p(second) >= RIVAL_RATIO * p(top) => {
                (choices(), DecisionReason::CloseRival)
            }
            _ => (RouteOutcome::Answer(top), DecisionReason::Confident),
        };
    }
    if let Some(o) = best_class(scores, &router.roles, ClassRole::Other).filter(|&o| p(o) > p(top))
    {
        return match router.classes[o].kind {
            Some(IntentKind::Menu) if p(o) >= MIN_MENU_PROBABILITY => {
                (RouteOutcome::Menu(o), DecisionReason::MenuLikelier)
            }
            Some(IntentKind::Gap) if p(o) >= MIN_GAP_PROBABILITY => {
                (RouteOutcome::Gap(o), DecisionReason::GapLikelier)
            }
            Some(_) => (RouteOutcome::Unknown, DecisionReason::BelowThreshold),
            None => (RouteOutcome::Unknown, DecisionReason::OutOfScopeLikelier),
        };
    }
    decide_below_threshold(confidence, threshold, choices)
}

/// The candidates that a question back offers.
pub(super) fn offered_choices(
    scores: &ClassScores,
    top: usize,
    ranked: &[(usize, f64)],
) -> Vec<usize> {
    let p = |k: usize| scores.probabilities[k];
    ranked
        .iter()
        .map(|r| r.0)
        .filter(|&k| p(k) >= CHOICE_RATIO * p(top))
        .take(MAX_CHOICES)
        .collect()
}

/// The outcome below the threshold, where no other class is likelier.
pub(super) fn decide_below_threshold(
    confidence: f64,
    threshold: f64,
    choices: impl Fn() -> RouteOutcome,
) -> (RouteOutcome, DecisionReason) {
    if odds(confidence) >= CLARIFY_ODDS_RATIO * odds(threshold) {
        (choices(), DecisionReason::NearlySure)
    } else {
        (RouteOutcome::Unknown, DecisionReason::BelowThreshold)
    }
}
