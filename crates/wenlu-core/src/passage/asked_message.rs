//! A message that asks for something. In: its words and aspects. Out: which of its words ask for what
//! any topic may have, and which name something. Must not know: how parts are ranked.

use super::aspect::AspectSet;
use super::phrases::PhraseText;
use super::prepared::PreparedReply;

/// A message, prepared for comparison.
pub struct AskedMessage {
    pub(super) whole: PhraseText,
    /// Its clauses, if it has several.
    pub(super) clauses: Vec<PhraseText>,
    /// Its distinct grams.
    pub(super) grams: Vec<u64>,
    pub(super) asked: AspectSet,
    pub(super) words: Vec<ContentWord>,
    /// Its clauses as they are routed, and what a conjunction joins in them; none if it is one.
    pub(super) pieces: Vec<String>,
    /// The things it names that anything may be about: 公众号, under the names of the lexicon.
    pub(super) things: Vec<String>,
}

/// A word that carries content.
pub(super) struct ContentWord {
    pub text: String,
    /// What it is called by the lexicon, if that differs.
    pub standard: Option<String>,
    /// The aspects that it asks about by itself.
    pub asked: AspectSet,
    /// Those of which a topic that does not tell them is said not to, for which it asks together
    /// with another word: 通知 and 对方 in 会通知对方吗.
    pub asked_jointly: AspectSet,
    /// What it names beside what it asks for: 申诉 in 申诉电话.
    pub beside_cue: Option<String>,
}

impl AskedMessage {
    /// The number of its words that carry content and do not only ask for an aspect.
    pub fn word_count(&self) -> usize {
        self.words_beside(AspectSet::default()).count()
    }

    /// Its clauses and what they join, if it has several: each may ask something.
    pub fn pieces(&self) -> &[String] {
        &self.pieces
    }

    /// Whether it asks for one of these aspects.
    pub(crate) fn asks_any_of(&self, aspects: AspectSet) -> bool {
        !self.asked.and(aspects).is_empty()
    }

    /// Its words that carry content, without those that ask for an aspect of which a topic that does
    /// not tell it is said not to; `None` if it asks for none such, or says nothing else.
    pub(crate) fn topic_words(&self) -> Option<String> {
        (!self.asked.strict().is_empty()).then_some(())?;
        let named = |word: &ContentWord| match word.asks_nothing() {
            true => Some(word.text.clone()),
            false => word.beside_cue.clone(),
        };
        let words: Vec<String> = self.words.iter().filter_map(named).collect();
        (!words.is_empty()).then(|| words.join(" "))
    }

    /// Whether it asks for what any topic may have.
    pub fn asks_aspect(&self) -> bool {
        !self.asked.is_empty()
    }

    /// The aspects that its words ask for that the topic is not called by.
    pub(super) fn asked_beside(&self, reply: &PreparedReply) -> AspectSet {
        let is_named = |word: &ContentWord| {
            let one = word.text.strip_suffix('s').unwrap_or(&word.text);
            word.is_in(&reply.name_text)
                || reply.name_text.contains(one)
                || reply.examples.often_hold(one)
        };
        let words = self.words.iter();
        words
            .filter(|word| !is_named(word))
            .fold(AspectSet::default(), |all, word| all.or(word.asked))
    }

    /// Whether it names things, and none that the topic is called by.
    pub(super) fn names_other_than(&self, reply: &PreparedReply) -> bool {
        let is_named = |thing: &String| reply.name_text.contains(thing.as_str());
        !self.things.is_empty() && !self.things.iter().any(is_named)
    }

    /// Whether it is about a thing, and about none that the topic is called by, speaks of in its reply
    /// or is often asked with.
    pub(super) fn is_about_other_than(&self, reply: &PreparedReply) -> bool {
        let is_known = |thing: &String| {
            let told = |text: &String| text.contains(thing.as_str());
            reply.name_text.contains(thing.as_str())
                || reply.parts.iter().any(|part| told(&part.told_text))
                || reply.examples.often_hold(thing)
        };
        !self.things.is_empty() && !self.things.iter().any(is_known)
    }

    /// The words that ask for no aspect, except those of `named`.
    pub(super) fn words_beside(&self, named: AspectSet) -> impl Iterator<Item = &ContentWord> {
        let words = self.words.iter();
        words.filter(move |word| word.asked.without(named).is_empty())
    }
}

impl ContentWord {
    /// Whether it only names something.
    pub(super) fn asks_nothing(&self) -> bool {
        self.asked.is_empty() && self.asked_jointly.is_empty()
    }

    /// Whether it stands in a text, under one of its names; of a longer word of letters the
    /// beginning suffices, since endings vary, and of 投了 the verb.
    pub(super) fn is_in(&self, text: &str) -> bool {
        let beginning = match self.text.char_indices().nth(LETTERS_COMPARED) {
            Some((end, _)) if self.text.is_ascii() => self.text.get(..end),
            _ => self.text.strip_suffix(['了', '过', '完', '着']),
        };
        text.contains(&self.text)
            || beginning.is_some_and(|beginning| !beginning.is_empty() && text.contains(beginning))
            || self
                .standard
                .as_ref()
                .is_some_and(|word| text.contains(word))
    }
}

/// Of a longer word of letters so many are compared.
const LETTERS_COMPARED: usize = 5;
