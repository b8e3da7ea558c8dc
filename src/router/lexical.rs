//! The operator's words at work. In: a normalised message. Out: the message without filler, its words, which of them are
//! content, the concepts (synonym groups) and keywords in it. Must not know: scores, decisions.

use crate::knowledge::Knowledge;
use crate::text::normalize::{is_han, normalize};
use crate::text::pinyin::reading;
use aho_corasick::AhoCorasick;
use rustc_hash::FxHashSet;

/// Lexicon and keywords, compiled.
pub struct Lexical {
    generic: FxHashSet<String>,
    filler: FxHashSet<String>,
    /// Longest first within a first character, so that 请问一下 goes before 请问.
    filler_list: Vec<String>,
    /// The standard word of each group, for display.
    standard: Vec<String>,
    technical: FxHashSet<String>,
    /// Every synonym and every word of a keyword, looked for in one pass.
    finder: AhoCorasick,
    /// For each pattern of the finder: what it stands for.
    meanings: Vec<usize>,
    /// Meanings below this are synonym groups.
    group_count: usize,
    keywords: Vec<CompiledKeyword>,
}

/// Words as meanings: a synonym serves as well as the word.
struct CompiledKeyword {
    matched: KeywordMatch,
    any: Vec<usize>,
    with: Vec<usize>,
}

/// What the operator's words find in a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Synonym groups, sorted.
    pub concepts: Vec<usize>,
    pub keywords: Vec<KeywordMatch>,
}

/// A keyword of an intent that a message contains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct KeywordMatch {
    /// Index into `Knowledge::intents`.
    pub intent: usize,
    /// Index into that intent's keywords.
    pub number: usize,
    pub weight: f32,
}

impl Lexical {
    pub fn build(knowledge: &Knowledge) -> Self {
        let lexicon = &knowledge.lexicon;
        let normal =
            |words: &[String]| words.iter().map(|w| normalize(w)).filter(|w| !w.is_empty()).collect::<Vec<_>>();
        let mut filler_list = normal(&lexicon.filler);
        filler_list.sort_by_key(|w| std::cmp::Reverse(w.chars().count()));
        let mut meanings = Meanings::default();
        for (group, words) in lexicon.synonyms.iter().enumerate() {
            normal(words).into_iter().for_each(|word| meanings.set(word, group));
        }
        meanings.next = lexicon.synonyms.len();
        let keywords = compile(knowledge, &mut meanings);
        let (patterns, numbers): (Vec<String>, Vec<usize>) = meanings.of.into_iter().unzip();
        Self {
            generic: normal(&lexicon.generic).into_iter().collect(),
            filler: filler_list.iter().cloned().collect(),
            filler_list,
            standard: lexicon.synonyms.iter().map(|g| g.first().cloned().unwrap_or_default()).collect(),
            technical: normal(&lexicon.words).into_iter().filter(|w| w.is_ascii()).collect(),
            // building fails only past 2^31 patterns or states; a message then finds no words rather than nothing
            finder: AhoCorasick::new(&patterns)
                .unwrap_or_else(|_| AhoCorasick::new([""; 0]).expect("an empty automaton")),
            meanings: numbers,
            group_count: lexicon.synonyms.len(),
            keywords,
        }
    }

    /// `normal` without filler, unless nothing would be left: 请问迁移后openid会变吗谢谢 → 迁移后openid会变吗. Only at the
    /// ends, and between words of letters only whole ones: inside a sentence 就是 or 其实 may carry it.
    pub fn strip<'a>(&self, normal: &'a str) -> &'a str {
        let mut rest = normal;
        loop {
            let before = rest;
            for filler in &self.filler_list {
                if let Some(tail) = rest.strip_prefix(filler.as_str()).filter(|tail| apart(filler, tail.chars().next()))
                {
                    rest = tail.trim();
                }
                if let Some(head) =
                    rest.strip_suffix(filler.as_str()).filter(|head| apart(filler, head.chars().next_back()))
                {
                    rest = head.trim();
                }
            }
            if rest.is_empty() {
                return before;
            }
            if rest == before {
                return rest;
            }
        }
    }

    /// Whether a word says anything by itself.
    pub fn is_content(&self, word: &str) -> bool {
        let single = word.chars().count() == 1 && word.chars().all(is_han);
        !(self.is_idle(word) || single)
    }

    /// Whether a word may be left out when what remains is compared with a topic.
    pub fn is_idle(&self, word: &str) -> bool {
        self.generic.contains(word) || self.filler.contains(word) || FUNCTION_WORDS.contains(&word)
    }

    /// Whether it is a word of this field, so that it does not make a message English.
    pub fn is_technical(&self, word: &str) -> bool {
        self.technical.contains(word)
    }

    /// The synonym groups and keywords in `normal`. Of overlapping synonyms the longest counts; a word of letters counts
    /// only whole (`ad` is not in `admin`).
    pub fn find(&self, normal: &str) -> Found {
        let mut hits: Vec<(usize, usize, usize)> = self
            .finder
            .find_overlapping_iter(normal)
            .filter(|hit| bounded(normal, hit.start(), hit.end()))
            .map(|hit| (hit.start(), hit.end(), self.meanings[hit.pattern().as_usize()]))
            .collect();
        let mut present: Vec<usize> = hits.iter().map(|hit| hit.2).collect();
        present.sort_unstable();
        present.dedup();
        let has = |meaning: &usize| present.binary_search(meaning).is_ok();
        let keywords = self
            .keywords
            .iter()
            .filter(|k| k.any.iter().any(has) && k.with.iter().all(has))
            .map(|k| k.matched)
            .collect();
        hits.retain(|hit| hit.2 < self.group_count);
        hits.sort_by_key(|&(start, end, group)| (std::cmp::Reverse(end - start), start, group));
        let mut kept: Vec<(usize, usize, usize)> = Vec::with_capacity(hits.len());
        for hit in hits {
            if kept.iter().all(|k| hit.1 <= k.0 || k.1 <= hit.0) {
                kept.push(hit);
            }
        }
        let mut concepts: Vec<usize> = kept.into_iter().map(|hit| hit.2).collect();
        concepts.sort_unstable();
        concepts.dedup();
        Found { concepts, keywords }
    }

    /// The standard word of a group.
    pub fn concept_name(&self, group: usize) -> &str {
        self.standard.get(group).map_or("", String::as_str)
    }
}

