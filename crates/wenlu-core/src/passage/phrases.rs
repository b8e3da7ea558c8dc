//! Ways to ask for a part: section examples, follow-ups and titles. In: a phrase and a message, both
//! normalised. Out: how well the message says the phrase. Must not know: parts, conversations.

use super::aspect::AspectSet;
use crate::knowledge::Lexicon;
use crate::text::gram_bag::GramBag;
use crate::text::normalize::{is_han, normalize};

/// How much of the text around a phrase must consist of words of the topic.
const MIN_COVERAGE: f32 = 0.7;
/// Chinese words around a phrase that add no meaning, in the order in which they are removed.
#[rustfmt::skip]
const STOP_WORDS: &[&str] = &[
    "那么", "那个", "请问", "大概", "大约", "一般", "通常", "需要", "准备", "提供", "提交", "的话", "这个", "还要",
    "我想知道", "那", "还", "这", "它", "是", "的", "呢", "啊", "呀", "吗", "嘛", "吧", "了", "会", "要", "得",
];
const ENGLISH_STOP_WORDS: &[&str] = &[
    "so", "and", "does", "do", "it", "is", "the", "a", "please", "this", "that", "will", "i",
];
/// Synonyms: the first is replaced by the second. Forms that ask whether-or-not carry no negation.
const SYNONYMS: &[(&str, &str)] = &[
    ("有没有", ""),
    ("是不是", ""),
    ("能不能", "能"),
    ("可不可以", "可以"),
    ("要不要", "要"),
    ("用不用", "用"),
    ("会不会", "会"),
    ("没有", "没"),
    ("多长时间", "多久"),
    ("几天", "多久"),
    ("多少天", "多久"),
    ("哪些", "什么"),
    ("哪几样", "什么"),
    ("啥", "什么"),
    ("怎样", "怎么"),
    ("如何", "怎么"),
    ("咋", "怎么"),
    ("登入", "登录"),
    ("登陆", "登录"),
    // what is said in Taiwan and Hong Kong
    ("连结", "链接"),
    ("网域", "域名"),
];

/// Before a phrase, these negate it: 没有公众号 contains 有公众号 and means the opposite.
const NEGATIONS: &[&str] = &[
    "没", "不", "无", "未", "非", "不用", "不能", "不想", "不会", "no", "not", "n't", "without",
];

/// A text without stop words, in the forms that are compared.
#[derive(Clone, Debug)]
pub(super) struct PhraseText {
    /// Synonyms replaced, stop words removed.
    content: String,
    bag: GramBag,
    denies: bool,
    /// What it asks about.
    pub(super) asked: AspectSet,
}

/// Words with their replacements, in the order in which they are applied.
#[derive(Debug, Default)]
pub(super) struct SynonymTable(Vec<(String, String)>);

impl PhraseText {
    pub(super) fn new(synonyms: &SynonymTable, normal: &str) -> Self {
        let content = synonyms.strip_stop_words(normal);
        PhraseText {
            bag: GramBag::of(&normalize(&content)),
            denies: denies(&content),
            content,
            asked: AspectSet::asked(normal),
        }
    }

    /// Pairs of neighbouring Han characters and words of letters, where a text cannot be cut into
    /// words.
    pub(super) fn pieces(&self) -> Vec<String> {
        let chars: Vec<char> = self.content.chars().collect();
        let pairs = chars
            .windows(2)
            .filter(|pair| pair.iter().all(|c| is_han(*c)))
            .map(|pair| pair.iter().collect());
        let words = self.content.split(|c: char| !c.is_ascii_alphanumeric());
        let long = words.filter(|word| word.len() > 1).map(str::to_owned);
        pairs.chain(long).collect()
    }

    /// Whether a text stands in this message, not negated.
    pub(super) fn is_said(&self, text: &str) -> bool {
        split_around(&self.content, text).is_some()
    }

