//! Decision. In: a message and the trained router. Out: a [`Routing`], by the decision table of the
//! bot. Must not know: how the scores are computed.

use super::calibrate::{EVIDENCE, Role, best, evidence};
use super::clauses::{Clauses, clauses};
use super::features::grams_with;
use super::lexical::sound;
use super::precedence::goes_before;
use super::score::Scores;
use super::{Candidate, Decision, Router, Routing};
use crate::knowledge::{Kind, is_small_talk};
use crate::message::Lang;
use crate::text::normalize::is_han;
use crate::text::units::units;
use serde::Serialize;

/// A runner-up with at least this share of the best candidate's probability makes a confident
/// message a question back.
pub(super) const CLOSE: f32 = 0.6;
/// A candidate below the threshold gets a question back if the odds of its confidence are at least
/// this share of the threshold's odds.
pub(super) const CLARIFY: f64 = 0.35;
/// A question back offers the candidates with at least this share of the best one's probability.
const OFFER: f32 = 0.15;
/// Maximum number of candidates in a question back, and in the routing.
const CHOICES: usize = 3;
const CANDIDATES: usize = 5;
/// One more than are shown: if the message is an example, its intent is moved from its rank to the
/// front.
const RANKED: usize = CANDIDATES + 1;
/// A gap is named from this probability on; below it, the message is simply out of scope.
pub(super) const GAP: f32 = 0.25;
/// From this probability on a gap takes precedence over a menu whose topic the message names.
const CLEAR_GAP: f32 = 0.5;
/// A menu opens from this probability on.
pub(super) const MENU: f32 = 0.4;
/// A menu opens for a message of at most this many content words; a longer one gets a question
/// back.
const TOPIC_WORDS: usize = 2;

/// The rule that produced a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
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
    GapLikelier,
    OutOfScopeLikelier,
    /// The confidence reaches the threshold, and background sentences are far likelier; only where
    /// the knowledge is small.
    EverydayLikelier,
    /// Below the threshold, but near enough for a question back.
    NearlySure,
    BelowThreshold,
    /// The knowledge has no answer intent.
    NoCandidates,
}

/// The decision for one clause, or for the whole message.
#[derive(Clone, Debug)]
pub(super) struct Verdict {
    /// The text that was judged: the message, or one clause of it.
    pub text: String,
    pub outcome: Outcome,
    pub gate: Gate,
    pub confidence: f64,
    /// The [`MAX_RANKED`] best answer classes by falling logit, each with its confidence.
    pub ranked: Vec<(usize, f64)>,
    /// `None`: there are no candidates.
    pub scored: Option<Scored>,
}

/// The numbers behind a verdict: the explanation shows these and computes none of its own.
#[derive(Clone, Debug)]
pub(super) struct Scored {
    /// The best candidate, which the evidence is about.
    pub top: usize,
    pub scores: Scores,
    pub evidence: [f64; EVIDENCE],
    /// None of its grams is known: the evidence is the same for all such messages, and the
    /// confidence 0.
    pub is_blank: bool,
    pub confidence: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Answer(usize),
    Clarify(Vec<usize>),
    Menu(usize),
    Gap(usize),
    Unknown,
}

pub(super) fn route(router: &Router, text: &str, threshold: f64) -> Routing {
    let cut = clauses(text);
    let (first, second) = verdicts(router, &cut, threshold);
    routing(router, text, &cut.normal, &first, second.as_ref())
}

/// Judges the message; the second verdict is that of a second question in it, if there is one.
pub(super) fn verdicts(router: &Router, cut: &Clauses, threshold: f64) -> (Verdict, Option<Verdict>) {
    let whole = judge_whole(router, cut, threshold);
    if cut.parts.len() < 2 || whole.confidence >= 1.0 {
        return (whole, None);
    }
    let asking: Vec<&str> = cut.parts.iter().filter(|part| part.asks).map(|part| part.text.as_str()).collect();
    let mut answered: Vec<Verdict> = Vec::new();
    for (at, part) in asking.iter().enumerate() {
        let enough = answered.len() == 2;
        let in_vain = answered.len() + asking.len() - at < 2 && !says_nothing(&whole);
        if enough || in_vain {
            break;
        }
        answered.extend(answer(router, part, threshold).filter(|a| answered.iter().all(|b| a.outcome != b.outcome)));
    }
    let mut answered = answered.into_iter();
    match (answered.next(), answered.next()) {
        (Some(first), Some(second)) => (first, Some(second)),
        (Some(only), None) if whole.confidence < only.confidence && rescues(&whole, &only) => (only, None),
        _ => (whole, None),
    }
}

