//! A reply prepared for ranking. In: an intent, its reply in one language, its phrases. Out: the
//! parts with their grams, aspects and phrases. Must not know: messages.

use super::asked_message::ContentWord;
use super::aspect::AspectSet;
use super::phrases::{PhraseText, SynonymTable};
use super::sentences::{PartUnit, units_of};
use crate::knowledge::{Intent, IntentKind, Knowledge};
use crate::model::{Lang, ReplyTarget};
use crate::reply::ReplyPart;
use crate::router::lexicon::text_pinyin;
use crate::text::gram_bag::GramBag;
use crate::text::normalize::normalize;
use crate::text::signs::with_named_signs;
use rustc_hash::{FxHashMap, FxHashSet};

/// The parts of one reply.
#[derive(Debug)]
pub(super) struct PreparedReply {
    pub parts: Vec<PreparedPart>,
    /// How rare each gram is among the parts.
    pub rarity: FxHashMap<u64, f32>,
    /// The intent's titles: what the topic is called.
    pub name_text: String,
    /// The grams of the titles.
    pub name_grams: FxHashSet<u64>,
    /// The intent's examples and its title, without stop words.
    pub topic: Vec<String>,
    /// All words of the topic: its titles, examples and parts; and how they sound.
    pub own_text: (String, String),
    /// Its examples, in which what many of them hold is what the topic is called as well.
    pub examples: TopicExamples,
    /// What any part tells or its title asks, and what examples of the topic ask: whoever wrote
    /// these has the reply answer them. Of a menu also what the replies below it tell.
    pub told: AspectSet,
    /// Aspects whose words stand in the topic's name.
    pub named: AspectSet,
    /// How many parts tell each aspect, or ask it in their title.
    pub told_by: [f32; AspectSet::COUNT],
    pub mean_length: f32,
}

/// The head of a reply, one section, or, for a menu, one of its questions.
#[derive(Debug)]
pub(super) struct PreparedPart {
    pub target: ReplyTarget,
    pub title: Option<PhraseText>,
    /// Its title, normalised; of the head none.
    pub title_text: String,
    /// Its title asks what the topic is, and names nothing else: 什么是低质内容.
    pub title_is_name: bool,
    /// What its title asks or tells.
    pub title_aspects: AspectSet,
    pub told: AspectSet,
    /// How often each gram occurs, the title's three times.
    pub counts: FxHashMap<u64, f32>,
    pub length: f32,
    pub units: Vec<PreparedUnit>,
    /// All that is in it, with its title and phrases.
    pub text: String,
    /// What it says, normalised, under the names of the lexicon.
    pub told_text: String,
    /// Its examples, and the follow-ups that lead to it.
    pub phrases: Vec<PhraseText>,
}

/// The examples of an intent, as one text.
#[derive(Debug)]
pub(super) struct TopicExamples {
    text: String,
    count: usize,
}

/// A sentence, an item or a step.
#[derive(Debug)]
pub(super) struct PreparedUnit {
    pub unit: PartUnit,
    pub grams: FxHashSet<u64>,
    pub told: AspectSet,
}

/// Of the examples of a topic, one in so many must hold a word for it to be one of the topic's own,
/// or ask an aspect for the reply to be taken to answer it.
const SHARE_OF_EXAMPLES: usize = 12;
/// And at least so many.
const FEWEST_EXAMPLES: usize = 2;

/// How often the grams of a title count.
const TITLE_COUNT: f32 = 3.0;

impl PreparedReply {
    /// `None` if there is neither a reply nor a question below the intent.
    pub(super) fn new(
        knowledge: &Knowledge,
        intent: &Intent,
        lang: Lang,
        synonyms: &SynonymTable,
    ) -> Option<Self> {
        let mut parts = Vec::new();
        let document = knowledge.reply(&intent.id, lang);
        if let Some(document) = document {
            let head = ReplyTarget::intent(&intent.id);
            parts.push(prepared_part(intent, head, "", &document.head, synonyms));
            for section in &document.sections {
                let target = ReplyTarget::section(&intent.id, &section.id);
                let part = prepared_part(intent, target, &section.title, &section.part, synonyms);
                parts.push(part);
            }
        }
        let mut below = AspectSet::default();
        if intent.kind == IntentKind::Menu {
            let children = || knowledge.children(&intent.id);
            parts.extend(children().map(|child| prepared_child(child, synonyms)));
            below = children().fold(below, |all, child| {
                all.or(told_by_reply(knowledge, &child.id, lang))
            });
        }
        (!parts.is_empty()).then(|| {
            let title = document.map(|document| document.title.as_str());
            let mut prepared = PreparedReply::of_parts(intent, title, parts, synonyms);
            prepared.told = prepared.told.or(below);
            prepared
        })
    }

    /// Whether a part of it holds this word.
    pub(super) fn tells_of(&self, word: &ContentWord) -> bool {
        self.parts.iter().any(|part| word.is_in(&part.told_text))
    }

