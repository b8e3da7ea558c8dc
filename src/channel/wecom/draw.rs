//! Draws replies for WeCom's customer service. In: the replies of a turn. Out: messages: plain texts,
//! the last with a menu if its choices fit into one. Must not know: where a reply comes from, how a
//! message is sent.

use crate::channel::draw::{
    OutlineNode, StyledRun, TextMeasure, choose, clean, is_blank, mark_person, numbered_choices,
    outline, pack, with_runs,
};
use serde::{Deserialize, Serialize};
use wenlu_core::model::{Button, Lang, Reply};

/// The most bytes of a text; the platform cuts off what is longer.
pub const WECOM_TEXT_LIMIT: usize = 2_048;
/// The platform's limits for a menu: items, bytes of what is above them, of an item and of its id.
const MAX_ITEMS: usize = 10;
const MAX_HEAD_BYTES: usize = 1_024;
const MAX_ITEM_BYTES: usize = 128;
const MAX_ID_BYTES: usize = 64;

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct WecomPart {
    pub text: String,
    /// The items of the menu below the text: what each stands for, and what it says; none: no menu.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<(String, String)>,
    /// Whether an operator wrote it, who is told if it does not arrive.
    #[serde(default)]
    pub is_from_person: bool,
}

/// The messages of a turn's replies.
pub(super) fn parts(replies: &[Reply]) -> Vec<WecomPart> {
    let is_from_person = replies.iter().any(|reply| reply.from_person);
    let texts = texts(replies, false);
    let items = items(replies);
    let head = match (texts.last(), replies.last()) {
        (Some(last), _) => last.clone(),
        (None, Some(reply)) => ask(reply.lang),
        (None, None) => return vec![],
    };
    let has_buttons = replies.iter().any(|reply| !reply.buttons.is_empty());
    let menu = items.filter(|_| head.len() <= MAX_HEAD_BYTES);
    let mut parts: Vec<WecomPart> = match (&menu, has_buttons) {
        (None, true) => self::texts(replies, true),
        (Some(_), _) if texts.is_empty() => vec![head],
        _ => texts,
    }
    .into_iter()
    .map(|text| WecomPart {
        text,
        items: vec![],
        is_from_person,
    })
    .collect();
    if let (Some(last), Some(menu)) = (parts.last_mut(), menu) {
        last.items = menu;
    }
    parts
}

/// Each at most [`WECOM_TEXT_LIMIT`] bytes, cut between sentences, words or graphemes.
fn texts(replies: &[Reply], with_choices: bool) -> Vec<String> {
    let (mut nodes, mut number) = (Vec::new(), 1);
    for reply in replies {
        let mut own: Vec<OutlineNode> = outline(reply)
            .into_iter()
            .map(|node| with_runs(node, plain_run))
            .collect();
        if reply.from_person {
            mark_person(&mut own, reply.lang);
        }
        nodes.append(&mut own);
        if with_choices {
            nodes.extend(numbered_choices(reply, &mut number, clean));
        }
    }
    let parts = pack(&nodes, WECOM_TEXT_LIMIT, TextMeasure::Bytes);
    let text = |runs: &Vec<StyledRun>| runs.iter().map(|run| run.text.as_str()).collect();
    parts.iter().map(text).collect()
}

/// The buttons as items of one menu; `None` if they do not fit into one, or there are none.
fn items(replies: &[Reply]) -> Option<Vec<(String, String)>> {
    let buttons: Vec<&Button> = replies.iter().flat_map(|reply| &reply.buttons).collect();
    if buttons.is_empty() || buttons.len() > MAX_ITEMS {
        return None;
    }
    let item = |button: &&Button| {
        let label = clean(&button.label).replace('\n', " ").trim().to_owned();
        let fits = label.len() <= MAX_ITEM_BYTES && button.data.len() <= MAX_ID_BYTES;
        (fits && !is_blank(&label)).then(|| (button.data.clone(), label))
    };
    buttons.iter().map(item).collect()
}

/// A link is written out: the platform shows no other.
fn plain_run(run: StyledRun) -> StyledRun {
    let text = clean(&run.text);
    match run.href {
        // stays a link as far as cutting is concerned: an address is not cut
        Some(href) if !text.contains(&href) => StyledRun {
            href: Some(href.clone()),
            ..StyledRun::plain(format!("{text}（{href}）"))
        },
        href => StyledRun {
            href,
            ..StyledRun::plain(text)
        },
    }
}

fn ask(lang: Lang) -> String {
    choose(lang).into_iter().map(|run| run.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use wenlu_core::reply::{ReplyBlock, TextSpan};

    fn reply(text: &str, labels: &[&str]) -> Reply {
        let span = TextSpan {
            text: text.to_owned(),
            ..TextSpan::default()
        };
        let blocks = match text {
            "" => vec![],
            _ => vec![ReplyBlock::Paragraph { spans: vec![span] }],
        };
        let buttons = labels.iter().map(|label| Button {
            label: (*label).to_owned(),
            data: "i:moving".to_owned(),
        });
        Reply {
            blocks,
            buttons: buttons.collect(),
            ..Reply::default()
        }
    }

    #[test]
    fn choices_are_a_menu_where_they_fit() {
        let shown = parts(&[reply("选一个", &["甲", "乙"])]);
        assert_eq!((shown.len(), shown[0].items.len()), (1, 2));
        assert_eq!(parts(&[reply("", &["甲"])])[0].text, "请选择：");
        let ten = ["甲"; 10];
        assert_eq!(parts(&[reply("选", &ten)])[0].items.len(), 10);
        let eleven = ["甲"; 11];
        let long_label = "长".repeat(43);
        let long = "长".repeat(342);
        for (text, labels) in [
            ("选", &eleven[..]),
            ("选", &[long_label.as_str()][..]),
            (long.as_str(), &["甲"][..]),
        ] {
            let shown = parts(&[reply(text, labels)]);
            assert!(shown.iter().all(|part| part.items.is_empty()));
            let last = shown.last().unwrap();
            assert!(last.text.contains("回复数字选择：\n1. "), "{last:?}");
        }
        assert_eq!(parts(&[]), []);
    }

    #[test]
    fn texts_are_cut_between_graphemes() {
        let family = "👨‍👩‍👧".repeat(300);
        let shown = parts(&[reply(&family, &[])]);
        assert!(shown.len() > 1);
        assert!(shown.iter().all(|part| part.text.len() <= WECOM_TEXT_LIMIT));
        let whole = shown.iter().all(|part| part.text.starts_with('👨'));
        assert!(whole, "{shown:?}");
        let all: String = shown.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(all, family);
    }
}
