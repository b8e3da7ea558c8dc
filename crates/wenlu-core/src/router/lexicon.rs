//! The compiled lexicon. In: a normalised message. Out: the message without filler, which of its
//! words carry content, the concepts (synonym groups) and keywords in it. Must not know: scores,
//! decisions.

use super::filler::FillerWord;
use super::keyword_index::{CompiledKeyword, KeywordMatch, MeaningIds, compile_keywords};
use crate::knowledge::Knowledge;
use crate::text::normalize::{is_han, normalize};
use crate::text::pinyin::char_pinyin;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use rustc_hash::FxHashSet;
use smallvec::SmallVec;

/// Lexicon and keywords, compiled for matching.
pub struct CompiledLexicon {
    /// Generic words, filler and function words: they carry no content.
    stop_words: FxHashSet<String>,
    /// Longest first, so that 请问一下 is removed before 请问.
    filler: Vec<FillerWord>,
    /// The standard word of each group, for display.
    standard: Vec<String>,
    technical: FxHashSet<String>,
    /// Matches every synonym and every word of a keyword in one pass.
    finder: AhoCorasick,
    /// For each pattern of the finder: its meaning.
    meanings: Vec<usize>,
    /// Meanings below this are synonym groups.
    group_count: usize,
    keywords: Vec<CompiledKeyword>,
    /// For each meaning: the keywords (by index) that have it among their alternatives.
    begun: Vec<Vec<u32>>,
}

/// The synonym groups and keywords found in a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LexiconMatches {
    /// Synonym groups, sorted.
    pub(crate) concepts: SmallVec<[usize; 8]>,
    /// Keywords of intents.
    pub(crate) keywords: SmallVec<[KeywordMatch; 8]>,
}

impl LexiconMatches {
    /// The maximum number of grams made from it.
    pub fn most(&self) -> usize {
        self.concepts.len() * (self.concepts.len() + 1) / 2 + self.keywords.len()
    }
}

impl CompiledLexicon {
    /// Compiles the lexicon and all keywords of `knowledge` for one pass over a message.
    pub fn build(knowledge: &Knowledge) -> Self {
        let lexicon = &knowledge.lexicon;
        let normal = |words: &[String]| {
            words
                .iter()
                .map(|w| normalize(w))
                .filter(|w| !w.is_empty())
                .collect::<Vec<_>>()
        };
        let mut filler = normal(&lexicon.filler);
        filler.sort_by_key(|w| std::cmp::Reverse(w.chars().count()));
        let function_words = FUNCTION_WORDS.iter().map(|&word| word.to_owned());
        let stop_words = normal(&lexicon.generic)
            .into_iter()
            .chain(filler.iter().cloned())
            .chain(function_words)
            .collect();
        let mut meanings = MeaningIds::default();
        for (group, words) in lexicon.synonyms.iter().enumerate() {
            normal(words)
                .into_iter()
                .for_each(|word| meanings.set(word, group));
        }
        meanings.next = lexicon.synonyms.len();
        let (keywords, begun) = compile_keywords(knowledge, &mut meanings);
        let (patterns, numbers): (Vec<String>, Vec<usize>) = meanings.of.into_iter().unzip();
        Self {
            stop_words,
            filler: filler.into_iter().filter_map(FillerWord::new).collect(),
            standard: lexicon
                .synonyms
                .iter()
                .map(|g| g.first().cloned().unwrap_or_default())
                .collect(),
            technical: normal(&lexicon.words)
                .into_iter()
                .filter(|w| w.is_ascii())
                .collect(),
            finder: finder(&patterns),
            meanings: numbers,
            group_count: lexicon.synonyms.len(),
            keywords,
            begun,
        }
    }

