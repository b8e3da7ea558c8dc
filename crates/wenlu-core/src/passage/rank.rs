//! Ranking. In: a message and a prepared reply. Out: its parts, best first, each with its evidence
//! and the confidence that it answers the message. Must not know: conversations.

use super::aspect::{Aspect, AspectSet};
use super::grams::GramBag;
use super::phrases::PhraseText;
use super::prepared::{PreparedPart, PreparedReply, PreparedUnit};
use super::sentences::{UnitKind, ends_sentence};
use crate::model::ReplyTarget;
use crate::reply::TextSpan;
use crate::router::lexicon::text_pinyin;

/// BM25's saturation and its length normalisation (Robertson & Zaragoza 2009; measured).
const K1: f32 = 1.2;
const B: f32 = 0.5;

/// What each piece of evidence counts, fitted on the half of tests/dialogues that is looked at.
mod weight {
    pub(super) const WORDS: f32 = 1.2;
    pub(super) const COVERAGE: f32 = 0.3;
    pub(super) const PHRASE: f32 = 1.8;
    pub(super) const TITLE: f32 = 0.8;
    pub(super) const SENTENCE: f32 = 0.2;
    pub(super) const ASPECTS: f32 = 0.7;
    pub(super) const TITLE_ASPECTS: f32 = 0.4;
    /// The head answers a question that has nothing but the topic in it.
    pub(super) const GENERAL: f32 = 1.5;
}

/// From a score and its lead over the runner-up to the share of right parts at such scores.
const SLOPE: f32 = 1.2;
const LEAD_SLOPE: f32 = 3.0;
const MAX_LEAD: f32 = 0.75;
const BIAS: f32 = -0.6;
/// A runner-up that is less far behind is shown too: 92 instead of 85 % of the fitted turns have
/// their fact then, and a third of them have two parts.
const CLOSE: f32 = 0.35;
/// From this on, a message says an example of a part.
const PHRASE_SAID: f32 = 0.9;
/// A question that names hardly anything but the topic is answered by the head alone.
const GENERAL_QUESTION: f32 = 0.6;

/// Why a part is ranked where it is; each 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct PassageEvidence {
    /// The message's words in the part (BM25), as a share of the best part's.
    pub words: f32,
    /// The share of the message's words, by their rarity, that the part holds.
    pub coverage: f32,
    /// How well the message says one of the part's examples.
    pub phrase: f32,
    /// How well it says the part's title.
    pub title: f32,
    /// The share of its words, by their rarity, that the best sentence holds.
    pub sentence: f32,
    /// The share of the asked aspects that the part tells.
    pub aspects: f32,
    /// The share of the asked aspects that its title names.
    pub title_aspects: f32,
    /// The head only: how much of the message is nothing but the topic.
    pub general: f32,
}

impl PassageEvidence {
    fn score(&self) -> f32 {
        weight::WORDS * self.words * (2.0 * self.coverage).min(1.0)
            + weight::COVERAGE * self.coverage
            + weight::PHRASE * self.phrase * self.phrase
            + weight::TITLE * self.title
            + weight::SENTENCE * self.sentence
            + weight::ASPECTS * self.aspects
            + weight::TITLE_ASPECTS * self.title_aspects
            + weight::GENERAL * self.general
    }
}

/// One part of a reply, judged for a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RankedPassage {
    /// The head, a section, or a question of a menu.
    pub target: ReplyTarget,
    /// Weighted evidence.
    pub score: f32,
    /// The probability that it answers the message, 0 to 1.
    pub confidence: f32,
    /// The evidence.
    pub evidence: PassageEvidence,
    /// The sentence that answers, if it stands further down in the part.
    pub lead: Option<Vec<TextSpan>>,
}

/// The parts of a reply for one message.
#[derive(Clone, Debug, PartialEq)]
pub struct PassageRanking {
    /// Best first; never empty.
    pub parts: Vec<RankedPassage>,
    /// The aspects that the message asks about.
    pub asked: AspectSet,
    /// An aspect that the message asks about and that no part tells.
    pub missing: Option<Aspect>,
    /// The share of the message's words, 0 to 1, that occur nowhere in the topic.
    pub foreign: f32,
}

impl PassageRanking {
    /// The best part.
    pub fn best(&self) -> Option<&RankedPassage> {
        self.parts.first()
    }

    /// The runner-up, if it is nearly as good.
    pub fn close_second(&self) -> Option<&RankedPassage> {
        let (best, second) = (self.parts.first()?, self.parts.get(1)?);
        let is_general = best.evidence.general >= GENERAL_QUESTION;
        (!is_general && best.score - second.score < CLOSE).then_some(second)
    }
}

