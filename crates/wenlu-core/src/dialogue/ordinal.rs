//! Ordinals: the item of a list that a text asks about. In: a normalised text. Out: which item, and what
//! else the text says. Must not know: which list is meant.

use super::list_place::{ListPlace, relative};
use super::numerals::{english_number, number};
use crate::text::units::units;

/// What may stand behind a number that names an item of a list: words that ask for more about it.
#[rustfmt::skip]
const ITEM_TAILS: &[&str] = &[
    "展开说说", "展开讲讲", "展开说一下", "展开", "详细说说", "详细讲讲", "详细说一下", "具体说说", "具体讲讲", "解释一下", "解释下", "再说说", "再讲讲",
    "说清楚点", "说清楚", "细说", "说一下", "讲一下", "说说", "讲讲", "是啥意思", "是什么意思", "啥意思", "什么意思", "指的是什么", "是指什么", "指什么",
    "具体是什么", "具体是啥", "是什么东西", "是什么", "是啥", "是哪个", "怎么理解", "怎么弄", "怎么搞", "怎么写", "怎么办", "怎样的", "什么情况", "举个例子", "没看懂",
    "看不懂", "没懂", "不懂", "不明白", "不太明白", "具体", "详细", "再", "我", "呢", "吧", "啊", "呀", "吗", "麻烦", "谢谢",
    " in detail", " in more detail", " please", " mean", " means", " about",
];
/// What may stand before it.
#[rustfmt::skip]
const ITEM_HEADS: &[&str] = &[
    "那么", "那", "请问", "请", "麻烦", "想问", "我想知道", "我没看懂", "看不懂", "没看懂", "不懂", "解释一下", "解释下", "展开说说", "详细说说", "具体说说", "说说", "讲讲", "说一下", "讲一下",
    "刚才说的", "刚才的", "刚才", "你说的", "上面的", "上面", "里面的", "其中的", "其中", "关于", "就", "把", "是", "再",
    "what is ", "what's ", "what about ", "what does ", "tell me more about ", "tell me about ", "more about ", "explain ",
    "expand on ", "show me ", "how about ", "please ", "and ", "tell me more on ", "more on ", "details on ", "details about ",
    "more details on ", "elaborate on ", "go into ", "say more about ", "i don't understand ", "i don't get ", "what do you mean by ",
    "can you explain ", "could you explain ",
];
/// These count items of a list alone, the others buttons as well.
const KIND_COUNTERS: &[&str] = &["类", "种", "点", "样", "项"];
const ITEM_COUNTERS: &[&str] = &["条", "个", "份", "张", "款"];
const ENGLISH_ITEMS: &[&str] = &[
    "kind", "type", "category", "item", "document", "point", "case", "class", "thing", "bullet",
    "material",
];
/// These count items where the text says that it wants more about one; alone they may count buttons.
const ENGLISH_COUNTERS: &[&str] = &["one", "number", "no"];
/// Units of a text that names an item and asks something about it.
const LONGEST_QUESTION: usize = 16;

/// The item of a list that a text asks about: `第三个展开说说`, `第二类`, `最后一样是啥`, `the
/// third kind`.
pub(crate) fn item(normal: &str) -> Option<ListPlace> {
    let mut rest = normal;
    while let Some(shorter) = shorter(rest) {
        rest = shorter;
    }
    if let Some(place) = english_item(rest, rest.len() < normal.len()) {
        return Some(place);
    }
    let (place, counter) = relative(rest).or_else(|| {
        let (number, counter) = number(rest.strip_prefix('第')?)?;
        Some((ListPlace::Nth(number), counter))
    })?;
    let says_more = rest.len() < normal.len() || !matches!(place, ListPlace::Nth(_));
    (KIND_COUNTERS.contains(&counter) || says_more && ITEM_COUNTERS.contains(&counter))
        .then_some(place)
}

/// The text without a word before or behind the number.
fn shorter(text: &str) -> Option<&str> {
    let head = ITEM_HEADS.iter().find_map(|head| text.strip_prefix(head));
    head.or_else(|| ITEM_TAILS.iter().find_map(|tail| text.strip_suffix(tail)))
}

