//! Ordinals: the item of a list that a text asks about. In: a normalised text. Out: which item. Must
//! not know: which list is meant.

use super::command::{ORDINALS, number};

/// What may stand behind a number that names an item of a list.
const ITEM_TAILS: &[&str] = &[
    "展开说说",
    "展开讲讲",
    "展开",
    "详细说说",
    "详细讲讲",
    "具体说说",
    "说说",
    "讲讲",
    "是啥意思",
    "是什么意思",
    "啥意思",
    "什么意思",
    "是什么",
    "是啥",
    "怎么理解",
    "呢",
    " in detail",
    " mean",
    " means",
];
/// What may stand before it.
const ITEM_HEADS: &[&str] = &[
    "那么",
    "那",
    "what is ",
    "what's ",
    "what about ",
    "and what about ",
    "and ",
];
const ITEM_COUNTERS: &[&str] = &["类", "种", "点", "条", "样", "个", "项", "份", "张"];
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
    let rest = ITEM_HEADS
        .iter()
        .find_map(|head| normal.strip_prefix(head))
        .unwrap_or(normal);
    let tail = ITEM_TAILS.iter().find_map(|tail| rest.strip_suffix(tail));
    let rest = tail.unwrap_or(rest);
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
    let is_kind = ["类", "种", "点", "样"].contains(&counter);
    (is_kind || tail.is_some() && ITEM_COUNTERS.contains(&counter)).then_some(place)
}

/// `the third kind`, `last category`.
fn english_item(text: &str) -> Option<ItemPlace> {
    let (ordinal, noun) = text.rsplit_once(' ')?;
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
            ("第二个", None),
            ("最后怎么办", None),
            ("第三步", None),
            ("kind", None),
        ] {
            assert_eq!(item(&normalize(text)), wanted, "{text}");
        }
    }
}
