//! Follow-ups: short questions after an answer (要多久？需要什么材料？). In: the intent that was
//! answered, and a normalised text. Out: the section that the text asks for. Must not know: the
//! rest of the conversation.

use super::button::ReplyTarget;
use crate::knowledge::{FollowUp, Intent, Knowledge, Lexicon};
use crate::text::{
    normalize::is_han, normalize::normalize, similarity::dice_similarity, units::units,
};
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// How similar a text and a follow-up phrase must be; leaves room for typing errors.
const MIN_SIMILARITY: f32 = 0.7;
/// How much of the text around a phrase must consist of words of the topic.
const MIN_COVERAGE: f32 = 0.7;
/// Chinese words around a follow-up that add no meaning, in the order in which they are removed.
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
];

/// Before a phrase, these negate it: 没有公众号 contains 有公众号 and means the opposite.
const NEGATIONS: &[&str] = &[
    "没", "不", "无", "未", "非", "不用", "不能", "不想", "不会", "no", "not", "n't", "without",
];

/// A section that a text asks for.
pub(super) struct FollowUpMatch {
    pub target: ReplyTarget,
    /// The text equals the phrase, stop words aside, so that it cannot be another question.
    pub is_exact: bool,
}

/// The follow-ups of all intents, prepared for matching. Preparing is slow, so that it is done when
/// an intent is first asked about.
#[derive(Debug, Default)]
pub struct FollowUpIndex {
    synonyms: SynonymTable,
    intents: BTreeMap<String, OnceLock<PreparedFollowUps>>,
}

#[derive(Debug)]
struct PreparedFollowUps {
    /// In the order of the intent's follow-ups.
    phrases: Vec<FollowUpPhrase>,
    /// The intent's examples and its title.
    topic: Vec<String>,
}

#[derive(Debug)]
struct FollowUpPhrase {
    essence: ContentText,
    standard: String,
}

/// A text without stop words.
#[derive(Debug)]
struct ContentText {
    text: String,
    /// Number of units plus number of pairs of units.
    grams: usize,
}

/// Words with their replacements, in the order in which they are applied.
#[derive(Debug, Default)]
struct SynonymTable(Vec<(String, String)>);

impl FollowUpIndex {
    /// The index of `knowledge`; it can be asked about intents of that knowledge only.
    pub fn of(knowledge: &Knowledge) -> Self {
        let intents = knowledge
            .intents
            .iter()
            .map(|intent| (intent.id.clone(), OnceLock::new()))
            .collect();
        FollowUpIndex {
            synonyms: SynonymTable::of(&knowledge.lexicon),
            intents,
        }
    }

    /// The follow-up of `intent` that matches best.
    pub(super) fn find(&self, intent: &Intent, normal: &str) -> Option<FollowUpMatch> {
        let ready = self.ready(intent)?;
        let said = ContentText::new(self.synonyms.strip_stop_words(normal));
        let mut best: Option<(f32, usize, &FollowUp)> = None;
        for (follow_up, phrase) in intent.follow_ups.iter().zip(&ready.phrases) {
            let score = match_score(&said, &phrase.essence, &ready.topic);
            let length = phrase.essence.text.chars().count();
            // of two phrases that the text contains, the longer one is more specific
            let is_better =
                |most: f32, longest: usize| score > most || score == most && length > longest;
            if score >= MIN_SIMILARITY
                && best.is_none_or(|(most, longest, _)| is_better(most, longest))
            {
                best = Some((score, length, follow_up));
            }
        }
        let (score, _, found) = best?;
        Some(FollowUpMatch {
            target: ReplyTarget::section(&found.intent, &found.section),
            is_exact: score >= 1.0,
        })
    }

