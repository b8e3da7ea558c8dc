//! Simplified and traditional script. In: a text. Out: in which of the two it is written, and the same
//! text in traditional script. Must not know: languages, replies.

use crate::model::HanScript;
use hanconv::RawDictionary::{STCharacters, STPhrases, TSCharacters, TSPhrases};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::LazyLock;

/// Characters that exist in one script only: 们 and 們, and not 后, which both have.
static TELLING: LazyLock<FxHashMap<char, HanScript>> = LazyLock::new(telling);

/// The script that `text` is clearly written in: characters of one script only, or at least twice as
/// many as of the other. What stands between quotation marks is a label, and does not count.
pub(crate) fn written_script(text: &str) -> Option<HanScript> {
    let (mut simplified, mut traditional) = (0usize, 0usize);
    let quoted = quoted_ranges(text);
    for (at, c) in text.char_indices() {
        if quoted.iter().any(|range| range.contains(&at)) {
            continue;
        }
        match TELLING.get(&c) {
            Some(HanScript::Simplified) => simplified += 1,
            Some(HanScript::Traditional) => traditional += 1,
            None => {}
        }
    }
    match (simplified, traditional) {
        (0, 0) => None,
        (s, t) if s >= 2 * t => Some(HanScript::Simplified),
        (s, t) if t >= 2 * s => Some(HanScript::Traditional),
        _ => None,
    }
}

/// `text` in traditional script, as it is written in Taiwan. Words stay the same: 小程序 becomes
/// 小程序, not 小程式, so that what a page says can be found on it.
pub(crate) fn to_traditional(text: &str) -> String {
    hanconv::s2tw(text)
}

/// `text` in simplified script, character by character.
pub(crate) fn to_simplified(text: &str) -> String {
    // the table leaves this one, which is what 昵 becomes in traditional script
    let converted = hanconv::tw2s(text).replace('暱', "昵");
    match converted.chars().count() == text.chars().count() {
        true => converted,
        // a word that becomes longer or shorter would move what stands behind it
        false => text.to_owned(),
    }
}

const QUOTES: &[(char, char)] = &[
    ('“', '”'),
    ('‘', '’'),
    ('「', '」'),
    ('『', '』'),
    ('【', '】'),
    ('《', '》'),
    ('"', '"'),
    ('`', '`'),
];

/// The byte ranges between quotation marks, the marks themselves among them; the outer ones where
/// they are nested. A mark that is not closed quotes nothing.
pub(crate) fn quoted_ranges(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut ranges = Vec::new();
    let mut from = 0;
    while let Some((at, open)) = next_quote(text, from) {
        let inside = at + open.0.len_utf8();
        let rest = text.get(inside..).unwrap_or_default();
        from = match rest.find(open.1) {
            Some(length) => {
                let end = inside + length + open.1.len_utf8();
                ranges.push(at..end);
                end
            }
            None => inside,
        };
    }
    ranges
}

fn next_quote(text: &str, from: usize) -> Option<(usize, (char, char))> {
    let rest = text.get(from..)?;
    rest.char_indices().find_map(|(at, c)| {
        let quote = QUOTES.iter().find(|(open, _)| *open == c)?;
        Some((from + at, *quote))
    })
}

fn telling() -> FxHashMap<char, HanScript> {
    let values = |all: &mut dyn Iterator<Item = Vec<&'static str>>| -> FxHashSet<char> {
        all.flatten().flat_map(str::chars).collect()
    };
    // all characters that a text in the one script may have after its conversion
    let in_traditional = STCharacters.var_iter().chain(STPhrases.var_iter());
    let in_traditional = values(&mut in_traditional.map(|(_, written)| written));
    let in_simplified = TSCharacters.var_iter().chain(TSPhrases.var_iter());
    let in_simplified = values(&mut in_simplified.map(|(_, written)| written));
    let keys = |all: &mut dyn Iterator<Item = (&'static str, &'static str)>| -> FxHashSet<char> {
        all.flat_map(|(key, _)| key.chars()).collect()
    };
    let simplified = keys(&mut STCharacters.iter());
    let simplified = simplified.difference(&in_traditional);
    let traditional = keys(&mut TSCharacters.iter());
    let traditional = traditional.difference(&in_simplified);
    let simplified = simplified.map(|c| (*c, HanScript::Simplified));
    let traditional = traditional.map(|c| (*c, HanScript::Traditional));
    simplified.chain(traditional).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_of_one_script_tell() {
        for (text, wanted) in [
            ("小程式註銷後，帳號會怎樣", Some(HanScript::Traditional)),
            ("怎么注销小程序", Some(HanScript::Simplified)),
            ("轉人工", Some(HanScript::Traditional)),
            ("皇后在后面", None),
            ("著作", None),
            ("小程序", None),
            ("where is it", None),
            ("", None),
            // a label in the other script is quoted
            ("點了“侵权投诉审核通过”沒反應", Some(HanScript::Traditional)),
            ("我們和他们", None),
        ] {
            assert_eq!(written_script(text), wanted, "{text}");
        }
    }

    #[test]
    fn quotes() {
        let quoted = |text: &str| -> Vec<String> {
            let ranges = quoted_ranges(text);
            ranges
                .into_iter()
                .map(|range| text[range].to_owned())
                .collect()
        };
        assert_eq!(
            quoted("点【确认】，在“我的‘设置’里”；未完的“引号"),
            ["【确认】", "“我的‘设置’里”"]
        );
        assert_eq!(quoted("a \"b\" c\" `d`"), ["\"b\"", "`d`"]);
    }

    #[test]
    fn words_stay_the_same() {
        assert_eq!(
            to_traditional("登录公众平台，小程序的后台里面"),
            "登錄公眾平臺，小程序的後臺裡面"
        );
        assert_eq!(
            to_simplified("登錄公眾平臺，小程序的後臺裡面"),
            "登录公众平台，小程序的后台里面"
        );
    }
}