/// `the third kind`, `last category`, `number four`; `says_more`: the text wants more about it.
fn english_item(text: &str, says_more: bool) -> Option<ListPlace> {
    let counts =
        |word: &str| ENGLISH_ITEMS.contains(&word) || says_more && ENGLISH_COUNTERS.contains(&word);
    let (first, last) = text.rsplit_once(' ')?;
    let first = first.strip_prefix("the ").unwrap_or(first);
    if counts(first) {
        return english_number(last).map(ListPlace::Nth);
    }
    if !counts(last) {
        return None;
    }
    match first {
        "last" => Some(ListPlace::FromEnd(1)),
        _ => english_number(first).map(ListPlace::Nth),
    }
}

/// An item of a list, and what a text asks about it: 第三种会怎么处理, do I need the second document.
pub(crate) fn item_in_question(normal: &str) -> Option<(ListPlace, String)> {
    units(normal)
        .nth(LONGEST_QUESTION)
        .is_none()
        .then_some(())?;
    let (place, before, after) = chinese_within(normal).or_else(|| english_within(normal))?;
    let rest = format!("{} {}", before.trim(), after.trim());
    let rest = rest.trim();
    (!rest.is_empty()).then(|| (place, rest.to_owned()))
}

/// The item, and what stands before and behind it.
fn chinese_within(normal: &str) -> Option<(ListPlace, &str, &str)> {
    normal.match_indices('第').find_map(|(at, _)| {
        let (before, text) = (normal.get(..at)?, normal.get(at + '第'.len_utf8()..)?);
        let (number, after) = number(text)?;
        let counters = KIND_COUNTERS.iter().chain(ITEM_COUNTERS);
        let after = counters
            .filter_map(|counter| after.strip_prefix(counter))
            .next()?;
        Some((ListPlace::Nth(number), before, after))
    })
}

fn english_within(normal: &str) -> Option<(ListPlace, &str, &str)> {
    let spaces = normal.match_indices(' ').map(|(at, _)| at);
    let starts: Vec<usize> = std::iter::once(0).chain(spaces.map(|at| at + 1)).collect();
    starts.iter().find_map(|&at| {
        let (before, text) = (normal.get(..at)?, normal.get(at..)?);
        let mut words = text.splitn(3, ' ');
        let (first, second, after) = (words.next()?, words.next()?, words.next().unwrap_or(""));
        let place = english_item(&format!("{first} {second}"), true)?;
        Some((place, before.trim_end().trim_end_matches(" the"), after))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::normalize;

    #[test]
    fn items() {
        use ListPlace::{FromEnd, Nth};
        for (text, wanted) in [
            ("第三个展开说说", Some(Nth(3))),
            ("第二类", Some(Nth(2))),
            ("那第5个是什么", Some(Nth(5))),
            ("最后一样是啥", Some(FromEnd(1))),
            ("最后一种", Some(FromEnd(1))),
            ("the third kind", Some(Nth(3))),
            ("The last category?", Some(FromEnd(1))),
            ("麻烦把第三项再讲一下", Some(Nth(3))),
            ("第二条我没看懂", Some(Nth(2))),
            ("解释一下第五类吧", Some(Nth(5))),
            ("tell me more about category 3", Some(Nth(3))),
            ("more on number four", Some(Nth(4))),
            ("tell me more about the fifth one", Some(Nth(5))),
            ("number four", None),
            ("the fifth one", None),
            ("第二个", None),
            ("最后怎么办", None),
            ("第三步", None),
            ("kind", None),
        ] {
            assert_eq!(item(&normalize(text)), wanted, "{text}");
        }
    }

    #[test]
    fn items_in_questions() {
        use ListPlace::Nth;
        for (text, wanted) in [
            ("第三种会怎么处理", Some((Nth(3), "会怎么处理"))),
            ("那第2项要原件吗", Some((Nth(2), "那 要原件吗"))),
            ("do I need the second document", Some((Nth(2), "do i need"))),
            (
                "what happens in the third case",
                Some((Nth(3), "what happens in")),
            ),
            ("第二次投诉要多久", None),
            ("第三种", None),
            ("要多久", None),
            ("the name is taken", None),
        ] {
            let found = item_in_question(&normalize(text));
            let wanted = wanted.map(|(place, rest)| (place, rest.to_owned()));
            assert_eq!(found, wanted, "{text}");
        }
    }
}