pub(super) fn judge_whole(router: &Router, cut: &Clauses, threshold: f64) -> Verdict {
    let all = Stripped::new(router, &cut.normal);
    match &cut.kept {
        None => judge_stripped(router, all, threshold),
        Some(kept) => judge_exact(router, all, threshold).unwrap_or_else(|| judge(router, kept, threshold)),
    }
}

/// Whether the clause's verdict replaces the undecided whole's: its best candidate is among the
/// best three of the whole.
fn rescues(whole: &Verdict, part: &Verdict) -> bool {
    part.ranked.first().is_some_and(|p| whole.ranked.iter().take(CHOICES).any(|w| w.0 == p.0)) && says_nothing(whole)
}

fn says_nothing(whole: &Verdict) -> bool {
    matches!(whole.outcome, Outcome::Unknown | Outcome::Clarify(_))
}

/// The verdict of a clause if it is an answer other than small talk. Scores come first: most
/// clauses are not answered and need no segmentation.
fn answer(router: &Router, normal: &str, threshold: f64) -> Option<Verdict> {
    let text = Stripped::new(router, normal);
    let verdict = judge_exact(router, text, threshold).or_else(|| {
        let scored = measure(router, text.bare).filter(|scored| scored.confidence >= threshold)?;
        Some(judge_measured(router, text, threshold, scored))
    })?;
    matches!(verdict.outcome, Outcome::Answer(k) if !chats(router, k)).then_some(verdict)
}

fn chats(router: &Router, class: usize) -> bool {
    is_small_talk(&router.classes[class].id)
}

/// A normalised text, with and without filler.
#[derive(Clone, Copy)]
struct Stripped<'a> {
    normal: &'a str,
    bare: &'a str,
}

impl<'a> Stripped<'a> {
    fn new(router: &Router, normal: &'a str) -> Self {
        Self { normal, bare: router.lexical.strip(normal) }
    }
}

/// The verdict for a text that is an example or a title: its intent's.
fn judge_exact(router: &Router, text: Stripped, threshold: f64) -> Option<Verdict> {
    let class = *router.exact.get(text.normal).or_else(|| router.exact.get(text.bare))?;
    let kind = router.classes.get(class).and_then(|c| c.kind);
    let outcome = match kind {
        Some(Kind::Answer) => Outcome::Answer(class),
        Some(Kind::Menu) => Outcome::Menu(class),
        Some(Kind::Gap) => Outcome::Gap(class),
        None => Outcome::Unknown,
    };
    let mut verdict = judge_scored(router, text, threshold);
    verdict.ranked.retain(|(k, _)| *k != class);
    if kind == Some(Kind::Answer) {
        verdict.ranked.iter_mut().for_each(|(_, c)| *c = c.min(0.5));
        verdict.ranked.insert(0, (class, 1.0));
    } else {
        // no candidate is right
        verdict.ranked.iter_mut().for_each(|(_, c)| *c = 0.0);
    }
    Some(Verdict { outcome, gate: Gate::Exact, confidence: if kind.is_none() { 0.0 } else { 1.0 }, ..verdict })
}

pub(super) fn judge(router: &Router, normal: &str, threshold: f64) -> Verdict {
    judge_stripped(router, Stripped::new(router, normal), threshold)
}

fn judge_stripped(router: &Router, text: Stripped, threshold: f64) -> Verdict {
    judge_exact(router, text, threshold).unwrap_or_else(|| judge_scored(router, text, threshold))
}

fn judge_scored(router: &Router, message: Stripped, threshold: f64) -> Verdict {
    match measure(router, message.bare) {
        Some(scored) => judge_measured(router, message, threshold, scored),
        None => Verdict {
            text: message.normal.to_owned(),
            outcome: Outcome::Unknown,
            gate: Gate::NoCandidates,
            confidence: 0.0,
            ranked: Vec::new(),
            scored: None,
        },
    }
}

/// Scores a text; `None` if there are no candidates.
fn measure(router: &Router, bare: &str) -> Option<Scored> {
    let (vector, scores) = router.model.score(&grams_with(bare, &router.lexical.find(bare)));
    let top = best(&scores, &router.roles, Role::Answer)?;
    let likeness = router.model.linear.likeness(&vector, top);
    let evidence = evidence(&scores, &vector, likeness, top, &router.roles);
    let is_blank = vector.values.is_empty();
    let confidence = if is_blank { 0.0 } else { router.calibration.confidence(&evidence) };
    Some(Scored { top, scores, evidence, is_blank, confidence })
}

