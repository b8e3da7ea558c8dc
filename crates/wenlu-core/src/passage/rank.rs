//! Ranking. In: a message and a prepared reply. Out: its parts, best first, each with its evidence
//! and the confidence that it answers the message. Must not know: conversations.

use super::asked_message::{AskedMessage, ContentWord};
use super::aspect::{Aspect, AspectSet};
use super::known_grams::{KnownGrams, NAMED};
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
    pub(super) const TITLE_WORD: f32 = 0.35;
    /// The head answers a question that has nothing but the topic in it.
    pub(super) const GENERAL: f32 = 1.55;
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
/// From this on, it is hardly a question about the topic as a whole.
const PHRASE_NEARLY_SAID: f32 = 0.7;
/// What a title counts that stands in a message with other words around it.
const TITLE_NAMED: f32 = 0.8;
/// Characters of the shortest such title.
const SHORTEST_TITLE: usize = 3;
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
    /// How much a word of the message sets its title apart from the other titles.
    pub title_word: f32,
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
            + weight::TITLE_WORD * self.title_word
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
    /// It is about something that the topic is not about: 公众号, after a question about a 小程序.
    pub other_thing: bool,
    /// It names such a thing, by which the topic is not called, whether its reply speaks of it or not.
    pub unnamed_thing: bool,
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

pub(super) fn rank(reply: &PreparedReply, message: &AskedMessage) -> PassageRanking {
    // what the topic is called asks for nothing: 怎么举报链接 does not ask for a link
    let named = reply.named.without(message.asked_beside(reply));
    let asked = message.asked.without(named);
    let grams = KnownGrams::of(reply, message);
    let mut parts = judged_parts(reply, message, &grams, asked);
    parts.sort_by(|a, b| b.1.score.total_cmp(&a.1.score));
    let lead = parts
        .first()
        .and_then(|(part, _)| lead(reply, part, message, &grams));
    let mut parts: Vec<RankedPassage> = parts.into_iter().map(|(_, judged)| judged).collect();
    if let Some(best) = parts.first_mut() {
        best.lead = lead;
    }
    set_confidences(&mut parts);
    PassageRanking {
        missing: missing(reply, message, asked, parts.first()),
        asked,
        foreign: foreign(reply, message),
        other_thing: message.is_about_other_than(reply),
        unnamed_thing: message.names_other_than(reply),
        parts,
    }
}

/// Each part with its evidence, in the order of the reply; without confidence and lead.
fn judged_parts<'r>(
    reply: &'r PreparedReply,
    message: &AskedMessage,
    grams: &KnownGrams,
    asked: AspectSet,
) -> Vec<(&'r PreparedPart, RankedPassage)> {
    let bm25 = |part| bm25(reply, part, grams);
    let words: Vec<f32> = reply.parts.iter().map(bm25).collect();
    let most = words.iter().copied().fold(1e-3, f32::max);
    let says = |part: &PreparedPart| says_any(reply, &part.phrases, message);
    let phrases: Vec<f32> = reply.parts.iter().map(says).collect();
    // a section's example that is said asks for that section, however general it looks
    let said = phrases.iter().copied().fold(0.0, f32::max);
    let general = match generality(reply, message, asked) {
        general if said >= PHRASE_NEARLY_SAID => general * (1.0 - said * said),
        general => general,
    };
    let is_named = |word: &ContentWord| word.is_in(&reply.name_text);
    let named_share = share_of(message.words_beside(AspectSet::default()), is_named).unwrap_or(1.0);
    let judged = reply.parts.iter().zip(words).zip(phrases);
    judged
        .map(|((part, words), phrase)| {
            let asked = asked_of(part, message, asked);
            let title = says_any(reply, part.title.as_slice(), message);
            // 打仗的标题算低质内容吗 does not ask what low quality is
            let title = match part.title_is_name {
                true => title * named_share,
                false => title,
            };
            let evidence = PassageEvidence {
                words: words / most,
                coverage: grams.coverage(|gram| part.counts.contains_key(gram)),
                // who says a title asks for that section, as who says one of its examples
                phrase: match title {
                    _ if title >= PHRASE_SAID => phrase.max(title),
                    _ if names_title(reply, part, message) => phrase.max(TITLE_NAMED),
                    _ => phrase,
                },
                title,
                sentence: sentence(part, grams),
                aspects: share(reply, part.told, asked),
                title_aspects: share(reply, part.title_aspects, asked),
                title_word: (1.0 - general) * title_word(reply, part, message),
                general: if part.title.is_none() { general } else { 0.0 },
            };
            let passage = RankedPassage {
                target: part.target.clone(),
                score: evidence.score(),
                evidence,
                ..RankedPassage::default()
            };
            (part, passage)
        })
        .collect()
}

