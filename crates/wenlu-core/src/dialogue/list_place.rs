//! Places in a list, as one names them: 2, 第二个, 最后一个, 中间那个, the last one. In: a normalised text.
//! Out: the place. Must not know: what is listed.

use super::numerals::{ORDINALS, number};

/// A place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListPlace {
    /// Counted from 1.
    Nth(usize),
    /// Counted from 1, beginning with the last.
    FromEnd(usize),
    /// Of an odd number of things.
    Middle,
}

impl ListPlace {
    /// The index in a list of so many; `None` if it has no such place.
    pub(crate) fn index(self, count: usize) -> Option<usize> {
        let index = match self {
            Self::Nth(number) => number.checked_sub(1),
            Self::FromEnd(number) => count.checked_sub(number),
            Self::Middle => (count % 2 == 1).then_some(count / 2),
        };
        index.filter(|index| *index < count)
    }
}

/// Words that, before or after a place, make it the choice of a button.
#[rustfmt::skip]
const CHOICE_BEFORE: &[&str] = &[
    "我想问的是", "我要", "我选择", "我选", "选择", "选项", "选", "就要", "就", "那就", "那我", "换成", "换", "改成", "改", "看看", "应该是", "可能是", "大概是",
    "第", "option", "number", "no", "choose", "choice",
];
const CHOICE_AFTER: &[&str] = &["", "个", "项", "条", "号", "个吧", "吧", "个问题", "个选项"];
#[rustfmt::skip]
const ENGLISH_BEFORE: &[&str] = &[
    "the ", "ok ", "okay ", "please ", "i'll take ", "i choose ", "i pick ", "i want ", "i mean ", "it's ", "maybe ", "option ", "choice ", "number ",
    "let's take ", "let's do ", "go with ", "i'd say ", "probably ",
];
#[rustfmt::skip]
const ENGLISH_AFTER: &[&str] = &[" one", " option", " choice", " button", " item", " please", " pls", " thanks", " then", " of these", " of those"];
/// Places that are no numbers, with what may stand behind them.
#[rustfmt::skip]
const RELATIVE: &[(ListPlace, &[&str])] = &[
    (ListPlace::FromEnd(1), &["最后一", "最后", "最末一", "最末", "最下面那", "最下面一", "the last one", "the last", "last one", "the bottom one"]),
    (ListPlace::Nth(1), &["头一", "最上面那", "最上面一", "the top one"]),
    (ListPlace::Middle, &["中间那", "中间一", "中间的那", "正中间那", "the middle one", "middle one", "the one in the middle"]),
    (ListPlace::FromEnd(2), &["second to last", "the second to last", "the second last", "last but one"]),
];

/// The place of a choice, if the whole text is one: `2`, `第二个`, `选2`, `最后一个吧`, `the first one`.
pub(crate) fn choice(normal: &str) -> Option<ListPlace> {
    let bare = english_bare(normal);
    if let Some((_, number)) = ORDINALS.iter().find(|(word, _)| *word == bare) {
        return Some(ListPlace::Nth(*number));
    }
    let mut rest = normal;
    while let Some(shorter) = CHOICE_BEFORE
        .iter()
        .find_map(|before| rest.strip_prefix(before))
    {
        rest = shorter.trim_start();
    }
    let (place, after) = relative(rest).or_else(|| {
        let (number, after) = number(rest)?;
        Some((ListPlace::Nth(number), after))
    })?;
    CHOICE_AFTER.contains(&after).then_some(place)
}

/// An English text without what may stand around a place: `i'll take the second option please`.
fn english_bare(normal: &str) -> &str {
    let mut bare = normal;
    loop {
        let before = ENGLISH_BEFORE
            .iter()
            .find_map(|word| bare.strip_prefix(word));
        let shorter = before.or_else(|| {
            ENGLISH_AFTER
                .iter()
                .find_map(|word| bare.strip_suffix(word))
        });
        match shorter {
            Some(shorter) => bare = shorter,
            None => return bare,
        }
    }
}

/// A place that is named without a number, or from the end, and what follows.
pub(super) fn relative(text: &str) -> Option<(ListPlace, &str)> {
    if let Some(rest) = text.strip_prefix("倒数第") {
        let (number, after) = number(rest)?;
        return Some((ListPlace::FromEnd(number), after));
    }
    let all = RELATIVE.iter();
    let each = all.flat_map(|(place, words)| words.iter().map(move |word| (*place, *word)));
    let begun = each.filter_map(|(place, word)| Some((place, word, text.strip_prefix(word)?)));
    let (place, word, after) = begun.max_by_key(|(_, word, _)| word.len())?;
    // 最后: at last; 最后一个: the last one
    (word != "最后" && word != "最末" || !after.is_empty()).then_some((place, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::normalize;

    #[test]
    fn choices() {
        use ListPlace::{FromEnd, Middle, Nth};
        for (text, wanted) in [
            ("1", Some(Nth(1))),
            ("①", Some(Nth(1))),
            ("第一个", Some(Nth(1))),
            ("选2", Some(Nth(2))),
            ("我选第三个吧", Some(Nth(3))),
            ("１２", Some(Nth(12))),
            ("十二", Some(Nth(12))),
            ("第二十", Some(Nth(20))),
            ("两", Some(Nth(2))),
            ("2号", Some(Nth(2))),
            ("option 2", Some(Nth(2))),
            ("the second one", Some(Nth(2))),
            ("second option please", Some(Nth(2))),
            ("最后一个", Some(FromEnd(1))),
            ("选最后那个", None),
            ("倒数第二个", Some(FromEnd(2))),
            ("中间那个吧", Some(Middle)),
            ("换第二个", Some(Nth(2))),
            ("the last one", Some(FromEnd(1))),
            ("最后", None),
            ("最后怎么办", None),
            ("第3步", None),
            ("0", None),
            ("100", None),
            ("1个月", None),
            ("一般", None),
            ("", None),
        ] {
            assert_eq!(choice(&normalize(text)), wanted, "{text}");
        }
    }

    #[test]
    fn places_of_lists() {
        assert_eq!(ListPlace::FromEnd(1).index(3), Some(2));
        assert_eq!(ListPlace::Middle.index(3), Some(1));
        for (place, count) in [
            (ListPlace::Middle, 2),
            (ListPlace::Nth(4), 3),
            (ListPlace::Nth(0), 3),
            (ListPlace::FromEnd(4), 3),
        ] {
            assert_eq!(place.index(count), None);
        }
    }
}
