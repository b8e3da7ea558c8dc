//! Finds intents by what a reviewer types. In: a text. Out: the intents whose title, id or examples have
//! it, and those that the bot would take it for, with its confidence. Must not know: what is done with
//! the one that is chosen.

use super::intents::without_menus;
use crate::admin::AdminState;
use crate::admin::html::{PageResult, text};
use crate::admin::middleware::FormInput;
use crate::turn::AnswerEngine;
use axum::extract::State;
use maud::html;
use serde::Deserialize;
use std::sync::Arc;
use wenlu_core::knowledge::Intent;
use wenlu_core::text::normalize::normalize;

/// Intents that are shown.
const SHOWN: usize = 8;
/// Characters that are looked for.
const MOST_CHARS: usize = 100;
/// Below this confidence a candidate says nothing.
const LEAST_CONFIDENCE: f64 = 0.01;

#[derive(Deserialize)]
pub(super) struct IntentSearchQuery {
    #[serde(default)]
    text: String,
}

/// An intent that was found.
struct FoundIntent {
    id: String,
    title: String,
    /// The example that has the text.
    example: Option<String>,
    confidence: f64,
}

pub(super) async fn find(
    State(admin): State<AdminState>,
    FormInput(query): FormInput<IntentSearchQuery>,
) -> PageResult {
    let typed: String = query.text.trim().chars().take(MOST_CHARS).collect();
    let engine = admin.bot.engine();
    admin.bot.prepare_text(&engine, &typed).await;
    let found = admin.run_limited(move || search(&engine, &typed)).await?;
    Ok(html! {
        @for one in &found {
            li {
                button.quiet type="button" data-intent=(one.id) aria-pressed="false" {
                    (text(&one.title)) " · " (one.id)
                    @if one.confidence >= LEAST_CONFIDENCE { " · 把握 " (format!("{:.2}", one.confidence)) }
                }
                @if let Some(example) = &one.example { " " span.soft { (text(example)) } }
            }
        }
        @if found.is_empty() { li.soft { "没有找到；换个说法，或新建一个意图。" } }
    })
}

/// The likeliest first, then those that have the text.
fn search(engine: &Arc<AnswerEngine>, typed: &str) -> Vec<FoundIntent> {
    let wanted = normalize(typed);
    if wanted.is_empty() {
        return Vec::new();
    }
    let candidates = engine.router.route(typed).candidates;
    let confidence = |id: &str| {
        candidates
            .iter()
            .find(|candidate| candidate.intent == id)
            .map_or(0.0, |candidate| candidate.confidence)
    };
    let mut found: Vec<FoundIntent> = without_menus(&engine.knowledge)
        .filter_map(|intent| judged(intent, &wanted, confidence(&intent.id)))
        .collect();
    found.sort_by(|a, b| b.confidence.total_cmp(&a.confidence));
    found.truncate(SHOWN);
    found
}

fn judged(intent: &Intent, wanted: &str, confidence: f64) -> Option<FoundIntent> {
    let has = |said: &&String| normalize(said).contains(wanted);
    let example = intent.examples.iter().find(has).cloned();
    let named = intent.id.contains(wanted) || normalize(&intent.title).contains(wanted);
    (named || example.is_some() || confidence >= LEAST_CONFIDENCE).then(|| FoundIntent {
        id: intent.id.clone(),
        title: intent.title.clone(),
        example,
        confidence,
    })
}