/// The aspects that are asked of this part. 没有软著 asks nothing of a part about something else
/// that is lacking.
fn asked_of(part: &PreparedPart, message: &AskedMessage, asked: AspectSet) -> AspectSet {
    let mut words = message.words_beside(AspectSet::default()).peekable();
    match words.peek().is_some() && !words.any(|word| part.text.contains(&word.text)) {
        true => asked.without(AspectSet::WITHOUT),
        false => asked,
    }
}

/// Sets the confidence of parts that are sorted by score.
fn set_confidences(parts: &mut [RankedPassage]) {
    let score = |at: usize| parts.get(at).map_or(0.0, |part| part.score);
    let (best, second) = (score(0), score(1));
    for (at, part) in parts.iter_mut().enumerate() {
        let rival = if at == 0 { second } else { best };
        let x = SLOPE * part.score + LEAD_SLOPE * (part.score - rival).min(MAX_LEAD) + BIAS;
        part.confidence = 1.0 / (1.0 + libm::expf(-x));
    }
}

/// A strict aspect that is asked and that nothing tells; none if the whole message is an example of a
/// part, which asks for it. An example in one of its clauses answers that clause alone.
fn missing(
    reply: &PreparedReply,
    message: &AskedMessage,
    asked: AspectSet,
    best: Option<&RankedPassage>,
) -> Option<Aspect> {
    let missing = asked.strict().without(reply.told).iter().next()?;
    let part = best.and_then(|best| reply.parts.iter().find(|part| part.target == best.target));
    let asks = |phrase: &&PhraseText| phrase.asked.iter().any(|asked| asked == missing);
    let says = part.map_or(0.0, |part| {
        let asking = part.phrases.iter().filter(asks);
        message.whole.says_best(asking, &reply.topic)
    });
    (says < PHRASE_SAID).then_some(missing)
}

/// Whether the title of a part stands in the message, and is no name of the topic.
fn names_title(reply: &PreparedReply, part: &PreparedPart, message: &AskedMessage) -> bool {
    let title = part.title_text.as_str();
    title.chars().nth(SHORTEST_TITLE - 1).is_some()
        && message.whole.is_said(title)
        && !reply.name_text.contains(title)
}

/// How much a word of the message sets the title of a part apart: 1 if no other title has it, and
/// less, the more examples of the topic and the more other parts hold it.
fn title_word(reply: &PreparedReply, part: &PreparedPart, message: &AskedMessage) -> f32 {
    let having = |word: &str| {
        let parts = reply.parts.iter();
        parts.filter(|part| part.title_text.contains(word)).count()
    };
    let others = (reply.parts.len().max(2) - 1) as f32;
    let elsewhere = |word: &str| {
        let holding = reply.parts.iter().filter(|part| part.text.contains(word));
        (holding.count().max(1) - 1) as f32 / others
    };
    let words = message.words_beside(AspectSet::default());
    let words = words.map(|word| word.text.as_str());
    let held = words.filter(|word| part.title_text.contains(word));
    let telling = |word: &str| {
        let special = (1.0 - reply.examples.share_with(word)) * (1.0 - elsewhere(word));
        let named = if reply.name_text.contains(word) {
            NAMED
        } else {
            1.0
        };
        named * special * special / having(word) as f32
    };
    held.map(telling).fold(0.0, f32::max)
}

