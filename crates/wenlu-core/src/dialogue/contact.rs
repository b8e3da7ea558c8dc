//! How an asker can be reached, in what they wrote. In: a text, once they were asked for it. Out: the
//! text without it, for everybody but those whom it is for. Must not know: who asks for it, where it
//! is kept.

use crate::privacy::{PersonalDataKind, redact};
use std::ops::Range;

/// Stands for a message that says how its asker can be reached and nothing else.
pub const CONTACT_MASK: &str = "［联系方式］";
/// Characters of it that are kept.
pub(super) const MOST_CHARS: usize = 200;
/// A message with so many other letters at most says nothing else.
const FEW_LETTERS: usize = 14;
/// Words of a message that asks or complains, however short it is.
const ASKING: [&str; 12] = [
    "?",
    "？",
    "怎么",
    "为什么",
    "吗",
    "如何",
    "什么",
    "多久",
    "不到",
    "不了",
    "how ",
    "why ",
];
/// Words after which an id follows.
const NAMED: [&str; 8] = [
    "微信号",
    "微信",
    "wechat",
    "weixin",
    "wx",
    "vx",
    "qq号",
    "qq",
];
/// What may stand between such a word and the id.
const BETWEEN: &[char] = &[
    ' ', ':', '：', '是', '为', '号', '=', '，', ',', '\u{3000}', 'i', 'd', 'I', 'D', 's',
];
/// Characters of a WeChat or QQ id.
const ID_CHARS: std::ops::RangeInclusive<usize> = 5..=20;
/// Digits of a telephone number, of whatever country.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// A message that says how its asker can be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct GivenContact {
    /// What everybody else may see: the message without it, or [`CONTACT_MASK`].
    pub rest: String,
    /// Whether it says nothing else.
    pub is_all: bool,
}

/// What is to be seen of `text`, and stored, if it says how its asker can be reached.
pub fn without_contact(text: &str) -> Option<String> {
    given_contact(text).map(|given| given.rest)
}

pub(super) fn given_contact(text: &str) -> Option<GivenContact> {
    let mut spans: Vec<Range<usize>> = redact(text)
        .masked
        .into_iter()
        .filter(|masked| reaches(masked.kind))
        .map(|masked| masked.span)
        .collect();
    spans.extend(named_ids(text));
    spans.extend(numbers(text));
    spans.extend(whole_id(text));
    if spans.is_empty() {
        return None;
    }
    spans.sort_by_key(|span| span.start);
    let (mut rest, mut from) = (String::new(), 0);
    for span in spans {
        rest += text.get(from..span.start).unwrap_or_default();
        rest.push(' ');
        from = from.max(span.end);
    }
    rest += text.get(from..).unwrap_or_default();
    let letters = rest.chars().filter(|c| c.is_alphanumeric()).count();
    let lower = rest.to_lowercase();
    let asks = ASKING.iter().any(|word| lower.contains(word));
    let is_all = letters <= FEW_LETTERS && !asks;
    Some(GivenContact {
        rest: match is_all {
            true => CONTACT_MASK.to_owned(),
            false => rest.split_whitespace().collect::<Vec<_>>().join(" "),
        },
        is_all,
    })
}

/// Whether somebody is reached by it: what is masked as such must be kept as a contact.
fn reaches(kind: PersonalDataKind) -> bool {
    use PersonalDataKind::{Email, Landline, Phone, Qq, WeChat};
    matches!(kind, Phone | Landline | Email | WeChat | Qq)
}

fn is_id_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

/// `微信：xiaoming_88`, `QQ 12345678`.
fn named_ids(text: &str) -> Vec<Range<usize>> {
    let lower = text.to_ascii_lowercase();
    let mut found = Vec::new();
    for word in NAMED {
        for (at, _) in lower.match_indices(word) {
            let Some(after) = text.get(at + word.len()..) else {
                continue;
            };
            let trimmed = after.trim_start_matches(BETWEEN);
            // an id may begin with letters that may also stand between: then all of them are its own
            let starts = [after.len() - trimmed.len(), blank(after)];
            let ids = starts.into_iter().filter_map(|skipped| {
                let (between, rest) = after.split_at_checked(skipped)?;
                let length = rest.find(|c| !is_id_char(c)).unwrap_or(rest.len());
                let begins = at + word.len() + skipped;
                let is_id = ID_CHARS.contains(&length) && is_named(between, rest.get(..length)?);
                is_id.then_some(begins..begins + length)
            });
            found.extend(ids.max_by_key(std::iter::ExactSizeIterator::len));
        }
    }
    found
}

