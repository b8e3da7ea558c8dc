//! How steady the default threshold is when knowledge grows: each answer intent of the shipped knowledge is taken out in
//! turn, so that to put it back is what an operator does who adds one. `cargo bench --bench stability`. Prints one JSON
//! object: the threshold with all, and without one the least, the mean, the most and the standard deviation; and how many of
//! the messages in tests/held-out.tsv that ask for another intent are then decided otherwise, on average and at most.

use std::error::Error;
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::eval::read_tsv;
use wenlu_core::knowledge::{IntentKind, Knowledge, is_small_talk};
use wenlu_core::model::Decision;
use wenlu_core::router::Router;

fn main() -> Result<(), Box<dyn Error>> {
    let whole = load(&KnowledgeSource::Embedded)?.knowledge;
    let messages = read_tsv(include_str!("../tests/held-out.tsv"))?;
    let decided = |router: &Router, text: &str| -> (Decision, Option<String>) {
        let routing = router.route(text);
        (routing.decision, routing.intent)
    };
    let router = Router::build(&whole);
    let before: Vec<_> = messages
        .iter()
        .map(|message| decided(&router, &message.text))
        .collect();
    let (mut thresholds, mut changed) = (Vec::new(), Vec::new());
    for intent in whole
        .intents
        .iter()
        .filter(|i| i.kind == IntentKind::Answer && !is_small_talk(&i.id))
    {
        let router = Router::build(&without(&whole, &intent.id));
        thresholds.push(router.threshold());
        let others = messages
            .iter()
            .zip(&before)
            .filter(|(message, _)| !message.labels.contains(&intent.id));
        changed.push(
            others
                .filter(|(message, before)| decided(&router, &message.text) != **before)
                .count() as f64,
        );
    }
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let most = |of: &[f64]| of.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let least = |of: &[f64]| of.iter().copied().fold(f64::INFINITY, f64::min);
    let middle = mean(&thresholds);
    let deviation = mean(
        &thresholds
            .iter()
            .map(|t| (t - middle).powi(2))
            .collect::<Vec<_>>(),
    )
    .sqrt();
    let line = serde_json::json!({
        "intents": thresholds.len(),
        "messages": messages.len(),
        "threshold": router.threshold(),
        "without_one": { "least": least(&thresholds), "mean": middle, "most": most(&thresholds), "deviation": deviation },
        "decided_otherwise": { "mean": mean(&changed), "most": most(&changed) },
    });
    println!("{line}");
    Ok(())
}

fn without(whole: &Knowledge, id: &str) -> Knowledge {
    let mut knowledge = whole.clone();
    knowledge.intents.retain(|intent| intent.id != id);
    knowledge
}
