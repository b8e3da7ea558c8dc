//! How long one message takes, asked one at a time on one core, beside what jieba alone takes to segment it.
//! `cargo bench --bench latency -- [ROOT FILE.tsv…]`; without arguments the shipped knowledge and tests/held-out.tsv.
//! Prints one JSON object.

use std::hint::black_box;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::router::Router;

/// Passes over the messages.
const PASSES: usize = 6;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench");
    let source = arguments.next().map_or(KnowledgeSource::Embedded, |root| {
        KnowledgeSource::Folder(PathBuf::from(root))
    });
    let mut files: Vec<String> = arguments.collect();
    if files.is_empty() {
        files.push(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/held-out.tsv").to_owned());
    }
    let mut texts = Vec::new();
    for file in &files {
        let rows = std::fs::read_to_string(file)?;
        texts.extend(
            rows.lines()
                .skip(1)
                .filter_map(|row| row.split('\t').next().map(str::to_owned)),
        );
    }

    let begun = Instant::now();
    let router = Router::build(&load(&source)?.knowledge);
    let built = begun.elapsed();
    let peak = peak_kb();
    let jieba = jieba_rs::Jieba::new();
    let (mut route, mut segment) = (Times::default(), Times::default());
    for _ in 0..PASSES {
        // in turn, so that what else the machine does weighs on both
        route.pass(&texts, |text| {
            drop(black_box(router.route(black_box(text))))
        });
        segment.pass(&texts, |text| {
            drop(black_box(jieba.cut(black_box(text), true)))
        });
    }
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
    let report = serde_json::json!({
        "messages": texts.len(),
        "characters": characters as f64 / texts.len() as f64,
        "build_s": built.as_secs_f64(),
        "peak_kb": peak,
        "route": route.json(),
        "jieba": segment.json(),
        "ratio": route.fastest() / segment.fastest(),
    });
    println!("{report:#}");
    Ok(())
}

/// Each message's time in the second pass, the first one being to warm up, and its fastest of all.
#[derive(Default)]
struct Times {
    second: Vec<Duration>,
    fastest: Vec<Duration>,
    passes: usize,
}

impl Times {
    fn pass(&mut self, texts: &[String], mut work: impl FnMut(&str)) {
        let time = |text: &String| {
            let begun = Instant::now();
            work(text);
            begun.elapsed()
        };
        let times: Vec<Duration> = texts.iter().map(time).collect();
        if self.passes <= 1 {
            self.second.clone_from(&times);
        }
        self.fastest.resize(texts.len(), Duration::MAX);
        self.fastest
            .iter_mut()
            .zip(times)
            .for_each(|(best, time)| *best = time.min(*best));
        self.passes += 1;
    }

    /// Seconds for all.
    fn fastest(&self) -> f64 {
        self.fastest.iter().sum::<Duration>().as_secs_f64()
    }

    fn json(&self) -> serde_json::Value {
        let sorted = |times: &[Duration]| {
            let mut sorted = times.to_vec();
            sorted.sort();
            sorted
        };
        let micros = |times: &[Duration], share: f64| {
            times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6
        };
        let (second, fastest) = (sorted(&self.second), sorted(&self.fastest));
        serde_json::json!({
            "per_second": second.len() as f64 / second.iter().sum::<Duration>().as_secs_f64(),
            "p50_us": micros(&second, 0.5),
            "p99_us": micros(&second, 0.99),
            "fastest_mean_us": self.fastest() * 1e6 / fastest.len() as f64,
            "fastest_p50_us": micros(&fastest, 0.5),
            "fastest_p99_us": micros(&fastest, 0.99),
        })
    }
}

/// The most memory that the process has had, where Linux says so.
fn peak_kb() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?
        .split_whitespace()
        .next()?
        .parse()
        .ok()
}