    fn of_parts(
        intent: &Intent,
        title: Option<&str>,
        mut parts: Vec<PreparedPart>,
        synonyms: &SynonymTable,
    ) -> Self {
        let titles: Vec<&str> = std::iter::once(intent.title.as_str())
            .chain(intent.title_en.as_deref())
            .collect();
        let named = titles.iter().map(|title| named_aspects(title));
        let named = named.fold(AspectSet::default(), AspectSet::or);
        let names: Vec<&str> = titles.into_iter().chain(title).collect();
        let topic = intent.examples.iter().chain([&intent.title]);
        let all: Vec<&str> = topic
            .clone()
            .chain(&intent.title_en)
            .map(String::as_str)
            .chain(title)
            .chain(parts.iter().map(|part| part.text.as_str()))
            .collect();
        // each by itself: what is normalised at once is bounded
        let own_text: Vec<String> = all.into_iter().map(normalize).collect();
        let own_text = own_text.join(" ");
        let name_text = normalize(&names.join(" "));
        for part in &mut parts {
            part.title_is_name = is_name(&part.title_text, &name_text);
        }
        PreparedReply {
            own_text: (own_text.clone(), text_pinyin(&own_text)),
            rarity: rarity(&parts),
            mean_length: parts.iter().map(|p| p.length).sum::<f32>() / parts.len().max(1) as f32,
            told: parts
                .iter()
                .fold(asked_often(&intent.examples), |all, part| {
                    all.or(part.aspects())
                }),
            examples: TopicExamples::of(&intent.examples),
            topic: topic
                .map(|text| synonyms.strip_stop_words(&normalize(text)))
                .collect(),
            name_grams: names.iter().flat_map(|name| grams(name)).collect(),
            name_text,
            named,
            told_by: told_by(&parts),
            parts,
        }
    }
}

/// Whether a normalised title only asks what the topic is.
fn is_name(title: &str, name: &str) -> bool {
    const WHAT: [&str; 5] = ["什么是", "什么叫", "是什么", "what is", "what are"];
    let beside = |what: &&str| {
        title
            .strip_prefix(*what)
            .or_else(|| title.strip_suffix(*what))
    };
    let rest = WHAT.iter().find_map(beside).map(str::trim);
    rest.is_some_and(|rest| !rest.is_empty() && name.contains(rest))
}

/// What the title of a topic asks for, so that a question in its words asks for no part of it. What it adds
/// (什么是低质内容，会怎么处罚) is one thing of several; how it is done may be added to any title.
fn named_aspects(title: &str) -> AspectSet {
    let mut clauses = title.split(['，', ',', '：', ':', '？', '?']);
    let first = clauses.next().unwrap_or_default();
    let added = AspectSet::asked(&normalize(&clauses.collect::<Vec<_>>().join(" ")));
    AspectSet::asked(&normalize(first)).or(added.and(AspectSet::HOW))
}

impl TopicExamples {
    fn of(examples: &[String]) -> Self {
        let normal: Vec<String> = examples.iter().map(|text| normalize(text)).collect();
        TopicExamples {
            text: normal.join("\n"),
            count: normal.len(),
        }
    }

    /// The share of them that hold this word.
    pub(super) fn share_with(&self, word: &str) -> f32 {
        let having = self
            .text
            .split('\n')
            .filter(|text| text.contains(word))
            .count();
        having as f32 / self.count.max(1) as f32
    }

    /// Whether many of them hold this word.
    pub(super) fn often_hold(&self, word: &str) -> bool {
        self.text.matches(word).nth(many(self.count) - 1).is_some()
    }
}

/// What a reply tells in any part, or asks in a title.
fn told_by_reply(knowledge: &Knowledge, id: &str, lang: Lang) -> AspectSet {
    let Some(document) = knowledge.reply(id, lang) else {
        return AspectSet::default();
    };
    let sections = document.sections.iter();
    let titles = sections.clone().map(|section| {
        let title = normalize(&section.title);
        AspectSet::asked(&title).or(AspectSet::told(&title))
    });
    std::iter::once(&document.head)
        .chain(sections.map(|section| &section.part))
        .flat_map(units_of)
        .map(|unit| prepared_unit(unit).told)
        .chain(titles)
        .fold(AspectSet::default(), AspectSet::or)
}

/// How many of so many examples are many.
fn many(count: usize) -> usize {
    count.div_ceil(SHARE_OF_EXAMPLES).max(FEWEST_EXAMPLES)
}

/// What many of the examples ask.
fn asked_often(examples: &[String]) -> AspectSet {
    let mut counts = [0; AspectSet::COUNT];
    let mut often = AspectSet::default();
    for example in examples {
        for aspect in AspectSet::asked(&normalize(example)).iter() {
            if let Some(count) = counts.get_mut(aspect.index()) {
                *count += 1;
                if *count == many(examples.len()) {
                    often = often.with(aspect);
                }
            }
        }
    }
    often
}

