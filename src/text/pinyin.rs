//! Readings. In: a Han character. Out: its toneless pinyin, so that a homophone (祝销 for 注销) reads the same.
//! Must not know: words; a character with several readings has its most usual one here.

use pinyin::ToPinyin;

/// `注` → `zhu`; `None` for what is not a Han character or has no known reading.
pub fn reading(c: char) -> Option<&'static str> {
    c.to_pinyin().map(|p| p.plain())
}