/// The words that segmentation must keep whole: the lexicon's, and those of keywords.
pub fn whole_words(knowledge: &Knowledge) -> impl Iterator<Item = &str> {
    let lexicon = &knowledge.lexicon;
    let keywords = knowledge.intents.iter().flat_map(|i| &i.keywords).flat_map(|k| k.any.iter().chain(&k.with));
    let words = lexicon.words.iter().chain(lexicon.synonyms.iter().flatten()).chain(&lexicon.generic);
    words.chain(keywords).map(String::as_str)
}

/// Numbers for words: synonyms share one.
#[derive(Default)]
struct Meanings {
    of: std::collections::BTreeMap<String, usize>,
    next: usize,
}

impl Meanings {
    fn set(&mut self, word: String, meaning: usize) {
        self.of.entry(word).or_insert(meaning);
    }

    fn get(&mut self, word: &str) -> usize {
        let next = self.next;
        let meaning = *self.of.entry(normalize(word)).or_insert(next);
        self.next += usize::from(meaning == next);
        meaning
    }
}

fn compile(knowledge: &Knowledge, meanings: &mut Meanings) -> Vec<CompiledKeyword> {
    let mut out = Vec::new();
    for (intent, of) in knowledge.intents.iter().enumerate() {
        for (number, keyword) in of.keywords.iter().enumerate() {
            out.push(CompiledKeyword {
                matched: KeywordMatch { intent, number, weight: keyword.weight },
                any: keyword.any.iter().map(|word| meanings.get(word)).collect(),
                with: keyword.with.iter().map(|word| meanings.get(word)).collect(),
            });
        }
    }
    out
}

/// The toneless readings of a text, one space between; what has none stands as it is.
pub fn sound(normal: &str) -> String {
    let one = |c: char| reading(c).map_or_else(|| c.to_string(), str::to_owned);
    normal.chars().map(one).collect::<Vec<_>>().join(" ")
}

/// Particles and pronouns that carry no content in any field.
const FUNCTION_WORDS: &[&str] = &[
    "一个", "这个", "那个", "这样", "那样", "自己", "还是", "或者", "以及", "因为", "所以", "但是", "如果", "就是",
    "不是", "还有", "然后", "现在", "知道", "告诉", "这", "那", "and", "or", "if", "it", "this", "that", "you", "your",
    "me", "be", "are", "was", "will", "with", "on", "at", "by", "an", "so", "not", "no", "did", "has", "have", "am",
    "should", "would", "could",
];

/// Whether `start..end` tears no word of letters.
fn bounded(text: &str, start: usize, end: usize) -> bool {
    let outside = [
        text.get(..start).and_then(|head| head.chars().next_back()),
        text.get(end..).and_then(|tail| tail.chars().next()),
    ];
    let Some(word) = text.get(start..end) else { return false };
    let edge = |inside: Option<char>, outside: Option<char>| {
        !(inside.is_some_and(|c| c.is_ascii_alphanumeric()) && outside.is_some_and(|c| c.is_ascii_alphanumeric()))
    };
    edge(word.chars().next(), outside[0]) && edge(word.chars().next_back(), outside[1])
}

/// Whether cutting `filler` off leaves no word of letters torn.
fn apart(filler: &str, neighbour: Option<char>) -> bool {
    !filler.is_ascii() || neighbour.is_none_or(|c| !c.is_ascii_alphanumeric())
}