    /// The section of `intent`'s own reply that a whole question asks for (没有公众号怎么投诉侵权):
    /// that of the longest phrase which the question contains.
    pub(super) fn find_in_question(&self, intent: &Intent, question: &str) -> Option<ReplyTarget> {
        let ready = self.ready(intent)?;
        let question = self.synonyms.standard(&normalize(question));
        let own = intent
            .follow_ups
            .iter()
            .zip(&ready.phrases)
            .filter(|(f, _)| f.intent == intent.id);
        let standing = own.filter_map(|(follow_up, phrase)| {
            let length = phrase.standard.chars().count();
            (length > 1 && split_around(&question, &phrase.standard).is_some())
                .then_some((length, follow_up))
        });
        let (_, best) = standing.max_by_key(|(length, _)| *length)?;
        Some(ReplyTarget::section(&best.intent, &best.section))
    }

    /// `None` if the intent is unknown or has no follow-ups.
    fn ready(&self, intent: &Intent) -> Option<&PreparedFollowUps> {
        let place = self
            .intents
            .get(&intent.id)
            .filter(|_| !intent.follow_ups.is_empty())?;
        Some(place.get_or_init(|| {
            let phrase = |follow_up: &FollowUp| {
                let normal = normalize(&follow_up.phrase);
                let essence = ContentText::new(self.synonyms.strip_stop_words(&normal));
                FollowUpPhrase {
                    essence,
                    standard: self.synonyms.standard(&normal),
                }
            };
            let topic = intent.examples.iter().chain([&intent.title]);
            PreparedFollowUps {
                phrases: intent.follow_ups.iter().map(phrase).collect(),
                topic: topic
                    .map(|text| self.synonyms.strip_stop_words(&normalize(text)))
                    .collect(),
            }
        }))
    }
}

impl ContentText {
    fn new(text: String) -> Self {
        let units = units(&normalize(&text)).count();
        ContentText {
            text,
            grams: (2 * units).saturating_sub(1),
        }
    }

    /// Whether the similarity of two texts can reach [`MIN_SIMILARITY`]: they share at most what
    /// the shorter one has. Saves the slow comparison.
    fn can_be_like(&self, other: &ContentText) -> bool {
        let (all, most) = (self.grams + other.grams, 2 * self.grams.min(other.grams));
        all > 0 && most as f32 / all as f32 >= MIN_SIMILARITY
    }
}

/// How well a text matches a phrase: 1 if equal; 0.95 if it contains the phrase and otherwise only
/// words of the topic, such as 小程序迁移要多久 after a reply about that; 0 if anything else stands
/// around the phrase, which makes it another question (做饭要多久); else their similarity.
fn match_score(said: &ContentText, phrase: &ContentText, topic: &[String]) -> f32 {
    let (said, phrase, can_be_alike) = (&said.text, &phrase.text, said.can_be_like(phrase));
    if phrase.is_empty() {
        return 0.0;
    }
    if said == phrase {
        return 1.0;
    }
    let Some((before, after)) = split_around(said, phrase) else {
        let is_comparable = can_be_alike && denies(said) == denies(phrase);
        return if is_comparable {
            dice_similarity(said, phrase).min(0.99)
        } else {
            0.0
        };
    };
    if [before, after]
        .iter()
        .all(|part| is_covered(part.trim(), topic))
    {
        0.95
    } else {
        0.0
    }
}

/// The text before and after an occurrence of `phrase` that is not negated.
fn split_around<'t>(said: &'t str, phrase: &str) -> Option<(&'t str, &'t str)> {
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
    fn of(lexicon: &Lexicon) -> Self {
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
    fn strip_stop_words(&self, normal: &str) -> String {
        let words = normal
            .split(' ')
            .filter(|word| !ENGLISH_STOP_WORDS.contains(word));
        let mut text = self.standard(&words.collect::<Vec<_>>().join(" "));
        for word in STOP_WORDS {
            exchange(&mut text, word, "");
        }
        text.trim().to_owned()
    }

    /// A text with its synonyms replaced.
    fn standard(&self, normal: &str) -> String {
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