fn judge_measured(router: &Router, message: Stripped, threshold: f64, scored: Scored) -> Verdict {
    let Scored { top, confidence, ref scores, .. } = scored;
    let text = message.normal.to_owned();
    let ranked = ranked(router, scores, top, confidence);
    let chatting = chats(router, top);
    let words = router.words(message.bare);
    let content: Vec<&str> = words.iter().copied().filter(|word| router.lexical.is_content(word)).collect();
    let topic = if confidence < threshold { topic(router, &words, &content, scores) } else { None };
    let (outcome, gate) = match topic {
        Some(menu) => (Outcome::Menu(menu), Gate::Topic),
        None if !chatting && content.is_empty() => (Outcome::Unknown, Gate::NoContent),
        None => match outcome(router, scores, top, confidence, threshold, &ranked) {
            (Outcome::Answer(_) | Outcome::Clarify(_), _) if !chatting && !router.voices.knows_any(top, &content) => {
                (Outcome::Unknown, Gate::Unaccounted)
            }
            decided => decided,
        },
    };
    Verdict { text, outcome, gate, confidence, ranked, scored: Some(scored) }
}

/// The words that carry content.
pub(super) fn content_words<'a>(router: &Router, normal: &'a str) -> Vec<&'a str> {
    router.words(router.lexical.strip(normal)).into_iter().filter(|word| router.lexical.is_content(word)).collect()
}

/// The menu whose topic the message names: its one or two content words are keywords of the menu,
/// or the rest of the message without generic words, filler and particles sounds like one (怎么祝销
/// → `zhu xiao`). `None` if a gap is clearly likely: 公众号注销 is no 小程序 topic.
fn topic(router: &Router, words: &[&str], content: &[&str], scores: &Scores) -> Option<usize> {
    let gap = |c: usize| router.classes[c].kind == Some(Kind::Gap);
    if best(scores, &router.roles, Role::Other).is_some_and(|o| gap(o) && scores.probabilities[o] >= CLEAR_GAP) {
        return None;
    }
    let menu = |word: &str| {
        let found = router.lexical.find(word).keywords;
        found.iter().map(|k| k.intent).find(|&k| router.classes[k].kind == Some(Kind::Menu))
    };
    let named = match content {
        [first, rest @ ..] if rest.len() < TOPIC_WORDS => {
            menu(first).filter(|topic| rest.iter().all(|word| menu(word) == Some(*topic)))
        }
        _ => None,
    };
    let rest = || words.iter().copied().filter(|word| !router.lexical.is_idle(word)).collect::<String>();
    named.or_else(|| router.topics.get(&sound(&rest())).copied())
}

/// The best candidates with their confidence; the best has `confidence`, and another one min(c, 1 −
/// c) × p ⁄ (p of the best + p).
fn ranked(router: &Router, scores: &Scores, top: usize, confidence: f64) -> Vec<(usize, f64)> {
    let mut best: Vec<usize> = Vec::with_capacity(RANKED + 1);
    for k in (0..scores.logits.len()).filter(|&k| router.roles[k] == Role::Answer) {
        let place = best.iter().rposition(|&b| scores.logits[b].total_cmp(&scores.logits[k]).is_ge());
        let place = place.map_or(0, |before| before + 1);
        if place < RANKED {
            best.insert(place, k);
            best.truncate(RANKED);
        }
    }
    let p = |k: usize| f64::from(scores.probabilities[k]);
    let share = |k: usize| confidence.min(1.0 - confidence) * p(k) / (p(top) + p(k)).max(1e-12);
    best.into_iter().map(|k| (k, if k == top { confidence } else { share(k) })).collect()
}

fn outcome(
    router: &Router,
    scores: &Scores,
    top: usize,
    confidence: f64,
    threshold: f64,
    ranked: &[(usize, f64)],
) -> (Outcome, Gate) {
    let p = |k: usize| scores.probabilities[k];
    let choices = || Outcome::Clarify(close(scores, top, ranked));
    if confidence >= threshold {
        return match (goes_before(router, scores, top), ranked.get(1)) {
            (Some(preceding), _) => preceding.outcome(router),
            (None, Some(&(second, _))) if p(second) >= CLOSE * p(top) => (choices(), Gate::CloseRival),
            _ => (Outcome::Answer(top), Gate::Confident),
        };
    }
    if let Some(o) = best(scores, &router.roles, Role::Other).filter(|&o| p(o) > p(top)) {
        return match router.classes[o].kind {
            Some(Kind::Menu) if p(o) >= MENU => (Outcome::Menu(o), Gate::MenuLikelier),
            Some(Kind::Gap) if p(o) >= GAP => (Outcome::Gap(o), Gate::GapLikelier),
            Some(_) => (Outcome::Unknown, Gate::BelowThreshold),
            None => (Outcome::Unknown, Gate::OutOfScopeLikelier),
        };
    }
    below(confidence, threshold, choices)
}