/// A message, prepared for comparison.
pub struct AskedMessage {
    pub(super) whole: PhraseText,
    /// Its clauses, if it has several.
    pub(super) clauses: Vec<PhraseText>,
    pub(super) bag: GramBag,
    pub(super) asked: AspectSet,
    /// Its words that carry content.
    pub(super) words: Vec<String>,
}

impl AskedMessage {
    /// The number of its words that carry content and do not only ask for an aspect.
    pub fn word_count(&self) -> usize {
        let words = self.words.iter();
        words
            .filter(|word| AspectSet::asked(word).is_empty())
            .count()
    }
}

pub(super) fn rank(reply: &PreparedReply, message: &AskedMessage) -> PassageRanking {
    let bm25: Vec<f32> = reply
        .parts
        .iter()
        .map(|part| bm25(reply, part, &message.bag))
        .collect();
    let most = bm25.iter().copied().fold(1e-3, f32::max);
    // what the topic is called asks for nothing: 怎么举报链接 does not ask for a link
    let asked = message.asked.without(reply.named);
    let general = generality(reply, message, asked);
    let phrases: Vec<f32> = reply
        .parts
        .iter()
        .map(|part| says_any(reply, &part.phrases, message))
        .collect();
    // a section's example that is said asks for that section, however general it looks
    let said = phrases.iter().copied().fold(0.0, f32::max);
    let general = match said >= PHRASE_SAID {
        true => general * (1.0 - said * said),
        false => general,
    };
    let mut parts: Vec<RankedPassage> = reply
        .parts
        .iter()
        .zip(&bm25)
        .zip(&phrases)
        .map(|((part, words), phrase)| {
            let evidence = PassageEvidence {
                words: words / most,
                coverage: coverage(reply, part, &message.bag),
                phrase: *phrase,
                title: says_any(reply, part.title.as_slice(), message),
                sentence: sentence(reply, part, message),
                aspects: share(reply, part.told, asked),
                title_aspects: share(reply, part.title_aspects, asked),
                general: if part.title.is_none() { general } else { 0.0 },
            };
            RankedPassage {
                target: part.target.clone(),
                score: evidence.score(),
                confidence: 0.0,
                evidence,
                lead: lead(reply, part, message),
            }
        })
        .collect();
    parts.sort_by(|a, b| b.score.total_cmp(&a.score));
    let scores: Vec<f32> = parts.iter().map(|part| part.score).collect();
    for (at, part) in parts.iter_mut().enumerate() {
        let rival = scores.get(usize::from(at == 0)).copied().unwrap_or(0.0);
        let x = SLOPE * part.score + LEAD_SLOPE * (part.score - rival).min(MAX_LEAD) + BIAS;
        part.confidence = 1.0 / (1.0 + libm::expf(-x));
    }
    PassageRanking {
        missing: missing(reply, asked, parts.first()),
        asked,
        foreign: foreign(reply, &message.words),
        parts,
    }
}

/// A strict aspect that is asked and that nothing tells; none if an example of a part says it.
fn missing(
    reply: &PreparedReply,
    asked: AspectSet,
    best: Option<&RankedPassage>,
) -> Option<Aspect> {
    if best.is_some_and(|part| part.evidence.phrase >= PHRASE_SAID) {
        return None;
    }
    asked.strict().without(reply.told).iter().next()
}

fn bm25(reply: &PreparedReply, part: &PreparedPart, bag: &GramBag) -> f32 {
    let norm = K1 * (1.0 - B + B * part.length / reply.mean_length.max(1.0));
    distinct(bag)
        .filter_map(|gram| {
            let count = part.counts.get(&gram)?;
            let rarity = reply.rarity.get(&gram)?;
            Some(rarity * count * (K1 + 1.0) / (count + norm))
        })
        .sum()
}

/// Grams that occur in no part are as rare as can be.
fn coverage(reply: &PreparedReply, part: &PreparedPart, bag: &GramBag) -> f32 {
    let unknown = (reply.parts.len() as f32 + 1.5).ln();
    let weight = |gram: &u64| reply.rarity.get(gram).copied().unwrap_or(unknown);
    let all: f32 = distinct(bag).map(|gram| weight(&gram)).sum();
    let here: f32 = distinct(bag)
        .filter(|gram| part.counts.contains_key(gram))
        .map(|gram| weight(&gram))
        .sum();
    if all > 0.0 { here / all } else { 0.0 }
}

fn says_any(reply: &PreparedReply, phrases: &[PhraseText], message: &AskedMessage) -> f32 {
    let best = |said: &PhraseText| {
        phrases
            .iter()
            .map(|phrase| said.says(phrase, &reply.topic))
            .fold(0.0, f32::max)
    };
    let in_clauses = message.clauses.iter().map(|clause| 0.9 * best(clause));
    in_clauses.fold(best(&message.whole), f32::max)
}

