//! What a draft would change. In: a stored draft. Out: its mistakes, the tests that it breaks, its
//! conflicts, and which questions of the journal it would answer differently. Must not know: how it
//! is published.

use super::current::blocking;
use super::desk::AssistantDesk;
use super::drafts::draft;
use super::failure::ToolFailure;
use crate::cli::replay::texts_of;
use crate::cli::review::base_of;
use crate::review::change_service::{change_of, to_be_written};
use crate::review::parallel::cores;
use crate::review::preview::{ChangeFitness, ChangePreview, preview};
use crate::review::replay::{ReplayReport, texts_to_replay};
use crate::store::JournalWindow;
use serde_json::{Value, json};
use wenlu_core::check::FailedTest;
use wenlu_core::knowledge::Knowledge;
use wenlu_core::knowledge::diagnostic::Diagnostic;
use wenlu_core::privacy::redact;

/// Of each kind of finding, and of changed answers.
const SHOWN: usize = 20;

/// Previews the draft `id`.
pub(super) async fn previewed(desk: &AssistantDesk, id: i64) -> Result<Value, ToolFailure> {
    let (store, service, _) = desk.drafting().await?;
    let stored = draft(store, id).await?;
    let change = change_of(&stored)?;
    let conflicts = service.conflicts(&change)?;
    let unwritten = to_be_written(&stored, &change).map(str::to_owned);
    let base = base_of(store, &desk.settings, service.files())
        .await
        .map_err(|error| ToolFailure::Other(format!("{error:#}")))?;
    let asked = texts_to_replay(store, JournalWindow::default()).await?;
    let (settings, edited) = (desk.settings.clone(), change.clone());
    let seen = blocking(move || {
        crate::cli::context::prepare(&texts_of(&asked));
        let build = |knowledge: &Knowledge| crate::cli::context::build_router(&settings, knowledge);
        let threads = cores();
        preview(&base, &edited, &asked, build, threads, &|_, _, _| {})
    })
    .await?;
    let changed_since: Vec<&str> = conflicts.iter().map(|file| file.path.as_str()).collect();
    Ok(json!({
        "draft": id,
        "summary": stored.summary,
        "author": stored.actor,
        "fitness": fitness(&seen, stored.undoes.is_some(), unwritten.is_some()),
        "reply_to_be_written": unwritten,
        "files_changed_since": changed_since,
        "mistakes": diagnostics(&seen.verdict.mistakes),
        "mistakes_without_it": diagnostics(&seen.mistakes_before),
        "own_tests_failing": tests(&seen.verdict.own_failures),
        "other_tests_turning": tests(&seen.verdict.flipped_elsewhere),
        "warnings": diagnostics(&seen.warnings),
        "replay": seen.replay.as_ref().map(replayed),
        "diff": change.diff(),
    }))
}

fn fitness(seen: &ChangePreview, is_undo: bool, is_unwritten: bool) -> &'static str {
    match seen.fitness(is_undo) {
        ChangeFitness::Unfit => "cannot be published: it has mistakes, or its own tests fail",
        _ if is_unwritten => "cannot be published before its reply is written",
        ChangeFitness::NeedsReason => {
            "can be published with a reason: tests of other intents would turn"
        }
        ChangeFitness::Fit => "can be published by a person",
    }
}

fn diagnostics(all: &[Diagnostic]) -> Value {
    let shown: Vec<Value> = all.iter().take(SHOWN).map(Diagnostic::to_json).collect();
    json!({ "count": all.len(), "shown": shown })
}

fn tests(all: &[FailedTest]) -> Value {
    let shown: Vec<Value> = all.iter().take(SHOWN).map(FailedTest::to_json).collect();
    json!({ "count": all.len(), "shown": shown })
}

fn replayed(report: &ReplayReport) -> Value {
    let shown: Vec<Value> = report
        .changes
        .iter()
        .take(SHOWN)
        .map(|change| {
            json!({
                "kind": change.kind,
                "text": redact(&change.text).text,
                "count": change.count,
                "before": change.before.place,
                "after": change.after.place,
                "confidence_after": change.after.confidence,
            })
        })
        .collect();
    json!({
        "messages": report.messages,
        "would_be_answered": report.answered,
        "would_be_answered_differently": report.changed,
        "would_fall_silent": report.silent,
        "changes_in_all": report.changes.len(),
        "changes": shown,
    })
}
