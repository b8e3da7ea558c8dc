//! The bot's own sentences. In: `content/<lang>/_bot.toml`, parsed. Out: a sentence by its key,
//! with the turn's values filled in. Must not know: when which sentence is said.

use crate::reply::{ReplyBlock, TextSpan};
use std::collections::BTreeMap;

/// `content/<lang>/_bot.toml`: the bot's own sentences by key, see `BotSentences::KEYS`.
#[derive(Clone, Debug, Default)]
pub struct BotSentences(pub BTreeMap<String, String>);

impl BotSentences {
    /// The keys that a `_bot.toml` may have, each with the turn variables that its sentence may
    /// use. (The variables of `content/variables.toml` may be used in all of them.)
    pub const KEYS: &'static [(&'static str, &'static [&'static str])] = &[
        // opening
        ("welcome", &[]),
        ("topics", &[]),
        ("help", &[]),
        // asking back
        ("clarify", &[]),
        ("menu", &["title"]),
        ("did_you_mean", &[]),
        ("none_of_these", &[]),
        // unknown and gaps
        ("unknown", &[]),
        ("unknown_again", &[]),
        ("nothing_yet", &[]),
        ("gap", &["title"]),
        ("gap_related", &["title"]),
        ("not_covered", &["aspect", "title"]),
        ("not_told", &["aspect"]),
        // feedback and people
        ("acknowledged", &[]),
        ("solved", &[]),
        ("unsolved", &[]),
        ("human", &[]),
        ("human_again", &[]),
        ("unsolved_human", &[]),
        ("human_now", &[]),
        ("human_again_now", &[]),
        ("human_later", &["when"]),
        ("human_again_later", &["when"]),
        ("human_waiting", &[]),
        ("human_again_waiting", &[]),
        ("human_taken", &[]),
        ("human_released", &[]),
        ("human_unreachable", &[]),
        ("human_nobody", &[]),
        ("human_contact", &[]),
        ("contact_taken", &[]),
        ("given_back", &[]),
        ("given_back_silence", &[]),
        ("given_back_asker", &[]),
        ("rating_asked", &[]),
        ("rated_solved", &[]),
        ("rated_unsolved", &[]),
        ("comment_asked", &[]),
        ("comment_taken", &[]),
        // steps
        ("step_failed", &["step"]),
        ("step_count", &["count"]),
        ("step_number", &["step"]),
        ("no_such_step", &["count"]),
        ("no_steps", &[]),
        // what cannot be answered
        ("expired", &[]),
        ("no_such_choice", &["count"]),
        ("empty", &[]),
        ("too_long", &["limit"]),
        ("unreadable", &["kind"]),
        ("unreadable_kept", &["kind"]),
        ("sticker", &[]),
        // buttons
        ("button_next", &[]),
        ("button_back", &[]),
        ("button_all", &[]),
        ("button_steps", &[]),
        ("button_full", &[]),
        ("button_solved", &[]),
        ("button_unsolved", &[]),
        ("button_none", &[]),
        ("button_human", &[]),
        ("button_bot", &[]),
        ("button_rate_solved", &[]),
        ("button_rate_unsolved", &[]),
        ("button_comment", &[]),
        ("button_comment_none", &[]),
    ];

    /// The sentence `key` with `values` filled in; empty if there is none, which loading rules out.
    pub fn get(&self, key: &str, values: &[(&str, &str)]) -> String {
        let mut sentence = self.0.get(key).cloned().unwrap_or_default();
        for (name, value) in values {
            for written in [format!("{{{{ {name} }}}}"), format!("{{{{{name}}}}}")] {
                sentence = sentence.replace(&written, value);
            }
        }
        sentence
    }
}

/// A sentence as blocks: each line is a paragraph, and `https://…` becomes a link.
pub(crate) fn sentence_blocks(sentence: &str) -> Vec<ReplyBlock> {
    let lines = sentence
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty());
    lines
        .map(|line| ReplyBlock::Paragraph { spans: spans(line) })
        .collect()
}

fn spans(line: &str) -> Vec<TextSpan> {
    let mut spans = vec![];
    let mut rest = line;
    while let Some(start) = rest.find("https://") {
        let (before, link) = rest.split_at(start);
        let end = link
            .find(|c: char| !c.is_ascii_graphic() || "<>()[]\"'".contains(c))
            .unwrap_or(link.len());
        // Punctuation after an address belongs to the sentence.
        let end = link.get(..end).map_or(end, |link| {
            link.trim_end_matches(['.', ',', ';', ':', '!', '?']).len()
        });
        let (link, after) = link.split_at(end);
        spans.push(TextSpan {
            text: before.to_owned(),
            ..TextSpan::default()
        });
        spans.push(TextSpan {
            text: link.to_owned(),
            href: Some(link.to_owned()),
            ..TextSpan::default()
        });
        rest = after;
    }
    spans.push(TextSpan {
        text: rest.to_owned(),
        ..TextSpan::default()
    });
    spans.retain(|span| !span.text.is_empty());
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stand_apart() {
        let texts: Vec<_> = spans("请看腾讯客服（https://kf.qq.com），或转人工。")
            .into_iter()
            .map(|s| (s.text, s.href))
            .collect();
        let link = "https://kf.qq.com".to_owned();
        let wanted = [
            ("请看腾讯客服（".into(), None),
            (link.clone(), Some(link)),
            ("），或转人工。".into(), None),
        ];
        assert_eq!(texts, wanted);
        assert_eq!(spans("See https://kf.qq.com.").last().unwrap().text, ".");
        assert_eq!(sentence_blocks("一\n\n二").len(), 2);
    }
}
