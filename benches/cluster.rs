//! How well like questions are put together, and how fast: purity and normalised mutual information with labels, beside
//! exact deduplication and k-means on TF-IDF, and the time that 100,000 messages take.
//! `cargo bench --bench cluster -- [FILE.tsv…]` (`utterance<TAB>intent`, a header line; `none` is left out). Without a file:
//! the shipped examples, as different people begin and end them.

#[path = "review/labelled.rs"]
mod labelled;
#[path = "review/quality.rs"]
mod quality;

use labelled::{Labelled, Random, read_tsv, shipped};
use quality::{kmeans, measure, variants};
use std::collections::BTreeSet;
use std::error::Error;
use std::time::{Duration, Instant};
use wenlu::review::cluster::{ClusterQuestion, clusters};
use wenlu_core::model::Timestamp;
use wenlu_core::text::normalize::normalize;

const MESSAGES: usize = 100_000;
/// On two cores.
const PROMISED: Duration = Duration::from_secs(30);

fn main() -> Result<(), Box<dyn Error>> {
    let files: Vec<String> = std::env::args()
        .skip(1)
        .filter(|arg| !arg.starts_with("--"))
        .collect();
    println!(
        "{:<28} {:>7} {:>7} {:>7} {:>8}  clusters",
        "", "purity", "NMI", "ARI", "time"
    );
    if files.is_empty() {
        println!("no TSV file given: the shipped examples");
        judge("shipped examples", shipped()?);
    }
    for file in &files {
        match read_tsv(file) {
            Ok(rows) => judge(file, rows),
            Err(error) => println!("{file}: skipped, {error}"),
        }
    }
    let rows = match files.first().map(|file| read_tsv(file)) {
        Some(Ok(rows)) => rows,
        _ => shipped()?,
    };
    let many: Vec<ClusterQuestion> = variants(&rows, MESSAGES)
        .into_iter()
        .enumerate()
        .map(question)
        .collect();
    let begun = Instant::now();
    let found = clusters(&many, &BTreeSet::new(), Timestamp(0));
    let took = begun.elapsed();
    println!(
        "{} messages in {took:.1?}: {} clusters",
        many.len(),
        found.len()
    );
    if took < PROMISED {
        Ok(())
    } else {
        Err("too slow".into())
    }
}

fn question((at, row): (usize, Labelled)) -> ClusterQuestion {
    ClusterQuestion {
        id: at as i64,
        text: row.text,
        at: Timestamp(0),
        count: 1,
        cluster: None,
    }
}

fn judge(name: &str, mut rows: Vec<Labelled>) {
    Random(0x5eed).shuffle(&mut rows);
    let labels: Vec<&str> = rows.iter().map(|row| row.label.as_str()).collect();
    let intents = labels.iter().collect::<BTreeSet<_>>().len();
    println!("{name}: {} messages, {intents} intents", rows.len());
    let show = |method: &str, of: &[usize], took: Duration| {
        let measured = measure(of, &labels);
        println!(
            "  {method:<26} {:>7.3} {:>7.3} {:>7.3} {:>8}  {}, of them {} of more than one question, with {:.0} % of all",
            measured.purity,
            measured.nmi,
            measured.ari,
            format!("{:.2} s", took.as_secs_f64()),
            measured.clusters,
            measured.plural,
            100.0 * measured.share,
        );
    };
    let begun = Instant::now();
    let questions: Vec<ClusterQuestion> = rows.iter().cloned().enumerate().map(question).collect();
    let found = clusters(&questions, &BTreeSet::new(), Timestamp(0));
    let mut of = vec![0; rows.len()];
    for (number, cluster) in found.iter().enumerate() {
        cluster
            .questions
            .iter()
            .for_each(|id| of[*id as usize] = number);
    }
    show("wenlu", &of, begun.elapsed());

    let begun = Instant::now();
    let normals: Vec<String> = rows.iter().map(|row| normalize(&row.text)).collect();
    let distinct: Vec<&String> = normals
        .iter()
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let same: Vec<usize> = normals
        .iter()
        .map(|text| distinct.binary_search(&text).unwrap_or_default())
        .collect();
    show("exact deduplication", &same, begun.elapsed());
    // told how many there are, and as many as ours
    for (of, count) in [("as the intents", intents), ("as ours", found.len())] {
        let begun = Instant::now();
        match kmeans(&normals, count) {
            Some(means) => show(&format!("k-means, k {of}"), &means, begun.elapsed()),
            None => println!(
                "  k-means, k {of}: {count} means of {} are too many to wait for",
                rows.len()
            ),
        }
    }
    let half: Vec<ClusterQuestion> = questions
        .iter()
        .take(questions.len() / 2)
        .cloned()
        .collect();
    let before = clusters(&half, &BTreeSet::new(), Timestamp(0));
    let ids: BTreeSet<_> = found.iter().map(|cluster| cluster.id).collect();
    let kept = before
        .iter()
        .filter(|cluster| ids.contains(&cluster.id))
        .count();
    println!(
        "  of {} clusters of the first half, {kept} kept their id",
        before.len()
    );
}
