//! Ordinals: the item of a list that a text asks about. In: a normalised text. Out: which item. Must
//! not know: which list is meant.

use super::command::{ORDINALS, number};

/// What may stand behind a number that names an item of a list: words that ask for more about it.
#[rustfmt::skip]
const ITEM_TAILS: &[&str] = &[
    "展开说说", "展开讲讲", "展开说一下", "展开", "详细说说", "详细讲讲", "详细说一下", "具体说说", "具体讲讲", "解释一下", "解释下", "再说说", "再讲讲",
    "说清楚点", "说清楚", "细说", "说一下", "讲一下", "说说", "讲讲", "是啥意思", "是什么意思", "啥意思", "什么意思", "指的是什么", "是指什么", "指什么",
    "具体是什么", "具体是啥", "是什么东西", "是什么", "是啥", "是哪个", "怎么理解", "怎么弄", "怎么搞", "怎么写", "怎么办", "怎样的", "什么情况", "举个例子", "没看懂",
    "看不懂", "没懂", "不懂", "不明白", "不太明白", "具体", "详细", "再", "我", "呢", "吧", "啊", "呀", "吗",
    " in detail", " in more detail", " please", " mean", " means", " about",
];
/// What may stand before it.
#[rustfmt::skip]
const ITEM_HEADS: &[&str] = &[
    "那么", "那", "请问", "请", "麻烦", "想问", "我想知道", "我没看懂", "看不懂", "没看懂", "不懂", "解释一下", "解释下", "展开说说", "详细说说", "具体说说", "说说", "讲讲", "说一下", "讲一下",
    "刚才说的", "刚才的", "刚才", "你说的", "上面的", "上面", "里面的", "其中的", "其中", "关于", "就", "把", "是", "再",
    "what is ", "what's ", "what about ", "what does ", "tell me more about ", "tell me about ", "more about ", "explain ",
    "expand on ", "show me ", "how about ", "please ", "and ",
];
/// These count items of a list alone, the others buttons as well.
const KIND_COUNTERS: &[&str] = &["类", "种", "点", "样"];
const ITEM_COUNTERS: &[&str] = &["条", "个", "项", "份", "张", "款"];
const ENGLISH_ITEMS: &[&str] = &[
    "kind", "type", "category", "item", "document", "point", "case", "class", "thing",
];

/// Which item of a list is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ItemPlace {
    /// Counted from 1.
    Nth(usize),
    Last,
}

/// The item of a list that a text asks about: `第三个展开说说`, `第二类`, `最后一样是啥`, `the
/// third kind`.
pub(crate) fn item(normal: &str) -> Option<ItemPlace> {
    let mut rest = normal;
    while let Some(shorter) = shorter(rest) {
        rest = shorter;
    }
    if let Some(place) = english_item(rest) {
        return Some(place);
    }
    let (place, counter) = match rest.strip_prefix("最后") {
        Some(after) => (ItemPlace::Last, after.strip_prefix('一').unwrap_or(after)),
        None => {
            let (number, counter) = number(rest.strip_prefix('第')?)?;
            (ItemPlace::Nth(number), counter)
        }
    };
    let says_more = rest.len() < normal.len() || place == ItemPlace::Last;
    (KIND_COUNTERS.contains(&counter) || says_more && ITEM_COUNTERS.contains(&counter))
        .then_some(place)
}

/// The text without a word before or behind the number.
fn shorter(text: &str) -> Option<&str> {
    let head = ITEM_HEADS.iter().find_map(|head| text.strip_prefix(head));
    head.or_else(|| ITEM_TAILS.iter().find_map(|tail| text.strip_suffix(tail)))
}

/// `the third kind`, `last category`.
fn english_item(text: &str) -> Option<ItemPlace> {
    let (ordinal, noun) = text.rsplit_once(' ')?;
    if ENGLISH_ITEMS.contains(&ordinal) {
        let (number, after) = number(noun)?;
        return after.is_empty().then_some(ItemPlace::Nth(number));
    }
    if !ENGLISH_ITEMS.contains(&noun) {
        return None;
    }
    let ordinal = ordinal.strip_prefix("the ").unwrap_or(ordinal);
    match ORDINALS.iter().find(|(word, _)| *word == ordinal) {
        Some((_, number)) => Some(ItemPlace::Nth(*number)),
        None => (ordinal == "last").then_some(ItemPlace::Last),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::normalize::normalize;

    #[test]
    fn items() {
        use ItemPlace::{Last, Nth};
        for (text, wanted) in [
            ("第三个展开说说", Some(Nth(3))),
            ("第二类", Some(Nth(2))),
            ("那第5个是什么", Some(Nth(5))),
            ("最后一样是啥", Some(Last)),
            ("最后一种", Some(Last)),
            ("the third kind", Some(Nth(3))),
            ("The last category?", Some(Last)),
            ("麻烦把第三项再讲一下", Some(Nth(3))),
            ("第二条我没看懂", Some(Nth(2))),
            ("解释一下第五类吧", Some(Nth(5))),
            ("tell me more about category 3", Some(Nth(3))),
            ("第二个", None),
            ("最后怎么办", None),
            ("第三步", None),
            ("kind", None),
        ] {
            assert_eq!(item(&normalize(text)), wanted, "{text}");
        }
    }
}
