//! The parts of all replies. In: knowledge. Out: for a message and its intent, the ranked parts.
//! Must not know: conversations.

use super::asked_message::{AskedMessage, ContentWord};
use super::aspect::{Aspect, AspectSet};
use super::aspect_cues::cue_words;
use super::function_words::is_function_word;
use super::phrases::{PhraseText, SynonymTable};
use super::prepared::PreparedReply;
use super::rank::{PassageRanking, rank};
use crate::knowledge::{FollowUp, Intent, IntentKind, Knowledge, Lexicon};
use crate::model::Lang;
use crate::router::clauses::{MessageClauses, split_clauses};
use crate::text::gram_bag::GramBag;
use crate::text::latin_spelling::LatinSpeller;
use crate::text::normalize::normalize;
use crate::text::respelling::Respeller;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Clauses of a message that are looked at; a longer one is a story.
const MAX_CLAUSES: usize = 12;
/// How well a message must say a phrase that leads to another intent's section.
const MIN_LINK: f32 = 0.7;
/// Characters of a word that may be the name of one thing alone: 申请书.
const SHORTEST_NAME: usize = 3;

/// The parts of all replies, prepared for ranking. Preparing is slow, so that it is done when an
/// intent is first asked about.
#[derive(Debug, Default)]
pub struct PassageIndex {
    synonyms: SynonymTable,
    replies: BTreeMap<String, [OnceLock<Option<PreparedReply>>; Lang::ALL.len()]>,
    links: BTreeMap<String, OnceLock<Vec<PhraseText>>>,
    respeller: Respeller,
    latin_speller: LatinSpeller,
    /// Words that are kept whole and say nothing by themselves: what a question can be about.
    things: Vec<String>,
}

impl PassageIndex {
    /// The index of `knowledge`; it can be asked about that knowledge only.
    pub fn of(knowledge: &Knowledge) -> Self {
        let ids = || knowledge.intents.iter().map(|intent| intent.id.clone());
        PassageIndex {
            synonyms: SynonymTable::of(&knowledge.lexicon),
            replies: ids().map(|id| (id, Default::default())).collect(),
            links: ids().map(|id| (id, OnceLock::new())).collect(),
            respeller: Respeller::of(right_words(&knowledge.lexicon).chain(cue_words())),
            latin_speller: LatinSpeller::of(
                latin_texts(knowledge)
                    .iter()
                    .map(String::as_str)
                    .chain(cue_words()),
            ),
            things: things_of(&knowledge.lexicon),
        }
    }

    /// The words of the lexicon and those that ask for an aspect or tell it, by their sound.
    pub(crate) fn respeller(&self) -> &Respeller {
        &self.respeller
    }

    /// The words of letters that the knowledge and the cues use.
    pub(crate) fn latin_speller(&self) -> &LatinSpeller {
        &self.latin_speller
    }

    /// The parts of `intent`'s reply in the asker's language, best first; `None` if it has no
    /// reply, or the message says nothing.
    pub fn rank(
        &self,
        knowledge: &Knowledge,
        intent: &Intent,
        lang: Lang,
        message: &AskedMessage,
    ) -> Option<PassageRanking> {
        let place = Lang::ALL.iter().position(|l| *l == lang)?;
        let cell = self.replies.get(&intent.id)?.get(place)?;
        let prepared =
            cell.get_or_init(|| PreparedReply::new(knowledge, intent, lang, &self.synonyms));
        (!message.grams.is_empty()).then_some(())?;
        Some(rank(prepared.as_ref()?, message))
    }

