//! What can be read and tried. In: the knowledge, and what is asked about it. Out: JSON. Must not
//! know: the store, the protocol.

use super::current::CurrentKnowledge;
use super::failure::ToolFailure;
use super::inputs::{IntentKindInput, ListIntentsInput, limit};
use crate::cli::context::prepare;
use crate::cli::explain::explain_parts;
use crate::settings::Settings;
use serde_json::{Value, json};
use wenlu_core::check::{CheckReport, Finding, check};
use wenlu_core::knowledge::diagnostic::{Severity, did_you_mean};
use wenlu_core::knowledge::files::{DataFiles, FileRole};
use wenlu_core::knowledge::{Intent, IntentKind, Knowledge};

/// Intents on a page.
const USUAL_PAGE: usize = 50;
const MAX_PAGE: usize = 100;

/// Where each message goes.
pub(super) fn routed(current: &CurrentKnowledge, texts: &[String]) -> Value {
    prepare(texts);
    let routings: Vec<_> = texts
        .iter()
        .map(|text| current.router.route(text))
        .collect();
    json!({ "routings": routings })
}

/// Why a message goes where it goes, and which part of the reply it gets.
pub(super) fn explained(current: &CurrentKnowledge, before: &[String], text: &str) -> Value {
    prepare(&[text.to_owned()]);
    let explanation = current.router.explain(&current.knowledge, text);
    let reply = explain_parts(&current.knowledge, &current.router, before, text);
    json!({ "explanation": explanation, "reply": reply })
}

/// The examples of all intents that are most alike to a sentence.
pub(super) fn similar(current: &CurrentKnowledge, text: &str, most: usize) -> Value {
    let found = current
        .router
        .nearest_examples(&current.knowledge, text, most);
    let examples: Vec<Value> = found
        .into_iter()
        .map(|near| {
            let intent = Some(near.intent).filter(|id| !id.is_empty());
            json!({
                "intent": intent,
                "out_of_scope": intent.is_none(),
                "example": near.example,
                "similarity": near.similarity,
            })
        })
        .collect();
    json!({ "examples": examples })
}

/// One page of the intents.
pub(super) fn listed(current: &CurrentKnowledge, asked: &ListIntentsInput) -> Value {
    let query = asked
        .query
        .as_deref()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    let is_asked = |intent: &&Intent| {
        let holds = |text: &str| text.to_lowercase().contains(&query);
        let is_named = holds(&intent.id)
            || holds(&intent.title)
            || intent.title_en.as_deref().is_some_and(holds);
        is_named && asked.kind.is_none_or(|kind| kind_of(intent.kind) == kind)
    };
    let all: Vec<&Intent> = current.knowledge.intents.iter().filter(is_asked).collect();
    let offset = usize::try_from(asked.offset.unwrap_or(0)).unwrap_or(usize::MAX);
    let shown = all
        .iter()
        .skip(offset)
        .take(limit(asked.limit, USUAL_PAGE, MAX_PAGE));
    let intents: Vec<Value> = shown.map(|intent| line_of(intent)).collect();
    let next = offset.saturating_add(intents.len());
    json!({
        "total": all.len(),
        "next_offset": (next < all.len()).then_some(next),
        "intents": intents,
    })
}

fn line_of(intent: &Intent) -> Value {
    json!({
        "id": intent.id,
        "title": intent.title,
        "title_en": intent.title_en,
        "kind": kind_of(intent.kind),
        "parent": intent.parent,
        "examples": intent.examples.len(),
        "near_misses": intent.not.len(),
        "tests": intent.tests.len(),
        "reply_unwritten": intent.unwritten,
    })
}

fn kind_of(kind: IntentKind) -> IntentKindInput {
    match kind {
        IntentKind::Answer => IntentKindInput::Answer,
        IntentKind::Menu => IntentKindInput::Menu,
        IntentKind::Gap => IntentKindInput::Gap,
    }
}

/// The files of an intent as they are written, whether or not they have mistakes.
pub(super) fn read(files: &DataFiles, id: &str) -> Result<Value, ToolFailure> {
    let is_own = |path: &&String| match FileRole::of(path) {
        FileRole::Intent(of) | FileRole::Reply(_, of) => of == id,
        _ => false,
    };
    let own: Vec<Value> = files
        .entries
        .keys()
        .filter(is_own)
        .filter_map(|path| Some(json!({"path": path, "text": files.text(path)?})))
        .collect();
    if own.is_empty() {
        let ids = files.entries.keys().filter_map(|path| intent_of(path));
        return Err(ToolFailure::NoIntent {
            id: id.to_owned(),
            near: did_you_mean(id, ids).map(str::to_owned),
        });
    }
    Ok(json!({ "files": own }))
}

/// The intent whose file this is.
fn intent_of(path: &str) -> Option<&str> {
    path.strip_prefix("intents/")?.strip_suffix(".toml")
}

/// Every mistake, conflict and failing test: the worst first, at most `most` of each severity.
pub(super) fn checked(files: DataFiles, settings: &Settings, most: usize) -> Value {
    let build = |knowledge: &Knowledge| crate::cli::context::build_router(settings, knowledge);
    let report = check(|| files, None, build, &|_, _, _| {});
    let counted = report.counted.map(|counted| {
        json!({
            "intents": counted.intents,
            "examples": counted.examples,
            "tests": counted.tests,
            "unwritten_replies": counted.unwritten,
            "out_of_scope": counted.out_of_scope,
        })
    });
    json!({
        "usable": report.counted.is_some(),
        "counted": counted,
        "errors": report.count(Severity::Error),
        "warnings": report.count(Severity::Warning),
        "notes": report.count(Severity::Note),
        "findings": worst(&report, most),
    })
}

fn worst(report: &CheckReport, most: usize) -> Vec<Value> {
    let of = |severity: Severity| {
        let all = report.findings.iter();
        all.filter(move |found| found.diagnostic.severity() == severity)
            .take(most)
    };
    [Severity::Error, Severity::Warning, Severity::Note]
        .into_iter()
        .flat_map(of)
        .map(Finding::to_json)
        .collect()
}
