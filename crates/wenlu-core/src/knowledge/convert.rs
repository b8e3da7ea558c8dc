//! From checked raw values to the values of [`Knowledge`](super::Knowledge). Must not know:
//! mistakes.

use super::links::split_target;
use super::parse::SpannedText;
use super::raw::{RawIntent, RawKeyword, RawLexicon, RawTest};
use super::{
    BotSentences, FollowUp, Intent, IntentAction, IntentKind, IntentTest, Keyword, Lexicon,
};
use crate::model::Decision;
use crate::model::Lang;
use crate::text::normalize::normalize;
use std::collections::BTreeMap;

/// An intent. `text` is its file's text, from which the lines of its tests are counted;
/// `unwritten`: its reply is not written yet.
pub(super) fn intent(raw: &RawIntent, text: &str, unwritten: bool) -> Intent {
    let value = |text: &Option<SpannedText>| text.as_ref().map(|t| t.value.clone());
    let test = |test: &RawTest| IntentTest {
        say: test.say.value.clone(),
        here: test.here,
        wants: test.wants.as_deref().and_then(decision),
        shows: test
            .shows
            .as_ref()
            .map(|target| target.value.trim_start_matches('#').to_owned()),
        line: text
            .get(..test.say.span.start)
            .map_or(1, |before| before.matches('\n').count() + 1),
    };
    Intent {
        id: raw.id.clone(),
        label: value(&raw.label),
        title: value(&raw.title).unwrap_or_default(),
        title_en: value(&raw.title_en),
        kind: match (&raw.menu, &raw.gap) {
            (Some(_), _) => IntentKind::Menu,
            (_, Some(_)) => IntentKind::Gap,
            _ if unwritten => IntentKind::Gap,
            _ => IntentKind::Answer,
        },
        unwritten,
        parent: value(&raw.parent),
        action: raw.action.as_ref().map(|_| IntentAction::Human),
        related: raw.related.iter().map(|t| t.value.clone()).collect(),
        examples: raw.examples.iter().map(|t| t.value.clone()).collect(),
        not: raw.not.iter().map(|t| t.value.clone()).collect(),
        keywords: raw.keywords.iter().map(keyword).collect(),
        follow_ups: raw
            .follow_ups
            .iter()
            .filter_map(|pair| follow_up(&raw.id, pair))
            .collect(),
        tests: raw.tests.iter().map(test).collect(),
    }
}

fn keyword(raw: &RawKeyword) -> Keyword {
    let normal = |parts: &[SpannedText]| parts.iter().map(|p| normalize(&p.value)).collect();
    Keyword {
        text: raw.written.value.clone(),
        any: normal(&raw.any),
        with: normal(&raw.with),
        weight: raw.weight as f32,
    }
}

fn follow_up(id: &str, (phrase, target): &(SpannedText, SpannedText)) -> Option<FollowUp> {
    let (intent, section) = split_target(id, &target.value)?;
    Some(FollowUp {
        phrase: phrase.value.clone(),
        intent: intent.to_owned(),
        section: section.to_owned(),
    })
}

/// The decision that a value of `wants` names; `parse` has checked it.
fn decision(word: &str) -> Option<Decision> {
    match word {
        "answer" => Some(Decision::Answer),
        "clarify" => Some(Decision::Clarify),
        "menu" => Some(Decision::Menu),
        "unknown" => Some(Decision::Unknown),
        _ => None,
    }
}

pub(super) fn lexicon(raw: RawLexicon) -> Lexicon {
    Lexicon {
        words: texts(raw.words),
        generic: texts(raw.generic),
        filler: texts(raw.filler),
        synonyms: raw
            .synonyms
            .into_iter()
            .map(texts)
            .filter(|group| !group.is_empty())
            .collect(),
        keep_simplified: texts(raw.keep_simplified),
        elsewhere: texts(raw.elsewhere),
    }
}

pub(super) fn texts(texts: Vec<SpannedText>) -> Vec<String> {
    texts.into_iter().map(|t| t.value).collect()
}

/// The hot topics where none are given: menus, then questions that belong to no menu, by id; at
/// most eight.
pub(super) fn default_topics(intents: &[Intent]) -> Vec<String> {
    const FEW: usize = 8;
    let shown = |i: &&Intent| i.kind != IntentKind::Gap && i.parent.is_none() && !i.is_small_talk();
    let (menus, questions): (Vec<_>, Vec<_>) = intents
        .iter()
        .filter(shown)
        .partition(|i| i.kind == IntentKind::Menu);
    menus
        .into_iter()
        .chain(questions)
        .take(FEW)
        .map(|i| i.id.clone())
        .collect()
}

/// The sentences of `own`, completed from `shipped`.
pub(super) fn sentences(
    own: BTreeMap<Lang, BotSentences>,
    shipped: &BTreeMap<Lang, BotSentences>,
) -> BTreeMap<Lang, BotSentences> {
    let mut all = shipped.clone();
    for (lang, own) in own {
        all.entry(lang).or_default().0.extend(own.0);
    }
    all
}
