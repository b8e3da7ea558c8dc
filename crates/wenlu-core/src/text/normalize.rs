//! Normalisation. In: a message as typed. Out: the form in which messages and examples are
//! compared: NFKC (which folds width), lower case, simplified characters, without invisible
//! characters, emoji and repetitions. Must not know: words.

use super::char_folding::{CharFolding, char_folding};
use super::normalization_rules::{fold, is_clause_end, is_invisible, simplify};
use unicode_normalization::UnicodeNormalization;

/// The masks that replace personal data in a stored message. They say nothing about the question: a
/// message is compared, segmented and scored without them.
pub(crate) const MASKS: [&str; 16] = [
    "［手机号］",
    "［身份证号］",
    "［银行卡号］",
    "［邮箱］",
    "［密钥］",
    "［令牌］",
    "［用户标识］",
    "［姓名］",
    "［地址］",
    "［微信号］",
    "［QQ号］",
    "［电话］",
    "［订单号］",
    "［车牌号］",
    "［证件号］",
    "［密码］",
];

/// Characters of a normalised text. One character may stand for eighteen (`ﷺ`), so that the length of a
/// message does not bound the work that it makes. Twice what a message may have: ligatures, `㎏`
/// and `½` in what people write stay far below.
pub const MAX_NORMAL_CHARS: usize = 4_000;
/// Bytes up to which no text has more: `ﷺ` has three.
const SHORT_BYTES: usize = MAX_NORMAL_CHARS / 18 * 3;

/// The form that is compared, segmented and scored: without punctuation and symbols, with one space
/// between words of letters or digits and none beside Han characters.
///
/// ```
/// # use wenlu_core::text::normalize::normalize;
/// assert_eq!(normalize("請問　ＡＰＰ 怎麼註銷？？"), "请问app怎么注销");
/// ```
///
/// What does not fit into [`MAX_NORMAL_CHARS`] is left out.
pub fn normalize(text: &str) -> String {
    strip_punctuation(&clean(text))
}

/// Whether `normal` is the normalised form of `text`. Most texts begin with a plain character that
/// `normal` does not begin with, and need not be normalised.
pub(crate) fn normalizes_to(text: &str, normal: &str) -> bool {
    let begins_otherwise = text.chars().next().is_some_and(|c| {
        is_han(c) && char_folding(c) == CharFolding::Is(c) && !normal.starts_with(c)
    });
    !begins_otherwise && normalize(text) == normal
}

/// Whether [`normalize`] leaves out the end of `text`.
pub fn is_cut_short(text: &str) -> bool {
    bounded(text).len() < text.len()
}

/// The beginning of `text` that is normalised: whole characters that stand for at most
/// [`MAX_NORMAL_CHARS`].
pub(super) fn bounded(text: &str) -> &str {
    if text.len() <= SHORT_BYTES {
        return text;
    }
    let mut room = MAX_NORMAL_CHARS;
    for (at, c) in text.char_indices() {
        match room.checked_sub(normal_length(c)) {
            Some(left) => room = left,
            None => return &text[..at],
        }
    }
    text
}

/// How many characters stand for `c` at most.
fn normal_length(c: char) -> usize {
    match c {
        _ if c.is_ascii() || matches!(c, '\u{4e00}'..='\u{9fff}') => 1,
        _ => std::iter::once(c)
            .nfkc()
            .flat_map(char::to_lowercase)
            .count(),
    }
}

/// Like [`normalize`], but with sentence punctuation in its ASCII form (`, . ? ! ; :`), for
/// splitting into clauses.
pub fn clean(text: &str) -> String {
    let text = bounded(text);
    // fast path, for nearly every message: no character depends on its neighbours
    if text
        .chars()
        .all(|c| !matches!(char_folding(c), CharFolding::Depends))
    {
        let folded = text.chars().filter_map(|c| {
            if let CharFolding::Is(c) = char_folding(c) {
                Some(c)
            } else {
                None
            }
        });
        return squeeze(folded, text.len());
    }
    clean_by_rules(text)
}

/// The definition of [`clean`], rule by rule; slower than its fast path.
pub(super) fn clean_by_rules(text: &str) -> String {
    squeeze(
        simplify(&widths_and_case(&visible(text))).chars().map(fold),
        text.len(),
    )
}

/// Han ideographs, the extensions in use included.
pub fn is_han(c: char) -> bool {
    !c.is_ascii()
        && matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{20000}'..='\u{323af}' | '\u{f900}'..='\u{faff}' | '〇')
}

/// A letter or digit of a script that is written with spaces.
pub(crate) fn is_letter(c: char) -> bool {
    !is_han(c) && c.is_alphanumeric()
}