    /// The section of another intent's reply that a follow-up of `intent` leads to, if the message
    /// says it.
    pub fn link<'k>(
        &self,
        intent: &'k Intent,
        message: &AskedMessage,
    ) -> Option<(&'k FollowUp, f32)> {
        let away = || intent.follow_ups.iter().filter(|f| f.intent != intent.id);
        away().next()?;
        let phrases = self.links.get(&intent.id)?.get_or_init(|| {
            away()
                .map(|f| PhraseText::new(&self.synonyms, &normalize(&f.phrase)))
                .collect()
        });
        let scored = away()
            .zip(phrases)
            .map(|(follow_up, phrase)| (follow_up, message.whole.says_best([phrase], &[])));
        scored
            .filter(|(_, score)| *score >= MIN_LINK)
            .max_by(|a, b| a.1.total_cmp(&b.1))
    }

    /// Whether a label has all words of a message that carry content, under whatever names; false if
    /// the message only asks for what any topic may have.
    pub fn names_all(&self, label: &str, message: &AskedMessage) -> bool {
        let label = normalize(label);
        let standard = self.synonyms.standard(&label);
        let mut words = message.words_beside(AspectSet::default()).peekable();
        words.peek().is_some() && words.all(|word| word.is_in(&label) || word.is_in(&standard))
    }

    /// The only intent whose reply has every word of a message that names something, one of which is
    /// long enough to be a name of its own.
    pub(crate) fn only_telling<'k>(
        &self,
        knowledge: &'k Knowledge,
        lang: Lang,
        message: &AskedMessage,
    ) -> Option<&'k Intent> {
        let place = Lang::ALL.iter().position(|l| *l == lang)?;
        let words = || message.words.iter().filter(|word| word.asks_nothing());
        words().find(|word| word.text.chars().nth(SHORTEST_NAME - 1).is_some())?;
        let tells = |intent: &&Intent| {
            let cell = self
                .replies
                .get(&intent.id)
                .and_then(|cells| cells.get(place));
            let prepared = cell.and_then(|cell| {
                cell.get_or_init(|| PreparedReply::new(knowledge, intent, lang, &self.synonyms))
                    .as_ref()
            });
            prepared.is_some_and(|reply| words().all(|word| reply.tells_of(word)))
        };
        let answered = knowledge
            .intents
            .iter()
            .filter(|intent| intent.kind == IntentKind::Answer && !intent.is_small_talk());
        let mut telling = answered.filter(tells);
        let first = telling.next()?;
        telling.next().is_none().then_some(first)
    }

    /// Prepares a message; `content_words` gives the words of a normalised text.
    pub fn message(
        &self,
        text: &str,
        content_words: impl Fn(&str) -> Option<Vec<String>>,
    ) -> AskedMessage {
        let text = &with_apostrophes(text);
        let cut = split_clauses(text);
        let clauses = match cut.clauses.len() {
            0 | 1 => &[][..],
            _ => cut.clauses.get(..MAX_CLAUSES).unwrap_or(&cut.clauses),
        };
        let whole = PhraseText::new(&self.synonyms, cut.whole());
        let words = content_words(cut.whole()).unwrap_or_else(|| whole.pieces());
        let asked = asked_in(&cut);
        let cues = match asked.strict().is_empty() {
            true => Vec::new(),
            false => AspectSet::strict_words(cut.whole()),
        };
        let named = self
            .things
            .iter()
            .filter(|thing| cut.whole().contains(*thing));
        AskedMessage {
            pieces: pieces_of(text),
            things: named.map(|thing| self.synonyms.standard(thing)).collect(),
            clauses: clauses
                .iter()
                .map(|clause| PhraseText::new(&self.synonyms, &clause.text))
                .collect(),
            grams: GramBag::of(&without_question_words(cut.whole())).into_distinct(),
            asked,
            words: words
                .into_iter()
                .filter(|word| names_something(word))
                .map(|word| content_word(&self.synonyms, word, &cues))
                .collect(),
            whole,
        }
    }
}

/// The words of a lexicon; of synonyms the first, since the others may be errors that are expected.
fn right_words(lexicon: &Lexicon) -> impl Iterator<Item = &str> {
    let synonyms = &lexicon.synonyms;
    let is_other = |word: &&String| {
        synonyms
            .iter()
            .any(|group| group.iter().skip(1).any(|w| w == *word))
    };
    let words = lexicon.words.iter().filter(move |word| !is_other(word));
    let first = synonyms.iter().filter_map(|group| group.first());
    words.chain(first).map(String::as_str)
}

/// The examples and titles that have letters in them, and the lexicon's words.
fn latin_texts(knowledge: &Knowledge) -> Vec<String> {
    let intents = knowledge.intents.iter().flat_map(|intent| {
        let titles = std::iter::once(&intent.title).chain(&intent.title_en);
        let follow_ups = intent.follow_ups.iter().map(|follow_up| &follow_up.phrase);
        intent.examples.iter().chain(titles).chain(follow_ups)
    });
    let lexicon = &knowledge.lexicon;
    let known = lexicon
        .words
        .iter()
        .chain(&lexicon.generic)
        .chain(&lexicon.filler);
    let has_letters = |text: &&String| text.contains(|c: char| c.is_ascii_alphabetic());
    let all = intents.chain(known).filter(has_letters);
    all.map(|text| text.to_ascii_lowercase()).collect()
}

fn things_of(lexicon: &Lexicon) -> Vec<String> {
    let is_whole = |word: &&String| lexicon.words.contains(*word);
    let things = lexicon.generic.iter().filter(is_whole);
    things.map(|word| normalize(word)).collect()
}

/// What joins two things that are asked for in one clause: 链接跟模板都发我.
const JOINTS: &[&str] = &["以及", "还有", "顺便", "另外", "并且", "跟", "和", " and "];

/// The aspects that a message asks about. In a story only clauses that ask do; what somebody has not
/// got may be told in any, and so may what a topic is said not to tell.
fn asked_in(cut: &MessageClauses) -> AspectSet {
    let whole = AspectSet::asked(cut.whole());
    let asking = cut.clauses.iter().filter(|clause| clause.asks);
    let asked = asking.fold(AspectSet::default(), |all, clause| {
        all.or(AspectSet::asked(&clause.text))
    });
    match cut.clauses.len() >= STORY && !asked.is_empty() {
        true => asked.or(whole.and(AspectSet::WITHOUT)).or(whole.strict()),
        false => whole,
    }
}

