//! Suggestions while typing. In: the knowledge, once; then the text typed so far. Out: whole
//! questions that contain it, one for each intent, the best match first. Must not know: channels,
//! routing.

use serde::Serialize;
use wenlu_core::knowledge::{IntentKind, Knowledge};
use wenlu_core::text::normalize::normalize;
use wenlu_core::text::pinyin;

/// A question that can be sent unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Suggestion {
    pub text: String,
    /// The intent that it belongs to.
    pub intent: String,
}

/// The titles and examples of all intents with an answer, normalised for searching.
pub(crate) struct SuggestionIndex {
    entries: Vec<SuggestionEntry>,
}

struct SuggestionEntry {
    shown: Suggestion,
    normal: String,
    /// Pinyin initials: `注销小程序` → `zxxcx`; empty if there is no Chinese in it.
    initials: String,
    is_title: bool,
}

impl SuggestionIndex {
    /// Leaves out small talk and gaps, which should not be suggested.
    pub(super) fn build(knowledge: &Knowledge) -> Self {
        let answered = knowledge
            .intents
            .iter()
            .filter(|i| i.kind != IntentKind::Gap && !i.is_small_talk());
        let entries = answered.flat_map(|intent| {
            let titles = std::iter::once(&intent.title)
                .chain(&intent.title_en)
                .map(|text| (text, true));
            let examples = intent.examples.iter().map(|text| (text, false));
            titles
                .chain(examples)
                .map(|(text, is_title)| SuggestionEntry::new(text, &intent.id, is_title))
        });
        Self {
            entries: entries.collect(),
        }
    }

    /// At most `limit` suggestions; titles before examples, matches at the beginning before others,
    /// short texts before long ones.
    pub(crate) fn search(&self, typed: &str, limit: usize) -> Vec<&Suggestion> {
        let query = normalize(typed);
        if query.is_empty() {
            return Vec::new();
        }
        let mut hits: Vec<_> = self
            .entries
            .iter()
            .filter_map(|entry| Some((entry.rank(&query)?, entry)))
            .collect();
        hits.sort_by_key(|(rank, entry)| (*rank, entry.normal.len()));
        let mut found: Vec<&Suggestion> = Vec::new();
        for (_, entry) in hits {
            if found.iter().all(|other| other.intent != entry.shown.intent) {
                found.push(&entry.shown);
            }
        }
        found.truncate(limit);
        found
    }
}

impl SuggestionEntry {
    fn new(text: &str, intent: &str, is_title: bool) -> Self {
        let normal = normalize(text);
        let initials: String = normal
            .chars()
            .filter_map(pinyin::char_pinyin)
            .filter_map(|reading| reading.chars().next())
            .collect();
        Self {
            shown: Suggestion {
                text: text.to_owned(),
                intent: intent.to_owned(),
            },
            normal,
            initials,
            is_title,
        }
    }

    /// The rank of a match, the lower the better; `None` if there is none.
    fn rank(&self, query: &str) -> Option<u8> {
        let example = u8::from(!self.is_title);
        let typed_initials = query.len() >= 2 && query.bytes().all(|b| b.is_ascii_lowercase());
        if self.normal == query && !self.is_title {
            None // Already typed in full: nothing to add.
        } else if self.normal.starts_with(query) {
            Some(2 * example)
        } else if self.normal.contains(query) {
            Some(2 * example + 1)
        } else if typed_initials && self.initials.starts_with(query) {
            Some(2 * example + 4)
        } else if typed_initials && query.len() >= 3 && self.initials.contains(query) {
            Some(2 * example + 5)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wenlu_core::knowledge::Intent;

    fn intent(id: &str, title: &str, kind: IntentKind, examples: &[&str]) -> Intent {
        let examples = examples.iter().map(|text| text.to_string()).collect();
        Intent {
            id: id.into(),
            title: title.into(),
            kind,
            examples,
            ..Intent::default()
        }
    }

    fn search(typed: &str) -> Vec<String> {
        let knowledge = Knowledge {
            intents: vec![
                intent(
                    "close",
                    "注销小程序",
                    IntentKind::Answer,
                    &["小程序怎么注销", "我要注销帐号"],
                ),
                intent(
                    "move",
                    "迁移后 openid 会变吗",
                    IntentKind::Answer,
                    &["小程序换主体"],
                ),
                intent("pay", "小程序支付", IntentKind::Gap, &["小程序怎么收款"]),
                intent(
                    "smalltalk-hello",
                    "打招呼",
                    IntentKind::Answer,
                    &["小程序你好"],
                ),
            ],
            ..Knowledge::default()
        };
        SuggestionIndex::build(&knowledge)
            .search(typed, 5)
            .into_iter()
            .map(|s| s.text.clone())
            .collect()
    }

    #[test]
    fn beginnings_come_first_one_for_each_intent_without_gaps_and_small_talk() {
        assert_eq!(search("小程序"), ["注销小程序", "小程序换主体"]);
        assert_eq!(search("注销"), ["注销小程序"]);
        assert_eq!(search("OpenID"), ["迁移后 openid 会变吗"]);
        assert_eq!(search("zxxcx"), ["注销小程序"]);
        assert_eq!(search("   "), Vec::<String>::new());
        assert_eq!(search("天气"), Vec::<String>::new());
    }
}
