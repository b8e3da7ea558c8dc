//! What a turn shows, and whether a fact is in it. In: the replies of a turn. Out: texts that compare
//! after NFKC and lower-casing, in simplified script, without white space and quotation marks. Must not know: what is
//! expected.

use crate::model::{Lang, Reply};
use crate::reply::plain_text::blocks_text;
use crate::reply::{ReplyBlock, TextSpan};
use crate::text::han_script::to_simplified;
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
        let text: String = text.nfkc().collect();
        for (at, c) in to_simplified(&text).chars().enumerate() {
            if c.is_whitespace() || QUOTES.contains(&c) {
                continue;
            }
            // who is addressed politely is addressed all the same
            let c = if c == '您' { '你' } else { c };
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
        let blocks = visible(reply);
        let text = ComparedText::of(&without_addresses(&blocks));
        let begins = |fact: &String| {
            let place = text.find(fact).or_else(|| linked_at(&blocks, fact));
            place.is_some_and(|at| at < lead_length(reply))
        };
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

/// Where the label begins of a link whose address holds `fact`: who sees the label has the address.
fn linked_at(blocks: &[ReplyBlock], fact: &str) -> Option<usize> {
    let holds = |href: &str| ComparedText::of(href).find(fact).is_some();
    let marked = unlinked_text(blocks, |span| match span.href.as_deref() {
        Some(href) if holds(href) => format!("{LINK_MARK}{}", span.text),
        _ => span.text.clone(),
    });
    ComparedText::of(&marked).find(LINK_MARK)
}

/// Stands in no reply.
const LINK_MARK: &str = "\u{e000}";

/// Links are labels on most screens: their addresses take no room.
fn without_addresses(blocks: &[ReplyBlock]) -> String {
    unlinked_text(blocks, |span| span.text.clone())
}

/// The blocks without addresses, each span with the text that `label` gives it.
fn unlinked_text(blocks: &[ReplyBlock], label: impl Fn(&TextSpan) -> String) -> String {
    let unlinked = |spans: &[TextSpan]| -> Vec<TextSpan> {
        let plain = |span: &TextSpan| TextSpan {
            text: label(span),
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
        assert_eq!(ComparedText::of("填写您的 ID").find("你的ID"), Some(2));
        assert_eq!(ComparedText::of("刪除暱稱").find("昵称"), Some(2));
    }

    #[test]
    fn an_address_is_where_its_label_is() {
        let link = TextSpan {
            text: "模板".to_owned(),
            href: Some("https://a.example/t1".to_owned()),
            ..TextSpan::default()
        };
        let before = TextSpan {
            text: "照着".to_owned(),
            ..TextSpan::default()
        };
        let blocks = [ReplyBlock::Paragraph {
            spans: vec![before, link],
        }];
        assert_eq!(linked_at(&blocks, "example/T1"), Some(2));
        assert_eq!(linked_at(&blocks, "模板"), None);
        assert_eq!(without_addresses(&blocks), "照着模板");
    }
}
