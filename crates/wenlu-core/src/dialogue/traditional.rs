//! Replies in traditional script. In: the replies of a turn, and the knowledge. Out: the same replies
//! with their text and buttons converted. Must not know: the conversation.
//!
//! What stands on the pages of the platform stays as it is written there: what is quoted, links, and
//! the words of `keep_simplified`. The bot's own words are converted although they are quoted: “转人工”
//! has to read like the button.

use super::command;
use crate::knowledge::Knowledge;
use crate::model::{Button, Lang, Reply};
use crate::reply::{ReplyBlock, TextSpan};
use crate::text::han_script::{quoted_ranges, to_traditional};
use crate::text::normalize::normalize;
use std::ops::Range;

/// Characters up to which quoted text is a label; more is a statement.
const LONGEST_LABEL: usize = 30;

/// Converts Chinese replies of the bot. What a colleague wrote stays.
pub(super) fn convert(replies: &mut [Reply], knowledge: &Knowledge) {
    let converter = ReplyConverter { knowledge };
    let own = replies
        .iter_mut()
        .filter(|reply| reply.lang == Lang::Zh && !reply.from_person);
    for reply in own {
        let steps = reply.steps.iter_mut().flat_map(|step| &mut step.blocks);
        let blocks = reply.blocks.iter_mut().chain(steps);
        blocks
            .chain(&mut reply.after)
            .for_each(|block| converter.block(block));
        reply
            .buttons
            .iter_mut()
            .for_each(|button| converter.button(button));
    }
}

struct ReplyConverter<'a> {
    knowledge: &'a Knowledge,
}

impl ReplyConverter<'_> {
    fn block(&self, block: &mut ReplyBlock) {
        match block {
            ReplyBlock::Paragraph { spans } | ReplyBlock::Note { spans } => self.spans(spans),
            ReplyBlock::List { items } => items.iter_mut().for_each(|item| self.spans(item)),
        }
    }

    fn button(&self, button: &mut Button) {
        let kept = self.kept(&button.label);
        button.label = convert_outside(&button.label, 0, &kept);
    }

    /// A quotation may begin in one span and end in another.
    fn spans(&self, spans: &mut [TextSpan]) {
        let whole: String = spans.iter().map(|span| span.text.as_str()).collect();
        let kept = self.kept(&whole);
        let mut start = 0;
        for span in spans {
            let length = span.text.len();
            if span.href.is_none() {
                span.text = convert_outside(&span.text, start, &kept);
            }
            start += length;
        }
    }

    /// The ranges of `text` that stay as they are, in order.
    fn kept(&self, text: &str) -> Vec<Range<usize>> {
        let quoted = quoted_ranges(text)
            .into_iter()
            .filter(|range| self.is_label(text.get(range.clone()).unwrap_or_default()));
        let words = &self.knowledge.lexicon.keep_simplified;
        let words = words
            .iter()
            .flat_map(|word| text.match_indices(word.as_str()));
        let words = words.map(|(at, word)| at..at + word.len());
        let mut kept: Vec<Range<usize>> = quoted.chain(words).collect();
        kept.sort_by_key(|range| (range.start, range.end));
        kept
    }

    /// Whether quoted text, with its marks, is a label of the platform, and nothing of the bot's own:
    /// neither the title of an intent, nor a button, nor what can be said to the bot.
    fn is_label(&self, quoted: &str) -> bool {
        let inside = quoted.trim_matches(|c: char| !c.is_alphanumeric());
        let is_title = || {
            self.knowledge
                .intents
                .iter()
                .any(|intent| intent.title == inside)
        };
        let sentences = self.knowledge.sentences.get(&Lang::Zh);
        let is_button = || {
            let mut labels = sentences.iter().flat_map(|sentences| &sentences.0);
            labels.any(|(key, label)| key.starts_with("button_") && label == inside)
        };
        let is_own = command::read(&normalize(inside)).is_some() || is_button() || is_title();
        quoted.chars().count() <= LONGEST_LABEL && !is_own
    }
}

/// `text` in traditional script but for what lies in `kept`, whose ranges count from `start` bytes
/// before it.
fn convert_outside(text: &str, start: usize, kept: &[Range<usize>]) -> String {
    let mut converted = String::with_capacity(text.len());
    let mut at = 0;
    for range in kept {
        let from = range.start.saturating_sub(start).clamp(at, text.len());
        let until = range.end.saturating_sub(start).clamp(from, text.len());
        converted += &to_traditional(text.get(at..from).unwrap_or_default());
        converted += text.get(from..until).unwrap_or_default();
        at = until;
    }
    converted + &to_traditional(text.get(at..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::knowledge::{BotSentences, Intent, Lexicon};

    fn converted(spans: &[(&str, Option<&str>)]) -> Vec<String> {
        let button = ("button_human".to_owned(), "叫同事".to_owned());
        let knowledge = Knowledge {
            intents: vec![Intent {
                id: "account".into(),
                title: "帐号的问题".into(),
                ..Intent::default()
            }],
            lexicon: Lexicon {
                keep_simplified: vec!["微信公众平台".into(), "公众".into()],
                ..Lexicon::default()
            },
            sentences: [(Lang::Zh, BotSentences([button].into()))].into(),
            ..Knowledge::default()
        };
        let spans = spans.iter().map(|(text, href)| TextSpan {
            text: (*text).into(),
            href: href.map(str::to_owned),
            ..TextSpan::default()
        });
        let mut replies = [Reply {
            blocks: vec![ReplyBlock::Paragraph {
                spans: spans.collect(),
            }],
            ..Reply::default()
        }];
        convert(&mut replies, &knowledge);
        match &replies[0].blocks[..] {
            [ReplyBlock::Paragraph { spans }] => spans.iter().map(|s| s.text.clone()).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn labels_stay_and_the_bots_own_words_do_not() {
        let link = Some("https://mp.weixin.qq.com");
        for (spans, wanted) in [
            (
                &[("点击【侵权投诉】后填写", None)][..],
                &["點擊【侵权投诉】後填寫"][..],
            ),
            (
                &[("打开“", None), ("侵权投诉", None), ("”页面", None)],
                &["打開“", "侵权投诉", "”頁面"],
            ),
            (
                &[("登录", None), ("公众平台", link), ("的后台", None)],
                &["登錄", "公众平台", "的後臺"],
            ),
            (
                &[("登录微信公众平台的公众页", None)],
                &["登錄微信公众平台的公众頁"],
            ),
            (&[("说“转人工”或“叫同事”", None)], &["說“轉人工”或“叫同事”"]),
            (&[("关于“帐号的问题”", None)], &["關於“帳號的問題”"]),
            (&[("没有结束的“引号里面", None)], &["沒有結束的“引號裡面"]),
        ] {
            assert_eq!(converted(spans), wanted);
        }
    }
}
