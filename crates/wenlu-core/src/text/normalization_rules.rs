//! The rules of normalisation for single characters. In: a character, or a text without invisible ones.
//! Out: which character stands for it. Must not know: words, intents.

use std::borrow::Cow;

/// Zero-width, bidirectional, variation and other control characters, which change nothing that is
/// read. Line breaks and tabs count as white space.
pub(crate) fn is_invisible(c: char) -> bool {
    (c.is_control() && !c.is_whitespace())
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Traditional to simplified characters, one by one (`tw2s`) and never by words: `tw2sp` turns
/// 小程序 into 小进程. 么 and 抬 are simplified already, but the tables take them for the
/// traditional 幺 and 擡: 什么 would become 什幺.
pub(super) fn simplify(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let converted: String = hanconv::tw2s(text).chars().map(left_over).collect();
    if !text.contains(['么', '抬']) || converted.chars().count() != text.chars().count() {
        return Cow::Owned(converted);
    }
    text.chars()
        .zip(converted.chars())
        .map(|(old, new)| {
            if matches!(old, '么' | '抬') {
                old
            } else {
                new
            }
        })
        .collect()
}

/// Characters that the tables leave traditional, or simplify in one of two spellings only: both
/// spellings must come out the same.
pub(super) fn left_over(c: char) -> char {
    match c {
        '暱' => '昵',
        '衞' => '卫',
        '敍' => '叙',
        '谘' => '咨',
        '馀' => '余',
        '钜' => '巨',
        '锺' => '钟',
        '镟' => '旋',
        '渖' => '沈',
        '颚' => '腭',
        '鲶' => '鲇',
        '稆' => '穞',
        _ => c,
    }
}

/// One character in the reduced alphabet: a letter, a digit, a Han character, sentence punctuation
/// in ASCII, `'`, or a space.
pub(super) fn fold(c: char) -> char {
    match c {
        '，' | '、' | '﹐' => ',',
        '。' | '｡' | '…' => '.',
        '？' => '?',
        '！' => '!',
        '；' | '\n' => ';',
        '：' => ':',
        '’' | '‘' => '\'',
        _ if c.is_alphanumeric() || is_clause_end(c) || c == '\'' => c,
        _ => ' ',
    }
}

/// Punctuation that ends a clause, in the ASCII form that [`clean`] gives it.
pub(crate) fn is_clause_end(c: char) -> bool {
    matches!(c, ',' | '.' | '?' | '!' | ';' | ':')
}
