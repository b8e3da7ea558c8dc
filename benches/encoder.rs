//! What an encoder brings: accuracy of the best candidate, AUROC of its confidence (in scope against out of scope), calibration
//! error, and what the threshold lets through, without and with the vectors of a model behind an OpenAI-compatible address.
//!
//! `cargo bench --bench encoder -- --url http://127.0.0.1:8080/v1 --model NAME [FOLDER[:TRAIN.tsv] …]`. A folder has
//! `TRAIN.tsv` (by default `shot10_official.tsv` or `shot10_s0.tsv`), `test.tsv` and, if there is one, `oos_test.tsv`; without any,
//! those of benches/data are measured. Vectors are kept in `target`. Prints one JSON object a line. `benches/encoder/serve.py`
//! serves two small models that PyPI has.

#[path = "suggest/knowledge.rs"]
mod knowledge;

use knowledge::knowledge;
use serde_json::json;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::Instant;
use wenlu::encoder::{CommandEncoder, EncoderConfig};
use wenlu_core::eval::{LabelledMessage, evaluate, read_tsv};
use wenlu_core::router::Router;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/data");
const CACHE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/bench-embeddings.cache");

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    let (mut url, mut model, mut sets) = (None, None, Vec::new());
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--url" => url = arguments.next(),
            "--model" => model = arguments.next(),
            folder => sets.push(folder.to_owned()),
        }
    }
    let (Some(url), Some(model)) = (url, model) else {
        return Err("--url and --model name the encoder".into());
    };
    if sets.is_empty() {
        sets = ["clinc150", "massive_zh"]
            .map(|name| format!("{DATA}/{name}"))
            .to_vec();
    }
    let config = EncoderConfig {
        url: url.parse()?,
        key: None,
        model,
        proxy: None,
        cache: PathBuf::from(CACHE),
    };
    for set in sets {
        measure(&config, &set)?;
    }
    Ok(())
}

fn measure(config: &EncoderConfig, set: &str) -> Result<(), Box<dyn Error>> {
    let (folder, train) = match set.rsplit_once(':') {
        Some((folder, train)) => (Path::new(folder), train.to_owned()),
        None => (Path::new(set), usual_train(Path::new(set))),
    };
    let read = |name: &str| -> Result<Vec<LabelledMessage>, Box<dyn Error>> {
        Ok(read_tsv(&std::fs::read_to_string(folder.join(name))?)?)
    };
    let knowledge = knowledge(&read(&train)?, usize::MAX, &[]);
    let mut rows = read("test.tsv")?;
    if folder.join("oos_test.tsv").exists() {
        rows.extend(read("oos_test.tsv")?);
    }
    let messages: Vec<String> = rows.iter().map(|row| row.text.clone()).collect();
    let begun = Instant::now();
    let lexical = Router::build(&knowledge);
    let lexical_seconds = begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    let encoder = CommandEncoder::new(config.clone())?;
    let (fused, failed) = encoder.router(&knowledge);
    if let Some(error) = failed {
        return Err(error.into());
    }
    encoder.prepare(&messages)?;
    let fused_seconds = begun.elapsed().as_secs_f64();
    for (name, router, seconds) in [
        ("lexical", &lexical, lexical_seconds),
        ("fused", &fused, fused_seconds),
    ] {
        let report = evaluate(&knowledge, router, &rows, |_| ());
        println!(
            "{}",
            json!({
                "set": folder.file_name().map(|name| name.to_string_lossy()), "train": train, "router": name,
                "accuracy": report.accuracy, "auroc": report.auroc, "calibration_error": report.calibration_error,
                "threshold": report.threshold, "inside": report.inside, "outside": report.outside,
                "build_seconds": seconds,
            })
        );
    }
    Ok(())
}

fn usual_train(folder: &Path) -> String {
    let official = "shot10_official.tsv";
    let usual = if folder.join(official).exists() {
        official
    } else {
        "shot10_s0.tsv"
    };
    usual.to_owned()
}