    /// How well this message says the best of `phrases`, 0 to 1.
    pub(super) fn says_best<'p>(
        &self,
        phrases: impl IntoIterator<Item = &'p PhraseText>,
        topic: &[String],
    ) -> f32 {
        let mut best = 0.0_f32;
        for phrase in phrases {
            best = best.max(self.says(phrase, topic, best));
        }
        best
    }

    /// How well this message says `phrase`: 1 if equal; .95 if it contains the phrase and otherwise
    /// only words of the topic, such as 小程序迁移要多久 after a reply about that; less, the smaller
    /// its share, if other words stand around it; else their similarity. What cannot be better than
    /// `than` may be anything up to it: comparing texts is slow.
    fn says(&self, phrase: &PhraseText, topic: &[String], than: f32) -> f32 {
        if phrase.content.is_empty() || self.content.is_empty() {
            return 0.0;
        }
        if self.content == phrase.content {
            return 1.0;
        }
        let alike = self.likeness(phrase, than);
        if phrase.content.len() > self.content.len() {
            return alike;
        }
        let Some((before, after)) = split_around(&self.content, &phrase.content) else {
            return alike;
        };
        let covered = [before, after]
            .iter()
            .all(|part| is_covered(part.trim(), topic));
        if covered {
            return 0.95;
        }
        let length = |text: &str| text.chars().count() as f32;
        let share = length(&phrase.content) / length(&self.content).max(1.0);
        alike.max(if length(&phrase.content) > 1.0 {
            0.15 + 0.35 * share
        } else {
            0.0
        })
    }

    /// The similarity of both texts, less if one denies and the other does not; 0 if it cannot be
    /// higher than `than`.
    fn likeness(&self, phrase: &PhraseText, than: f32) -> f32 {
        let (factor, most) = match self.denies == phrase.denies {
            true => (1.0, 0.94),
            false => (0.4, 1.0),
        };
        if factor * self.bag.most_similar(&phrase.bag) <= than {
            return 0.0;
        }
        factor * self.bag.similarity(&phrase.bag).min(most)
    }
}

/// The text before and after an occurrence of `phrase` that is not negated.
fn split_around<'t>(said: &'t str, phrase: &str) -> Option<(&'t str, &'t str)> {
    // most phrases are not in the text, and this search needs no preparation
    if !said.contains(phrase) {
        return None;
    }
    let mut places = said
        .match_indices(phrase)
        .filter_map(|(at, found)| Some((said.get(..at)?, said.get(at + found.len()..)?)));
    places.find(|(before, _)| !NEGATIONS.iter().any(|no| before.trim_end().ends_with(no)))
}

/// Whether a text contains a negation. 没有 at its end asks and does not negate.
fn denies(text: &str) -> bool {
    let said = text.trim_end_matches(['没', '不']);
    said.contains(['没', '不', '无', '未'])
        || said
            .split(' ')
            .any(|word| NEGATIONS.contains(&word) || word.ends_with("n't"))
}

/// Whether most pairs of neighbouring characters of `part` occur in `own`, in any order.
fn is_covered(part: &str, own: &[String]) -> bool {
    let chars: Vec<char> = part.chars().collect();
    if chars.len() < 2 {
        return own.iter().any(|text| text.contains(part));
    }
    let pairs = chars.windows(2).map(|pair| pair.iter().collect::<String>());
    let known = pairs
        .filter(|pair| own.iter().any(|text| text.contains(pair.as_str())))
        .count();
    known as f32 >= MIN_COVERAGE * (chars.len() - 1) as f32
}

impl SynonymTable {
    pub(super) fn of(lexicon: &Lexicon) -> Self {
        let same = SYNONYMS
            .iter()
            .map(|(word, standard)| ((*word).to_owned(), (*standard).to_owned()));
        let own = lexicon
            .synonyms
            .iter()
            .filter_map(|group| group.split_first())
            .flat_map(|(standard, others)| {
                let plain = others
                    .iter()
                    .filter(|word| word.chars().all(is_han) && !standard.contains(word.as_str()));
                plain.map(|word| (word.clone(), standard.clone()))
            });
        SynonymTable(same.chain(own).collect())
    }

    /// A text without stop words, synonyms replaced.
    pub(super) fn strip_stop_words(&self, normal: &str) -> String {
        let words = normal
            .split(' ')
            .filter(|word| !ENGLISH_STOP_WORDS.contains(word));
        let mut text = self.standard(&words.collect::<Vec<_>>().join(" "));
        for word in STOP_WORDS {
            exchange(&mut text, word, "");
        }
        text.trim().to_owned()
    }

    /// What a word is called, if it is called otherwise.
    pub(super) fn standard_of(&self, word: &str) -> Option<String> {
        let standard = self.0.iter().find(|(other, _)| other == word);
        standard
            .map(|(_, standard)| standard.clone())
            .filter(|standard| !standard.is_empty())
    }

    /// A text with its synonyms replaced.
    pub(super) fn standard(&self, normal: &str) -> String {
        let mut text = normal.to_owned();
        for (word, standard) in &self.0 {
            exchange(&mut text, word, standard);
        }
        text
    }
}

/// Replaces `word`. Most words do not occur in the text, and a search is faster than a replacement.
fn exchange(text: &mut String, word: &str, by: &str) {
    if text.contains(word) {
        *text = text.replace(word, by);
    }
}
