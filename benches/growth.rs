//! How build, route and memory grow with the number of intents, on knowledge made by rule, and what share of the tests of
//! all intents is routed right. `cargo bench --bench growth -- [INTENTS:EXAMPLES…]`. Prints one JSON object a size; each is
//! measured in a process of its own, so that its peak of memory is its own.

mod synthetic;

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use wenlu::source::{KnowledgeSource, load};
use wenlu_core::knowledge::Knowledge;
use wenlu_core::router::Router;

const SIZES: [&str; 7] = [
    "10:20", "50:20", "100:20", "300:20", "1000:20", "3000:10", "10000:10",
];
const ONE: &str = "--one";

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|argument| argument != "--bench")
        .collect();
    if let [first, intents, examples, folder] = &arguments[..]
        && first == ONE
    {
        return one(intents.parse()?, examples.parse()?, Path::new(folder));
    }
    if arguments.is_empty() {
        arguments.extend(SIZES.map(str::to_owned));
    }
    for size in &arguments {
        let (intents, examples) = size.split_once(':').ok_or("a size is INTENTS:EXAMPLES")?;
        let folder = tempfile::tempdir()?;
        synthetic::write_folder(folder.path(), intents.parse()?, examples.parse()?)?;
        let child = Command::new(std::env::current_exe()?)
            .args([ONE, intents, examples])
            .arg(folder.path())
            .status()?;
        if !child.success() {
            return Err(format!("{size}: {child}").into());
        }
    }
    Ok(())
}

fn one(intents: usize, examples: usize, folder: &Path) -> Result<(), Box<dyn Error>> {
    let begun = Instant::now();
    let knowledge = load(&KnowledgeSource::Folder(folder.to_owned()))?.knowledge;
    let loaded = begun.elapsed();
    let begun = Instant::now();
    let router = Router::build(&knowledge);
    let built = begun.elapsed();
    // an example is answered as it stands: with a word more it is scored
    let texts: Vec<String> = knowledge
        .intents
        .iter()
        .flat_map(|i| i.examples.first())
        .map(|e| format!("{e}了"))
        .collect();
    let mut fastest = Duration::MAX;
    for _ in 0..(20_000 / texts.len()).clamp(3, 200) {
        let begun = Instant::now();
        texts
            .iter()
            .for_each(|text| drop(black_box(router.route(black_box(text)))));
        fastest = fastest.min(begun.elapsed());
    }
    let line = serde_json::json!({
        "intents": intents,
        "examples": examples,
        "load_s": loaded.as_secs_f64(),
        "build_s": built.as_secs_f64(),
        "route_us": fastest.as_secs_f64() * 1e6 / texts.len() as f64,
        "accuracy": accuracy(&knowledge, &router),
        "peak_mb": peak_kb().map(|kb| kb as f64 / 1024.0),
    });
    println!("{line}");
    Ok(())
}

/// The share of the tests of all intents, none of which is an example, whose best candidate is theirs.
fn accuracy(knowledge: &Knowledge, router: &Router) -> f64 {
    let tests = knowledge
        .intents
        .iter()
        .flat_map(|intent| intent.tests.iter().map(move |test| (&intent.id, &test.say)));
    let (mut asked, mut right) = (0_usize, 0_usize);
    for (intent, say) in tests {
        let routing = router.route(say);
        asked += 1;
        right += usize::from(
            routing
                .candidates
                .first()
                .is_some_and(|c| c.intent == *intent),
        );
    }
    right as f64 / asked as f64
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
