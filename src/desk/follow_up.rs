//! Follow-ups: what is asked in a few words after an answer (要多久？需要什么材料？). In: the intent that was answered, and
//! a normalised text. Out: the section that the text asks for. Must not know: the rest of the conversation.

use super::button::Target;
use crate::knowledge::{Intent, Lexicon};
use crate::text::{normalize::is_han, normalize::normalize, similarity::dice};

/// How alike a text and a follow-up phrase must be, mistyped words and all.
const SIMILARITY: f32 = 0.7;
/// How much of what stands around a phrase must be of the topic.
const COVERED: f32 = 0.7;
/// What people put around a follow-up that asks nothing more, in the order in which it is taken away.
const SMALL_WORDS: &[&str] = &[
    "那么", "那个", "请问", "大概", "大约", "一般", "通常", "需要", "准备", "提供", "提交", "的话", "这个", "还要", "我想知道", "那", "还", "这", "它", "是",
    "的", "呢", "啊", "呀", "吗", "嘛", "吧", "了", "会", "要", "得",
];
const SMALL_ENGLISH: &[&str] = &["so", "and", "does", "do", "it", "is", "the", "a", "please", "this", "that", "will", "i"];
/// Question words that mean the same; each is written as the second.
const SAME: &[(&str, &str)] = &[
    ("多长时间", "多久"), ("几天", "多久"), ("多少天", "多久"), ("哪些", "什么"), ("哪几样", "什么"), ("啥", "什么"), ("怎样", "怎么"), ("如何", "怎么"), ("咋", "怎么"),
];

/// A section that a text asks for.
pub struct Found {
    pub target: Target,
    /// The text is the phrase itself, small words aside: it cannot be a question about something else.
    pub is_exact: bool,
}

/// The best match among `intent`'s follow-ups.
pub fn find(intent: &Intent, normal: &str, lexicon: &Lexicon) -> Option<Found> {
    let said = essence(normal, lexicon);
    let mut best: Option<(f32, &crate::knowledge::FollowUp)> = None;
    for follow_up in &intent.follow_ups {
        let phrase = essence(&normalize(&follow_up.phrase), lexicon);
        let score = likeness(&said, &phrase, intent, lexicon);
        if score >= SIMILARITY && best.is_none_or(|(most, _)| score > most) {
            best = Some((score, follow_up));
        }
    }
    let (score, found) = best?;
    Some(Found { target: Target::section(&found.intent, &found.section), is_exact: score >= 1.0 })
}

/// 1: the phrase; a little less: the phrase with words of the topic around it, such as 小程序迁移要多久 after a reply about
/// that; nothing: the phrase with anything else around it, which is another question (做饭要多久); else how alike.
fn likeness(said: &str, phrase: &str, intent: &Intent, lexicon: &Lexicon) -> f32 {
    if phrase.is_empty() {
        return 0.0;
    }
    if said == phrase {
        return 1.0;
    }
    let Some((before, after)) = said.split_once(phrase) else { return dice(said, phrase).min(0.99) };
    let own = intent.examples.iter().chain([&intent.title]).map(|text| essence(&normalize(text), lexicon));
    let own: Vec<String> = own.collect();
    if [before, after].iter().all(|part| is_covered(part.trim(), &own)) { 0.95 } else { 0.0 }
}

/// Whether `part` is made of words of the topic, in whatever order: most of its pairs of characters stand in `own`.
fn is_covered(part: &str, own: &[String]) -> bool {
    let chars: Vec<char> = part.chars().collect();
    if chars.len() < 2 {
        return own.iter().any(|text| text.contains(part));
    }
    let pairs = chars.windows(2).map(|pair| pair.iter().collect::<String>());
    let known = pairs.filter(|pair| own.iter().any(|text| text.contains(pair.as_str()))).count();
    known as f32 >= COVERED * (chars.len() - 1) as f32
}

/// A text without what carries no meaning here, and with standard words for synonyms.
fn essence(normal: &str, lexicon: &Lexicon) -> String {
    let words = normal.split(' ').filter(|word| !SMALL_ENGLISH.contains(word));
    let mut text = words.collect::<Vec<_>>().join(" ");
    for (word, standard) in SAME {
        text = text.replace(word, standard);
    }
    for group in &lexicon.synonyms {
        let Some((standard, others)) = group.split_first() else { continue };
        let plain = others.iter().filter(|word| word.chars().all(is_han) && !standard.contains(word.as_str()));
        for word in plain {
            text = text.replace(word.as_str(), standard);
        }
    }
    for word in SMALL_WORDS {
        text = text.replace(word, "");
    }
    text.trim().to_owned()
}