/// A question of a menu: its titles and examples stand for it.
fn prepared_child(child: &Intent, synonyms: &SynonymTable) -> PreparedPart {
    let titles = || std::iter::once(&child.title).chain(&child.title_en);
    let counts = gram_counts(
        child.examples.iter().map(String::as_str),
        titles().map(String::as_str),
    );
    PreparedPart {
        target: ReplyTarget::intent(&child.id),
        title: Some(PhraseText::new(synonyms, &normalize(&child.title))),
        title_text: normalize(&titles().map(String::as_str).collect::<Vec<_>>().join(" ")),
        title_is_name: false,
        title_aspects: AspectSet::default(),
        told: AspectSet::default(),
        length: counts.values().sum(),
        counts,
        told_text: String::new(),
        units: Vec::new(),
        text: titles()
            .chain(&child.examples)
            .cloned()
            .collect::<Vec<_>>()
            .join(" "),
        phrases: titles()
            .chain(&child.examples)
            .map(|text| PhraseText::new(synonyms, &normalize(text)))
            .collect(),
    }
}

fn prepared_part(
    intent: &Intent,
    target: ReplyTarget,
    title: &str,
    part: &ReplyPart,
    synonyms: &SynonymTable,
) -> PreparedPart {
    let normal_title = normalize(title);
    let units: Vec<PreparedUnit> = units_of(part).into_iter().map(prepared_unit).collect();
    let texts: Vec<String> = units
        .iter()
        .map(|unit| with_named_signs(&unit.unit.text))
        .collect();
    let counts = gram_counts(texts.iter().map(String::as_str), std::iter::once(title));
    let own: Vec<_> = intent
        .follow_ups
        .iter()
        .filter(|f| f.intent == intent.id && Some(&f.section) == target.section.as_ref())
        .collect();
    PreparedPart {
        title: target
            .section
            .as_ref()
            .map(|_| PhraseText::new(synonyms, &normal_title)),
        target,
        title_aspects: AspectSet::asked(&normal_title).or(AspectSet::told(&normal_title)),
        title_text: normal_title,
        title_is_name: false,
        told: units
            .iter()
            .fold(AspectSet::default(), |all, unit| all.or(unit.told)),
        length: counts.values().sum(),
        counts,
        told_text: synonyms.standard(&normalize(&texts.join(" "))),
        text: texts
            .iter()
            .map(String::as_str)
            .chain([title])
            .chain(own.iter().map(|follow_up| follow_up.phrase.as_str()))
            .collect::<Vec<_>>()
            .join(" "),
        units,
        phrases: own
            .into_iter()
            .map(|f| PhraseText::new(synonyms, &normalize(&f.phrase)))
            .collect(),
    }
}

fn prepared_unit(unit: PartUnit) -> PreparedUnit {
    PreparedUnit {
        grams: grams(&with_named_signs(&unit.text)).into_iter().collect(),
        // addresses lose their signs when they are normalised
        told: AspectSet::told(&normalize(&unit.text))
            .or(AspectSet::told(&unit.text.to_lowercase())),
        unit,
    }
}

impl PreparedPart {
    /// What it tells, and what its title asks.
    fn aspects(&self) -> AspectSet {
        self.told.or(self.title_aspects)
    }
}

/// How often each gram occurs in `texts`, and in `titles`, which count more.
fn gram_counts<'t>(
    texts: impl Iterator<Item = &'t str>,
    titles: impl Iterator<Item = &'t str>,
) -> FxHashMap<u64, f32> {
    let mut counts: FxHashMap<u64, f32> = FxHashMap::default();
    let weighted = texts
        .map(|text| (text, 1.0))
        .chain(titles.map(|title| (title, TITLE_COUNT)));
    for (text, count) in weighted {
        for gram in grams(text) {
            *counts.entry(gram).or_default() += count;
        }
    }
    counts
}

fn told_by(parts: &[PreparedPart]) -> [f32; AspectSet::COUNT] {
    let mut counts = [0.0; AspectSet::COUNT];
    for aspect in parts.iter().flat_map(|part| part.aspects().iter()) {
        counts[aspect.index()] += 1.0;
    }
    counts
}

fn grams(text: &str) -> Vec<u64> {
    GramBag::of(&normalize(text)).spelled().to_vec()
}

/// Okapi's inverse document frequency, the parts as documents (Robertson & Zaragoza 2009).
fn rarity(parts: &[PreparedPart]) -> FxHashMap<u64, f32> {
    let mut having: FxHashMap<u64, f32> = FxHashMap::default();
    for gram in parts.iter().flat_map(|part| part.counts.keys()) {
        *having.entry(*gram).or_default() += 1.0;
    }
    let all = parts.len() as f32;
    having
        .into_iter()
        .map(|(gram, n)| (gram, ((all - n + 0.5) / (n + 0.5) + 1.0).ln()))
        .collect()
}