/// `openid` after 微信 is a word, unless something says that it is an id.
fn is_named(between: &str, id: &str) -> bool {
    between.contains([':', '：', '是', '为', '号', '=']) || id.chars().any(is_sign)
}

/// What ids have and words have not.
fn is_sign(c: char) -> bool {
    c.is_ascii_digit() || c == '_'
}

/// Bytes before the first character of an id.
fn blank(text: &str) -> usize {
    text.find(is_id_char).unwrap_or(text.len())
}

/// `+86 138 0000 0000`, `0755-12345678`: digits with single marks between them.
fn numbers(text: &str) -> Vec<Range<usize>> {
    let is_part = |c: char| c.is_ascii_digit() || "+-() ".contains(c);
    let mut found = Vec::new();
    let mut start = None;
    let ends = text.char_indices().chain([(text.len(), '。')]);
    for (at, c) in ends {
        match (start, is_part(c)) {
            (None, true) if c != ' ' && c != '-' && c != ')' => start = Some(at),
            (Some(from), false) => {
                let part = text.get(from..at).unwrap_or_default().trim_end();
                let digits = part.chars().filter(char::is_ascii_digit).count();
                let is_word = c.is_ascii_alphanumeric() || before_is_word(text, from);
                if DIGITS.contains(&digits) && !is_word && !is_date(part) {
                    found.push(from..from + part.len());
                }
                start = None;
            }
            _ => {}
        }
    }
    found
}

/// `2024-05-01`.
fn is_date(part: &str) -> bool {
    let mut lengths = part.split('-').map(str::len);
    let year_first = lengths.next() == Some(4);
    year_first && lengths.clone().count() == 2 && lengths.all(|length| length <= 2)
}

fn before_is_word(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|before| before.chars().next_back());
    before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// An id that stands alone: a letter, and a digit or a line in it.
fn whole_id(text: &str) -> Option<Range<usize>> {
    let id = text.trim();
    let is_id = ID_CHARS.contains(&id.len())
        && id.chars().all(is_id_char)
        && id.starts_with(|c: char| c.is_ascii_alphabetic())
        && id.chars().any(is_sign);
    let start = text.len() - text.trim_start().len();
    is_id.then(|| start..start + id.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_how_to_reach_somebody() {
        for text in [
            "13812345678",
            "我的手机号是 138 1234 5678",
            "+86 138-1234-5678，谢谢",
            "0755-12345678",
            "+1 (415) 555-0132",
            "微信：xiaoming_88",
            "我微信号是abcde，下午联系我",
            "加我wechat xiaoming88",
            "vx idsky_2020",
            "QQ 12345678",
            "xiaoming@example.com",
            "my e-mail: ming@example.com",
            "wxid_abc123",
            // known by how they are masked alone
            "加v abc_123",
            "企鹅号 123456",
        ] {
            let given = given_contact(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(given.rest, CONTACT_MASK, "{text}");
            assert!(given.is_all, "{text}");
        }
        let short = given_contact("13812345678 收不到验证码").unwrap();
        assert!(!short.is_all, "{short:?}");
        let both = given_contact("我的电话是13812345678，想问一下小程序注销之后名称什么时候释放");
        let both = both.unwrap();
        assert!(!both.is_all);
        assert_eq!(
            both.rest,
            "我的电话是 ，想问一下小程序注销之后名称什么时候释放"
        );
    }

    #[test]
    fn what_does_not() {
        for text in [
            "",
            "微信怎么注销",
            "微信公众号",
            "转人工",
            "好的",
            "transfer",
            "错误码 40029",
            "2024-05-01",
            "微信里找不到",
            "微信openid怎么获取",
            "qq",
            "我不想留",
        ] {
            assert_eq!(given_contact(text), None, "{text}");
        }
    }
}