fn bm25(reply: &PreparedReply, part: &PreparedPart, grams: &KnownGrams) -> f32 {
    let norm = K1 * (1.0 - B + B * part.length / reply.mean_length.max(1.0));
    let matched = grams.known.iter().filter_map(|(gram, rarity)| {
        let count = part.counts.get(gram)?;
        Some(rarity * count * (K1 + 1.0) / (count + norm))
    });
    matched.sum()
}

fn says_any(reply: &PreparedReply, phrases: &[PhraseText], message: &AskedMessage) -> f32 {
    let best = |said: &PhraseText| said.says_best(phrases, &reply.topic);
    let in_clauses = message.clauses.iter().map(|clause| 0.9 * best(clause));
    in_clauses.fold(best(&message.whole), f32::max)
}

fn sentence(part: &PreparedPart, grams: &KnownGrams) -> f32 {
    let units = part.units.iter();
    units
        .map(|unit| unit_coverage(unit, grams))
        .fold(0.0, f32::max)
}

/// The share of the asked aspects that are among `told`, each by how few parts tell it.
fn share(reply: &PreparedReply, told: AspectSet, asked: AspectSet) -> f32 {
    let weight = |aspect: Aspect| 1.0 / reply.told_by[aspect.index()].max(1.0);
    let all: f32 = asked.iter().map(weight).sum();
    let here: f32 = asked.and(told).iter().map(weight).sum();
    if all > 0.0 { here / all } else { 0.0 }
}

/// How much of the message is nothing but what the topic is called; little if more is asked than how
/// it is done.
fn generality(reply: &PreparedReply, message: &AskedMessage, asked: AspectSet) -> f32 {
    let is_named = |word: &ContentWord| word.is_in(&reply.name_text);
    let share = share_of(message.words_beside(reply.named), is_named).unwrap_or(0.5);
    match asked.without(AspectSet::HOW).is_empty() {
        true => share,
        false => 0.3 * share,
    }
}

/// The share of the content words that the topic does not know, by spelling or by sound. Words that
/// ask for an aspect belong to any topic.
fn foreign(reply: &PreparedReply, message: &AskedMessage) -> f32 {
    let (text, sounds) = &reply.own_text;
    let is_strange = |word: &ContentWord| {
        let sounds_known = || sounds.contains(&text_pinyin(&word.text));
        !word.is_in(text) && (word.text.is_ascii() || !sounds_known())
    };
    // nor is a word that asks, with another, for what the topic does not tell
    let words = message.words_beside(AspectSet::default());
    let words = words.filter(|word| word.asked_jointly.without(reply.told).is_empty());
    share_of(words, is_strange).unwrap_or(0.0)
}

/// The share of the words that `counts` accepts; `None` if there are none.
fn share_of<'w>(
    words: impl Iterator<Item = &'w ContentWord>,
    counts: impl Fn(&ContentWord) -> bool,
) -> Option<f32> {
    let (mut all, mut counted) = (0_u16, 0_u16);
    for word in words {
        all += 1;
        counted += u16::from(counts(word));
    }
    (all > 0).then(|| f32::from(counted) / f32::from(all))
}

/// Characters of a part that an asker sees at a glance.
const AT_A_GLANCE: usize = 70;
/// A sentence that begins within so many characters is seen however long it is.
const SEEN_ANYWAY: usize = 30;
/// How much better a sentence further down must be than those at the beginning.
const LEAD_MARGIN: f32 = 0.15;
/// A sentence with one of these, or that begins with one of those, speaks of what stands elsewhere.
const POINTERS: [&str; 5] = ["上面", "上述", "前面", "above", "below"];
const POINTING_BEGINNINGS: [&str; 10] = [
    "以上", "以下", "这个", "这些", "这样", "否则", "That ", "This ", "These ", "They ",
];