    /// `normal` without filler at its ends, unless nothing would be left:
    /// 请问迁移后openid会变吗谢谢 → 迁移后openid会变吗. Filler of letters is removed only as whole
    /// words. Within a sentence 就是 or 其实 may matter and stay.
    pub fn strip<'a>(&self, normal: &'a str) -> &'a str {
        let mut rest = normal;
        loop {
            let before = rest;
            for filler in &self.filler {
                rest = filler.off(rest);
            }
            if rest.is_empty() {
                return before;
            }
            if rest.len() == before.len() {
                return rest;
            }
        }
    }

    /// Whether a word carries content by itself.
    pub(crate) fn is_content(&self, word: &str) -> bool {
        let mut chars = word.chars();
        let single = chars.next().is_some_and(is_han) && chars.next().is_none();
        !(single || self.is_stop_word(word))
    }

    /// Whether a word may be left out when what remains is compared with a topic.
    pub(crate) fn is_stop_word(&self, word: &str) -> bool {
        self.stop_words.contains(word)
    }

    /// Whether it is a word of the field written in letters, which does not make a message English.
    pub(crate) fn is_technical(&self, word: &str) -> bool {
        self.technical.contains(word)
    }

    /// The synonym groups and keywords in `normal`. Of overlapping synonyms the longest counts; a
    /// word of letters matches only as a whole word (`ad` is not in `admin`).
    pub fn find(&self, normal: &str) -> LexiconMatches {
        let hits = self
            .finder
            .find_overlapping_iter(normal)
            .filter(|hit| bounded(normal, hit.start(), hit.end()));
        let mut hits: WordHits = hits
            .map(|hit| {
                let meaning = self.meanings[hit.pattern().as_usize()];
                (hit.start(), hit.end(), meaning)
            })
            .collect();
        if hits.is_empty() {
            return LexiconMatches::default();
        }
        let mut present: SmallVec<[usize; 32]> = hits.iter().map(|hit| hit.2).collect();
        present.sort_unstable();
        present.dedup();
        let has = |meaning: &usize| present.binary_search(meaning).is_ok();
        let mut begun: SmallVec<[u32; 64]> = present
            .iter()
            .filter_map(|&m| self.begun.get(m))
            .flatten()
            .copied()
            .collect();
        begun.sort_unstable();
        begun.dedup();
        let begun = begun
            .into_iter()
            .filter_map(|at| self.keywords.get(at as usize));
        let keywords = begun
            .filter(|k| k.with.iter().all(has))
            .map(|k| k.matched)
            .collect();
        hits.retain(|hit| hit.2 < self.group_count);
        hits.sort_by_key(|&(start, end, group)| (std::cmp::Reverse(end - start), start, group));
        let mut kept = WordHits::new();
        for hit in hits {
            if kept.iter().all(|k| hit.1 <= k.0 || k.1 <= hit.0) {
                kept.push(hit);
            }
        }
        let mut concepts: SmallVec<[usize; 8]> = kept.into_iter().map(|hit| hit.2).collect();
        concepts.sort_unstable();
        concepts.dedup();
        LexiconMatches { concepts, keywords }
    }

    /// The standard word of a synonym group.
    pub(crate) fn concept_name(&self, group: usize) -> &str {
        self.standard.get(group).map_or("", String::as_str)
    }
}

/// Where words were found, and their meanings; on the stack, as few messages have more.
type WordHits = SmallVec<[(usize, usize, usize); 32]>;

/// An automaton that finds all patterns in one pass. While they are few it is a DFA, which takes a
/// third of the time and up to half a kilobyte of memory for each byte of a pattern.
fn finder(patterns: &[String]) -> AhoCorasick {
    const SMALL: usize = 8 << 10;
    let small = patterns.iter().map(String::len).sum::<usize>() < SMALL;
    let built = AhoCorasick::builder()
        .kind(small.then_some(AhoCorasickKind::DFA))
        .build(patterns);
    // building fails only beyond 2^31 patterns or states; then no words are found
    built.unwrap_or_else(|_| AhoCorasick::new([""; 0]).expect("an empty automaton"))
}

/// The words that segmentation must not split: the lexicon's, and those of keywords.
pub fn whole_words(knowledge: &Knowledge) -> impl Iterator<Item = &str> {
    let lexicon = &knowledge.lexicon;
    let keywords = knowledge
        .intents
        .iter()
        .flat_map(|i| &i.keywords)
        .flat_map(|k| k.any.iter().chain(&k.with));
    let words = lexicon
        .words
        .iter()
        .chain(lexicon.synonyms.iter().flatten())
        .chain(&lexicon.generic);
    words.chain(keywords).map(String::as_str)
}

/// The toneless pinyin of a text, separated by spaces; characters without a reading stay as they
/// are.
pub(crate) fn text_pinyin(normal: &str) -> String {
    let mut out = String::with_capacity(2 * normal.len());
    for (at, c) in normal.chars().enumerate() {
        if at > 0 {
            out.push(' ');
        }
        match char_pinyin(c) {
            Some(reading) => out.push_str(reading),
            None => out.push(c),
        }
    }
    out
}

/// Particles and pronouns that carry no content in any field.
const FUNCTION_WORDS: &[&str] = &[
    "一个", "这个", "那个", "这样", "那样", "自己", "还是", "或者", "以及", "因为", "所以", "但是",
    "如果", "就是", "不是", "还有", "然后", "现在", "知道", "告诉", "这", "那", "and", "or", "if",
    "it", "this", "that", "you", "your", "me", "be", "are", "was", "will", "with", "on", "at",
    "by", "an", "so", "not", "no", "did", "has", "have", "am", "should", "would", "could",
];

/// Whether neither end of `start..end` lies inside a word of letters.
fn bounded(text: &str, start: usize, end: usize) -> bool {
    let outside = [
        text.get(..start).and_then(|head| head.chars().next_back()),
        text.get(end..).and_then(|tail| tail.chars().next()),
    ];
    let Some(word) = text.get(start..end) else {
        return false;
    };
    let edge = |inside: Option<char>, outside: Option<char>| {
        !(inside.is_some_and(|c| c.is_ascii_alphanumeric())
            && outside.is_some_and(|c| c.is_ascii_alphanumeric()))
    };
    edge(word.chars().next(), outside[0]) && edge(word.chars().next_back(), outside[1])
}
