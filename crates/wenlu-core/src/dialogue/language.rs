//! The language and the script of a conversation. In: the conversation and a message. Out: the
//! conversation, in the language and the script that the message shows. Must not know: what the
//! message asks for.
//!
//! A sentence changes the language. A label that it quotes does not, nor does an address, a greeting
//! or a single word, except at the beginning, where nothing else is known. A language that was asked
//! for outlasts one sentence in the other.

use super::language_request::{beside_question, requested};
use super::manager::DialogueManager;
use super::state::Conversation;
use super::{command, interpret, shorthand};
use crate::knowledge::Lexicon;
use crate::model::{Decision, IncomingBody, Lang, LanguageBasis};
use crate::text::han_script::{quoted_ranges, written_script};
use crate::text::normalize::{is_han, normalize};

/// What a message shows about the language of its asker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LanguageSign {
    /// It is a sentence in this language.
    Sentence(Lang),
    /// It is a word or a greeting in English, which Chinese askers use as well.
    EnglishWord,
    /// It asks for this language.
    Request(Lang),
    Nothing,
}

/// English words that make a sentence of the words around them. Not those that are part of labels
/// (sign in, log out) or of error messages alone.
#[rustfmt::skip]
const ENGLISH: &[&str] = &[
    "the", "is", "are", "was", "do", "does", "did", "don't", "doesn't", "how", "what", "what's", "where", "where's",
    "when", "why", "which", "who", "can", "can't", "could", "should", "would", "i", "i'm", "i've", "my", "me", "we",
    "our", "you", "your", "it", "it's", "this", "that", "if", "please", "have", "need", "says", "mean", "means",
];
/// Words that people of every language type.
#[rustfmt::skip]
const GREETINGS: &[&str] = &[
    "hi", "hello", "hey", "hallo", "yo", "thx", "thanks", "thank", "you", "ty", "ok", "okay", "k", "yes", "yeah", "yep",
    "no", "nope", "bye", "goodbye", "lol", "cool", "great", "nice", "good", "sorry", "pls", "please", "there", "sir",
    "morning", "evening", "afternoon", "so", "much", "a", "lot", "got", "it",
];
/// What a Chinese sentence has and a label has not.
#[rustfmt::skip]
const CHINESE: &[&str] = &[
    "吗", "呢", "吧", "啊", "么", "怎", "什", "哪", "啥", "咋", "为何", "如何", "多久", "几", "是", "的", "了", "请问", "能不能",
    "可以", "在",
];

/// The conversation after the asker's message was heard.
pub(super) fn heard(
    manager: &DialogueManager,
    mut conversation: Conversation,
    body: &IncomingBody,
) -> Conversation {
    let IncomingBody::Text(text) = body else {
        return conversation;
    };
    if text.chars().nth(interpret::MAX_CHARS).is_some() {
        return conversation;
    }
    if let Some(script) = written_script(text) {
        conversation.script = script;
    }
    let assumed = conversation.lang_basis == LanguageBasis::Assumed;
    match sign(text, &manager.knowledge.lexicon) {
        LanguageSign::Request(lang) => {
            (conversation.lang, conversation.lang_basis) = (lang, LanguageBasis::Chosen);
        }
        LanguageSign::Sentence(lang) if lang == conversation.lang && !assumed => {}
        LanguageSign::Sentence(lang) => {
            // what was asked for outlasts one sentence
            if conversation.lang_basis != LanguageBasis::Chosen {
                conversation.lang = lang;
            }
            conversation.lang_basis = LanguageBasis::Written;
        }
        LanguageSign::EnglishWord
            if assumed && conversation.lang != Lang::En && is_meant(manager, text) =>
        {
            conversation.lang = Lang::En;
        }
        LanguageSign::EnglishWord | LanguageSign::Nothing => {}
    }
    conversation
}

/// Whether English words that are no sentence mean anything here.
fn is_meant(manager: &DialogueManager, text: &str) -> bool {
    let normal = normalize(text);
    let is_greeting = normal.split(' ').all(|word| GREETINGS.contains(&word));
    is_greeting
        || command::read(&normal).is_some()
        || manager.router.route(text).decision != Decision::Unknown
}

fn sign(text: &str, lexicon: &Lexicon) -> LanguageSign {
    let shown = without_tags(text);
    let normal = normalize(&without_addresses(&shown));
    if let Some(lang) = requested(&normal) {
        return LanguageSign::Request(lang);
    }
    if let Some((lang, _)) = beside_question(&shown, &normal) {
        return LanguageSign::Request(lang);
    }
    if !normal.chars().any(is_han) {
        return latin_sign(&normal, lexicon);
    }
    let bare = normalize(&without_addresses(&without_quotes(&shown)));
    match is_english_with_labels(&bare) {
        true => LanguageSign::Sentence(Lang::En),
        false => LanguageSign::Sentence(Lang::Zh),
    }
}

