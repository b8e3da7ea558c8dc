//! What a turn shows, and whether a fact is in it. In: the replies of a turn. Out: texts that compare
//! after NFKC and lower-casing, without white space and quotation marks. Must not know: what is
//! expected.

use crate::model::{Lang, Reply};
use crate::reply::plain_text::blocks_text;
use crate::reply::{ReplyBlock, TextSpan};
use unicode_normalization::UnicodeNormalization;

/// Characters of a Chinese reply within which an early fact begins.
const EARLY: usize = 80;
/// The same for an English reply.
const EARLY_ENGLISH: usize = 200;
const QUOTES: &[char] = &['“', '”', '‘', '’', '「', '」', '『', '』', '"', '\''];

/// A text to look for facts in.
#[derive(Debug, Default, PartialEq)]
pub(super) struct ComparedText {
    text: Vec<char>,
    /// For each character, how many characters stand before it as the asker sees the text.
    at: Vec<usize>,
}

impl ComparedText {
    pub(super) fn of(text: &str) -> Self {
        let mut compared = Self::default();
        for (at, c) in text.nfkc().enumerate() {
            if c.is_whitespace() || QUOTES.contains(&c) {
                continue;
            }
            for lower in c.to_lowercase() {
                compared.text.push(lower);
                compared.at.push(at);
            }
        }
        compared
    }

    /// Where `fact` begins first, in characters as the asker sees the text.
    pub(super) fn find(&self, fact: &str) -> Option<usize> {
        let wanted = ComparedText::of(fact).text;
        let begins = |window: &[char]| window == wanted;
        let place = match wanted.len() {
            0 => None,
            length => self.text.windows(length).position(begins),
        };
        place.and_then(|place| self.at.get(place)).copied()
    }
}

/// All that the asker sees of the replies: their texts and visible steps, without buttons.
pub(super) fn shown(replies: &[Reply]) -> String {
    let all = replies.iter().map(|reply| blocks_text(&visible(reply)));
    all.collect::<Vec<_>>().join("\n")
}

/// Whether one of `alternatives` begins early in one of the replies.
pub(super) fn is_early(replies: &[Reply], alternatives: &[String]) -> bool {
    replies.iter().any(|reply| {
        let text = ComparedText::of(&without_addresses(&visible(reply)));
        let begins = |fact: &String| text.find(fact).is_some_and(|at| at < lead_length(reply));
        alternatives.iter().any(begins)
    })
}

/// The beginning of the first reply, in which it says what it must say first.
pub(super) fn lead(replies: &[Reply]) -> String {
    let Some(first) = replies.first() else {
        return String::new();
    };
    let text = without_addresses(&visible(first));
    text.chars().take(lead_length(first)).collect()
}

fn lead_length(reply: &Reply) -> usize {
    match reply.lang {
        Lang::Zh => EARLY,
        Lang::En => EARLY_ENGLISH,
    }
}

/// The blocks of a reply that are on the screen, in order.
fn visible(reply: &Reply) -> Vec<ReplyBlock> {
    let steps = reply.steps.iter().enumerate();
    let steps = steps.filter(|(at, _)| reply.cursor.is_none_or(|cursor| cursor == *at));
    let steps = steps.flat_map(|(_, step)| &step.blocks);
    let blocks = reply.blocks.iter().chain(steps).chain(&reply.after);
    blocks.cloned().collect()
}

/// Links are labels on most screens: their addresses take no room.
fn without_addresses(blocks: &[ReplyBlock]) -> String {
    let unlinked = |spans: &[TextSpan]| -> Vec<TextSpan> {
        let plain = |span: &TextSpan| TextSpan {
            href: None,
            ..span.clone()
        };
        spans.iter().map(plain).collect()
    };
    let blocks = blocks.iter().map(|block| match block {
        ReplyBlock::Paragraph { spans } | ReplyBlock::Note { spans } => ReplyBlock::Paragraph {
            spans: unlinked(spans),
        },
        ReplyBlock::List { items } => ReplyBlock::List {
            items: items.iter().map(|item| unlinked(item)).collect(),
        },
    });
    blocks_text(&blocks.collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn form_and_quotes_do_not_count_and_places_are_as_seen() {
        let text = ComparedText::of("打开 “设置” ，找到Ｏpen\u{a0}ID");
        assert_eq!(text.find("打开设置"), Some(0));
        assert_eq!(text.find("「设置」"), Some(4));
        assert_eq!(text.find("openid"), Some(11));
        assert_eq!(text.find("unionid"), None);
        assert_eq!(text.find("“”"), None);
    }
}
