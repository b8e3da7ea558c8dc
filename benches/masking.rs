//! How much of what is personal is masked, and how much that is not: recall on seeded sentences as people write them, on the
//! templates that masking was developed on and on those held out; false masking on public sentences, where whatever is
//! masked counts as false; and the time that a sentence takes.
//! `cargo bench --bench masking -- [FILE.tsv…] [--missed]` (`utterance<TAB>intent`, a header line). Without a file: the public
//! sets in `benches/data`. `--missed` lists what was missed of the first half, and what was masked falsely.

#[path = "masking/sentences.rs"]
mod sentences;

use sentences::{Half, Sentence, sentences};
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;
use wenlu_core::privacy::redact;

const SENTENCES: usize = 2_000;
const SEED: u64 = 0x5eed_0019;
const PUBLIC: &[&str] = &[
    "benches/data/massive_zh/train.tsv",
    "benches/data/massive_zh/test.tsv",
    "benches/data/clinc150/train.tsv",
    "benches/data/clinc150/test.tsv",
    "benches/data/clinc150/oos_test.tsv",
];

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let list = args.iter().any(|arg| arg == "--missed");
    let files: Vec<&str> = args
        .iter()
        .map(String::as_str)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    for half in [Half::Developed, Half::HeldOut] {
        recall(half, list && half == Half::Developed);
    }
    for file in if files.is_empty() { PUBLIC } else { &files } {
        falsely(file, list)?;
    }
    Ok(())
}

fn recall(half: Half, list: bool) {
    let all: Vec<Sentence> = sentences(half, SENTENCES, SEED);
    let mut kinds: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for sentence in &all {
        let masked = redact(&sentence.text).masked;
        for (kind, place) in &sentence.personal {
            let found = masked
                .iter()
                .any(|span| span.span.start <= place.start && place.end <= span.span.end);
            let (right, of) = kinds.entry(kind).or_default();
            *right += usize::from(found);
            *of += 1;
            if list && !found {
                println!(
                    "  missed {kind} {:?}: {:?}",
                    &sentence.text[place.clone()],
                    sentence.text
                );
            }
        }
    }
    let (right, of) = kinds
        .values()
        .fold((0, 0), |(right, of), (r, o)| (right + r, of + o));
    println!(
        "{half:?}: recall {:.2} % of {of} pieces in {SENTENCES} sentences",
        100.0 * right as f64 / of as f64
    );
    let each: Vec<String> = kinds
        .iter()
        .map(|(kind, (right, of))| format!("{kind} {:.1}", 100.0 * *right as f64 / *of as f64))
        .collect();
    println!("  {}", each.join(", "));
}

fn falsely(file: &str, list: bool) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(file)?;
    let rows: Vec<&str> = text
        .lines()
        .skip(1)
        .filter_map(|line| line.split('\t').next())
        .collect();
    let begun = Instant::now();
    let masked: Vec<(&str, String)> = rows
        .iter()
        .map(|row| (*row, redact(row)))
        .filter(|(_, redacted)| !redacted.masked.is_empty())
        .map(|(row, redacted)| (row, redacted.text))
        .collect();
    let took = begun.elapsed();
    println!(
        "{file}: {:.2} % of {} sentences masked, {:.2} µs a sentence",
        100.0 * masked.len() as f64 / rows.len().max(1) as f64,
        rows.len(),
        took.as_secs_f64() * 1e6 / rows.len().max(1) as f64
    );
    if list {
        masked
            .iter()
            .for_each(|(row, masked)| println!("  {row} -> {masked}"));
    }
    Ok(())
}