/// `text` without invisible characters and without masks.
pub(super) fn visible(text: &str) -> String {
    let seen = |text: &str| text.chars().filter(|&c| !is_invisible(c)).collect();
    if text.contains('［') {
        seen(
            &MASKS
                .iter()
                .fold(text.to_owned(), |text, mask| text.replace(mask, " ")),
        )
    } else {
        seen(text)
    }
}

/// Half width, lower case.
pub(super) fn widths_and_case(visible: &str) -> String {
    visible.nfkc().flat_map(char::to_lowercase).collect()
}

/// Cuts repetitions short: a Han character that stands three times or more is kept once (急急急), a
/// letter twice (sooooo), a punctuation mark or a space once. Digits are never touched. `bytes`:
/// the expected length.
pub(super) fn squeeze(folded: impl Iterator<Item = char>, bytes: usize) -> String {
    let mut out = String::with_capacity(bytes);
    let mut last = ' ';
    let mut run = 0;
    for c in folded {
        run = if c == last { run + 1 } else { 1 };
        let keep = match c {
            ' ' => run == 1,
            _ if is_clause_end(c) => run == 1,
            _ if is_han(c) => run < 3,
            _ if c.is_ascii_digit() => true,
            _ => run < 3,
        };
        if run == 3 && is_han(c) {
            out.pop();
        } else if keep {
            out.push(c);
        }
        last = c;
    }
    out
}

/// From [`clean`] to [`normalize`]: removes punctuation, and spaces that separate nothing.
pub(crate) fn strip_punctuation(clean: &str) -> String {
    let mut out = String::with_capacity(clean.len());
    let (mut gap, mut last) = (false, None);
    for c in clean.chars() {
        if c == ' ' || is_clause_end(c) {
            gap = true;
            continue;
        }
        if gap && last.is_some_and(is_letter) && is_letter(c) {
            out.push(' ');
        }
        gap = false;
        last = Some(c);
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (text, wanted) in [
            (
                "  小程序 遷移 後，ＯｐｅｎＩＤ 會變嗎？？ ",
                "小程序迁移后openid会变吗",
            ),
            (
                "appid transfer 后 openid 会变吗",
                "appid transfer后openid会变吗",
            ),
            ("注\u{200b}销😭😭😭小程序！！！", "注销小程序"),
            ("急急急急 sooooo 1000", "急soo 1000"),
            ("谢谢谢谢", "谢"),
            ("谢谢", "谢谢"),
            ("can’t log in.", "can't log in"),
            ("什麼是帳號？", "什么是帐号"),
            ("暱稱與昵称", "昵称与昵称"),
            ("我的号是［手机号］，怎么注销", "我的号是怎么注销"),
            ("openid［用户标识］appid", "openid appid"),
            ("［手机］", "手机"),
            ("……", ""),
            ("", ""),
        ] {
            assert_eq!(normalize(text), wanted, "{text:?}");
            assert_eq!(normalize(&normalize(text)), wanted, "twice: {text:?}");
        }
    }

    #[test]
    fn normal_forms_are_recognised() {
        for text in [
            "查看步骤",
            "查看 步驟",
            "註銷",
            "［手机号］注销",
            "急急急",
            "APP 注销",
            "",
        ] {
            assert!(normalizes_to(text, &normalize(text)), "{text:?}");
            assert!(!normalizes_to(text, "注销小程序"), "{text:?}");
        }
    }

    #[test]
    fn one_character_may_stand_for_many_and_the_whole_is_bounded() {
        // 18 characters each, spaces among them; and a last one that would not fit whole
        for (text, kept) in [
            ("ﷺ".repeat(2_000), MAX_NORMAL_CHARS / 18 * 18),
            ("a".repeat(10) + &"ﷺ".repeat(2_000), 10 + 3_990 / 18 * 18),
            (format!("ab{}", "ﬃ".repeat(5_000)), 2 + 3_998 / 3 * 3),
            ("字母".repeat(5_000), MAX_NORMAL_CHARS),
        ] {
            assert!(is_cut_short(&text));
            let length: usize = bounded(&text).chars().map(normal_length).sum();
            assert_eq!(length, kept, "{}", text.chars().take(3).collect::<String>());
            assert!(normalize(&text).chars().count() <= MAX_NORMAL_CHARS);
        }
        for text in [
            "한국어".repeat(600),
            "é½㎏…".repeat(400),
            "字".repeat(2_000),
        ] {
            assert!(!is_cut_short(&text), "{text}");
        }
    }

    #[test]
    fn no_character_stands_for_more_than_the_longest_that_is_known() {
        for c in '\0'..=char::MAX {
            let bytes = c.len_utf8();
            assert!(normal_length(c) * 3 <= bytes * 18, "{c:?}");
        }
    }

    #[test]
    fn stops_stay_for_clauses() {
        assert_eq!(
            clean("不想注销，只想迁移。\n多久？"),
            "不想注销,只想迁移.;多久?"
        );
    }
}
