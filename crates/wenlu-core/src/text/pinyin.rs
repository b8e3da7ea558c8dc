//! Pinyin. In: a Han character. Out: its toneless pinyin, which is the same for homophones (祝销
//! for 注销). Must not know: words; of several readings only the most usual one is used.

use pinyin::ToPinyin;

/// `注` → `zhu`; `None` for what is not a Han character or has no known reading.
pub fn char_pinyin(c: char) -> Option<&'static str> {
    c.to_pinyin().map(|p| p.plain())
}