/// The candidates that a question back offers.
pub(super) fn close(scores: &Scores, top: usize, ranked: &[(usize, f64)]) -> Vec<usize> {
    let p = |k: usize| scores.probabilities[k];
    ranked.iter().map(|r| r.0).filter(|&k| p(k) >= OFFER * p(top)).take(CHOICES).collect()
}

/// The outcome below the threshold, where no other class is likelier.
pub(super) fn below(confidence: f64, threshold: f64, choices: impl Fn() -> Outcome) -> (Outcome, Gate) {
    if odds(confidence) >= CLARIFY * odds(threshold) {
        (choices(), Gate::NearlySure)
    } else {
        (Outcome::Unknown, Gate::BelowThreshold)
    }
}

pub(super) fn routing(
    router: &Router,
    text: &str,
    normal: &str,
    verdict: &Verdict,
    second: Option<&Verdict>,
) -> Routing {
    let id = |k: usize| router.classes[k].id.clone();
    let candidate = |&(k, confidence): &(usize, f64)| Candidate { intent: id(k), confidence: round(confidence) };
    let mut candidates: Vec<Candidate> = verdict.ranked.iter().take(CANDIDATES).map(candidate).collect();
    let second = second.and_then(|v| v.ranked.first()).filter(|(k, _)| !router.classes[*k].withheld);
    let also = second.map(candidate);
    if let Some(also) = &also {
        candidates.retain(|c| c.intent != also.intent);
        candidates.insert(1.min(candidates.len()), also.clone());
        candidates.truncate(CANDIDATES);
    }
    let outcome = &withheld(router, &verdict.outcome).unwrap_or_else(|| verdict.outcome.clone());
    let (decision, intent, gap, choices) = match outcome {
        Outcome::Answer(k) => (Decision::Answer, Some(id(*k)), None, Vec::new()),
        Outcome::Menu(k) => {
            let topic = content_words(router, normal).len() <= TOPIC_WORDS;
            let decision = if topic { Decision::Menu } else { Decision::Clarify };
            (decision, Some(id(*k)), None, router.children.get(&id(*k)).cloned().unwrap_or_default())
        }
        Outcome::Clarify(ks) => {
            (Decision::Clarify, shared_parent(router, ks), None, ks.iter().map(|k| id(*k)).collect())
        }
        Outcome::Gap(k) => (Decision::Unknown, None, Some(id(*k)), Vec::new()),
        Outcome::Unknown => (Decision::Unknown, None, None, Vec::new()),
    };
    let confidence = match outcome {
        Outcome::Gap(_) | Outcome::Unknown => verdict.ranked.first().map_or(0.0, |r| r.1),
        _ => verdict.confidence,
    };
    let lang = language(router, normal);
    Routing {
        text: text.to_owned(),
        decision,
        intent,
        confidence: round(confidence),
        gap,
        also,
        candidates,
        choices,
        lang,
    }
}

/// The gap that takes the place of an answer or a choice while the intent's reply is unwritten.
fn withheld(router: &Router, outcome: &Outcome) -> Option<Outcome> {
    let best = match outcome {
        Outcome::Answer(k) => k,
        Outcome::Clarify(ks) => ks.first()?,
        _ => return None,
    };
    router.classes.get(*best).is_some_and(|class| class.withheld).then_some(Outcome::Gap(*best))
}

pub(super) fn odds(p: f64) -> f64 {
    p / (1.0 - p).max(1e-9)
}

pub(super) fn probability(odds: f64) -> f64 {
    odds / (1.0 + odds)
}

/// The menu that all of them belong to, if there is one.
fn shared_parent(router: &Router, classes: &[usize]) -> Option<String> {
    let parent = router.classes.get(*classes.first()?)?.parent.clone()?;
    let same = classes.len() > 1 && classes.iter().all(|&k| router.classes[k].parent.as_ref() == Some(&parent));
    same.then_some(parent)
}

/// Rounds to four decimals: what is printed is what is compared.
fn round(p: f64) -> f64 {
    (p * 10_000.0).round() / 10_000.0
}

/// English for a message without Han characters that has a word of letters other than the lexicon's
/// technical ones; otherwise Chinese.
fn language(router: &Router, normal: &str) -> Lang {
    let written = |word: &str| word.chars().any(char::is_alphabetic) && !router.lexical.is_technical(word);
    if !normal.chars().any(is_han) && units(normal).any(|u| written(u.text)) { Lang::En } else { Lang::Zh }
}