/// The sign of a text without Chinese characters.
fn latin_sign(normal: &str, lexicon: &Lexicon) -> LanguageSign {
    let words = latin_words(normal);
    let is_technical = |word: &&str| lexicon.words.iter().any(|known| is_written(known, word));
    if words.iter().all(is_technical) {
        return LanguageSign::Nothing;
    }
    let is_greeting = || words.iter().all(|word| GREETINGS.contains(word));
    let is_nod = || shorthand::acknowledges(normal);
    match words.len() == 1 || command::read(normal).is_some() || is_greeting() || is_nod() {
        true => LanguageSign::EnglishWord,
        false => LanguageSign::Sentence(Lang::En),
    }
}

/// Whether `known` is the normalised `word` of letters. Few begin like it, and only those need to be
/// normalised.
fn is_written(known: &str, word: &str) -> bool {
    let first = known.chars().next();
    let is_other = first.is_none_or(|c| {
        let differs = || !word.starts_with(c.to_ascii_lowercase());
        is_han(c) || c.is_ascii_alphanumeric() && differs()
    });
    !is_other && normalize(known) == word
}

/// Whether a text with Chinese characters is an English sentence that names something in Chinese:
/// where is 侵权投诉.
fn is_english_with_labels(normal: &str) -> bool {
    let words = latin_words(normal);
    let english = words.iter().filter(|word| ENGLISH.contains(word)).count();
    let han = normal.chars().filter(|c| is_han(*c)).count();
    let is_chinese = CHINESE.iter().any(|sign| normal.contains(sign));
    let is_long = english >= 3 && words.len() > han;
    english >= 1 && words.len() >= 2 && (!is_chinese || is_long)
}

/// Words of ASCII letters, where Chinese characters end a word as spaces do.
fn latin_words(normal: &str) -> Vec<&str> {
    normal
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '\'')
        .filter(|word| word.contains(|c: char| c.is_ascii_alphabetic()))
        .collect()
}

/// The text without web and e-mail addresses.
fn without_addresses(text: &str) -> String {
    let is_address = |word: &str| {
        let (host, is_host) = match word.split_once("://") {
            Some((_, rest)) => (rest, true),
            None => (word, word.starts_with("www.") || word.contains('@')),
        };
        let named = host.split('/').next().unwrap_or_default();
        let last = named.rsplit('.').next().unwrap_or_default();
        let is_domain = named.contains('.')
            && named.is_ascii()
            && last.len() >= 2
            && last.chars().all(|c| c.is_ascii_alphabetic());
        is_host || is_domain
    };
    let words = text.split_whitespace().filter(|word| !is_address(word));
    words.collect::<Vec<_>>().join(" ")
}

fn without_quotes(text: &str) -> String {
    let quoted = quoted_ranges(text);
    let outside = |at: usize| !quoted.iter().any(|range| range.contains(&at));
    let chars = text.char_indices();
    chars
        .map(|(at, c)| if outside(at) { c } else { ' ' })
        .collect()
}

/// The text without HTML tags, as a browser would show it.
fn without_tags(text: &str) -> String {
    let mut parts = text.split('<');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| match part.split_once('>') {
        Some((_, after)) => shown + " " + after,
        None => shown + " " + part,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs() {
        use LanguageSign::{EnglishWord, Nothing, Sentence};
        let lexicon = Lexicon {
            words: vec!["openid".into(), "unionid".into(), "对公账户".into()],
            ..Lexicon::default()
        };
        for (text, wanted) in [
            ("怎么注销小程序", Sentence(Lang::Zh)),
            ("嗯", Sentence(Lang::Zh)),
            ("how long does it take", Sentence(Lang::En)),
            ("where is 侵权投诉?", Sentence(Lang::En)),
            ("what is 被投诉单号", Sentence(Lang::En)),
            ("Do I need a 对公账户 to close it?", Sentence(Lang::En)),
            (
                "The page says 我要申诉 and 我要投诉. Which one?",
                Sentence(Lang::En),
            ),
            ("what does “名字是不是被占用了” mean", Sentence(Lang::En)),
            ("sign in 按钮点不了", Sentence(Lang::Zh)),
            (
                "提示 the name is already taken 改不了名",
                Sentence(Lang::Zh),
            ),
            ("unionid 会变吗", Sentence(Lang::Zh)),
            ("openid unionid", Nothing),
            ("https://example.com/what/is/this", Nothing),
            ("mp.weixin.qq.com", Nothing),
            ("someone@example.com", Nothing),
            ("<b>404</b>", Nothing),
            ("123 ？？", Nothing),
            ("hi", EnglishWord),
            ("thx!", EnglishWord),
            ("Thank you so much", EnglishWord),
            ("help", EnglishWord),
            ("ok will try", EnglishWord),
            ("talk to a person", EnglishWord),
            ("refund", EnglishWord),
        ] {
            assert_eq!(sign(text, &lexicon), wanted, "{text}");
        }
    }
}