/// The sentence that answers best, if it is further down and clearly better than those above.
fn lead(
    reply: &PreparedReply,
    part: &PreparedPart,
    message: &AskedMessage,
    grams: &KnownGrams,
) -> Option<Vec<TextSpan>> {
    // how well a sentence answers: its share of the message's words, and of the asked aspects
    let value = |unit: &PreparedUnit| {
        let introduction = match unit.unit.kind {
            UnitKind::Item if !ends_sentence(&unit.unit.text) => introduction_of(part, unit),
            _ => None,
        };
        let told = introduction.map_or(unit.told, |before| before.told.or(unit.told));
        unit_coverage(unit, grams) + 0.5 * share(reply, told, message.asked)
    };
    let seen = part
        .units
        .iter()
        .filter(|unit| unit.unit.end <= AT_A_GLANCE || unit.unit.start() < SEEN_ANYWAY)
        .map(value)
        .fold(0.0, f32::max);
    // an item of a list is found as soon as its beginning is seen
    let first_unseen = |unit: &PreparedUnit| match unit.unit.kind {
        UnitKind::Item => AT_A_GLANCE,
        UnitKind::Sentence | UnitKind::Step => SEEN_ANYWAY,
    };
    let is_far = |unit: &&PreparedUnit| {
        unit.unit.end > AT_A_GLANCE && unit.unit.start() >= first_unseen(unit)
    };
    let far = part.units.iter().filter(is_far);
    let (value, best) = far
        .map(|unit| (value(unit), unit))
        .max_by(|a, b| a.0.total_cmp(&b.0))?;
    let introduction = match best.unit.kind {
        // says little without its neighbours
        UnitKind::Step => return None,
        UnitKind::Sentence if points_elsewhere(&best.unit.text) => return None,
        UnitKind::Sentence => None,
        // one of several cases, or one of several things
        UnitKind::Item if !is_singled_out(part, best, message) => return None,
        UnitKind::Item if ends_sentence(&best.unit.text) => None,
        // no sentence by itself
        UnitKind::Item => Some(introduction_of(part, best)?),
    };
    (value > seen + LEAD_MARGIN).then(|| match introduction {
        Some(before) => joined(&before.unit.spans, &best.unit.spans),
        None => best.unit.spans.clone(),
    })
}

/// Whether the message has a word that an item has and none of the other items: one of several cases
/// or things is no answer to a question about all of them.
fn is_singled_out(part: &PreparedPart, item: &PreparedUnit, message: &AskedMessage) -> bool {
    let others = |word: &ContentWord| {
        let others = part.units.iter().filter(|other| {
            other.unit.kind == UnitKind::Item && !std::ptr::eq::<PreparedUnit>(*other, item)
        });
        others.filter(|other| has_word(other, word)).count()
    };
    let mut words = message.words_beside(AspectSet::default());
    words.any(|word| has_word(item, word) && others(word) == 0)
}

fn has_word(unit: &PreparedUnit, word: &ContentWord) -> bool {
    let text = unit.unit.text.to_lowercase();
    text.contains(&word.text)
}

fn points_elsewhere(sentence: &str) -> bool {
    POINTERS.iter().any(|word| sentence.contains(word))
        || POINTING_BEGINNINGS
            .iter()
            .any(|word| sentence.trim_start().starts_with(word))
}

/// An item behind the sentence that introduces it; a half-width colon wants a space.
fn joined(before: &[TextSpan], item: &[TextSpan]) -> Vec<TextSpan> {
    let mut spans = before.to_vec();
    if let Some(last) = spans.last_mut().filter(|last| last.text.ends_with(':')) {
        last.text.push(' ');
    }
    spans.extend_from_slice(item);
    spans
}

/// The sentence before a list that its items go on from: 情节严重，是指：
fn introduction_of<'p>(part: &'p PreparedPart, item: &PreparedUnit) -> Option<&'p PreparedUnit> {
    let before = part
        .units
        .iter()
        .take_while(|unit| unit.unit.end < item.unit.end);
    let last = before
        .filter(|unit| unit.unit.kind == UnitKind::Sentence)
        .last()?;
    last.unit
        .text
        .trim_end()
        .ends_with(['：', ':'])
        .then_some(last)
}

fn unit_coverage(unit: &PreparedUnit, grams: &KnownGrams) -> f32 {
    grams.raised_coverage(|gram| unit.grams.contains(gram))
}
