//! The reply of a language model. In: any text: lists with numbers or bullets, JSON, code fences,
//! talk around them. Out: the wordings by intent, and every line that was passed over, with the
//! reason. Must not know: which model wrote it, whether a wording is good.

mod json;
mod line;

use super::MAX_WORDING;
use line::{ReplyLine, fence_or_talk, read_line};
use serde::Serialize;
use std::collections::BTreeSet;
use wenlu_core::privacy::redact;
use wenlu_core::text::normalize::normalize;

/// Wordings that are read of one reply; the rest is passed over.
pub const MAX_WORDINGS: usize = 500;
/// Characters of a passed-over line that are quoted.
const QUOTED: usize = 60;

/// What was read of a reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReadReply {
    /// The intent's id, and a wording of it, masked; in the order of the reply.
    pub wordings: Vec<(String, String)>,
    pub skipped: Vec<SkippedLine>,
}

/// A line that is no wording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SkippedLine {
    /// From 1.
    pub line: usize,
    /// How it begins.
    pub text: String,
    pub why: SkipReason,
}

/// Why a line was passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// It introduces, explains or says goodbye.
    Talk,
    /// A heading that names none of the intents.
    Heading,
    /// It stands under no intent, where there are several.
    NoIntent,
    /// Longer than a wording.
    TooLong,
    /// It has no letters or digits.
    Empty,
    /// The same as a line before it.
    Repeated,
    /// More than are read.
    TooMany,
}

impl SkipReason {
    /// In words for people.
    pub fn label(self) -> &'static str {
        match self {
            SkipReason::Talk => "不是问法，是解释",
            SkipReason::Heading => "标题里没有要补充的意图",
            SkipReason::NoIntent => "看不出属于哪个意图",
            SkipReason::TooLong => "太长",
            SkipReason::Empty => "没有内容",
            SkipReason::Repeated => "和前面重复",
            SkipReason::TooMany => "太多，只读前面的",
        }
    }
}

/// Reads `reply`, which is about the intents `ids`; of one intent alone all lines are.
pub fn read_reply(reply: &str, ids: &[&str]) -> ReadReply {
    let reply = without_thoughts(reply.trim_start_matches('\u{feff}'));
    let mut reader = ReplyReader {
        ids,
        current: match ids {
            [only] => Some((*only).to_owned()),
            _ => None,
        },
        seen: BTreeSet::new(),
        read: ReadReply::default(),
    };
    match json::wordings(&reply, ids) {
        Some(found) => {
            for (at, (intent, text)) in found.into_iter().enumerate() {
                reader.current = intent.or(reader.current);
                reader.take(at + 1, &text);
            }
        }
        None => reader.lines(&reply),
    }
    reader.read
}

struct ReplyReader<'a> {
    ids: &'a [&'a str],
    current: Option<String>,
    seen: BTreeSet<(String, String)>,
    read: ReadReply,
}

impl ReplyReader<'_> {
    fn lines(&mut self, reply: &str) {
        let lines: Vec<ReplyLine> = reply.lines().map(read_line).collect();
        // where some lines are items of a list, what stands between them is talk
        let has_items = lines.iter().any(|line| matches!(line, ReplyLine::Item(_)));
        for (at, line) in lines.iter().enumerate() {
            let number = at + 1;
            match line {
                ReplyLine::Blank => {}
                ReplyLine::Heading(text) => self.heading(number, text),
                ReplyLine::Item(text) => match self.named(text) {
                    Some(id) => self.current = Some(id),
                    None => self.take(number, text),
                },
                ReplyLine::Plain(text) => match self.named(text) {
                    Some(id) => self.current = Some(id),
                    None if has_items || fence_or_talk(text) => {
                        self.skip(number, text, SkipReason::Talk);
                    }
                    None => self.take(number, text),
                },
            }
        }
    }

    fn heading(&mut self, number: usize, text: &str) {
        match self.named(text) {
            Some(id) => self.current = Some(id),
            None => {
                if self.ids.len() > 1 {
                    self.current = None;
                }
                self.skip(number, text, SkipReason::Heading);
            }
        }
    }

    /// The intent whose id is all that a line says.
    fn named(&self, text: &str) -> Option<String> {
        let bare = text.trim_matches(|c: char| !c.is_ascii_alphanumeric());
        let named = self.ids.iter().find(|id| bare.eq_ignore_ascii_case(id));
        named.map(|id| (*id).to_owned())
    }

    fn take(&mut self, number: usize, text: &str) {
        let masked = redact(text.trim()).text;
        let normal = normalize(&masked);
        let Some(intent) = self.current.clone() else {
            return self.skip(number, text, SkipReason::NoIntent);
        };
        let why = if normal.is_empty() {
            SkipReason::Empty
        } else if masked.chars().count() > MAX_WORDING {
            SkipReason::TooLong
        } else if self.read.wordings.len() >= MAX_WORDINGS {
            SkipReason::TooMany
        } else if self.seen.insert((intent.clone(), normal)) {
            return self.read.wordings.push((intent, masked));
        } else {
            SkipReason::Repeated
        };
        self.skip(number, text, why);
    }

    fn skip(&mut self, line: usize, text: &str, why: SkipReason) {
        let text = redact(text.trim()).text.chars().take(QUOTED).collect();
        self.read.skipped.push(SkippedLine { line, text, why });
    }
}

/// The reply without what a model thought aloud before it. Lines keep their numbers.
fn without_thoughts(reply: &str) -> String {
    let Some((thoughts, rest)) = reply.split_once("</think>") else {
        return reply.to_owned();
    };
    "\n".repeat(thoughts.matches('\n').count()) + rest
}
