//! Follow-ups and the sections of replies. In: a corpus and the texts of its files. Out: sections
//! that no follow-up leads to (a button under the reply still does), and follow-ups that never take
//! effect because something else in a conversation matches their phrase first.

use super::corpus::{ExampleCorpus, name};
use crate::dialogue::{command, list_place};
use crate::knowledge::diagnostic::{Code, Diagnostic, FileTexts};
use crate::knowledge::{FollowUp, Intent};
use crate::model::Lang;
use crate::text::normalize::normalize;
use std::collections::BTreeSet;
use std::ops::Range;

pub(super) fn check(corpus: &ExampleCorpus, texts: &FileTexts, out: &mut Vec<Diagnostic>) {
    let intents = &corpus.knowledge.intents;
    let led: BTreeSet<(&str, &str)> = intents
        .iter()
        .flat_map(|i| &i.follow_ups)
        .map(|f| (f.intent.as_str(), f.section.as_str()))
        .collect();
    for (class, intent) in intents.iter().enumerate() {
        silent_sections(corpus, intent, &led, texts, out);
        for (number, follow_up) in intent.follow_ups.iter().enumerate() {
            if let Some(taken) = taken(corpus, intent, follow_up) {
                let place = corpus
                    .raw
                    .get(class)
                    .and_then(|raw| raw.follow_ups.get(number));
                let span = place.map_or(0..0, |(phrase, _)| phrase.span.clone());
                let message = format!("这句追问到不了它的小节：{taken}");
                out.push(
                    Diagnostic::new(Code::DeafPhrase, corpus.file(class), span, message)
                        .help("换一种说法，或者删掉"),
                );
            }
        }
    }
}

fn silent_sections(
    corpus: &ExampleCorpus,
    intent: &Intent,
    led: &BTreeSet<(&str, &str)>,
    texts: &FileTexts,
    out: &mut Vec<Diagnostic>,
) {
    let Some(document) = corpus.knowledge.replies.get(&(intent.id.clone(), Lang::Zh)) else {
        return;
    };
    let file = format!("content/zh/{}.md", intent.id);
    for (number, section) in document.sections.iter().enumerate() {
        if !led.contains(&(intent.id.as_str(), section.id.as_str())) {
            let span = texts
                .get(&file)
                .and_then(|text| heading(text, number))
                .unwrap_or_default();
            out.push(
                Diagnostic::new(
                    Code::SectionWithoutPhrase,
                    &file,
                    span,
                    "没有追问通到这一节，只能点按钮看到",
                )
                .help(format!(
                    "在 intents/{}.toml 的 [follow_up] 里写上：\"会怎么问\" = \"#{}\"",
                    intent.id, section.id
                )),
            );
        }
    }
}

/// The span of the `number`th section heading; replies have no code blocks, which could contain a
/// similar line.
fn heading(text: &str, number: usize) -> Option<Range<usize>> {
    let mut start = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let span = start..start + line.trim_end().len();
        start += line.len();
        (line, span)
    });
    lines
        .filter(|(line, _)| line.trim_start().starts_with("## "))
        .nth(number)
        .map(|(_, span)| span)
}

/// What the phrase is taken for in a conversation before follow-ups are tried.
fn taken(corpus: &ExampleCorpus, intent: &Intent, follow_up: &FollowUp) -> Option<String> {
    let phrase = normalize(&follow_up.phrase);
    if list_place::choice(&phrase).is_some() {
        return Some("它说的是选第几个按钮".to_owned());
    }
    let document = corpus.knowledge.reply(&intent.id, Lang::Zh);
    let sections = document.iter().flat_map(|d| &d.sections);
    let mut others =
        sections.filter(|s| intent.id != follow_up.intent || s.id != follow_up.section);
    if let Some(section) = others.find(|section| normalize(&section.title) == phrase) {
        return Some(format!(
            "和按钮「{}」同名，打开的是 #{}",
            section.title, section.id
        ));
    }
    let mut related = intent
        .related
        .iter()
        .filter_map(|id| corpus.knowledge.intent(id));
    if let Some(other) = related.find(|other| normalize(&other.title) == phrase) {
        return Some(format!("和相关问题的按钮同名，打开的是{}", name(other)));
    }
    command::read(&phrase).map(|_| "它是对话里的指令，像「下一步」「转人工」一样".to_owned())
}
