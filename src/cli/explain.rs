//! `wenlu explain`: shows why a text is answered as it is.

mod parts;
mod text;

use super::context::{GlobalFlags, load_router, prepare};
use super::output::{out_line, out_text};
use parts::ExplainedParts;
pub(super) use parts::explain_parts;
use std::process::ExitCode;
use text::ExplanationView;
use wenlu_core::router::explanation::Explanation;
use wenlu_core::text::normalize::normalize;

#[derive(clap::Args, Debug, Default)]
pub(super) struct ExplainArgs {
    /// The message
    #[arg(value_name = "TEXT")]
    text: String,
    /// What was said before it, in order (may be given several times): explains it in that conversation
    #[arg(long, value_name = "TEXT")]
    conversation: Vec<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
}

/// The explanation of a routing, and of the part of the reply.
#[derive(serde::Serialize)]
struct FullExplanation<'a> {
    #[serde(flatten)]
    routing: &'a Explanation,
    reply: ExplainedParts,
}

pub(super) fn run(global: &GlobalFlags, args: ExplainArgs) -> anyhow::Result<ExitCode> {
    let (knowledge, router) = load_router(global, std::slice::from_ref(&args.text))?;
    // what it would be without each word
    let words = router.content_words(&normalize(&args.text)).into_iter();
    let without = words.map(|word| args.text.replacen(&word, "", 1));
    prepare(&without.collect::<Vec<_>>());
    let explanation = router.explain(&knowledge, &args.text);
    let reply = explain_parts(&knowledge, &router, &args.conversation, &args.text);
    if args.json {
        let full = FullExplanation {
            routing: &explanation,
            reply,
        };
        out_line(&serde_json::to_string_pretty(&full)?)?;
    } else {
        let view = ExplanationView {
            e: &explanation,
            knowledge: &knowledge,
        };
        out_text(&view.text(&reply))?;
    }
    Ok(ExitCode::SUCCESS)
}