fn sentence(reply: &PreparedReply, part: &PreparedPart, message: &AskedMessage) -> f32 {
    let units = part.units.iter();
    units
        .map(|unit| unit_coverage(reply, unit, message))
        .fold(0.0, f32::max)
}

/// The share of the asked aspects that are among `told`, each by how few parts tell it.
fn share(reply: &PreparedReply, told: AspectSet, asked: AspectSet) -> f32 {
    let weight = |aspect: Aspect| {
        let set = AspectSet::default().with(aspect);
        let having = reply
            .parts
            .iter()
            .filter(|part| !part.told.or(part.title_aspects).and(set).is_empty())
            .count() as f32;
        1.0 / having.max(1.0)
    };
    let all: f32 = asked.iter().map(weight).sum();
    let here: f32 = asked.and(told).iter().map(weight).sum();
    if all > 0.0 { here / all } else { 0.0 }
}

/// How much of the message is nothing but what the topic is called; little if more is asked than how
/// it is done.
fn generality(reply: &PreparedReply, message: &AskedMessage, asked: AspectSet) -> f32 {
    let words = || {
        let content = message.words.iter();
        content.filter(|word| AspectSet::asked(word).without(reply.named).is_empty())
    };
    let named = words().filter(|word| reply.name_text.contains(word.as_str()));
    let share = match words().count() {
        0 => 0.5,
        all => named.count() as f32 / all as f32,
    };
    match asked.without(AspectSet::HOW).is_empty() {
        true => share,
        false => 0.3 * share,
    }
}

/// The share of the content words that the topic does not know, by spelling or by sound. Words that
/// ask for an aspect belong to any topic.
fn foreign(reply: &PreparedReply, words: &[String]) -> f32 {
    let (text, sounds) = &reply.own_text;
    let is_own = |word: &&String| {
        let beginning = match word.char_indices().nth(LETTERS_COMPARED) {
            Some((end, _)) if word.is_ascii() => word.get(..end).unwrap_or(word),
            _ => word,
        };
        text.contains(beginning) || !word.is_ascii() && sounds.contains(&text_pinyin(word))
    };
    let content = || {
        words
            .iter()
            .filter(|word| AspectSet::asked(word).is_empty())
    };
    match content().count() {
        0 => 0.0,
        all => content().filter(|word| !is_own(word)).count() as f32 / all as f32,
    }
}

/// Of a longer word of letters the beginning suffices, since endings vary.
const LETTERS_COMPARED: usize = 5;

/// Characters of a part that an asker sees at a glance.
const AT_A_GLANCE: usize = 70;
/// How much better a sentence further down must be than those at the beginning; a step, which says
/// little without its neighbours, must be clearly better.
const LEAD_MARGIN: f32 = 0.15;
const STEP_MARGIN: f32 = 0.5;

/// The sentence that answers best, if it is further down and clearly better than those above.
fn lead(
    reply: &PreparedReply,
    part: &PreparedPart,
    message: &AskedMessage,
) -> Option<Vec<TextSpan>> {
    let seen = part
        .units
        .iter()
        .filter(|unit| unit.unit.end <= AT_A_GLANCE)
        .map(|unit| unit_value(reply, unit, message))
        .fold(0.0, f32::max);
    let far = part.units.iter().filter(|unit| unit.unit.end > AT_A_GLANCE);
    let (value, best) = far
        .map(|unit| (unit_value(reply, unit, message), unit))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let margin = match best.unit.kind {
        UnitKind::Sentence => LEAD_MARGIN,
        UnitKind::Step => STEP_MARGIN,
        UnitKind::Item if ends_sentence(&best.unit.text) => LEAD_MARGIN,
        // no sentence by itself
        UnitKind::Item => return None,
    };
    (value > seen + margin).then(|| best.unit.spans.clone())
}

/// How well a sentence answers: its share of the message's words, and of the asked aspects.
fn unit_value(reply: &PreparedReply, unit: &PreparedUnit, message: &AskedMessage) -> f32 {
    unit_coverage(reply, unit, message) + 0.5 * share(reply, unit.told, message.asked)
}

fn unit_coverage(reply: &PreparedReply, unit: &PreparedUnit, message: &AskedMessage) -> f32 {
    let unknown = (reply.parts.len() as f32 + 1.5).ln();
    let weight = |gram: &u64| reply.rarity.get(gram).copied().unwrap_or(unknown).max(0.1);
    let all: f32 = distinct(&message.bag).map(|gram| weight(&gram)).sum();
    let here: f32 = distinct(&message.bag)
        .filter(|gram| unit.grams.contains(gram))
        .map(|gram| weight(&gram))
        .sum();
    here / all.max(1e-3)
}

fn distinct(bag: &GramBag) -> impl Iterator<Item = u64> {
    let mut before = None;
    bag.spelled()
        .iter()
        .copied()
        .filter(move |gram| before.replace(*gram) != Some(*gram))
}
