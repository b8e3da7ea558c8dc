//! Requests for a language: English please, 说中文, 能用英文再说一遍吗. In: a normalised text. Out: the
//! language that is asked for. Must not know: the conversation.
//!
//! The text names a language and says nothing besides but how it is to be used: to speak, to answer,
//! again, please. Who does not understand a language asks for the other one.

use crate::model::Lang;
use crate::text::normalize::normalize;

const NAMES: &[(&str, Lang)] = &[
    ("english", Lang::En),
    ("英文版", Lang::En),
    ("英文", Lang::En),
    ("英语", Lang::En),
    ("chinese", Lang::Zh),
    ("mandarin", Lang::Zh),
    ("中文版", Lang::Zh),
    ("中文", Lang::Zh),
    ("汉语", Lang::Zh),
    ("国语", Lang::Zh),
    ("普通话", Lang::Zh),
];
/// English words that such a request is made of.
#[rustfmt::skip]
const ENGLISH_WORDS: &[&str] = &[
    "in", "into", "to", "please", "pls", "plz", "can", "could", "would", "will", "you", "we", "i", "me", "the", "do", "it",
    "this", "that", "once", "again", "only", "now", "back", "version", "language", "speak", "speaking", "say", "talk",
    "answer", "answers", "reply", "respond", "write", "use", "using", "switch", "change", "translate", "tell", "show",
    "from", "on", "always", "onwards", "future",
    "explain", "repeat", "continue", "go", "want", "like", "prefer", "need", "let's", "thanks", "thank", "ok", "hi",
];
/// With these, the language is not understood.
const ENGLISH_DENIALS: &[&str] = &[
    "don't", "dont", "can't", "cannot", "cant", "not", "no", "bad", "poor", "weak", "terrible",
    "rusty",
];
#[rustfmt::skip]
const ENGLISH_DENIED: &[&str] = &["understand", "read", "know", "good", "at", "my", "is", "i'm", "am", "very", "sorry", "so", "but", "really", "too", "pretty"];
/// Chinese words that such a request is made of, the longer ones first.
#[rustfmt::skip]
const CHINESE_WORDS: &[&str] = &[
    "可不可以", "能不能", "会不会", "再说一遍", "一遍", "一次", "一下", "回答", "回复", "答复", "解释", "说明", "说话", "沟通", "交流",
    "从现在开始", "从现在起", "今后", "往后", "一直", "切换", "回我", "答我", "跟我", "聊", "回", "答", "切换", "换成", "换回", "改成", "改用", "改回", "翻译", "谢谢", "麻烦", "可以", "请问", "请", "用", "说", "讲", "写", "发", "给",
    "能", "会", "吗", "吧", "呢", "么", "再", "我", "你", "您", "要", "想", "看", "到", "成", "跟", "和", "直接", "都", "就", "好",
    "行", "啊", "的", "了", "嘛", "语言", "重新", "还是", "以后", "改", "换", "继续", "接着", "干脆",
];
const CHINESE_DENIALS: &[&str] = &["看不懂", "听不懂", "不懂", "不会", "不太懂", "不要", "别"];

const ENDS_SENTENCE: &[char] = &[
    ':', '：', '?', '？', '!', '！', '。', '.', ',', '，', ';', '；', '\n',
];

/// The language that the text asks for, if it asks for nothing else.
pub(super) fn requested(normal: &str) -> Option<Lang> {
    let (name, lang) = NAMES.iter().find(|(name, _)| normal.contains(name))?;
    let rest = normal.replacen(name, " ", 1);
    let other = match lang {
        Lang::Zh => Lang::En,
        Lang::En => Lang::Zh,
    };
    let mut denied = false;
    for word in rest.split(|c: char| !c.is_alphanumeric() && c != '\'') {
        match word {
            _ if ENGLISH_WORDS.contains(&word) || word.is_empty() => {}
            _ if ENGLISH_DENIALS.contains(&word) => denied = true,
            _ if ENGLISH_DENIED.contains(&word) => {}
            _ => denied |= only_request_words(word)?,
        }
    }
    Some(if denied { other } else { *lang })
}

/// The language that one sentence of the text asks for, and what the other sentences say. `normal`:
/// the text, normalised; most texts name no language.
pub(super) fn beside_question(text: &str, normal: &str) -> Option<(Lang, String)> {
    NAMES.iter().find(|(name, _)| normal.contains(name))?;
    let sentences: Vec<&str> = text.split_inclusive(ENDS_SENTENCE).collect();
    let asked = |sentence: &&str| requested(&normalize(sentence));
    let (at, lang) = sentences
        .iter()
        .enumerate()
        .find_map(|(at, sentence)| Some((at, asked(sentence)?)))?;
    let (before, after) = (
        sentences.get(..at)?.concat(),
        sentences.get(at + 1..)?.concat(),
    );
    let rest = before + &after;
    (!normalize(&rest).is_empty()).then_some((lang, rest))
}

/// Whether Chinese that consists of words of a request only denies; `None` if it says more.
fn only_request_words(chinese: &str) -> Option<bool> {
    let (mut rest, mut denied) = (chinese, false);
    while !rest.is_empty() {
        let next = |words: &[&str]| words.iter().find_map(|word| rest.strip_prefix(word));
        rest = match (next(CHINESE_DENIALS), next(CHINESE_WORDS)) {
            (Some(shorter), _) => {
                denied = true;
                shorter
            }
            (None, Some(shorter)) => shorter,
            (None, None) => return None,
        };
    }
    Some(denied)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests() {
        for (text, wanted) in [
            ("English", Some(Lang::En)),
            ("English please!", Some(Lang::En)),
            ("in English, please", Some(Lang::En)),
            ("switch to english", Some(Lang::En)),
            ("Can you say that again in English?", Some(Lang::En)),
            ("能用英文再说一遍吗", Some(Lang::En)),
            ("I don't understand Chinese", Some(Lang::En)),
            ("我看不懂中文", Some(Lang::En)),
            ("说中文", Some(Lang::Zh)),
            ("中文谢谢", Some(Lang::Zh)),
            ("请用中文回答", Some(Lang::Zh)),
            ("請說中文", Some(Lang::Zh)),
            ("Chinese please", Some(Lang::Zh)),
            ("還是用英文回我好了", Some(Lang::En)),
            ("英文名称怎么改", None),
            ("小程序能用中文名字吗", None),
            ("my English name was taken", None),
            ("is there an English contract", None),
            ("怎么注销", None),
            ("", None),
        ] {
            assert_eq!(requested(&normalize(text)), wanted, "{text}");
        }
    }

    #[test]
    fn requests_beside_a_question() {
        for (text, wanted) in [
            (
                "In English please. 公司注销了怎么办",
                Some((Lang::En, " 公司注销了怎么办")),
            ),
            ("怎么注销？请用英文回答", Some((Lang::En, "怎么注销？"))),
            ("English", None),
            ("改英文名，要什么材料", None),
        ] {
            let wanted = wanted.map(|(lang, rest)| (lang, rest.to_owned()));
            assert_eq!(beside_question(text, &normalize(text)), wanted, "{text}");
        }
    }
}
