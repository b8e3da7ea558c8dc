//! What five written wordings an intent are worth: accuracy on the test messages of massive_zh,
//! trained on five or ten examples an intent, without and with benches/suggest/massive_zh.tsv. These
//! wordings were written from the intents' names, after a look at some dozen lines of the set; four
//! that turned out to equal a test message were replaced. `cargo bench --bench suggest`. Prints one
//! JSON object a line.

#[path = "suggest/knowledge.rs"]
mod knowledge;

use knowledge::knowledge;
use serde_json::json;
use std::error::Error;
use std::path::Path;
use wenlu_core::eval::{LabelledMessage, evaluate, read_tsv};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/data/massive_zh");
const WORDINGS: &str = include_str!("suggest/massive_zh.tsv");
const DRAWS: [&str; 3] = ["shot10_s0.tsv", "shot10_s1.tsv", "shot10_s2.tsv"];
const SHOTS: [usize; 2] = [5, 10];

fn main() -> Result<(), Box<dyn Error>> {
    let read = |name: &str| -> Result<Vec<LabelledMessage>, Box<dyn Error>> {
        Ok(read_tsv(&std::fs::read_to_string(
            Path::new(DATA).join(name),
        )?)?)
    };
    let (test, written) = (read("test.tsv")?, read_tsv(WORDINGS)?);
    for shots in SHOTS {
        let (mut without, mut with) = (0.0, 0.0);
        for draw in DRAWS {
            let rows = read(draw)?;
            let before = accuracy(&knowledge(&rows, shots, &[]), &test);
            let after = accuracy(&knowledge(&rows, shots, &written), &test);
            println!(
                "{}",
                json!({"draw": draw, "examples": shots, "without": before, "with": after})
            );
            without += before / DRAWS.len() as f64;
            with += after / DRAWS.len() as f64;
        }
        let points = 100.0 * (with - without);
        println!(
            "{}",
            json!({"examples": shots, "without": without, "with": with, "points": points})
        );
    }
    Ok(())
}

fn accuracy(knowledge: &Knowledge, test: &[LabelledMessage]) -> f64 {
    let report = evaluate(knowledge, &Router::build(knowledge), test, |_| ());
    report.accuracy.unwrap_or_default()
}