/// Clauses from which a message tells a story.
const STORY: usize = 3;

/// English denials as they are spelled: they are often typed without their apostrophe.
fn with_apostrophes(text: &str) -> Cow<'_, str> {
    let is_bare = |word: &str| {
        BARE_DENIALS
            .iter()
            .any(|(bare, _)| word.eq_ignore_ascii_case(bare))
    };
    if !text.split(' ').any(is_bare) {
        return Cow::Borrowed(text);
    }
    let spelled = text.split(' ').map(|word| {
        let mut denials = BARE_DENIALS.iter();
        let denial = denials.find(|(bare, _)| word.eq_ignore_ascii_case(bare));
        denial.map_or(word, |(_, spelled)| spelled)
    });
    Cow::Owned(spelled.collect::<Vec<_>>().join(" "))
}

const BARE_DENIALS: [(&str, &str); 8] = [
    ("dont", "don't"),
    ("doesnt", "doesn't"),
    ("didnt", "didn't"),
    ("cant", "can't"),
    ("havent", "haven't"),
    ("hasnt", "hasn't"),
    ("isnt", "isn't"),
    ("wont", "won't"),
];

/// The clauses of a text, and what is joined in them; empty if it is one.
fn pieces_of(text: &str) -> Vec<String> {
    let clauses = text.split(CLAUSE_ENDS).map(normalize);
    let joined = clauses.flat_map(|clause| {
        let cut = JOINTS
            .iter()
            .fold(clause, |text, joint| text.replace(joint, "\n"));
        let pieces = cut.split('\n').map(|piece| piece.trim().to_owned());
        pieces.collect::<Vec<_>>()
    });
    let pieces: Vec<String> = joined.filter(|piece| !piece.is_empty()).collect();
    match pieces.len() {
        2..=MAX_CLAUSES => pieces,
        _ => Vec::new(),
    }
}

const CLAUSE_ENDS: &[char] = &['，', '。', '！', '？', '；', '、', ',', '!', '?', ';', '\n'];

/// `cues`: the words by which the whole message asks for strict aspects.
fn content_word(synonyms: &SynonymTable, text: String, cues: &[(String, Aspect)]) -> ContentWord {
    let is_cue = |cue: &&(String, Aspect)| cue.0.split(' ').any(|word| word == text);
    let by_cues = cues.iter().filter(is_cue);
    let by_cues = by_cues.fold(AspectSet::default(), |all, (_, aspect)| all.with(*aspect));
    let rest = cues
        .iter()
        .fold(text.clone(), |rest, (cue, _)| rest.replace(cue, ""));
    ContentWord {
        asked: AspectSet::asked(&text),
        asked_jointly: by_cues,
        standard: synonyms.standard_of(&text),
        beside_cue: (rest != text && rest.chars().nth(1).is_some()).then_some(rest),
        text,
    }
}

/// Single letters and signs name nothing, nor do words that join others or only request.
fn names_something(word: &str) -> bool {
    let is_letter = word.is_ascii() && word.len() < 2;
    !is_letter
        && !is_function_word(word)
        && !QUESTION_WORDS.contains(&word)
        && !PROCESS_WORDS.contains(&word)
        && word.contains(char::is_alphanumeric)
}

/// Words that ask and name nothing: what is asked is told by the aspects.
const QUESTION_WORDS: [&str; 8] = [
    "怎么", "怎样", "如何", "什么", "多少", "哪里", "请问", "可以",
];

/// What is done with anything that is handed in: 审核要几天 names nothing.
const PROCESS_WORDS: [&str; 6] = ["审核", "审批", "审查", "受理", "处理", "办理"];

/// The text without question words, and without English words that only join others; as it is if
/// nothing else is in it.
fn without_question_words(normal: &str) -> String {
    let rest = QUESTION_WORDS
        .iter()
        .fold(normal.to_owned(), |text, word| text.replace(word, " "));
    let words: Vec<&str> = rest.split(' ').filter(|w| !is_function_word(w)).collect();
    let rest = words.join(" ");
    match rest.trim().is_empty() {
        true => normal.to_owned(),
        false => rest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_what_is_joined() {
        assert_eq!(pieces_of("审多久，结果去哪查"), ["审多久", "结果去哪查"]);
        assert_eq!(pieces_of("链接跟模板都发我"), ["链接", "模板都发我"]);
        assert!(pieces_of("审多久").is_empty());
    }

    #[test]
    fn denials_get_their_apostrophe() {
        assert_eq!(with_apostrophes("I dont have one"), "I don't have one");
        assert_eq!(with_apostrophes("no donut"), "no donut");
    }

    #[test]
    fn a_story_asks_in_the_clauses_that_ask() {
        let asked = |text: &str| asked_in(&split_clauses(text));
        let story = asked("点进去以后要填卡号，我没填，就走了，怎么操作");
        assert_eq!(story, AspectSet::asked("怎么操作"));
        assert_ne!(asked("点进去以后呢"), AspectSet::default());
    }
}
